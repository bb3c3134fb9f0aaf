import type { Core } from "./core.ts";
import { timestamp } from "./clock.ts";
import { type Money, exact, shown, total } from "./money.ts";
import type { CustomerCard, Dashboard, DeliveryLine, EventLine, RequestLine } from "./pages/dashboard.ts";
import { first } from "./page.ts";
import { versionOf } from "./pricing.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { EventRecord } from "./records.ts";
import type { Customer, Delivery, Product } from "./state.ts";
import { bringUpToDate, payUrl } from "./subscriptions.ts";
import { available } from "./wallet.ts";
import { accountsOf } from "./wallets.ts";

const most = { customers: 30, events: 40, deliveries: 20, requests: 25 } as const;

/** All that the dashboard shows at this moment; `search` narrows the customers by name, id or e-mail. */
export function dashboardView(core: Core, key: string, search: string): Dashboard {
  const { credyt, log, faults } = core;
  const { state, ledger, clock } = credyt;
  const customers = [...state.customers.values()].reverse();
  const fitting = search === "" ? customers : customers.filter((one) => [one.id, one.name, one.external_id, one.email].some((text) => text?.toLowerCase().includes(search.toLowerCase())));
  const requests = log.list();
  return {
    url: credyt.url,
    key,
    strict: credyt.strict,
    time: timestamp(clock.now()).slice(0, 16).replace("T", " "),
    moved: clock.offset() === 0 ? undefined : distance(clock.offset()),
    search,
    customers: fitting.slice(0, most.customers).map((one) => card(core, one)),
    customerCount: state.customers.size,
    events: first(ledger.events.newestFirst(), most.events).map((one) => eventLine(core, one)),
    eventCount: ledger.events.count(),
    deliveries: [...state.deliveries.values()].slice(-most.deliveries).reverse().map((one) => deliveryLine(core, one)),
    destinations: [...state.destinations.values()].map(({ id, url, secret, topics }) => ({ id, url, secret, topics: topics.includes("*") ? "all topics" : topics.join(", ") })),
    requests: requests.slice(-most.requests).reverse().map(requestLine),
    requestCount: log.count(),
    faults: faults.list().map((one) => ({ id: one.id, text: `${one.kind}${one.status ? ` ${one.status}` : ""}${one.path === undefined ? "" : ` on ${one.path}`}, struck ${one.struck}${one.times === undefined ? "" : ` of ${one.times}`}` })),
    products: [...state.products.values()].map((one) => ({ code: one.code, name: one.name, prices: pricesOf(one) })),
  };
}

function card(core: Core, known: Customer): CustomerCard {
  const { credyt } = core;
  const now = credyt.clock.now();
  const customer = bringUpToDate(credyt, known, now);
  return {
    id: customer.id,
    name: customer.name,
    external_id: customer.external_id,
    email: customer.email,
    events: credyt.ledger.events.count(customer.id),
    balances: accountsOf(credyt.state, customer.id).map((account) => {
      const amount = available(account, now);
      return { text: shown(amount), asset: account.asset, negative: amount.isNegative() && !amount.isZero() };
    }),
    subscriptions: customer.subscriptions.map((one) => ({
      id: one.id,
      name: one.products.map((product) => product.code).join(", "),
      status: one.status === "pending" ? credyt.switches.waitingStatus : one.status,
      link: one.status === "pending" && one.link ? payUrl(credyt, one.link) : undefined,
    })),
  };
}

function eventLine(core: Core, event: EventRecord): EventLine {
  const customer = core.credyt.state.customers.get(event.customer_id);
  const data = Object.entries(event.data ?? {}).map(([name, value]) => `${name} ${typeof value === "object" && value !== null && !("toFixed" in value) ? JSON.stringify(value) : String(value)}`);
  const assets = [...new Set(event.fees.map((fee) => fee.asset))];
  const fee = (asset: string): Money => total(event.fees.filter((one) => one.asset === asset).map((one) => exact(one.amount)));
  return {
    id: event.id,
    time: timestamp(event.created).slice(11, 19),
    type: event.event_type,
    customer: customer?.name ?? event.customer_id,
    data: [...(event.subject === undefined ? [] : [event.subject]), ...data].join(" · ").slice(0, 300),
    fee: assets.length === 0 ? undefined : assets.map((asset) => `${shown(fee(asset))} ${asset}`).join(", "),
    reason: event.fees.length > 0 ? undefined : (event.warnings ?? []).join(" "),
  };
}

function deliveryLine(core: Core, delivery: Delivery): DeliveryLine {
  const { id, created, topic, destination, outcome, attempts } = delivery;
  const url = core.credyt.state.destinations.get(destination)?.url ?? "(removed)";
  return { id, time: timestamp(created).slice(11, 19), topic, url, outcome, attempts: attempts.map((one) => String(one.status ?? one.error ?? "no answer")) };
}

function requestLine({ number, at, method, path, status, fault, problem }: LoggedRequest): RequestLine {
  return { number, time: timestamp(at).slice(11, 19), method, path, status, fault, problem };
}

function pricesOf(product: Product): string {
  const version = versionOf(product, "default") ?? product.versions.at(-1);
  const fixed = (version?.prices ?? []).filter((price) => price.type === "fixed").map((price) => `${String(price.pricing[0]?.values[0]?.unit_price ?? "")} ${price.pricing[0]?.asset ?? ""} up front`);
  const types = [...new Set((version?.prices ?? []).flatMap((price) => (price.usage_calculation ? [price.usage_calculation.event_type] : [])))];
  return [...fixed, types.map((type) => (type === "*" ? "any other" : type)).join(", ")].filter((text) => text !== "").join("; ");
}

function distance(milliseconds: number): string {
  const days = milliseconds / 86_400_000;
  const text = Math.abs(days) >= 1 ? `${Math.round(days * 10) / 10} days` : `${Math.round(milliseconds / 6000) / 10} min`;
  return `${milliseconds > 0 ? "+" : ""}${text}`;
}
