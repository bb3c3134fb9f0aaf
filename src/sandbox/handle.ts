import { billOf, settleBill } from "./checkout.ts";
import { duration } from "./clock.ts";
import type { Core } from "./core.ts";
import { customerNamed } from "./customers.ts";
import { exact } from "./money.ts";
import type { Sandbox } from "./sandbox.ts";
import { seeCustomer, seeDelivery, seeEvent } from "./seen.ts";
import type { Customer } from "./state.ts";
import { bringUpToDate } from "./subscriptions.ts";
import { first } from "./page.ts";
import { fund } from "./top-ups.ts";
import { available } from "./wallet.ts";
import { buildDestination } from "./webhooks.ts";

/** The handle on a sandbox's inside; the part of it that listens is added by `startSandbox`. */
export type Handle = Omit<Sandbox, "url" | "port" | "key" | "close">;

/** Makes the handle on a core. */
export function createHandle(core: Core): Handle {
  const { credyt, postman } = core;
  const now = () => credyt.clock.now();
  return {
    customers: () => [...credyt.state.customers.keys()].map((id) => seeCustomer(existing(core, id), credyt)),
    customer(id) {
      const customer = find(core, id);
      return customer && seeCustomer(customer, credyt);
    },
    balance(id, asset = "USD") {
      const account = credyt.state.wallets.get(existing(core, id).id)?.get(`default:${asset}`.toLowerCase());
      return account ? available(account, now()).toFixed() : "0";
    },
    events: (id, last = Infinity) => first(credyt.ledger.events.newestFirst(id === undefined ? undefined : existing(core, id).id), last).reverse().map(seeEvent),
    requests: () => core.log.list(),
    deliveries: () => [...credyt.state.deliveries.values()].map((one) => seeDelivery(one, credyt)),
    fund: (id, amount, asset = "USD") => fund(credyt, existing(core, id).id, exact(amount), asset, now()),
    bill: (id, deed) => settleBill(credyt, billOf(credyt, id), deed, now()),
    webhook(url, secret) {
      const value = buildDestination({ url, secret }, now());
      credyt.commit({ kind: "destination", value });
      return { id: value.id, secret: value.secret };
    },
    async resend(id, as = "valid") {
      const delivery = credyt.state.deliveries.get(id);
      if (!delivery) throw new RangeError(`There is no webhook ${id} in the sandbox.`);
      return postman.again(delivery, as);
    },
    settled: () => postman.settled(),
    faults: core.faults,
    clock: clockHandle(core),
    switches: core.switches,
    strict: core.strict,
    reset: core.reset,
    compact: () => credyt.ledger.compact(),
  };
}

function clockHandle(core: Core): Sandbox["clock"] {
  const { clock } = core.credyt;
  return {
    now: clock.now,
    advance: (by) => move(core, clock.offset() + milliseconds(by)),
    set: (to) => move(core, clock.offset() + moment(to) - clock.now()),
    reset: () => move(core, 0),
  };
}

function find({ credyt }: Core, id: string): Customer | undefined {
  const customer = credyt.state.customers.get(id) ?? customerNamed(credyt.state, id);
  return customer && bringUpToDate(credyt, customer, credyt.clock.now());
}

function existing(core: Core, id: string): Customer {
  const customer = find(core, id);
  if (!customer) throw new RangeError(`There is no customer ${id} in the sandbox.`);
  return customer;
}

function milliseconds(by: number | string): number {
  const length = duration(by);
  if (length === undefined) throw new RangeError(`${JSON.stringify(by)} is not a duration. Write for example 90s, 10m, 2h, 1d, 1y.`);
  return length;
}

function moment(to: number | string): number {
  const time = typeof to === "number" ? to : Date.parse(to);
  if (!Number.isFinite(time)) throw new RangeError(`${JSON.stringify(to)} is not a timestamp. Write for example 2026-06-02T09:00:00Z.`);
  return time;
}

/** Moves the clock and lets happen what became due. */
function move({ credyt }: Core, offset: number): void {
  credyt.commit({ kind: "clock", offset });
  for (const customer of credyt.state.customers.values()) bringUpToDate(credyt, customer, credyt.clock.now());
}
