import { type ServerType, createAdaptorServer } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { createApi } from "./api.ts";
import { billOf, settleBill } from "./checkout.ts";
import { duration } from "./clock.ts";
import { createControl } from "./control.ts";
import { type Core, createCore } from "./core.ts";
import { customerNamed } from "./customers.ts";
import { exact } from "./money.ts";
import { type SandboxOptions, defaultKey } from "./options.ts";
import type { Sandbox } from "./sandbox.ts";
import { seeCustomer, seeDelivery, seeEvent } from "./seen.ts";
import type { Customer } from "./state.ts";
import { bringUpToDate } from "./subscriptions.ts";
import { fund } from "./top-ups.ts";
import { available } from "./wallet.ts";
import { buildDestination } from "./webhooks.ts";

export type { Deed } from "./checkout.ts";
export type { ProductSpec } from "./demo.ts";
export type { Fault, FaultKind, FaultSpec } from "./faults.ts";
export { type SandboxOptions, type WebhookSpec, defaultKey, defaultPort } from "./options.ts";
export type { Disguise } from "./postman.ts";
export type { LoggedRequest } from "./request-log.ts";
export type { Sandbox } from "./sandbox.ts";
export type { SeenCustomer, SeenDelivery, SeenEvent } from "./seen.ts";
export type { Switches } from "./switches.ts";

/** Starts a local Credyt. Throws an Error in plain words when the port is taken, or the data file or a product cannot be used. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const core = createCore(options);
  const closing = new AbortController();
  const key = options.key ?? defaultKey;
  const app = createControl(core, key, closing.signal);
  app.route("/", createApi({ ...core, key, closing: closing.signal }));
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  try {
    await listen(server, options.port ?? 0, options.host ?? "127.0.0.1");
  } catch (error) {
    core.stop();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${nameOf(options.host ?? "127.0.0.1")}:${port}`;
  core.at(url);
  core.postman.resume();
  const close = async () => {
    closing.abort();
    await stopListening(server);
    core.stop();
  };
  return { url, port, key, close, ...handle(core) };
}

function listen(server: ServerType, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE" ? `Port ${port} is taken. Stop what listens there, or choose another with --port.` : undefined;
      reject(taken === undefined ? error : new Error(taken));
    });
    server.listen(port, host, () => resolve());
  });
}

function stopListening(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}

/** A name under which a listening address can be called. */
function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}

function handle(core: Core): Omit<Sandbox, "url" | "port" | "key" | "close"> {
  const { credyt, postman } = core;
  const now = () => credyt.clock.now();
  const found = (id: string): Customer | undefined => {
    const customer = credyt.state.customers.get(id) ?? customerNamed(credyt.state, id);
    return customer && bringUpToDate(credyt, customer, now());
  };
  const existing = (id: string): Customer => {
    const customer = found(id);
    if (!customer) throw new Error(`There is no customer ${id} in the sandbox.`);
    return customer;
  };
  return {
    customers: () => [...credyt.state.customers.keys()].map((id) => seeCustomer(existing(id), credyt)),
    customer(id) {
      const customer = found(id);
      return customer && seeCustomer(customer, credyt);
    },
    balance(id, asset = "USD") {
      const account = credyt.state.wallets.get(existing(id).id)?.get(`default:${asset}`.toLowerCase());
      return account ? available(account, now()).toFixed() : "0";
    },
    events: (id) => [...credyt.ledger.events.newestFirst(id === undefined ? undefined : existing(id).id)].reverse().map(seeEvent),
    requests: () => core.log.list(),
    deliveries: () => [...credyt.state.deliveries.values()].map((one) => seeDelivery(one, credyt)),
    fund: (id, amount, asset = "USD") => fund(credyt, existing(id).id, exact(amount), asset, now()),
    bill: (id, deed) => settleBill(credyt, billOf(credyt, id), deed, now()),
    webhook(url, secret) {
      const value = buildDestination({ url, secret }, now());
      credyt.commit({ kind: "destination", value });
      return { id: value.id, secret: value.secret };
    },
    resend(id, as = "valid") {
      const delivery = credyt.state.deliveries.get(id);
      if (!delivery) throw new Error(`There is no webhook ${id} in the sandbox.`);
      return postman.again(delivery, as);
    },
    settled: () => postman.settled(),
    faults: core.faults,
    clock: {
      now,
      advance(by) {
        const milliseconds = duration(by);
        if (milliseconds === undefined) throw new RangeError(`${JSON.stringify(by)} is not a duration. Write for example 90s, 10m, 2h, 1d, 1y.`);
        moveClock(core, credyt.clock.offset() + milliseconds);
      },
      set(to) {
        const time = typeof to === "number" ? to : Date.parse(to);
        if (Number.isNaN(time)) throw new RangeError(`${JSON.stringify(to)} is not a timestamp. Write for example 2026-06-02T09:00:00Z.`);
        moveClock(core, credyt.clock.offset() + time - now());
      },
      reset: () => moveClock(core, 0),
    },
    switches: core.switches,
    strict: core.strict,
    reset: core.reset,
    compact: () => credyt.ledger.compact(),
  };
}

function moveClock({ credyt }: Core, offset: number): void {
  credyt.commit({ kind: "clock", offset });
  for (const customer of credyt.state.customers.values()) bringUpToDate(credyt, customer, credyt.clock.now());
}
