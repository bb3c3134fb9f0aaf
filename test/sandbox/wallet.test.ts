import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type Bench, bench, usage } from "./client.ts";

const adjust = (to: Bench, id: string, body: Record<string, unknown>) => to.call("POST", `/customers/${id}/wallet/adjustments`, { transaction_id: randomUUID(), asset: "USD", ...body });

test("an adjustment is booked once", async () => {
  const to = await bench();
  const id = await to.customer("u1", "demo");
  const transaction_id = randomUUID();
  const first = await adjust(to, id, { transaction_id, amount: 12.5, reason: "external_topup", description: "by card" });
  expect([first.status, Object.keys(first.body)]).toEqual([201, ["id", "created_at"]]);
  const again = await adjust(to, id, { transaction_id, amount: 99, reason: "gift" });
  expect([again.status, again.body]).toEqual([201, first.body]);
  expect(to.sandbox.balance("u1")).toBe("12.5");
  const read = (await to.call("GET", `/customers/${id}/wallet/transactions/${transaction_id}`)).body;
  expect(read).toEqual({ id: transaction_id, type: "adjustment", account_id: "default:USD", asset: "USD", amount: 12.5, description: "by card", created_at: first.body.created_at, executed_at: first.body.created_at });
  to.sandbox.switches({ adjustmentId: "transaction" });
  expect((await adjust(to, id, { transaction_id, amount: 1, reason: "gift" })).body.id).toBe(transaction_id);
});

test("reasons rule the sign", async () => {
  const to = await bench();
  const id = await to.customer("u1", "demo");
  const refused = async (body: Record<string, unknown>) => (await adjust(to, id, body)).body.errors;
  expect(await refused({ amount: -1, reason: "gift" })).toEqual({ amount: ["must be positive for gift"] });
  expect(await refused({ amount: 1, reason: "external_refund" })).toEqual({ amount: ["must be negative for external_refund"] });
  expect(await refused({ amount: 0, reason: "other" })).toEqual({ amount: ["must not be 0"] });
  expect(await refused({ amount: 1e-13, reason: "gift" })).toEqual({ amount: ["must not be 0"] });
  expect(await refused({ amount: 1, reason: "chargeback" })).toEqual({ reason: ["must be one of external_topup, gift, external_refund, other"] });
  expect(await refused({ amount: 1, reason: "gift", asset: "NOPE" })).toEqual({ asset: ["is not a currency or a known asset"] });
  expect(await refused({ amount: 1, reason: "gift", expires_at: "2020-01-01T00:00:00Z" })).toEqual({ expires_at: ["must be later than the moment the credit is effective"] });
  expect((await adjust(to, id, { amount: -3, reason: "external_refund", expires_at: "2020-01-01T00:00:00Z" })).status).toBe(201);
  to.sandbox.switches({ anyReason: true });
  expect((await adjust(to, id, { amount: -1, reason: "chargeback" })).status).toBe(201);
  expect(to.sandbox.balance("u1")).toBe("-4");
});

test("a charge takes from the wallet once", async () => {
  const to = await bench();
  const id = await to.customer("u1", "demo");
  const transaction_id = randomUUID();
  for (let time = 0; time < 2; time++) expect(await to.call("POST", `/customers/${id}/wallet/charges`, { transaction_id, asset: "USD", amount: 2.5, description: "Setup" })).toMatchObject({ status: 201, body: {} });
  expect(to.sandbox.balance("u1")).toBe("-2.5");
  expect((await to.call("GET", `/customers/${id}/wallet/transactions/${transaction_id}`)).body).toMatchObject({ type: "fee", amount: -2.5 });
});

