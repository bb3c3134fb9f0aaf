import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { kinds, slowCases, world } from "./world.ts";

/** An id object as Mongoose has it. */
const objectId = (hex: string) => ({ toString: () => hex });

describe.each(kinds)("customers, %s", (kind) => {
  it("a sign-up makes one customer with the subscription, and stores its id", async () => {
    const { ensureCustomer, sandbox, users, lines } = await world(kind);
    const customer = await ensureCustomer({ externalId: 7, email: "ann@example.com", name: "Ann" });
    const [made, ...others] = sandbox.customers();
    expect(others).toEqual([]);
    expect(made).toMatchObject({ external_id: "7", email: "ann@example.com", name: "Ann", subscriptions: [{ status: "active", products: [{ code: "starter" }] }] });
    expect(customer).toEqual({ customerId: made?.id });
    expect([...users]).toEqual([["7", { customerId: made?.id }]]);
    expect(lines).toEqual([]);
  });

  it.each([["text", "u-1"], ["a number", 12], ["a big number", 12n], ["an ObjectId", objectId("65f0")]])("the id of a user may be %s", async (_, id) => {
    const { ensureCustomer, sandbox } = await world(kind);
    await ensureCustomer({ externalId: id, email: null, name: null });
    expect(sandbox.customers()).toMatchObject([{ external_id: String(id), name: String(id) }]);
  });

  it.each([["undefined", undefined], ["null", null], ["empty", ""], ["an object without text", {}]])("an id that is %s makes no customer", async (_, id) => {
    const { ensureCustomer, customerIdFor, sandbox, lines } = await world(kind);
    expect(await ensureCustomer({ externalId: id, email: "ann@example.com" })).toEqual({ customerId: null });
    await expect(customerIdFor(id)).rejects.toThrow("No user id.");
    expect(sandbox.requests()).toEqual([]);
    expect(lines).toEqual([`credyt: user is not a customer yet {"userId":${JSON.stringify(String(id))},"reason":"Error: No user id."}`]);
  });

  it("the name falls back to the e-mail address", async () => {
    const { ensureCustomer, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a", email: "ann@example.com" });
    expect(sandbox.customers()).toMatchObject([{ name: "ann@example.com" }]);
  });

  it("twenty sign-ups of one user at once make one customer", async () => {
    const { ensureCustomer, sandbox, users, lines } = await world(kind);
    const all = await Promise.all(Array.from({ length: 20 }, () => ensureCustomer({ externalId: "a", email: "ann@example.com" })));
    const id = sandbox.customers()[0]?.id;
    expect(sandbox.customers().length).toBe(1);
    expect(new Set(all.map((one) => one.customerId))).toEqual(new Set([id]));
    expect(users.get("a")).toEqual({ customerId: id });
    expect(lines).toEqual([]);
  });

  it("a second call for a stored user asks Credyt nothing", async () => {
    const { ensureCustomer, sandbox } = await world(kind);
    const first = await ensureCustomer({ externalId: "a" });
    const before = sandbox.requests().length;
    expect(await ensureCustomer({ externalId: "a" })).toEqual(first);
    expect(sandbox.requests().length).toBe(before);
  });

  it.each([[409, "redirect"], [409, "page"], [409, "object"], [422, "redirect"], [422, "page"], [422, "object"]] as const)("a customer that exists is found: %i, answered as %s", async (duplicateStatus, lookup) => {
    const { credyt, ensureCustomer, users, lines } = await world(kind, { sandbox: { switches: { duplicateStatus, lookup } } });
    await credyt("POST", "/customers", { body: { name: "Someone", external_id: "aa" } });
    const { id } = (await credyt("POST", "/customers", { body: { name: "Ann", external_id: "a" } })) as { id: string };
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId: id });
    expect(users.get("a")).toEqual({ customerId: id });
    expect(lines).toEqual([]);
  });

  it("an answer with the id alone is enough", async () => {
    const { ensureCustomer, sandbox } = await world(kind, { sandbox: { switches: { customerBody: "id" } } });
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId: sandbox.customers()[0]?.id });
  });

  it("a lost answer to the creation is made good by looking", async () => {
    const { ensureCustomer, sandbox, lines } = await world(kind);
    sandbox.faults.add({ kind: "lost", method: "POST", path: "/customers", times: 1 });
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId: sandbox.customers()[0]?.id });
    expect(sandbox.customers().length).toBe(1);
    expect(lines).toEqual([]);
  });

  it.each(slowCases(kind, [["503", { kind: "status", status: 503 }], ["429", { kind: "status", status: 429 }], ["500", { kind: "status", status: 500 }], ["a reset", { kind: "reset" }]] as const))("a sign-up survives %s, says so once, and first use catches up", async (_, fault) => {
    const { ensureCustomer, customerIdFor, sandbox, users, lines } = await world(kind);
    users.set("a", { customerId: null, email: "ann@example.com", name: "Ann" });
    sandbox.faults.add(fault);
    expect(await ensureCustomer({ externalId: "a", email: "ann@example.com", name: "Ann" })).toEqual({ customerId: null });
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^credyt: user is not a customer yet \{"userId":"a","reason":"CredytError: Credyt: POST \/customers: /);
    expect(sandbox.requests().filter((one) => one.method === "POST").length).toBe(1);
    sandbox.faults.clear();
    const id = await customerIdFor("a");
    expect(sandbox.customers()).toMatchObject([{ id, external_id: "a", name: "Ann", email: "ann@example.com" }]);
    expect(users.get("a")?.customerId).toBe(id);
    expect(lines.length).toBe(1);
  });

  it("a product that Credyt does not know is a failure with Credyt's reason", async () => {
    const { ensureCustomer, lines } = await world(kind, { slots: { products: 'const products = ["nowhere"];' } });
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId: null });
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^credyt: user is not a customer yet .*422: .*subscriptions\[0\]\.products\[0\]\.code/);
  });

  it("without products a customer has no subscription", async () => {
    const { ensureCustomer, sandbox } = await world(kind, { slots: { products: "const products = [];" } });
    await ensureCustomer({ externalId: "a" });
    expect(sandbox.customers()).toMatchObject([{ external_id: "a", subscriptions: [] }]);
  });

  it("a user from before the integration becomes a customer at first use, once, also in parallel", async () => {
    const { customerIdFor, sandbox, users } = await world(kind);
    users.set("old", { customerId: null, email: "old@example.com", name: "Old" });
    const ids = await Promise.all(Array.from({ length: 10 }, () => customerIdFor("old")));
    expect(sandbox.customers()).toMatchObject([{ id: ids[0], external_id: "old", name: "Old", email: "old@example.com", subscriptions: [{ products: [{ code: "starter" }] }] }]);
    expect(new Set(ids).size).toBe(1);
    expect(users.get("old")?.customerId).toBe(ids[0]);
  });

  it("somebody who is no user of the app becomes no customer", async () => {
    const { customerIdFor, sandbox } = await world(kind);
    expect(await customerIdFor("ghost")).toBe(null);
    expect(sandbox.customers()).toEqual([]);
  });

  it("first use throws when Credyt cannot say", async () => {
    const { customerIdFor, offline, users } = await world(kind);
    users.set("a", { customerId: null });
    await offline();
    await expect(customerIdFor("a")).rejects.toThrow(/ECONNREFUSED/);
  });

  it("an id stored from another environment is replaced when Credyt does not know it", async () => {
    const { createPortalSession, readBalance, sandbox, users, lines } = await world(kind);
    users.set("a", { customerId: "cust_0000000000000000000000000a", email: "ann@example.com" });
    expect(await readBalance("a")).toMatchObject({ available: 0 });
    const [made] = sandbox.customers();
    expect(made).toMatchObject({ external_id: "a", email: "ann@example.com" });
    expect(users.get("a")?.customerId).toBe(made?.id);

    users.set("a", { customerId: "cust_0000000000000000000000000b" });
    expect(await createPortalSession("a")).toMatch(/^http/);
    expect(users.get("a")?.customerId).toBe(made?.id);
    expect(sandbox.customers().length).toBe(1);
    expect(lines).toEqual([]);
  });

  it("without a store the customer is found by the user's id each time", async () => {
    const { ensureCustomer, customerIdFor, sandbox, lines } = await world(kind, { conditions: [] });
    const { customerId } = await ensureCustomer({ externalId: "a" });
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId });
    expect(await customerIdFor("a")).toBe(customerId);
    const ids = await Promise.all(Array.from({ length: 10 }, () => customerIdFor("new")));
    expect(new Set(ids).size).toBe(1);
    expect(sandbox.customers().map((one) => one.external_id)).toEqual(["a", "new"]);
    expect(lines).toEqual([]);
  });

  it("a row that cannot be written does not stop the sign-up", async () => {
    const store = `export async function readUser() {
  return { customerId: null };
}
export async function saveCustomer() {
  throw new Error('column "credyt_customer_id" does not exist');
}`;
    const { ensureCustomer, lines } = await world(kind, { slots: { store } });
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId: null });
    expect(lines).toEqual(['credyt: user is not a customer yet {"userId":"a","reason":"Error: column \\"credyt_customer_id\\" does not exist"}']);
  });

  it("a page of customers in which this one is missing means not found", async () => {
    const { customerIdFor, users } = await world(kind);
    users.set("a", { customerId: null });
    // A server of an old shape that ignores the filter.
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      const body = request.method === "GET" ? { items: [{ id: "cust_other", external_id: "b" }], total_count: 1, limit: 20, offset: 0 } : { id: "cust_new" };
      response.writeHead(request.method === "GET" ? 200 : 201, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.CREDYT_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await customerIdFor("a")).toBe("cust_new");
    server.close();
    expect(asked).toEqual(["GET /customers?external_id=a", "POST /customers"]);
  });
});
