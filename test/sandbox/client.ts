import { randomUUID } from "node:crypto";
import { onTestFinished } from "vitest";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/index.ts";

/** An answer of the sandbox: its status, headers, and body as JSON (undefined when it has none). */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of many shapes
  readonly body: any;
}

/** A sandbox for one test and a way to call it. */
export interface Bench {
  readonly sandbox: Sandbox;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  /** Creates a customer subscribed to the given product codes and returns its id. */
  customer(external: string, ...codes: readonly string[]): Promise<string>;
  /** Sends one event of the customer with this external id and returns its id. */
  event(external: string, type: string, data?: Readonly<Record<string, unknown>>, more?: Readonly<Record<string, unknown>>): Promise<string>;
}

/** Starts a sandbox that ends with the test. */
export async function bench(options: SandboxOptions = {}): Promise<Bench> {
  const sandbox = await startSandbox(options);
  onTestFinished(() => sandbox.close());
  return benchOn(sandbox);
}

/** A way to call a sandbox that runs. */
export function benchOn(sandbox: Sandbox): Bench {
  const call: Bench["call"] = async (method, path, body, headers = {}) => {
    const response = await fetch(sandbox.url + path, {
      method,
      redirect: "manual",
      headers: { "x-credyt-api-key": sandbox.key, ...(body !== undefined && { "content-type": "application/json" }), ...headers },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
  };
  return {
    sandbox,
    call,
    async customer(external, ...codes) {
      const subscriptions = codes.length === 0 ? [] : [{ products: codes.map((code) => ({ code })), return_url: "http://localhost:3000/back", failure_url: "http://localhost:3000/failed" }];
      const { status, body } = await call("POST", "/customers", { name: external, external_id: external, subscriptions });
      if (status !== 201) throw new Error(`customer was refused: ${status} ${JSON.stringify(body)}`);
      return body.id as string;
    },
    async event(external, type, data, more) {
      const id = randomUUID();
      const { status, body } = await call("POST", "/events", { customer_external_id: external, events: [{ id, event_type: type, occurred_at: "2026-06-02T09:14:03.120Z", ...(data && { data }), ...more }] });
      if (status !== 204) throw new Error(`event was refused: ${status} ${JSON.stringify(body)}`);
      return id;
    },
  };
}

/** A usage price in USD. */
export function usage(event_type: string, calculation: Readonly<Record<string, unknown>>, values: readonly unknown[], asset = "USD") {
  return { name: event_type, type: "usage_based", billing_model: { type: "real_time" }, usage_calculation: { event_type, ...calculation }, pricing: [{ asset, values }] };
}

/** A sandbox clock that stands still at a time. */
export function still(at: string): () => number {
  return () => Date.parse(at);
}
