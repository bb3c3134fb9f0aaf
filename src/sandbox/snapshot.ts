import type { Fact } from "./facts.ts";
import type { State } from "./state.ts";

/** The facts that lead from an empty state to this one; events and transactions are not among them. */
export function* snapshot(state: State): Generator<Fact> {
  for (const value of state.assets.values()) yield { kind: "asset", value };
  for (const value of state.vendors.values()) yield { kind: "vendor", value };
  for (const value of state.accounts.values()) yield { kind: "account", value };
  for (const value of state.products.values()) yield { kind: "product", value };
  for (const value of state.customers.values()) yield { kind: "customer", value };
  for (const value of state.topUps.values()) yield { kind: "top-up", value };
  for (const value of state.destinations.values()) yield { kind: "destination", value };
  for (const value of state.deliveries.values()) yield { kind: "delivery", value };
  for (const [customer, accounts] of state.wallets) yield { kind: "wallet", customer, accounts: [...accounts.values()] };
  for (const [customer, days] of state.totals.customers) for (const [day, sum] of days) yield { kind: "day", customer, day, sum };
  for (const [vendor, days] of state.totals.vendors) for (const [day, costs] of days) yield { kind: "vendor-day", vendor, day, costs: Object.fromEntries(costs) };
}
