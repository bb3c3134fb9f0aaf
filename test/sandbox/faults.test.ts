import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { type Bench, bench } from "./client.ts";

const send = ({ call }: Bench, id: string = randomUUID()) => call("POST", "/events", { customer_external_id: "u1", events: [{ id, event_type: "image", occurred_at: "2026-06-02T09:14:03Z" }] });

test("an error status is answered in the request's place, as often as told", async () => {
  const to = await bench();
  await to.customer("u1", "demo");
  to.sandbox.faults.add({ kind: "status", status: 429, retryAfter: 2, path: "/events", method: "post", times: 2 });
  const first = await send(to);
  expect([first.status, first.headers.get("retry-after"), first.body.status]).toEqual([429, "2", 429]);
  expect((await to.call("GET", "/events")).status).toBe(200);
  expect([(await send(to)).status, (await send(to)).status]).toEqual([429, 204]);
  expect([to.sandbox.events().length, to.sandbox.faults.list().map((one) => one.struck)]).toEqual([1, [2]]);
  expect(to.sandbox.requests().filter((one) => one.fault !== undefined).map((one) => [one.method, one.path, one.status, one.fault])).toEqual([["POST", "/events", 429, "status"], ["POST", "/events", 429, "status"]]);
});

test("a lost answer leaves the work done, so that a retry must not do it again", async () => {
  const to = await bench();
  await to.customer("u1", "demo");
  const id = randomUUID();
  to.sandbox.faults.add({ kind: "lost", path: "/events", times: 1 });
  await expect(send(to, id)).rejects.toThrow();
  expect(to.sandbox.balance("u1")).toBe("-0.04");
  expect((await send(to, id)).status).toBe(204);
  expect(to.sandbox.balance("u1")).toBe("-0.04");
  expect(to.sandbox.requests().filter((one) => one.path === "/events").map((one) => [one.status, one.fault])).toEqual([[undefined, "lost"], [204, undefined]]);
});

test("a cut connection leaves nothing done", async () => {
  const to = await bench();
  await to.customer("u1", "demo");
  to.sandbox.faults.add({ kind: "reset", skip: 1, times: 1 });
  expect((await send(to)).status).toBe(204);
  await expect(send(to)).rejects.toThrow();
  expect((await send(to)).status).toBe(204);
  expect(to.sandbox.events().length).toBe(2);
});

test("a request can be held back for ever; ending it, or the sandbox, ends the wait", async () => {
  const to = await bench();
  await to.customer("u1", "demo");
  const held = to.sandbox.faults.add({ kind: "hang", path: "/customers/*/wallet*" });
  const stop = new AbortController();
  const waiting = fetch(`${to.sandbox.url}/customers/${to.sandbox.customer("u1")?.id}/wallet`, { headers: { "x-credyt-api-key": to.sandbox.key }, signal: stop.signal });
  expect((await send(to)).status).toBe(204);
  stop.abort();
  await expect(waiting).rejects.toThrow();
  to.sandbox.faults.clear(held.id);
  expect(to.sandbox.faults.list()).toEqual([]);
  to.sandbox.faults.add({ kind: "slow", delay: 20, times: 1 });
  expect((await send(to)).status).toBe(204);
});

test("a fault that makes no sense is refused", async () => {
  const { sandbox } = await bench();
  expect(() => sandbox.faults.add({ kind: "explode" as "slow" })).toThrow("A fault's kind must be one of status, slow, hang, reset, lost.");
  expect(() => sandbox.faults.add({ kind: "status", status: 200 })).toThrow("A fault's status must be from 400 to 599.");
  expect(() => sandbox.faults.add({ kind: "slow", pth: "/x" } as unknown as { kind: "slow" })).toThrow("A fault has no member pth.");
});
