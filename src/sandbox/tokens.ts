import { createHmac, timingSafeEqual } from "node:crypto";

/** What a link to a page of the sandbox is for. `expires` is in milliseconds of sandbox time. */
export interface Ticket {
  readonly purpose: "portal" | "subscription" | "top-up";
  readonly customer: string;
  /** The subscription or top-up, or for the portal a nonce. */
  readonly subject: string;
  readonly return_url: string;
  readonly failure_url: string;
  readonly expires: number;
}

const purposes = { portal: "portal-session-redirect", subscription: "subscription-payment", "top-up": "top-up-payment" } as const;

/** How long a link is good for, in milliseconds. */
export const linkLife = 600_000;

/** A ticket as a signed token (an HS256 JWT), which callers must treat as opaque. */
export function sign(ticket: Ticket, secret: string, account: string): string {
  const { customer, subject, return_url, failure_url } = ticket;
  const expiry = Math.floor(ticket.expires / 1000);
  const claims = {
    purpose: purposes[ticket.purpose], issued: new Date(ticket.expires - linkLife).toISOString(), platform_id: account, customer_id: customer, subject, live_mode: "false",
    return_url, failure_url, expires: ticket.expires, exp: expiry, iss: "Credyt.Sandbox", aud: "CustomerPortal",
  };
  const head = `${base64({ alg: "HS256", typ: "JWT" })}.${base64(claims)}`;
  return `${head}.${signature(head, secret)}`;
}

/** The ticket of a token we signed, expired or not; undefined when it is not ours. */
export function verify(token: string, secret: string): Ticket | undefined {
  const [header, payload, given] = token.split(".");
  if (header === undefined || payload === undefined || given === undefined) return undefined;
  const expected = Buffer.from(signature(`${header}.${payload}`, secret));
  const actual = Buffer.from(given);
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return undefined;
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Record<string, string> & { expires: number };
  const purpose = (Object.keys(purposes) as (keyof typeof purposes)[]).find((one) => purposes[one] === claims.purpose);
  if (!purpose) return undefined;
  const { customer_id = "", subject = "", return_url = "", failure_url = "", expires } = claims;
  return { purpose, customer: customer_id, subject, return_url, failure_url, expires };
}

function base64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function signature(text: string, secret: string): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}
