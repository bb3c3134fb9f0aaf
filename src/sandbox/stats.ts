import { type Money, exact, zero } from "./money.ts";
import type { EventRecord } from "./records.ts";

/** What one customer brought in and cost on one day, in USD. */
export interface Day {
  readonly revenue: Money;
  readonly costs: Money;
}

/** Running sums, so that no answer needs to read all events: per customer and day, and per vendor, day and category. */
export interface Totals {
  readonly customers: Map<string, Map<string, Day>>;
  readonly vendors: Map<string, Map<string, Map<string, Money>>>;
}

/** Profitability as Credyt answers it; margin in percent of the revenue. */
export interface Profit {
  readonly gross_revenue: Money;
  readonly total_costs: Money;
  readonly net_revenue: Money;
  readonly margin: Money;
  readonly currency: "USD";
}

/** No totals yet. */
export function emptyTotals(): Totals {
  return { customers: new Map(), vendors: new Map() };
}

/** Revenue and costs as one result. */
export function profit(revenue: Money, costs: Money): Profit {
  const net = revenue.minus(costs);
  return { gross_revenue: revenue, total_costs: costs, net_revenue: net, margin: revenue.isZero() ? zero : net.div(revenue).times(100).toDecimalPlaces(2), currency: "USD" };
}

/** The day in UTC on which an event occurred, `2026-06-02`. */
export function dayOf(event: Pick<EventRecord, "occurred_at">): string {
  return new Date(event.occurred_at).toISOString().slice(0, 10);
}

/** Adds an event to the running sums. */
export function addToTotals(totals: Totals, event: EventRecord): void {
  const day = dayOf(event);
  addRevenue(totals, event.customer_id, day, exact(event.stats.gross_revenue), exact(event.stats.total_costs));
  for (const cost of event.costs ?? []) {
    const days = entry(totals.vendors, cost.vendor_id ?? "", () => new Map<string, Map<string, Money>>());
    const categories = entry(days, day, () => new Map<string, Money>());
    const category = cost.category ?? "";
    categories.set(category, (categories.get(category) ?? zero).plus(exact(cost.amount)));
  }
}

/** Adds revenue and costs to a customer's day (`2026-06-02`). */
export function addRevenue(totals: Totals, customer: string, day: string, revenue: Money, costs: Money = zero): void {
  const days = entry(totals.customers, customer, () => new Map<string, Day>());
  const before = days.get(day) ?? { revenue: zero, costs: zero };
  days.set(day, { revenue: before.revenue.plus(revenue), costs: before.costs.plus(costs) });
}

/** Puts a customer's day in the place of what was known of it. */
export function setDay(totals: Totals, customer: string, day: string, sum: Day): void {
  entry(totals.customers, customer, () => new Map<string, Day>()).set(day, sum);
}

/** A customer's profit between two days, both included. */
export function customerProfit(totals: Totals, customer: string, from = "", to = "9999"): Profit {
  let revenue = zero;
  let costs = zero;
  for (const [day, sum] of totals.customers.get(customer) ?? []) {
    if (day < from || day > to) continue;
    revenue = revenue.plus(sum.revenue);
    costs = costs.plus(sum.costs);
  }
  return profit(revenue, costs);
}

/** A vendor's costs between two days by category; the empty category is "uncategorized". */
export function vendorCosts(totals: Totals, vendor: string, from = "", to = "9999", only?: string): readonly { readonly category: string; readonly cost: Money }[] {
  const sums = new Map<string, Money>();
  for (const [day, categories] of totals.vendors.get(vendor) ?? []) {
    if (day < from || day > to) continue;
    for (const [category, cost] of categories) sums.set(category || "uncategorized", (sums.get(category || "uncategorized") ?? zero).plus(cost));
  }
  return [...sums].map(([category, cost]) => ({ category, cost })).filter((one) => only === undefined || one.category === only);
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}
