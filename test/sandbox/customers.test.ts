import { expect, test } from "vitest";
import { bench, still } from "./client.ts";

const now = "2026-06-02T09:00:00.000Z";

test("a customer is created, read, found, listed and changed", async () => {
  const { call } = await bench({ clock: still(now) });
  const created = await call("POST", "/customers", { name: "Ada", external_id: "u1", email: "ada@example.com", metadata: { plan: "a" }, subscriptions: [{ products: [{ code: "demo" }] }] });
  expect(created.status).toBe(201);
  const { id, subscriptions } = created.body;
  expect(id).toMatch(/^cust_[0-9a-hjkmnp-tv-z]{26}$/);
  expect(subscriptions[0].id).toMatch(/^sub_[0-9a-hjkmnp-tv-z]{26}$/);
  const product = (await call("GET", "/products?code=demo")).body.items[0];
  expect(subscriptions).toEqual([{ id: subscriptions[0].id, status: "active", started_at: now, products: [{ id: product.id, code: "demo", version: "default" }] }]);

  const whole = {
    id, external_id: "u1", name: "Ada", email: "ada@example.com", active_subscription_count: 1, created_at: now, metadata: { plan: "a" }, external_accounts: [],
    subscriptions: [{ id: subscriptions[0].id, status: "active", started_at: now, products: [{ id: product.id, code: "demo", version: 1 }] }],
  };
  expect((await call("GET", `/customers/${id}`)).body).toEqual(whole);
  const found = await call("GET", "/customers?external_id=u1");
  expect([found.status, found.headers.get("location")]).toEqual([303, `/customers/${id}`]);
  expect((await call("GET", "/customers?external_id=nobody")).status).toBe(404);
  expect((await call("GET", "/customers")).body).toEqual({ items: [{ id, external_id: "u1", name: "Ada", email: "ada@example.com", active_subscription_count: 1 }], total_count: 1, limit: 20, offset: 0 });

  expect((await call("PATCH", `/customers/${id}`, { external_id: "u2", name: "Ada L." })).status).toBe(204);
  expect((await call("GET", "/customers?external_id=u1")).status).toBe(404);
  expect((await call("GET", `/customers/${id}`)).body).toEqual({ ...whole, external_id: "u2", name: "Ada L." });
});

test("the lookup by external id can answer a page or the customer itself", async () => {
  const { call, customer, sandbox } = await bench();
  const id = await customer("u1", "demo");
  sandbox.switches({ lookup: "page" });
  expect((await call("GET", "/customers?external_id=u1")).body.items.map((one: { id: string }) => one.id)).toEqual([id]);
  expect((await call("GET", "/customers?external_id=u2")).body).toEqual({ items: [], total_count: 0, limit: 20, offset: 0 });
  sandbox.switches({ lookup: "object" });
  expect((await call("GET", "/customers?external_id=u1")).body.id).toBe(id);
  expect((await call("GET", "/customers?external_id=u2")).status).toBe(404);
});

test("an external id is taken once, also by requests at the same time", async () => {
  const { call, sandbox } = await bench();
  const answers = await Promise.all(Array.from({ length: 8 }, () => call("POST", "/customers", { name: "Ada", external_id: "u1" })));
  expect(answers.map((one) => one.status).sort()).toEqual([201, 422, 422, 422, 422, 422, 422, 422]);
  expect(answers.find((one) => one.status === 422)?.body).toEqual({ type: "about:blank", title: "Validation failed", status: 422, detail: "external_id is already in use", errors: { external_id: ["is already in use"] } });
  sandbox.switches({ duplicateStatus: 409 });
  expect((await call("POST", "/customers", { name: "Ada", external_id: "u1" })).status).toBe(409);
  expect(sandbox.customers().length).toBe(1);
});

test("the body of a new customer can be the id alone", async () => {
  const { call } = await bench({ switches: { customerBody: "id" } });
  expect(Object.keys((await call("POST", "/customers", { name: "Ada" })).body)).toEqual(["id"]);
});

