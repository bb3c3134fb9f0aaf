import { createHmac } from "node:crypto";
import type { Credyt } from "./credyt.ts";
import type { Attempt, Delivery, Destination } from "./state.ts";

/** How a webhook can be sent again: as it should be, or as only an attacker or a slow network would. */
export type Disguise = "valid" | "forged" | "unsigned" | "stale" | "changed";

/** Takes webhooks to their destinations. */
export interface Postman {
  /** Sends a delivery on its way; it is tried again until it is taken or was refused five times. */
  send(id: string): void;
  /** Sends one copy now, outside the usual attempts. Resolves with the answer's status, or the reason there was none. */
  again(delivery: Delivery, as: Disguise): Promise<Attempt>;
  /** Sends on their way all deliveries that a former process left behind. */
  resume(): void;
  /** Resolves when no webhook is on its way or waiting for its next attempt. */
  settled(): Promise<void>;
  /** Drops everything that is on its way. */
  stop(): void;
}

/** Seconds before each attempt, counted from the one before. */
const waits = [0, 5, 30, 120, 600] as const;
const patience = 10_000;

/** A postman for `credyt`; waiting times between attempts are multiplied with `scale`. */
export function createPostman(credyt: Credyt, scale = 1): Postman {
  let closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  const send = (id: string) => {
    // A disk that refuses must not end the sandbox: the webhook stays where the journal has it.
    const work = carry(credyt, id, scale, closing.signal).catch((error: unknown) => credyt.log(`webhook ${id} could not be noted: ${String(error)}`));
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  return {
    send,
    async again(delivery, as) {
      const destination = credyt.state.destinations.get(delivery.destination);
      if (!destination) return { at: credyt.clock.now(), error: "the destination is gone" };
      const result = await post(delivery, destination, as, closing.signal, credyt.clock.now);
      const current = credyt.state.deliveries.get(delivery.id) ?? delivery;
      if (as === "valid") credyt.commit({ kind: "delivery", value: { ...current, attempts: [...current.attempts, result], ...(isTaken(result) && { outcome: "delivered" as const }) } });
      return result;
    },
    resume: () => [...credyt.state.deliveries.values()].filter((one) => one.outcome === "waiting").forEach((one) => send(one.id)),
    async settled() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    stop() {
      closing.abort();
      closing = new AbortController();
    },
  };
}

/** Tries a delivery until it is done with; begins where a former process left off. */
async function carry(credyt: Credyt, id: string, scale: number, signal: AbortSignal): Promise<void> {
  await credyt.ledger.sync();
  for (let at = credyt.state.deliveries.get(id)?.attempts.length ?? 0; at < waits.length; at++) {
    await pause(at === 0 ? credyt.switches.webhookDelay : (waits[at] ?? 0) * 1000 * scale, signal);
    if (signal.aborted || (await attempt(credyt, id, signal))) return;
  }
}

/** Tries a delivery once; returns whether it is done with. */
async function attempt(credyt: Credyt, id: string, signal: AbortSignal): Promise<boolean> {
  const delivery = credyt.state.deliveries.get(id);
  const destination = delivery && credyt.state.destinations.get(delivery.destination);
  if (!delivery || !destination || delivery.outcome === "delivered") return true;
  const result = await post(delivery, destination, "valid", signal, credyt.clock.now);
  if (signal.aborted) return true;
  const before = credyt.state.deliveries.get(id) ?? delivery;
  const attempts = [...before.attempts, result];
  const outcome = isTaken(result) || before.outcome === "delivered" ? "delivered" : attempts.length >= waits.length ? "failed" : "waiting";
  credyt.commit({ kind: "delivery", value: { ...delivery, attempts, outcome } });
  return outcome !== "waiting";
}

function isTaken({ status }: Attempt): boolean {
  return status !== undefined && status >= 200 && status < 300;
}

async function post(delivery: Delivery, destination: Destination, as: Disguise, signal: AbortSignal, now: () => number): Promise<Attempt> {
  const at = now();
  const { body, signature } = dress(delivery.body, destination.secret, as);
  try {
    const response = await fetch(destination.url, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/json", "user-agent": "credyt-emulator", ...(signature !== undefined && { "credyt-signature": signature }) },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    await response.body?.cancel();
    return { at, status: response.status };
  } catch (error) {
    return { at, error: reasonOf(error) };
  }
}

/** The body and header that go out. The signature's time is real time: a receiver compares it with its own clock. */
function dress(body: string, secret: string, as: Disguise): { readonly body: string; readonly signature?: string } {
  const time = Math.floor(Date.now() / 1000) - (as === "stale" ? 3600 : 0);
  const signature = `t=${time},v0=${signatureOf(String(time), body, as === "forged" ? "whsec_forged" : secret)}`;
  if (as === "unsigned") return { body };
  return as === "changed" ? { body: body.replace(/"live_mode": false/, '"live_mode": true'), signature } : { body, signature };
}

/** The signature of a webhook: hex HMAC-SHA256 of `<time>.<body>` under the whole secret. */
export function signatureOf(time: string, body: string, secret: string): string {
  return createHmac("sha256", secret).update(`${time}.${body}`).digest("hex");
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { readonly cause?: { readonly code?: string; readonly message?: string } };
  return name === "TimeoutError" ? "no answer within 10 s" : (cause?.code ?? cause?.message ?? message);
}

/** Waits; an abort ends the wait early. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
