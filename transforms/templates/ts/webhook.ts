// Webhooks of Credyt: a customer has paid for the plan.

import { createHmac, timingSafeEqual } from "node:crypto";

import { logCredyt } from "./client";
import { syncCustomer } from "./subscription";

interface Envelope {
  id: string;
  type: string;
  data?: { customer_id?: string };
}

// What Credyt says now counts, in whatever order webhooks arrive. It is stored
// by the user's own id, so the webhook may also be faster than the sign-up.
// <slot activate>
async function activateCustomer(customerId: string): Promise<boolean> {
  const { status } = await syncCustomer(customerId, Date.now() + 8000);
  return status === "active";
}
// </slot>

// Webhooks that need no second look. Credyt repeats one until it is answered
// with 2xx, and an answer can get lost.
let handled: string[] = [];

/**
 * Handles a webhook. It needs the body as it arrived, before any JSON parser, and
 * the header Credyt-Signature. Answer with the status, and an empty body.
 */
export async function handleCredytWebhook(
  rawBody: string | Uint8Array,
  signatureHeader: string | null | undefined,
): Promise<{ status: number }> {
  // <slot secret>
  const { CREDYT_WEBHOOK_SECRET: secret } = process.env;
  // </slot>
  if (!secret) {
    logCredyt("CREDYT_WEBHOOK_SECRET is not set: add it to the environment.");
    return { status: 500 };
  }
  if (typeof rawBody !== "string" && !ArrayBuffer.isView(rawBody)) {
    logCredyt("credyt: the webhook route needs the body before it is parsed.");
    return { status: 500 };
  }
  if (!isSigned(rawBody, signatureHeader, secret)) return { status: 400 };

  const event = parse(rawBody);
  const customerId = event?.data?.customer_id;
  const isActivation = event?.type === "subscription.activated" && customerId;
  if (!isActivation || handled.includes(event.id)) return { status: 200 };

  try {
    const isActive = await activateCustomer(customerId);
    if (isActive) handled = [...handled, event.id].slice(-1000);
    // 503: not yet, so Credyt sends it again.
    return { status: isActive ? 200 : 503 };
  } catch (error) {
    logCredyt("credyt: webhook not handled", {
      id: event.id,
      reason: String(error),
    });
    return { status: 503 };
  }
}

/** Whether a body was signed with the secret, in the last five minutes. */
export function isSigned(
  rawBody: string | Uint8Array,
  signatureHeader: string | null | undefined,
  secret: string,
  now = Date.now(),
): boolean {
  const times: string[] = [];
  const signatures: string[] = [];
  for (const part of (signatureHeader ?? "").split(",")) {
    const [name, ...rest] = part.trim().split("=");
    if (name === "t") times.push(rest.join("="));
    if (name === "v0") signatures.push(rest.join("=").toLowerCase());
  }
  const [time = ""] = times;
  if (times.length !== 1 || !/^\d+$/.test(time)) return false;

  // Seconds; 13 digits are milliseconds.
  const moment = Number(time) * (time.length === 13 ? 1 : 1000);
  if (Math.abs(now - moment) > 300_000) return false;

  const hmac = createHmac("sha256", secret).update(`${time}.`).update(rawBody);
  const expected = new TextEncoder().encode(hmac.digest("hex"));
  return signatures.some((signature) => {
    const given = new TextEncoder().encode(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function parse(rawBody: string | Uint8Array): Envelope | null {
  const text =
    typeof rawBody === "string" ? rawBody : new TextDecoder().decode(rawBody);
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