test("grants are spent by priority, expiry, purpose and age, and leave when they expire", async () => {
  const to = await bench({ clock: () => Date.parse("2026-06-01T00:00:00Z"), products: [{ code: "p", name: "P", prices: [usage("use", { usage_type: "volume", volume_field: "n" }, [{ volume_rate: 1 }])] }] });
  const { sandbox } = to;
  const id = await to.customer("u1", "p");
  await adjust(to, id, { amount: 10, reason: "external_topup", expires_at: "2027-01-01T00:00:00Z" });
  await adjust(to, id, { amount: 5, reason: "gift", expires_at: "2027-01-01T00:00:00Z" });
  await adjust(to, id, { amount: 3, reason: "external_topup", expires_at: "2026-07-01T00:00:00Z" });
  await adjust(to, id, { amount: 100, reason: "gift", effective_at: "2026-08-01T00:00:00Z", expires_at: "2026-08-02T00:00:00Z" });
  const grants = async () => (await to.call("GET", `/customers/${id}/wallet/default:USD/grants?limit=50`)).body.items.map((one: Record<string, unknown>) => [one.purpose, one.amount, one.available]).sort();
  expect(sandbox.balance("u1")).toBe("18");

  await to.event("u1", "use", { n: 4 });
  expect(await grants()).toEqual([["paid", 10, 10], ["paid", 3, 0], ["promotion", 100, 100], ["promotion", 5, 4]]);
  await to.event("u1", "use", { n: 6 });
  expect(await grants()).toEqual([["paid", 10, 8], ["paid", 3, 0], ["promotion", 100, 100], ["promotion", 5, 0]]);
  await to.event("u1", "use", { n: 20 });
  expect(sandbox.balance("u1")).toBe("-12");

  sandbox.clock.set("2026-08-01T06:00:00Z");
  expect(sandbox.balance("u1")).toBe("88");
  sandbox.clock.set("2026-08-02T00:00:00Z");
  expect(sandbox.balance("u1")).toBe("0");
});

test("a credit pays what is owed first, and lives a year unless told otherwise", async () => {
  const to = await bench({ clock: () => Date.parse("2026-06-01T00:00:00Z") });
  const id = await to.customer("u1", "demo");
  await to.event("u1", "image");
  to.sandbox.fund("u1", "10");
  expect(to.sandbox.balance("u1")).toBe("9.96");
  const [grant] = (await to.call("GET", `/customers/${id}/wallet/default:usd/grants`)).body.items;
  expect([grant.available, grant.effective_at, grant.expires_at]).toEqual([9.96, "2026-06-01T00:00:00.000Z", "2027-06-01T00:00:00.000Z"]);
  to.sandbox.clock.set("2027-05-31T23:59:59Z");
  expect(to.sandbox.balance("u1")).toBe("9.96");
  to.sandbox.clock.set("2027-06-01T00:00:00Z");
  expect(to.sandbox.balance("u1")).toBe("0");
  expect((await to.call("GET", `/customers/${id}/wallet/default:USD/grants?exclude_expired=true`)).body.total_count).toBe(0);
});

const bundle = (refresh: unknown) => ({
  code: "b", name: "B",
  prices: [usage("use", { usage_type: "volume", volume_field: "n" }, [{ volume_rate: 1 }], "TOK")],
  entitlements: [{ name: "Monthly", asset: "TOK", amount: 100, purpose: "bundled", lifecycle: { duration: "month", ...(refresh === undefined ? {} : { refresh }) } }],
});

test.each([
  ["once", undefined, "0"],
  ["expire_and_replace", { strategy: "expire_and_replace" }, "100"],
  ["rollover", { strategy: "rollover" }, "170"],
])("bundled credits: %s", async (_, refresh, later) => {
  const to = await bench({ clock: () => Date.parse("2026-01-31T12:00:00Z") });
  await to.call("POST", "/assets", { code: "TOK", name: "Tokens", precision: 2 });
  expect((await to.call("POST", "/products", { ...bundle(refresh), publish: true })).status).toBe(201);
  await to.customer("u1", "b");
  await to.event("u1", "use", { n: 30 });
  expect(to.sandbox.balance("u1", "tok")).toBe("70");
  to.sandbox.clock.set("2026-02-28T11:59:59Z");
  expect(to.sandbox.balance("u1", "TOK")).toBe("70");
  to.sandbox.clock.set("2026-02-28T12:00:00Z");
  expect(to.sandbox.balance("u1", "TOK")).toBe(later);
});

