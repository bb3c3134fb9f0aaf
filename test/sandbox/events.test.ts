import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { bench, still } from "./client.ts";

const now = "2026-06-02T09:15:00.000Z";
const usageOf = (id: string, more: Record<string, unknown> = {}) => ({ id, event_type: "image", occurred_at: "2026-06-02T09:14:03.1234567Z", ...more });

test("an event is read back as it was sent, with its fee", async () => {
  const { call, customer } = await bench({ clock: still(now) });
  const customer_id = await customer("u1", "demo");
  const { body: vendor } = await call("POST", "/vendors", { name: "Modelhost", external_id: "modelhost" });
  const id = randomUUID();
  const sent = { ...usageOf(id), subject: "clip_551", description: "A picture", data: { quality: "hd", retries: 0, cached: false }, costs: [{ id: `${id}:0`, vendor_external_id: "modelhost", amount: 0.031, currency: "USD" }] };
  const answer = await call("POST", "/events", { customer_id, events: [sent] });
  expect([answer.status, answer.body]).toEqual([204, undefined]);
  const { fees, ...rest } = (await call("GET", `/events/${id}`)).body;
  expect(rest).toEqual({ ...sent, customer_id, created_at: now, costs: [{ ...sent.costs[0], vendor_id: vendor.id }], stats: { gross_revenue: 0.04, total_costs: 0.031, net_revenue: 0.009, margin: 22.5, currency: "USD" } });
  expect(fees.map((fee: Record<string, unknown>) => [fee.product_code, fee.product_version, fee.price_name, fee.usage_type, fee.amount, fee.currency])).toEqual([["demo", 1, "image", "unit", 0.04, "USD"]]);
});

test("an event is billed once, however often and however many at a time it is sent", async () => {
  const { call, customer, sandbox } = await bench();
  await customer("u1", "demo");
  const id = randomUUID();
  const send = (event: unknown) => call("POST", "/events", { customer_external_id: "u1", events: [event] });
  await Promise.all(Array.from({ length: 20 }, () => send(usageOf(id))));
  await send(usageOf(id.toUpperCase(), { event_type: "other" }));
  expect(sandbox.events().map((event) => [event.id, event.event_type])).toEqual([[id, "image"]]);
  expect(sandbox.balance("u1")).toBe("-0.04");
  sandbox.switches({ eventsStatus: 202 });
  const other = randomUUID();
  const told = await call("POST", "/events", { customer_external_id: "u1", events: [usageOf(id), usageOf(other), usageOf(other)] });
  expect([told.status, told.body]).toEqual([202, { events: [{ id, status: "duplicate" }, { id: other, status: "accepted" }, { id: other, status: "duplicate" }] }]);
  expect(sandbox.balance("u1")).toBe("-0.08");
});

test("one bad event refuses the whole batch", async () => {
  const { call, customer, sandbox } = await bench();
  await customer("u1", "demo");
  const good = usageOf(randomUUID());
  const refused = async (body: Record<string, unknown>) => {
    const answer = await call("POST", "/events", { customer_external_id: "u1", ...body });
    expect(answer.status).toBe(422);
    return answer.body.errors;
  };
  expect(await refused({ events: [good, { ...good, id: "no-uuid" }] })).toEqual({ "events[1].id": ["must be a UUID"] });
  expect(await refused({ events: [good, { id: randomUUID() }] })).toEqual({ "events[1].event_type": ["is required"], "events[1].occurred_at": ["is required"] });
  expect(await refused({ events: [{ ...good, occurred_at: "2026-02-30T09:14:03Z" }] })).toHaveProperty(["events[0].occurred_at"]);
  expect(await refused({ events: [{ ...good, occurred_at: "yesterday" }] })).toEqual({ "events[0].occurred_at": ["must be an ISO 8601 timestamp such as 2026-06-02T09:14:03.120Z"] });
  expect(await refused({ events: [] })).toEqual({ events: ["must have at least 1 entry"] });
  expect(await refused({ events: Array.from({ length: 1001 }, () => good) })).toEqual({ events: ["must have at most 1000 entries"] });
  expect(await refused({ customer_external_id: "nobody", events: [good] })).toEqual({ customer_external_id: ["is not the external_id of a customer"] });
  expect(await refused({ customer_id: "cust_none", events: [good] })).toEqual({ customer_id: ["is not the id of a customer"] });
  expect(await refused({ customer_id: await customer("u2", "demo"), events: [good] })).toEqual({ customer_external_id: ["belongs to another customer than customer_id"] });
  expect(await refused({ customer_external_id: undefined, events: [{ ...good, customer_external_id: "u1" }] })).toEqual({ customer_id: ["or customer_external_id is required beside events"] });
  expect(await refused({ events: [good, { ...usageOf(randomUUID()), costs: [{ vendor_id: "vnd_none", amount: 1 }] }] })).toEqual({ "events[1].costs[0].vendor_id": ["is not the id of a vendor"] });
  expect(sandbox.events()).toEqual([]);
  const large = await call("POST", "/events", JSON.stringify({ customer_external_id: "u1", events: [{ ...good, description: "x".repeat(1 << 20) }] }));
  expect(large.status).toBe(413);
});

