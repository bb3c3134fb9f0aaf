import { randomBytes, randomUUID } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** A resource id as Credyt writes them: a prefix, an underscore and 26 characters of Crockford base32. */
export function newId(prefix: "cust" | "sub" | "prp" | "prc" | "acc" | "vnd" | "top" | "whd" | "evt" | "whsec" | "fee" | "grt"): string {
  let text = `${prefix}_4`;
  for (const byte of randomBytes(25)) text += alphabet[byte & 31];
  return text;
}

/** A random UUID, as usage events and transactions have. */
export function newUuid(): string {
  return randomUUID();
}

/** Whether the text is a UUID of any version. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
