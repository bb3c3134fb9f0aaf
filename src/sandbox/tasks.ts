import { type Call, type Credyt, type Route, json } from "./credyt.ts";
import { eventView } from "./events.ts";
import { type Money, exact, total, zero } from "./money.ts";
import { page, paging } from "./page.ts";
import { notFound } from "./problem.ts";
import type { EventRecord } from "./records.ts";
import { profit } from "./stats.ts";

/** The operations on tasks: all events of one customer with one subject. Their shapes are our own. */
export const taskRoutes: readonly Route[] = [
  { method: "GET", path: "/tasks", query: [...paging, "customer_id", "subject"], answer: listTasks },
  { method: "GET", path: "/tasks/:id", answer: getTask },
];

function listTasks(call: Call, { ledger }: Credyt) {
  const tasks = new Map<string, { readonly id: string; readonly customer_id: string; readonly subject: string; event_count: number }>();
  for (const { customer_id, subject } of ledger.events.newestFirst(call.query.customer_id)) {
    if (subject === undefined || (call.query.subject !== undefined && subject !== call.query.subject)) continue;
    const id = `${customer_id}:${subject}`;
    const task = tasks.get(id) ?? { id, customer_id, subject, event_count: 0 };
    task.event_count++;
    tasks.set(id, task);
  }
  return json(200, page(call, tasks.values(), tasks.size, (one) => one));
}

function getTask(call: Call, { ledger }: Credyt) {
  const id = call.params.id ?? "";
  const [customer = "", ...rest] = id.split(":");
  const subject = rest.join(":");
  const events = [...ledger.events.newestFirst(customer)].filter((event) => event.subject === subject);
  if (subject === "" || events.length === 0) throw notFound(`Task ${id}`);
  events.sort((a, b) => Date.parse(a.occurred_at) - Date.parse(b.occurred_at));
  const sums = profit(total(events.map((event) => exact(event.stats.gross_revenue))), total(events.map((event) => exact(event.stats.total_costs))));
  return json(200, { id, customer_id: customer, subject, event_count: events.length, stats: sums, vendors: vendorSplit(events), events: events.map(eventView) });
}

function vendorSplit(events: readonly EventRecord[]) {
  const sums = new Map<string, Money>();
  for (const cost of events.flatMap((event) => event.costs ?? [])) sums.set(cost.vendor_id ?? "", (sums.get(cost.vendor_id ?? "") ?? zero).plus(exact(cost.amount)));
  return [...sums].map(([vendor_id, cost]) => ({ vendor_id, cost }));
}