test("lists are cut into pages, newest first", async () => {
  const { call, customer } = await bench();
  const ids = [];
  for (const name of ["a", "b", "c", "d", "e"]) ids.unshift(await customer(name));
  const page = await call("GET", "/customers?limit=2&offset=1");
  expect({ ...page.body, items: page.body.items.map((one: { id: string }) => one.id) }).toEqual({ items: ids.slice(1, 3), total_count: 5, limit: 2, offset: 1 });
  expect((await call("GET", "/customers?limit=1000")).body.limit).toBe(100);
  for (const query of ["limit=0", "offset=-1", "limit=x", "offset=1.5"]) expect((await call("GET", `/customers?${query}`)).status).toBe(422);
});

test("what is not understood is refused with the field's path", async () => {
  const { call } = await bench();
  const cases: readonly (readonly [unknown, number, Record<string, string[]> | undefined])[] = [
    ["{", 400, undefined],
    [[], 422, { body: ["must be an object"] }],
    [{}, 422, { name: ["is required"] }],
    [{ name: "" }, 422, { name: ["must not be empty"] }],
    [{ name: 5, external_id: "" }, 422, { name: ["must be a string"], external_id: ["must not be empty"] }],
    [{ name: "A", external_id: "x".repeat(256) }, 422, { external_id: ["must have at most 255 characters"] }],
    [{ name: "A", subscriptions: [{ products: [] }] }, 422, { "subscriptions[0].products": ["must have at least 1 entry"] }],
    [{ name: "A", subscriptions: [{ products: [{ code: "none" }] }] }, 422, { "subscriptions[0].products[0].code": ["is not a product"] }],
    [{ name: "A", subscriptions: [{ products: [{ code: "demo", version: 7 }] }] }, 422, { "subscriptions[0].products[0].version": ["is not a version of the product"] }],
    [{ name: "A", subscriptions: [{ products: [{ code: "demo_pro" }] }] }, 422, { "subscriptions[0].return_url": ["is required for a product with a fixed price"] }],
    [{ name: "A", subscriptions: [{ products: [{ code: "demo_pro" }], return_url: "/back" }] }, 422, { "subscriptions[0].return_url": ["must be an absolute http or https URL"] }],
  ];
  for (const [body, status, errors] of cases) {
    const answer = await call("POST", "/customers", body as string);
    expect([answer.status, answer.body.errors]).toEqual([status, errors]);
  }
  expect((await call("GET", "/customers")).body.total_count).toBe(0);
});

test("unknown customers and methods are told apart", async () => {
  const { call } = await bench();
  expect((await call("GET", "/customers/cust_none")).status).toBe(404);
  const gone = await call("DELETE", "/customers/cust_none");
  expect([gone.status, gone.headers.get("allow")]).toEqual([405, "GET, PATCH"]);
  expect((await call("POST", "/usage", {})).status).toBe(404);
  expect((await call("POST", "/events/vendors", {})).status).toBe(404);
});

test("the key is asked for on every path, in any case of the header, and never as Bearer", async () => {
  const { sandbox } = await bench({ key: "key_mine" });
  const status = async (path: string, headers: Record<string, string>) => (await fetch(sandbox.url + path, { headers })).status;
  for (const path of ["/customers", "/nothing", "/accounts/self"]) {
    expect(await status(path, {})).toBe(401);
    expect(await status(path, { "x-credyt-api-key": "key_other" })).toBe(401);
    expect(await status(path, { authorization: "Bearer key_mine" })).toBe(401);
  }
  expect(await status("/accounts/self", { "X-CREDYT-API-KEY": "key_mine" })).toBe(200);
  const refused = await fetch(`${sandbox.url}/customers`);
  expect([await refused.text(), refused.headers.get("access-control-allow-origin")]).toEqual(["", null]);
});
