import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { textOf } from "../../src/code/code.ts";
import { edgeSlots } from "../../transforms/usage.ts";
import { KEY, kinds, slowCases, world } from "./world.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const chat = { userId: "a", eventType: "chat_completion", data: { total_tokens: 1500, model: "gpt-4o-mini", provider: "openai" } };

describe.each(kinds)("usage, %s", (kind) => {
  it("an activity is one event with its numbers, billed at once", async () => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    await recordUsage({ ...chat, subject: "thread-1", description: "Chat turn", occurredAt: new Date("2026-06-02T09:14:03.120Z") });
    const events = sandbox.events("a");
    expect(events).toMatchObject([{ event_type: "chat_completion", occurred_at: "2026-06-02T09:14:03.120Z", subject: "thread-1", description: "Chat turn", data: { total_tokens: 1500, model: "gpt-4o-mini", provider: "openai" }, fees: [{ amount: 0.003 }] }]);
    expect(events[0]?.id).toMatch(UUID);
    expect(lines).toEqual(['credyt: no cost known for this model {"provider":"openai","model":"gpt-4o-mini"}']);
  });

  it("the body is what the contract says, and nothing more", async () => {
    const { ensureCustomer, recordUsage, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    await recordUsage({ userId: "a", eventType: "unit", occurredAt: "2026-06-02T09:14:03Z", id: "0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20" });
    expect(JSON.parse(sandbox.requests().at(-1)?.body ?? "")).toEqual({
      customer_external_id: "a",
      events: [{ id: "0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20", event_type: "unit", occurred_at: "2026-06-02T09:14:03.000Z", data: {} }],
    });
  });

  it.each([null, undefined])("nobody signed in (%s): nothing is sent, and one line says so", async (userId) => {
    const { recordUsage, sandbox, lines } = await world(kind);
    await recordUsage({ ...chat, userId });
    expect(sandbox.requests().length).toBe(0);
    expect(lines).toEqual(['credyt: usage not delivered {"eventType":"chat_completion","reason":"Error: No user id."}']);
  });

  it("without a time, or with one that is none, it occurred now", async () => {
    const { ensureCustomer, recordUsage, sandbox } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    const before = Date.now();
    await recordUsage(chat);
    await recordUsage({ ...chat, occurredAt: "yesterday-ish" });
    const times = sandbox.events("a").map((one) => Date.parse(one.occurred_at));
    expect(times.length).toBe(2);
    for (const time of times) expect(time >= before && time <= Date.now()).toBe(true);
  });

  it("values that Credyt does not take are left out, and numbers that are none are named in the log", async () => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    const data = { total_tokens: 10, none: undefined, nothing: null, wrong: Number.NaN, endless: Infinity, list: [1], big: 3n, ok: false, text: "", zero: 0 };
    await recordUsage({ ...chat, data });
    expect(sandbox.events("a")).toMatchObject([{ data: { total_tokens: 10, ok: false, text: "", zero: 0 } }]);
    expect(Object.keys(sandbox.events("a")[0]?.data ?? {})).toEqual(["total_tokens", "ok", "text", "zero"]);
    expect(lines).toEqual(["wrong", "endless", "list", "big"].map((name) => `credyt: value left out of a usage event {"name":"${name}"}`));
  });

  it("an id of one's own that is a UUID is kept; another gives the same UUID each time", async () => {
    const { ensureCustomer, recordUsage, sandbox } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    await ensureCustomer({ externalId: "b" });
    for (const _ of [1, 2]) await recordUsage({ ...chat, id: "0B9D2C64-7A1E-4C3F-9E52-6D1F8A7B3C20" });
    for (const _ of [1, 2]) await recordUsage({ ...chat, id: "prediction-77" });
    for (const _ of [1, 2]) await recordUsage({ ...chat, id: 77 });
    await recordUsage({ ...chat, id: "prediction-77", eventType: "image" });
    await recordUsage({ ...chat, id: "prediction-77", userId: "b" });
    const ids = sandbox.events().map((one) => one.id);
    expect(ids.length).toBe(5);
    expect(new Set(ids).size).toBe(5);
    expect(ids[0]).toBe("0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20");
    expect(ids[1]).toBe("1770c2a6-06f4-5fa7-8548-ef2bb4024022");
    for (const id of ids.slice(1)) expect(id).toMatch(UUID);
  });

  it("where Node's modules are missing, an event has the id that it has in Node", async () => {
    const slots = Object.fromEntries(Object.entries(edgeSlots(kind === "typescript" ? "typescript" : "javascript")).map(([name, code]) => [name, textOf(code)]));
    const { ensureCustomer, recordUsage, sandbox } = await world(kind, { conditions: ["store"], slots });
    await ensureCustomer({ externalId: "a" });
    for (const _ of [1, 2]) await recordUsage({ ...chat, id: "prediction-77" });
    await recordUsage({ ...chat, id: "0B9D2C64-7A1E-4C3F-9E52-6D1F8A7B3C20" });
    await recordUsage(chat);
    const ids = sandbox.events().map((one) => one.id);
    expect(ids.slice(0, 2)).toEqual(["1770c2a6-06f4-5fa7-8548-ef2bb4024022", "0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20"]);
    expect(ids[2]).toMatch(UUID);
    expect(ids.length).toBe(3);
  });

  it("an id that says nothing is none, so that no activity passes for the one before", async () => {
    const { ensureCustomer, recordUsage, sandbox } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    for (const id of ["", "", null, {}, {}]) await recordUsage({ ...chat, id });
    expect(sandbox.events("a").length).toBe(5);
  });

  it("what an app has as number, BigInt or null arrives as the text, and the time, that Credyt takes", async () => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    const before = Date.now();
    for (const subject of [7, 8n, null, ""]) await recordUsage({ ...chat, subject, description: null, occurredAt: null });
    const events = sandbox.events("a");
    expect(events.map((one) => one.subject)).toEqual(["7", "8", undefined, undefined]);
    for (const { occurred_at } of events) expect(Date.parse(occurred_at)).toBeGreaterThanOrEqual(before);
    expect(lines).toEqual([]);
  });

  it("a user id that is no number bills nobody", async () => {
    const { recordUsage, sandbox, lines } = await world(kind, {});
    await recordUsage({ ...chat, userId: Number.NaN });
    expect(sandbox.customers()).toEqual([]);
    expect(lines).toEqual(['credyt: usage not delivered {"eventType":"chat_completion","reason":"Error: No user id."}']);
  });

  it("two activities without an id are two events", async () => {
    const { ensureCustomer, recordUsage, sandbox } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    await Promise.all([recordUsage(chat), recordUsage(chat)]);
    expect(sandbox.events("a").length).toBe(2);
  });

  it.each([
    ["429", { kind: "status", status: 429, retryAfter: 1, times: 1 }],
    ["500 twice", { kind: "status", status: 500, times: 2 }],
    ["503", { kind: "status", status: 503, times: 1 }],
    ["a reset", { kind: "reset", times: 1 }],
    ["a lost answer", { kind: "lost", times: 1 }],
    ["three lost answers", { kind: "lost", times: 3 }],
    ["a slow answer", { kind: "slow", delay: 300, times: 1 }],
  ] as const)("%s: exactly one event arrives", async (_, fault) => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    sandbox.faults.add({ ...fault, path: "/events" });
    await recordUsage(chat);
    expect(sandbox.events("a")).toMatchObject([{ fees: [{ amount: 0.003 }] }]);
    expect(lines).toEqual([]);
  });

  it("409 means that it was delivered before", async () => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    sandbox.faults.add({ kind: "status", status: 409, path: "/events" });
    await recordUsage(chat);
    expect(sandbox.requests().filter((one) => one.path === "/events").length).toBe(1);
    expect(lines).toEqual([]);
  });

  it.each(["store", "none"])("a user whom Credyt does not know becomes a customer and is billed: store %s", async (store) => {
    const { recordUsage, sandbox, users, lines } = await world(kind, { conditions: store === "store" ? ["store"] : [] });
    users.set("a", { customerId: null, email: "ann@example.com" });
    await recordUsage(chat);
    expect(sandbox.customers().length).toBe(1);
    expect(sandbox.events("a")).toMatchObject([{ fees: [{ amount: 0.003 }] }]);
    expect(lines).toEqual([]);
  });

  it("an id stored from another environment does not lose the event", async () => {
    const { recordUsage, sandbox, users, lines } = await world(kind, { conditions: ["store"] });
    users.set("a", { customerId: "cust_0000000000000000000000000a" });
    await recordUsage(chat);
    expect(sandbox.events("a").length).toBe(1);
    expect(users.get("a")?.customerId).toBe(sandbox.customers()[0]?.id);
    expect(lines).toEqual([]);
  });

  it.each(slowCases(kind, [["is broken", { kind: "status", status: 500 }], ["refuses it", { kind: "status", status: 401 }], ["cuts connections", { kind: "reset" }]] as const))("when Credyt %s the event stands in the log whole, and sending that bills it once", async (_, fault) => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    const set = sandbox.faults.add({ ...fault, path: "/events" });
    await recordUsage({ ...chat, subject: "line\nbreak" });
    sandbox.faults.clear(set.id);
    expect(lines.length).toBe(2);
    expect(lines[0]).toMatch(/^credyt: usage not delivered \{"eventType":"chat_completion","reason":"CredytError: Credyt: POST \/events: /);
    const [, json = ""] = /^credyt\.undelivered (\{.*\})$/.exec(lines[1] ?? "") ?? [];
    expect(JSON.parse(json)).toMatchObject({ customer_external_id: "a", events: [{ event_type: "chat_completion", subject: "line\nbreak", data: chat.data }] });
    expect(Object.keys(JSON.parse(json))).toEqual(["customer_external_id", "events"]);
    for (const _ of [1, 2]) {
      const { status } = await fetch(`${sandbox.url}/events`, { method: "POST", headers: { "X-Credyt-Api-Key": KEY, "Content-Type": "application/json" }, body: json });
      expect(status).toBe(204);
    }
    expect(sandbox.events("a")).toMatchObject([{ fees: [{ amount: 0.003 }] }]);
  });

  it("an event that arrived although every answer was lost is not billed again by replaying it", async () => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await ensureCustomer({ externalId: "a" });
    const set = sandbox.faults.add({ kind: "lost", path: "/events" });
    await recordUsage(chat);
    sandbox.faults.clear(set.id);
    const body = lines[1]?.replace("credyt.undelivered ", "") ?? "";
    await fetch(`${sandbox.url}/events`, { method: "POST", headers: { "X-Credyt-Api-Key": KEY, "Content-Type": "application/json" }, body });
    expect(sandbox.events("a").length).toBe(1);
  });

  it("Credyt away: nothing is thrown, one event is logged", async () => {
    const { recordUsage, offline, lines } = await world(kind, { conditions: ["store"] });
    await offline();
    await recordUsage(chat);
    expect(lines.map((line) => line.split(" {")[0])).toEqual(["credyt: usage not delivered", "credyt.undelivered"]);
  });

  it("a user who is none is logged, not billed to somebody", async () => {
    const { recordUsage, sandbox, lines } = await world(kind, { conditions: ["store"] });
    await recordUsage({ ...chat, userId: undefined });
    await recordUsage({ ...chat, userId: "ghost" });
    expect(sandbox.customers()).toEqual([]);
    expect(lines[0]).toBe('credyt: usage not delivered {"eventType":"chat_completion","reason":"Error: No user id."}');
    expect(lines.slice(1).map((line) => line.split(" {")[0])).toEqual(["credyt: usage not delivered", "credyt.undelivered"]);
    expect(sandbox.requests().map((one) => one.path)).toEqual(["/events"]);
  });

  it("a missing key loses no event", async () => {
    const { recordUsage, lines } = await world(kind, { conditions: ["store"] });
    delete process.env.CREDYT_API_KEY;
    await recordUsage(chat);
    expect(lines[0]).toMatch(/CREDYT_API_KEY is not set/);
    expect(lines[1]).toMatch(/^credyt\.undelivered /);
  });

  it("costs go with the event, each with an id that stays the same", async () => {
    const { credyt, ensureCustomer, recordUsage, sandbox, lines } = await world(kind);
    await credyt("POST", "/vendors", { body: { name: "OpenAI", external_id: "openai" } });
    await ensureCustomer({ externalId: "a" });
    sandbox.faults.add({ kind: "lost", path: "/events", times: 1 });
    await recordUsage({ userId: "a", eventType: "chat_completion", data: { provider: "openai", model: "gpt-4o-mini-2024-07-18", input_tokens: 1000, output_tokens: 500, total_tokens: 1500 } });
    const [event, ...others] = sandbox.events("a");
    expect(others).toEqual([]);
    expect(event).toMatchObject({ costs: [{ id: `${event?.id}:0`, vendor_external_id: "openai", amount: 0.00045, currency: "USD" }] });
    expect(lines).toEqual([]);
  });

  it("costs that the caller knows take the place of the table's", async () => {
    const { credyt, ensureCustomer, recordUsage, sandbox } = await world(kind);
    const { id } = (await credyt("POST", "/vendors", { body: { name: "Modelhost" } })) as { id: string };
    await ensureCustomer({ externalId: "a" });
    const costs = [{ vendor_id: id, amount: 0.031, currency: "EUR" }, { vendor_id: id, amount: 0.5, currency: "USD" }];
    await recordUsage({ userId: "a", eventType: "unit", data: { model: "gpt-4o", input_tokens: 5 }, costs });
    expect(sandbox.events("a")[0]?.costs?.map(({ id: own, ...rest }) => ({ ...rest, own: own?.slice(-2) }))).toEqual(costs.map((one, at) => ({ ...one, own: `:${at}` })));
    expect(costs.length).toBe(2);
  });

  it("a vendor that Credyt does not know loses the cost, not the bill", async () => {
    const { ensureCustomer, recordUsage, sandbox, lines } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    await recordUsage({ userId: "a", eventType: "chat_completion", data: { provider: "openai", model: "gpt-4o", input_tokens: 1000, output_tokens: 500, total_tokens: 1500 } });
    expect(sandbox.events("a")).toMatchObject([{ fees: [{ amount: 0.003 }] }]);
    expect(sandbox.events("a")[0]?.costs ?? []).toEqual([]);
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^credyt: costs not taken .*422/);
  });

  it.each([[204, ""], [200, "{}"], [202, "accepted"]])("any answer of success is one: %i %s", async (status, text) => {
    const { recordUsage, lines } = await world(kind, { conditions: ["store"] });
    let calls = 0;
    const server = createServer((_, response) => {
      calls += 1;
      response.writeHead(status).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.CREDYT_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await recordUsage(chat);
    server.close();
    expect({ calls, lines }).toEqual({ calls: 1, lines: [] });
  });
});

describe("usage, in time", () => {
  it("a Credyt that hangs holds a request for about ten seconds, not longer", async () => {
    const { recordUsage, ensureCustomer, checkBalance, sandbox, users, lines } = await world("typescript");
    users.set("a", { customerId: null });
    sandbox.faults.add({ kind: "hang" });
    const started = Date.now();
    await Promise.all([recordUsage({ userId: "a", eventType: "unit" }), ensureCustomer({ externalId: "b" }), checkBalance("a", { atLeast: 1 })]);
    expect(Date.now() - started).toBeGreaterThan(9_000);
    expect(Date.now() - started).toBeLessThan(20_000);
    expect(lines.filter((line) => line.includes("TimeoutError")).length).toBe(3);
  });
});