test("a batch at its largest is taken whole and billed in full", async () => {
  const { call, customer, sandbox } = await bench();
  await customer("u1", "demo");
  const events = Array.from({ length: 1000 }, () => usageOf(randomUUID()));
  expect((await call("POST", "/events", { customer_external_id: "u1", events })).status).toBe(204);
  expect([sandbox.events("u1").length, sandbox.balance("u1")]).toEqual([1000, "-40"]);
  expect(sandbox.events("u1").map((event) => event.id)).toEqual(events.map((event) => event.id));
});

test("events are listed newest first and narrowed down", async () => {
  const { call, customer, event } = await bench();
  const ada = await customer("ada", "demo");
  await customer("bob", "demo");
  await customer("eve");
  const ids = {
    a1: await event("ada", "image", undefined, { subject: "s1", occurred_at: "2026-01-01T10:00:00Z" }),
    b1: await event("bob", "image", { n: 1 }, { subject: "s1" }),
    a2: await event("ada", "chat_completion", { total_tokens: 5 }, { subject: "s2" }),
    e1: await event("eve", "image"),
  };
  const listed = async (query: string) => {
    const { body } = await call("GET", `/events${query}`);
    expect(body.total_count).toBe(body.items.length);
    return body.items.map((item: { id: string }) => Object.entries(ids).find(([, id]) => id === item.id)?.[0]);
  };
  expect(await listed("")).toEqual(["e1", "a2", "b1", "a1"]);
  expect(await listed(`?customer_id=${ada}`)).toEqual(["a2", "a1"]);
  expect(await listed("?customer_external_id=bob")).toEqual(["b1"]);
  expect(await listed("?customer_external_id=nobody")).toEqual([]);
  expect(await listed(`?event_id=${ids.b1}`)).toEqual(["b1"]);
  expect(await listed("?subject=s1")).toEqual(["b1", "a1"]);
  expect(await listed("?event_types=image,speech")).toEqual(["e1", "b1", "a1"]);
  expect(await listed("?has_fees=false")).toEqual(["e1"]);
  expect(await listed("?period_to=2026-05-31")).toEqual(["a1"]);
  const item = (await call("GET", "/events?limit=1&offset=2")).body;
  expect([item.total_count, item.items[0].id, item.items[0].external_id, item.items[0].has_fees, item.items[0].total_fees, item.items[0].fee_currency]).toEqual([4, ids.b1, "bob", true, 0.04, "USD"]);
  expect((await call("GET", `/events/${randomUUID()}`)).status).toBe(404);
});

test("usage goes below zero, unless an overdraft limit is set", async () => {
  const { call, customer, event, sandbox } = await bench();
  await customer("u1", "demo");
  await event("u1", "image");
  sandbox.switches({ overdraftLimit: 0.05 });
  const refused = await call("POST", "/events", { customer_external_id: "u1", events: [usageOf(randomUUID())] });
  expect([refused.status, refused.body.errors]).toEqual([422, { events: ["would take the USD account below its overdraft limit of 0.05"] }]);
  sandbox.fund("u1", 0.03);
  await event("u1", "image");
  expect(sandbox.balance("u1")).toBe("-0.05");
});

test("numbers keep all their digits", async () => {
  const { call, customer, sandbox } = await bench();
  const id = await customer("u1", "demo");
  const transaction_id = randomUUID();
  const body = `{"transaction_id":"${transaction_id}","asset":"USD","reason":"gift","amount":123456789012.123456789012}`;
  expect((await call("POST", `/customers/${id}/wallet/adjustments`, body)).status).toBe(201);
  expect(sandbox.balance("u1")).toBe("123456789012.123456789012");
  const wallet = await (await fetch(`${sandbox.url}/customers/${id}/wallet`, { headers: { "x-credyt-api-key": sandbox.key } })).text();
  expect(wallet).toBe('{"accounts":[{"id":"default:USD","name":"default","asset":"USD","available":123456789012.123456789012}]}');
});