test("the older shape of an entitlement is refused", async () => {
  const { call } = await bench();
  await call("POST", "/assets", { code: "TOK", name: "Tokens" });
  const { lifecycle: _, ...rest } = bundle(undefined).entitlements[0] as Record<string, unknown>;
  const answer = await call("POST", "/products", { ...bundle(undefined), entitlements: [{ ...rest, refresh: { interval: "month", strategy: "expire_and_replace" } }] });
  expect(answer.body.errors).toEqual({ "entitlements[0].lifecycle": ["is required"] });
});

test("accounts are found in any case, and an account that is not there is 404", async () => {
  const to = await bench();
  const id = await to.customer("u1", "demo");
  expect((await to.call("GET", `/customers/${id}/wallet/default:usd`)).body.id).toBe("default:USD");
  expect((await to.call("GET", `/customers/${id}/wallet/default:EUR`)).status).toBe(404);
  expect((await to.call("GET", `/customers/${await to.customer("u2")}/wallet`)).body).toEqual({ accounts: [] });
  await adjust(to, id, { amount: 5, reason: "gift", asset: "eur" });
  await adjust(to, id, { amount: 5, reason: "gift", account_name: "bonus" });
  expect((await to.call("GET", `/customers/${id}/wallet`)).body.accounts.map((one: Record<string, unknown>) => [one.id, one.available])).toEqual([["default:USD", 0], ["default:EUR", 5], ["bonus:USD", 5]]);
});

test("assets are bought at the rate of the moment, rounded down", async () => {
  const to = await bench({ clock: () => Date.parse("2026-06-01T00:00:00Z") });
  const { call, sandbox } = to;
  expect((await call("POST", "/assets", { code: "TOK", name: "Tokens", precision: 0, symbol: "T", rates: [{ source: "USD", inverse_rate: 1000 }] })).status).toBe(201);
  expect((await call("POST", "/assets", { code: "tok", name: "Again" })).body.errors).toEqual({ code: ["is already in use"] });
  expect((await call("POST", "/assets/TOK/quote", { source: "USD", amount: 1.2345 })).body).toEqual({ source: "USD", source_amount: 1.2345, destination: "TOK", destination_amount: 1234, rate: 0.001, inverse_rate: 1000 });
  expect((await call("POST", "/assets/TOK/rates", { source: "USD", rate: 0.002, valid_from: "2026-07-01T00:00:00Z" })).status).toBe(204);
  expect((await call("POST", "/assets/TOK/quote", { source: "USD", amount: 1, exchange_at: "2026-07-01T00:00:00Z" })).body.destination_amount).toBe(500);
  expect((await call("GET", "/assets/tok")).body.rates).toEqual([
    { source: "USD", schedule: [{ valid_from: "2026-07-01T00:00:00.000Z", rate: 0.002, inverse_rate: 500 }, { valid_from: "2026-06-01T00:00:00.000Z", valid_to: "2026-07-01T00:00:00.000Z", rate: 0.001, inverse_rate: 1000 }] },
  ]);
  const id = await to.customer("u1", "demo");
  const topUp = (await call("POST", "/top-ups", { customer_id: id, amount: 10, currency: "USD", destination: { asset: "TOK" }, return_url: "http://localhost/a", failure_url: "http://localhost/b" })).body;
  expect(topUp.status).toBe("initiated");
  expect(sandbox.balance("u1", "TOK")).toBe("0");
  sandbox.bill(topUp.id, "pay");
  expect(sandbox.balance("u1", "TOK")).toBe("10000");
  expect((await call("GET", `/top-ups/${topUp.id}`)).body).toMatchObject({ status: "succeeded", amount: 10, currency: "USD", destination: { asset: "TOK", account_name: "default" } });
});

