import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { bench } from "./client.ts";

test("outside strict mode unknown things are ignored", async () => {
  const { call } = await bench();
  expect((await call("POST", "/customers?x=1", { name: "A", nickname: "B" }, { "Idempotency-Key": "1" })).status).toBe(201);
});

test("strict mode refuses fields, query parameters and headers of ours it does not know", async () => {
  const { call, customer, sandbox } = await bench({ strict: true });
  await customer("u1", "demo");
  const errors = async (path: string, body: unknown, headers?: Record<string, string>) => (await call("POST", path, body, headers)).body?.errors;
  expect(await errors("/customers", { name: "A", nickname: "B", subscriptions: [{ products: [{ code: "demo", tier: 1 }] }] })).toEqual({ nickname: ["is not a known field"], "subscriptions[0].products[0].tier": ["is not a known field"] });
  expect(await errors("/customers?expand=all", { name: "A" })).toEqual({ expand: ["is not a known query parameter"] });
  expect(await errors("/customers", { name: "A" }, { "Idempotency-Key": "1", "X-Credyt-Version": "2" })).toEqual({ "idempotency-key": ["is not a header of this API"], "x-credyt-version": ["is not a header of this API"] });
  expect(await errors("/customers", { name: "A" }, { "content-type": "text/plain" })).toEqual({ "Content-Type": ["must be application/json"] });
  expect(await errors("/customers", { name: "A" }, { "user-agent": "app/1", "x-request-id": "7", traceparent: "00-1", accept: "application/json", "cache-control": "no-cache" })).toBe(undefined);

  const event = (more: Record<string, unknown>) => ({ customer_external_id: "u1", events: [{ id: randomUUID(), event_type: "image", occurred_at: "2026-06-02T09:14:03Z", ...more }] });
  await call("POST", "/vendors", { name: "V", external_id: "v" });
  expect(await errors("/events", event({ data: { usage: { tokens: 1 }, model: null } }))).toEqual({ "events[0].data.usage": ["must be a string, a number, true or false"], "events[0].data.model": ["must be a string, a number, true or false"] });
  expect(await errors("/events", event({ costs: [{ vendor_external_id: "v", amount: 1 }] }))).toEqual({ "events[0].costs[0].id": ["is required: your own id of this cost, the same on every retry"] });
  expect(await errors("/events", { ...event({}), idempotency_key: "1" })).toEqual({ idempotency_key: ["is not a known field"] });
  expect(sandbox.events()).toEqual([]);
  sandbox.strict(false);
  expect(await errors("/events", event({ data: { usage: { tokens: 1 } }, costs: [{ vendor_external_id: "v", amount: 1 }] }))).toBe(undefined);
  expect(sandbox.events()[0]?.data).toEqual({ usage: { tokens: 1 } });
});

test("every answer of strict mode to the contract's own examples is the documented one", async () => {
  const { call } = await bench({ strict: true });
  const customer = await call("POST", "/customers", { name: "Ada", external_id: "user-8841", email: "a@b.c", subscriptions: [{ products: [{ code: "demo_pro", version: "default" }], return_url: "https://app.example/back", failure_url: "https://app.example/failed", redirect_to: "return_url" }] });
  const vendor = await call("POST", "/vendors", { name: "Modelhost", external_id: "modelhost" });
  const event = await call("POST", "/events", {
    customer_external_id: "user-8841",
    events: [{ id: randomUUID(), event_type: "clip_rendered", occurred_at: "2026-06-02T09:14:03.120Z", subject: "clip_551", description: "Rendered clip", data: { seconds: 42, quality: "hd" }, costs: [{ id: "c1", vendor_id: vendor.body.id, amount: 0.031, currency: "USD" }] }],
  });
  const adjustment = await call("POST", `/customers/${customer.body.id}/wallet/adjustments`, { transaction_id: randomUUID(), asset: "USD", amount: 5, reason: "gift", account_name: "default", description: "Hello", metadata: { a: "b" } });
  const portal = await call("POST", "/billing-portal/sessions", { customer_id: customer.body.id, return_url: "https://app.example/", failure_url: "https://app.example/oops" });
  const topUp = await call("POST", "/top-ups", { customer_id: customer.body.id, amount: 25, currency: "USD", return_url: "https://app.example/", failure_url: "https://app.example/oops", description: "Credits", destination: { asset: "USD", account_name: "default" }, metadata: { a: "b" } });
  expect([customer, vendor, event, adjustment, portal, topUp].map((one) => one.status)).toEqual([201, 201, 204, 201, 200, 201]);
  expect([Object.keys(portal.body), Object.keys(topUp.body)]).toEqual([["redirect_url", "expires_at"], ["id", "status", "redirect_url", "created_at", "expires_at"]]);
});
