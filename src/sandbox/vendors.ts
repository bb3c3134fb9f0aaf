import { type Call, type Credyt, type Route, json } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { newId } from "./ids.ts";
import { total } from "./money.ts";
import { lookup, newest, page, paging } from "./page.ts";
import { notFound, refused } from "./problem.ts";
import { object, optional, read, text } from "./shape.ts";
import type { State, Vendor } from "./state.ts";
import { vendorCosts } from "./stats.ts";

const newVendor = object({ name: text(200), external_id: optional(text(255)) });

/** The operations on vendors, who charge for the work behind events. */
export const vendorRoutes: readonly Route[] = [
  { method: "POST", path: "/vendors", answer: createVendor },
  { method: "GET", path: "/vendors", query: [...paging, "external_id"], answer: listVendors },
  { method: "GET", path: "/vendors/:id", answer: (call, { state }) => json(200, vendorView(vendorOf(state, call))) },
  { method: "GET", path: "/vendors/:id/stats", query: ["period_from", "period_to", "category"], answer: vendorStats },
];

/** The vendor with the caller's own id. */
export function vendorNamed(state: State, externalId: string): Vendor | undefined {
  return [...state.vendors.values()].find((vendor) => vendor.external_id === externalId);
}

function createVendor(call: Call, credyt: Credyt) {
  const { name, external_id } = read(newVendor, call.body, credyt.strict);
  if (external_id !== undefined && vendorNamed(credyt.state, external_id)) throw refused("external_id", "is already in use");
  const vendor: Vendor = { id: newId("vnd"), name, ...(external_id !== undefined && { external_id }), created: call.now };
  credyt.commit({ kind: "vendor", value: vendor });
  return json(201, { id: vendor.id, created_at: timestamp(vendor.created) });
}

function listVendors(call: Call, credyt: Credyt) {
  const { state } = credyt;
  const wanted = call.query.external_id;
  if (wanted === undefined) return json(200, page(call, newest(state.vendors), state.vendors.size, vendorView));
  return lookup(call, credyt, vendorNamed(state, wanted), { entry: vendorView, whole: vendorView }, `A vendor with external_id ${wanted}`);
}

function vendorStats(call: Call, { state }: Credyt) {
  const { period_from, period_to, category } = call.query;
  const categories = vendorCosts(state.totals, vendorOf(state, call).id, period_from, period_to, category);
  return json(200, { total_costs: total(categories.map((one) => one.cost)), categories });
}

function vendorOf(state: State, call: Call): Vendor {
  const vendor = state.vendors.get(call.params.id ?? "");
  if (!vendor) throw notFound(`Vendor ${call.params.id ?? ""}`);
  return vendor;
}

function vendorView({ id, external_id, name, created }: Vendor) {
  return { id, external_id, name, created_at: timestamp(created) };
}