test("a top-up that was declined or came too late changes nothing", async () => {
  const { call, customer, sandbox } = await bench();
  const id = await customer("u1", "demo");
  const start = async () => (await call("POST", "/top-ups", { customer_id: id, amount: 10, currency: "USD", return_url: "http://localhost/a", failure_url: "http://localhost/b" })).body.id as string;
  const [declined, late, paid] = [await start(), await start(), await start()];
  expect((await call("GET", `/customers/${id}/wallet/default:USD`)).body.pending_in).toBe(30);
  sandbox.bill(declined, "decline");
  sandbox.bill(paid, "pay");
  sandbox.bill(paid, "pay");
  sandbox.clock.advance("10m");
  sandbox.bill(late, "pay");
  const status = async (top: string) => (await call("GET", `/top-ups/${top}`)).body.status;
  expect([await status(declined), await status(late), await status(paid), sandbox.balance("u1")]).toEqual(["failed", "expired", "succeeded", "10"]);
});

test("vendors, their costs, profits and tasks add up", async () => {
  const { call, customer, event } = await bench();
  const id = await customer("u1", "demo");
  const vendor = (await call("POST", "/vendors", { name: "Modelhost", external_id: "modelhost" })).body.id;
  expect((await call("POST", "/vendors", { name: "Again", external_id: "modelhost" })).body.errors).toEqual({ external_id: ["is already in use"] });
  const cost = (amount: number, category?: string) => ({ costs: [{ id: randomUUID(), vendor_id: vendor, amount, currency: "USD", ...(category && { category }) }], subject: "job 1" });
  await event("u1", "image", undefined, { ...cost(0.01, "gpu"), occurred_at: "2026-06-02T10:00:00Z" });
  await event("u1", "image", undefined, { ...cost(0.02), occurred_at: "2026-06-01T10:00:00Z" });
  expect((await call("GET", `/vendors/${vendor}/stats`)).body).toEqual({ total_costs: 0.03, categories: [{ category: "gpu", cost: 0.01 }, { category: "uncategorized", cost: 0.02 }] });
  expect((await call("GET", `/vendors/${vendor}/stats?category=gpu&period_from=2026-06-02`)).body.total_costs).toBe(0.01);
  expect((await call("GET", `/customers/${id}/stats`)).body).toEqual({ gross_revenue: 0.08, total_costs: 0.03, net_revenue: 0.05, margin: 62.5, currency: "USD" });
  expect((await call("GET", "/customers/stats?period_from=2026-06-01&period_to=2026-06-01")).body).toMatchObject({ summary: { gross_revenue: 0.04, total_costs: 0.02 }, period_from: "2026-06-01", period_to: "2026-06-01", total_count: 1 });
  const task = (await call("GET", `/tasks/${encodeURIComponent(`${id}:job 1`)}`)).body;
  expect([task.event_count, task.stats.net_revenue, task.events.map((one: { occurred_at: string }) => one.occurred_at), task.vendors]).toEqual([2, 0.05, ["2026-06-01T10:00:00Z", "2026-06-02T10:00:00Z"], [{ vendor_id: vendor, cost: 0.03 }]]);
  expect((await call("GET", "/tasks")).body.items).toEqual([{ id: `${id}:job 1`, customer_id: id, subject: "job 1", event_count: 2 }]);
  expect((await call("GET", `/vendors?external_id=modelhost`)).body.items[0].id).toBe(vendor);
});

test("accounts of a platform", async () => {
  const { call } = await bench();
  expect((await call("GET", "/accounts/self")).body.environment).toBe("test");
  const { body } = await call("POST", "/accounts", { name: "Shop", external_id: "s1", metadata: { a: "b" } });
  expect((await call("GET", "/accounts?external_id=s1")).body.items.map((one: { id: string }) => one.id)).toEqual([body.id]);
  expect((await call("GET", `/accounts/${body.id}`)).body).toMatchObject({ external_id: "s1", name: "Shop", metadata: { a: "b" } });
  expect((await call("GET", "/customers", undefined, { "X-CREDYT-ACCOUNT": body.id })).status).toBe(200);
  expect((await call("GET", "/customers", undefined, { "X-CREDYT-ACCOUNT": "acc_none" })).status).toBe(422);
});
