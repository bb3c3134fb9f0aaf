import { type Call, type Credyt, type Route, json, noContent } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { newId } from "./ids.ts";
import { lookup, newest, page, paging } from "./page.ts";
import { conflict, notFound, refused } from "./problem.ts";
import { list, map, note, object, optional, read, text } from "./shape.ts";
import type { Customer, State } from "./state.ts";
import { customerProfit, profit } from "./stats.ts";
import { activation, bringUpToDate, buildSubscription, newSubscription, subscriptionView } from "./subscriptions.ts";
import { total } from "./money.ts";

const newCustomer = object({
  name: text(200),
  external_id: optional(text(255)),
  email: optional(note(320)),
  metadata: optional(map(text(1000))),
  subscriptions: optional(list(newSubscription, 0, 20)),
  external_accounts: optional(list(object({ provider: text(50), provider_id: text(255) }), 0, 20)),
});
const customerChange = object({ name: optional(text(200)), external_id: optional(text(255)), email: optional(note(320)) });

/** The operations on customers; those on their subscriptions and wallets have their own files. */
export const customerRoutes: readonly Route[] = [
  { method: "POST", path: "/customers", answer: createCustomer },
  { method: "GET", path: "/customers", query: [...paging, "external_id", "customer_id", "email", "name", "status"], answer: listCustomers },
  { method: "GET", path: "/customers/stats", query: [...paging, "period_from", "period_to"], answer: listStats },
  { method: "GET", path: "/customers/:id", answer: (call, credyt) => json(200, customerView(customerIn(credyt, call), credyt)) },
  { method: "PATCH", path: "/customers/:id", answer: changeCustomer },
  { method: "GET", path: "/customers/:id/stats", answer: (call, credyt) => json(200, customerProfit(credyt.state.totals, customerIn(credyt, call).id)) },
];

/** The customer with the caller's own id. */
export function customerNamed(state: State, externalId: string): Customer | undefined {
  return state.customers.get(state.externalIds.get(externalId) ?? "");
}

/** The customer that the path names, with whatever became due done. Throws 404. */
export function customerIn(credyt: Credyt, call: Call): Customer {
  const customer = credyt.state.customers.get(call.params.id ?? "");
  if (!customer) throw notFound(`Customer ${call.params.id ?? ""}`);
  return bringUpToDate(credyt, customer, call.now);
}

function createCustomer(call: Call, credyt: Credyt) {
  const asked = read(newCustomer, call.body, credyt.strict);
  checkUnused(asked.external_id, credyt);
  const id = newId("cust");
  const subscriptions = (asked.subscriptions ?? []).map((one, at) => buildSubscription(one, id, `subscriptions[${at}]`, credyt, call.now));
  const { name, external_id, email, metadata } = asked;
  const customer: Customer = {
    id, name, ...(external_id !== undefined && { external_id }), ...(email !== undefined && { email }), ...(metadata && { metadata }),
    external_accounts: asked.external_accounts ?? [], created: call.now, subscriptions,
  };
  const activated = subscriptions.filter((one) => one.status === "active").flatMap((one) => activation(customer, one, credyt, call.now));
  credyt.commit({ kind: "customer", value: customer }, ...activated);
  if (credyt.switches.customerBody === "id") return json(201, { id });
  return json(201, { id, subscriptions: subscriptions.map((one) => subscriptionView(one, credyt, "asked")) });
}

function checkUnused(externalId: string | undefined, credyt: Credyt, owner?: string): void {
  if (externalId === undefined) return;
  const holder = credyt.state.externalIds.get(externalId);
  if (holder === undefined || holder === owner) return;
  throw credyt.switches.duplicateStatus === 409 ? conflict("external_id is already in use") : refused("external_id", "is already in use");
}

function changeCustomer(call: Call, credyt: Credyt) {
  const customer = customerIn(credyt, call);
  const { name, external_id, email } = read(customerChange, call.body, credyt.strict);
  checkUnused(external_id, credyt, customer.id);
  credyt.commit({ kind: "customer", value: { ...customer, ...(name !== undefined && { name }), ...(external_id !== undefined && { external_id }), ...(email !== undefined && { email }) } });
  return noContent;
}

function listCustomers(call: Call, credyt: Credyt) {
  const { state } = credyt;
  const { external_id, customer_id, email, name, status } = call.query;
  if (external_id !== undefined) {
    const render = { entry: summary, whole: (found: Customer) => customerView(bringUpToDate(credyt, found, call.now), credyt), path: ({ id }: Customer) => `/customers/${id}` };
    return lookup(call, credyt, customerNamed(state, external_id), render, `A customer with external_id ${external_id}`);
  }
  const customers = newest(state.customers).filter(
    (one) =>
      (customer_id === undefined || one.id === customer_id) &&
      (email === undefined || one.email?.toLowerCase() === email.toLowerCase()) &&
      (name === undefined || one.name.toLowerCase().includes(name.toLowerCase())) &&
      (status === undefined || (status === "active") === activeCount(one) > 0),
  );
  return json(200, page(call, customers, customers.length, summary));
}

function listStats(call: Call, { state }: Credyt) {
  const { period_from, period_to } = call.query;
  const all = newest(state.customers).map(({ id, external_id, name }) => ({ id, external_id, name, stats: customerProfit(state.totals, id, period_from, period_to) }));
  const today = timestamp(call.now).slice(0, 10);
  const summary = profit(total(all.map((one) => one.stats.gross_revenue)), total(all.map((one) => one.stats.total_costs)));
  return json(200, { summary, period_from: period_from ?? `${today.slice(0, 8)}01`, period_to: period_to ?? today, ...page(call, all, all.length, (one) => one) });
}

function activeCount(customer: Customer): number {
  return customer.subscriptions.filter((one) => one.status === "active").length;
}

function summary(customer: Customer) {
  const { id, external_id, name, email } = customer;
  return { id, external_id, name, email, active_subscription_count: activeCount(customer) };
}

/** A customer in full, as Credyt reads it back. */
export function customerView(customer: Customer, credyt: Pick<Credyt, "switches" | "url" | "state">) {
  const { metadata, external_accounts, subscriptions, created } = customer;
  return { ...summary(customer), created_at: timestamp(created), metadata, external_accounts, subscriptions: subscriptions.map((one) => subscriptionView(one, credyt, "read")) };
}
