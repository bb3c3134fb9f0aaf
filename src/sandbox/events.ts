import { assetOf, rateOf } from "./assets.ts";
import { type Call, type Credyt, type Route, json, noContent } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { customerNamed } from "./customers.ts";
import { type UsageEvent, usageRequest } from "./event-shape.ts";
import { newId } from "./ids.ts";
import { type Money, booked, exact, total, zero } from "./money.ts";
import { page, paging } from "./page.ts";
import { priceEvent, workings } from "./pricing.ts";
import { notFound, problemBody, refused } from "./problem.ts";
import type { Cost, EventRecord, Fee } from "./records.ts";
import { read } from "./shape.ts";
import type { Customer, State } from "./state.ts";
import { dayOf, profit } from "./stats.ts";
import { bringUpToDate } from "./subscriptions.ts";
import { vendorNamed } from "./vendors.ts";
import { available, emptyAccount } from "./wallet.ts";

const filters = ["event_id", "customer_id", "customer_external_id", "subject", "period_from", "period_to", "event_types", "has_fees"] as const;

/** The operations on usage events. */
export const eventRoutes: readonly Route[] = [
  { method: "POST", path: "/events", answer: sendUsage },
  { method: "POST", path: "/events/vendors", answer: () => json(404, problemBody(notFound("POST /events/vendors, which stands in an old page: vendors are created by POST /vendors and"))) },
  { method: "GET", path: "/events", query: [...paging, ...filters], answer: listEvents },
  { method: "GET", path: "/events/:id", answer: getEvent },
];

/** Checks and prices the whole request first; then stores and bills each event that is new. */
function sendUsage(call: Call, credyt: Credyt) {
  const asked = read(usageRequest, call.body, credyt.strict);
  const customer = bringUpToDate(credyt, customerOf(credyt.state, asked), call.now);
  asked.events.forEach((event, at) => checkCosts(event, `events[${at}]`, credyt));
  const records = new Map<string, EventRecord>();
  for (const event of asked.events) {
    const id = event.id.toLowerCase();
    if (!records.has(id) && !credyt.ledger.events.has(id)) records.set(id, bill(event, customer, credyt, call.now));
  }
  checkOverdraft(customer, [...records.values()], credyt, call.now);
  for (const record of records.values()) {
    credyt.ledger.events.add(record);
    credyt.changed({ kind: "event", id: record.id });
  }
  const { eventsStatus } = credyt.switches;
  const results = asked.events.map(({ id }) => ({ id, status: records.delete(id.toLowerCase()) ? "accepted" : "duplicate" }));
  return eventsStatus === 204 ? noContent : json(eventsStatus, { events: results });
}

function customerOf(state: State, asked: { readonly customer_id?: string | undefined; readonly customer_external_id?: string | undefined }): Customer {
  if (asked.customer_id === undefined && asked.customer_external_id === undefined) throw refused("customer_id", "or customer_external_id is required beside events");
  const named = asked.customer_external_id === undefined ? undefined : customerNamed(state, asked.customer_external_id);
  if (asked.customer_external_id !== undefined && !named) throw refused("customer_external_id", "is not the external_id of a customer");
  if (asked.customer_id === undefined) return named as Customer;
  const customer = state.customers.get(asked.customer_id);
  if (!customer) throw refused("customer_id", "is not the id of a customer");
  if (named && named.id !== customer.id) throw refused("customer_external_id", "belongs to another customer than customer_id");
  return customer;
}

function checkCosts(event: UsageEvent, path: string, credyt: Credyt): void {
  const { costIds } = credyt.switches;
  (event.costs ?? []).forEach((cost, at) => {
    const place = `${path}.costs[${at}]`;
    if (cost.id === undefined && (costIds === "always" || (costIds === "strict" && credyt.strict))) throw refused(`${place}.id`, "is required: your own id of this cost, the same on every retry");
    if (cost.vendor_id === undefined && cost.vendor_external_id === undefined) throw refused(`${place}.vendor_id`, "or vendor_external_id is required");
    if (cost.vendor_id !== undefined && !credyt.state.vendors.has(cost.vendor_id)) throw refused(`${place}.vendor_id`, "is not the id of a vendor");
    if (cost.vendor_external_id !== undefined && !vendorNamed(credyt.state, cost.vendor_external_id)) throw refused(`${place}.vendor_external_id`, "is not the external_id of a vendor");
  });
}

