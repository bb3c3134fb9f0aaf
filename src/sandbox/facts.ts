import { type Numeric, exact } from "./money.ts";
import type { EventRecord, TransactionRecord } from "./records.ts";
import type { Asset, ConnectedAccount, Customer, Delivery, Destination, Product, Schedule, State, TopUp, Vendor } from "./state.ts";
import { type Day, addRevenue, addToTotals, emptyTotals, setDay } from "./stats.ts";
import { type Account, type Grant, type Wallets, accountId, credit, debit, emptyAccount, settle } from "./wallet.ts";

/** One thing that came to pass. Facts are what the journal holds; the state is what they add up to. */
export type Fact =
  | { readonly kind: "customer"; readonly value: Customer }
  | { readonly kind: "product"; readonly value: Product }
  | { readonly kind: "asset"; readonly value: Asset }
  | { readonly kind: "vendor"; readonly value: Vendor }
  | { readonly kind: "account"; readonly value: ConnectedAccount }
  | { readonly kind: "top-up"; readonly value: TopUp }
  | { readonly kind: "destination"; readonly value: Destination }
  | { readonly kind: "delivery"; readonly value: Delivery }
  | { readonly kind: "gone"; readonly of: "product" | "destination"; readonly id: string }
  | { readonly kind: "open"; readonly customer: string; readonly name: string; readonly asset: string }
  | { readonly kind: "credit"; readonly customer: string; readonly name: string; readonly asset: string; readonly grant: Grant }
  | { readonly kind: "schedule"; readonly customer: string; readonly value: Schedule; readonly at: number }
  | { readonly kind: "revenue"; readonly customer: string; readonly day: string; readonly amount: Numeric }
  | { readonly kind: "clock"; readonly offset: number }
  | { readonly kind: "secret"; readonly value: string }
  | { readonly kind: "wallet"; readonly customer: string; readonly accounts: readonly Account[] }
  | { readonly kind: "day"; readonly customer: string; readonly day: string; readonly sum: Day }
  | { readonly kind: "vendor-day"; readonly vendor: string; readonly day: string; readonly costs: Readonly<Record<string, Numeric>> };

/** How many finished deliveries are remembered. */
const rememberedDeliveries = 1000;

/** A state in which nothing has happened. */
export function emptyState(): State {
  return {
    customers: new Map(), externalIds: new Map(), products: new Map(), productCodes: new Map(), assets: new Map(), vendors: new Map(), accounts: new Map(),
    topUps: new Map(), destinations: new Map(), deliveries: new Map(), wallets: new Map(), totals: emptyTotals(),
  };
}

/** Lets a fact happen to the state. `clock` and `secret` are for the ledger and change nothing here. */
export function apply(state: State, fact: Fact): void {
  if (fact.kind === "customer") applyCustomer(state, fact.value);
  else if (fact.kind === "product") {
    state.products.set(fact.value.id, fact.value);
    state.productCodes.set(fact.value.code, fact.value.id);
  } else if (fact.kind === "asset") state.assets.set(fact.value.code.toLowerCase(), fact.value);
  else if (fact.kind === "vendor") state.vendors.set(fact.value.id, fact.value);
  else if (fact.kind === "account") state.accounts.set(fact.value.id, fact.value);
  else if (fact.kind === "top-up") state.topUps.set(fact.value.id, fact.value);
  else if (fact.kind === "destination") state.destinations.set(fact.value.id, fact.value);
  else if (fact.kind === "delivery") applyDelivery(state, fact.value);
  else if (fact.kind === "gone") applyGone(state, fact.of, fact.id);
  else applyMoney(state, fact);
}

function applyCustomer(state: State, customer: Customer): void {
  const before = state.customers.get(customer.id);
  if (before?.external_id !== undefined) state.externalIds.delete(before.external_id);
  if (customer.external_id !== undefined) state.externalIds.set(customer.external_id, customer.id);
  state.customers.set(customer.id, customer);
}

function applyDelivery(state: State, delivery: Delivery): void {
  state.deliveries.set(delivery.id, delivery);
  if (state.deliveries.size <= rememberedDeliveries) return;
  for (const old of state.deliveries.values()) {
    if (old.outcome === "waiting") continue;
    state.deliveries.delete(old.id);
    return;
  }
}

function applyGone(state: State, of: "product" | "destination", id: string): void {
  if (of === "destination") return void state.destinations.delete(id);
  const product = state.products.get(id);
  if (product) state.productCodes.delete(product.code);
  state.products.delete(id);
}

function applyMoney(state: State, fact: Fact): void {
  if (fact.kind === "open") change(state, fact.customer, fact.name, fact.asset, (account) => account);
  else if (fact.kind === "credit") change(state, fact.customer, fact.name, fact.asset, (account) => credit(account, fact.grant, fact.grant.created));
  else if (fact.kind === "schedule") change(state, fact.customer, "default", fact.value.asset, (account) => settle({ ...account, schedules: [...account.schedules, fact.value] }, fact.at));
  else if (fact.kind === "revenue") addRevenue(state.totals, fact.customer, fact.day, exact(fact.amount));
  else if (fact.kind === "wallet") state.wallets.set(fact.customer, new Map(fact.accounts.map((account) => [accountId(account).toLowerCase(), account])));
  else if (fact.kind === "day") setDay(state.totals, fact.customer, fact.day, fact.sum);
  else if (fact.kind === "vendor-day") {
    const days = state.totals.vendors.get(fact.vendor) ?? new Map<string, Map<string, ReturnType<typeof exact>>>();
    days.set(fact.day, new Map(Object.entries(fact.costs).map(([category, cost]) => [category, exact(cost)])));
    state.totals.vendors.set(fact.vendor, days);
  }
}

/** Lets an event happen: its fees are taken from the wallet, its numbers join the sums. */
export function applyEvent(state: State, event: EventRecord): void {
  for (const fee of event.fees) change(state, event.customer_id, "default", fee.asset, (account) => debit(account, exact(fee.amount), event.created));
  addToTotals(state.totals, event);
}

/** Lets a booking by hand happen. */
export function applyTransaction(state: State, record: TransactionRecord): void {
  const amount = exact(record.amount);
  const { grant } = record;
  change(state, record.customer_id, record.account_name, record.asset, (account) =>
    grant ? credit(account, { ...grant, amount, rest: amount }, record.created) : debit(account, amount.abs(), record.created),
  );
}

function change(state: State, customer: string, name: string, asset: string, to: (account: Account) => Account): void {
  const accounts: Wallets = state.wallets.get(customer) ?? new Map();
  const key = `${name}:${asset}`.toLowerCase();
  accounts.set(key, to(accounts.get(key) ?? emptyAccount(name, asset)));
  state.wallets.set(customer, accounts);
}
