import { expect, test } from "vitest";
import { bench, usage } from "./client.ts";

const paid = { name: "Ada", external_id: "u1", subscriptions: [{ products: [{ code: "demo_pro" }], return_url: "http://localhost:3000/welcome", failure_url: "http://localhost:3000/failed", redirect_to: "return_url" }] };

test("a product with a fixed price waits for payment, as a whole", async () => {
  const { call, event, sandbox } = await bench();
  const { body } = await call("POST", "/customers", paid);
  const [waiting] = body.subscriptions;
  expect([waiting.status, waiting.started_at, waiting.required_actions.length, waiting.required_actions[0].type]).toEqual(["pending", undefined, 1, "payment"]);
  expect(new URL(waiting.required_actions[0].redirect_url).pathname).toBe("/billing/pay");
  const early = await event("u1", "chat_completion", { total_tokens: 1000 });
  expect((await call("GET", `/events/${early}`)).body.fees).toEqual([]);
  expect((await call("GET", `/customers/${body.id}/wallet`)).body).toEqual({ accounts: [] });

  sandbox.bill(waiting.id, "pay");
  const after = (await call("GET", `/customers/${body.id}`)).body.subscriptions[0];
  expect([after.status, after.required_actions]).toEqual(["active", undefined]);
  const late = await event("u1", "chat_completion", { total_tokens: 1000 });
  expect((await call("GET", `/events/${late}`)).body.fees.map((fee: { amount: number }) => fee.amount)).toEqual([0.002]);
  expect((await call("GET", `/events/${early}`)).body.fees).toEqual([]);
  expect((await call("GET", `/customers/${body.id}/stats`)).body.gross_revenue).toBe(20.002);
});

test("a payment link is kept while it is good and renewed when it has expired", async () => {
  const { call, sandbox } = await bench();
  const { body } = await call("POST", "/customers", paid);
  const link = async () => (await call("GET", `/customers/${body.id}`)).body.subscriptions[0].required_actions[0].redirect_url as string;
  const first = body.subscriptions[0].required_actions[0].redirect_url;
  sandbox.clock.advance("9m");
  expect(await link()).toBe(first);
  sandbox.clock.advance("1m");
  const second = await link();
  expect(second).not.toBe(first);
  expect(await link()).toBe(second);
  sandbox.bill(body.subscriptions[0].id, "expire");
  expect((await fetch(second, { redirect: "manual" })).headers.get("location")).toBe("http://localhost:3000/failed");
  expect(await link()).not.toBe(second);
  expect((await fetch(second, { redirect: "manual" })).headers.get("location")).toBe("http://localhost:3000/failed");
});

test("the waiting status can be action_required", async () => {
  const { call } = await bench({ switches: { waitingStatus: "action_required" } });
  const { body } = await call("POST", "/customers", paid);
  expect(body.subscriptions[0].status).toBe("action_required");
});

test("a subscription is added, stopped and started again; a customer without one becomes billable", async () => {
  const { call, customer, event, sandbox } = await bench();
  const id = await customer("u1");
  expect(sandbox.events().length).toBe(0);
  await event("u1", "image");
  expect([sandbox.balance("u1"), sandbox.events()[0]?.warnings]).toEqual(["0", ["The customer has no subscription."]]);
  const added = await call("POST", `/customers/${id}/subscriptions`, { products: [{ code: "demo" }] });
  expect([added.status, added.body.status]).toEqual([201, "active"]);
  await event("u1", "image");
  expect(sandbox.balance("u1")).toBe("-0.04");
  const path = `/customers/${id}/subscriptions/${added.body.id}`;
  expect((await call("PATCH", path, { status: "inactive" })).status).toBe(204);
  await event("u1", "image");
  expect(sandbox.balance("u1")).toBe("-0.04");
  expect((await call("PATCH", path, { status: "active" })).status).toBe(204);
  await event("u1", "image");
  expect(sandbox.balance("u1")).toBe("-0.08");
  sandbox.switches({ subscriptionChanges: false });
  expect((await call("POST", `/customers/${id}/subscriptions`, { products: [{ code: "demo" }] })).status).toBe(405);
});

test("a subscriber stays on his version until he is moved", async () => {
  const { call, customer, event, sandbox } = await bench({ products: [{ code: "clips", name: "Clips", prices: [usage("clip", { usage_type: "unit" }, [{ unit_price: 1 }])] }] });
  const id = await customer("u1", "clips");
  const product = (await call("GET", "/products?code=clips")).body.items[0].id;
  const next = await call("POST", `/products/${product}`, { name: "Clips", prices: [usage("clip", { usage_type: "unit" }, [{ unit_price: 2 }])], publish: true });
  expect([next.status, next.body]).toEqual([201, { id: product, code: "clips", version: 2, status: "published", is_default: false }]);
  expect((await call("PATCH", `/products/${product}/2`, { make_default: true })).status).toBe(204);
  await customer("u2", "clips");
  await event("u1", "clip");
  await event("u2", "clip");
  expect([sandbox.balance("u1"), sandbox.balance("u2")]).toEqual(["-1", "-2"]);
  const subscription = sandbox.customer("u1")?.subscriptions[0]?.id ?? "";
  expect((await call("PATCH", `/customers/${id}/subscriptions/${subscription}/products/${product}`, { version: 2 })).status).toBe(204);
  await event("u1", "clip");
  expect(sandbox.balance("u1")).toBe("-3");
});

test("a subscription can start later", async () => {
  const { call, event, sandbox } = await bench({ clock: () => Date.parse("2026-06-02T09:00:00Z") });
  const { body } = await call("POST", "/customers", { name: "Ada", external_id: "u1", subscriptions: [{ products: [{ code: "demo" }], starts_at: "2026-06-03T00:00:00Z" }] });
  expect(body.subscriptions[0].status).toBe("scheduled");
  await event("u1", "image");
  sandbox.clock.set("2026-06-03T00:00:00Z");
  expect(sandbox.customer("u1")?.subscriptions[0]?.status).toBe("active");
  await event("u1", "image");
  expect(sandbox.balance("u1")).toBe("-0.04");
});