/** The record of an event with the fees that the customer's active subscriptions ask for it. */
function bill(event: UsageEvent, customer: Customer, credyt: Credyt, now: number): EventRecord {
  const { state } = credyt;
  const warnings: string[] = [];
  const fees: Fee[] = [];
  const active = customer.subscriptions.filter((subscription) => subscription.status === "active");
  if (active.length === 0) warnings.push(customer.subscriptions.length === 0 ? "The customer has no subscription." : "The customer's subscription is not active.");
  for (const { id, code, version } of active.flatMap((subscription) => subscription.products)) {
    const found = state.products.get(id)?.versions.find((one) => one.version === version);
    const quote = found ? priceEvent(event, found) : { charges: [], warnings: [] };
    warnings.push(...quote.warnings);
    for (const charge of quote.charges) {
      const asset = assetOf(state, charge.asset)?.code ?? charge.asset;
      fees.push({ id: newId("fee"), product_id: id, product_code: code, product_version: version, ...workings(charge), currency: asset, asset } as Fee);
    }
  }
  const costs = event.costs?.map((cost): Cost => ({ ...cost, vendor_id: cost.vendor_id ?? vendorNamed(state, cost.vendor_external_id ?? "")?.id, currency: cost.currency ?? "USD" }));
  const stats = profit(inDollars(fees, state, now), booked(total((costs ?? []).filter((cost) => cost.currency === "USD").map((cost) => exact(cost.amount)))));
  const { id, event_type, occurred_at, ...rest } = event;
  return { id, customer_id: customer.id, event_type, occurred_at, created: now, ...rest, ...(costs && { costs }), fees, stats, ...(fees.length === 0 && { warnings }) };
}

/** The fees in USD as far as rates are known. */
function inDollars(fees: readonly Fee[], state: State, now: number): Money {
  return booked(total(fees.map((fee) => {
    const asset = assetOf(state, fee.asset);
    const rate = asset && rateOf(asset, "USD", now);
    return rate ? exact(fee.amount).times(rate) : zero;
  })));
}

function checkOverdraft(customer: Customer, records: readonly EventRecord[], credyt: Credyt, now: number): void {
  const limit = credyt.switches.overdraftLimit;
  if (limit === null) return;
  const fees = records.flatMap((record) => record.fees);
  for (const asset of new Set(fees.map((fee) => fee.asset))) {
    const account = credyt.state.wallets.get(customer.id)?.get(`default:${asset}`.toLowerCase()) ?? emptyAccount("default", asset);
    const asked = total(fees.filter((fee) => fee.asset === asset).map((fee) => exact(fee.amount)));
    if (available(account, now).minus(asked).lt(-limit)) throw refused("events", `would take the ${asset} account below its overdraft limit of ${limit}`);
  }
}

function listEvents(call: Call, { state, ledger }: Credyt) {
  const { query } = call;
  const customer = query.customer_id ?? (query.customer_external_id === undefined ? undefined : (customerNamed(state, query.customer_external_id)?.id ?? ""));
  const narrowing = filters.filter((name) => query[name] !== undefined && name !== "customer_id" && name !== "customer_external_id");
  const events = ledger.events.newestFirst(customer);
  const item = (event: EventRecord) => eventItem(event, state);
  if (narrowing.length === 0) return json(200, page(call, events, ledger.events.count(customer), item));
  if (query.event_id !== undefined) {
    const found = ledger.events.get(query.event_id);
    return json(200, page(call, found && fits(found, query) && (customer ?? found.customer_id) === found.customer_id ? [found] : [], undefined, item));
  }
  return json(200, page(call, filter(events, (event) => fits(event, query)), undefined, item));
}

function* filter<T>(entries: Iterable<T>, keep: (entry: T) => boolean): Generator<T> {
  for (const entry of entries) if (keep(entry)) yield entry;
}

function fits(event: EventRecord, query: Call["query"]): boolean {
  const day = dayOf(event);
  return (
    (query.subject === undefined || event.subject === query.subject) &&
    (query.period_from === undefined || day >= query.period_from) &&
    (query.period_to === undefined || day <= query.period_to) &&
    (query.event_types === undefined || query.event_types.split(",").includes(event.event_type)) &&
    (query.has_fees === undefined || String(event.fees.length > 0) === query.has_fees)
  );
}

function getEvent(call: Call, { ledger }: Credyt) {
  const event = ledger.events.get(call.params.id ?? "");
  if (!event) throw notFound(`Event ${call.params.id ?? ""}`);
  return json(200, eventView(event));
}

/** An event in full, as Credyt reads it back. */
export function eventView(event: EventRecord) {
  const { id, customer_id, event_type, occurred_at, subject, description, data, costs, fees, stats, created } = event;
  return { id, customer_id, event_type, occurred_at, created_at: timestamp(created), subject, description, data, costs, fees, stats };
}

function eventItem(event: EventRecord, state: State) {
  const { fees, ...whole } = eventView(event);
  const [first] = fees;
  return {
    ...whole,
    external_id: state.customers.get(event.customer_id)?.external_id,
    has_fees: fees.length > 0,
    total_fees: first && total(fees.filter((fee) => fee.asset === first.asset).map((fee) => exact(fee.amount))),
    fee_currency: first?.asset,
    fees,
  };
}
