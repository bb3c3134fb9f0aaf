import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { expect, test } from "vitest";
import { type Bench, bench } from "./client.ts";

/** Calls a control route without the key, as a person on this machine does. */
async function control({ sandbox }: Bench, method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${sandbox.url}/__sandbox${path}`, { method, redirect: "manual", headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- bodies of many shapes
  return { status: answer.status, body: (await answer.json().catch(() => undefined)) as any };
}

test("customers are funded, subscriptions paid, everything is listed", async () => {
  const to = await bench();
  await to.customer("u1", "demo_pro");
  const sub = to.sandbox.customer("u1")?.subscriptions[0]?.id ?? "";
  expect((await control(to, "POST", `/bills/${sub}/pay`)).body).toEqual({ id: sub, deed: "pay" });
  expect((await control(to, "POST", "/customers/u1/fund", { amount: 12.5 })).body.accounts).toEqual([{ id: "default:USD", name: "default", asset: "USD", available: 12.5 }]);
  expect((await control(to, "POST", "/customers/u1/fund", { amount: "0.1", asset: "EUR" })).body.accounts[1].available).toBe(0.1);
  const id = await to.event("u1", "image");
  expect((await control(to, "GET", "/events?customer=u1")).body.map((one: { id: string }) => one.id)).toEqual([id]);
  expect((await control(to, "GET", "/customers/u1")).body.event_count).toBe(1);
  expect((await control(to, "GET", "/requests")).body.map((one: { method: string; path: string; status: number }) => [one.method, one.path, one.status])).toEqual([["POST", "/customers", 201], ["POST", "/events", 204]]);
  const state = (await control(to, "GET", "/state")).body;
  expect([state.url, state.strict, state.customers.length, state.events.length, state.products.length]).toEqual([to.sandbox.url, false, 1, 1, 2]);
  expect(to.sandbox.requests().some((one) => JSON.stringify(one).includes(to.sandbox.key))).toBe(false);
});

test("the clock, switches, faults and strict mode are set", async () => {
  const to = await bench({ clock: () => Date.parse("2026-06-01T00:00:00Z") });
  expect((await control(to, "POST", "/clock", { advance: "10m" })).body).toEqual({ now: "2026-06-01T00:10:00.000Z", offset: 600_000 });
  expect((await control(to, "POST", "/clock", { set: "2027-01-01T00:00:00Z" })).body.now).toBe("2027-01-01T00:00:00.000Z");
  expect((await control(to, "POST", "/clock", { reset: true })).body.offset).toBe(0);
  expect((await control(to, "POST", "/switches", { eventsStatus: 202 })).body.eventsStatus).toBe(202);
  expect((await control(to, "POST", "/faults", { kind: "status", status: 503, times: 1 })).body).toEqual({ kind: "status", status: 503, times: 1, id: 1, struck: 0 });
  expect((await to.call("GET", "/customers")).status).toBe(503);
  expect((await control(to, "GET", "/faults")).body[0].struck).toBe(1);
  expect((await control(to, "DELETE", "/faults")).status).toBe(200);
  expect((await control(to, "GET", "/faults")).body).toEqual([]);
  expect((await control(to, "POST", "/strict", { on: true })).body).toEqual({ strict: true });
  expect((await to.call("GET", "/customers?x=1")).status).toBe(422);
});

test("what cannot be done is refused in plain words", async () => {
  const to = await bench();
  await to.customer("u1", "demo");
  const told = async (path: string, body?: unknown) => {
    const answer = await control(to, "POST", path, body);
    return `${answer.status} ${answer.body.detail}`;
  };
  expect(await told("/clock", { advance: "soon" })).toBe('422 "soon" is not a duration. Write for example 90s, 10m, 2h, 1d, 1y.');
  expect(await told("/clock", {})).toBe("422 Give advance (a duration such as 10m), set (a timestamp) or reset.");
  expect(await told("/switches", { nope: 1 })).toMatch(/^422 There is no switch nope\. Known switches: waitingStatus, /);
  expect(await told("/customers/u9/fund", { amount: 1 })).toBe("422 There is no customer u9 in the sandbox.");
  expect(await told("/customers/u1/fund", { amount: "x" })).toMatch(/^422 /);
  expect(await told("/customers/u1/fund", { amount: -1 })).toBe("422 Give an amount above 0.");
  expect(await told("/customers/u1/fund", { amount: 1, asset: "NOPE" })).toBe("422 asset is not a currency or a known asset");
  expect(await told("/bills/sub_none/pay")).toBe("404 A subscription or top-up sub_none was not found");
  expect(await told("/bills/sub_none/explode")).toBe("422 A bill can be paid by pay, decline, leave, expire or cancel at the end of the path.");
  expect(await told("/deliveries/none/resend")).toBe("422 There is no webhook none in the sandbox.");
  expect(await told("/webhooks", { url: "x" })).toBe("422 Give the url of your webhook route.");
  expect((await control(to, "POST", "/nothing")).status).toBe(404);
});

test("a reset leaves a sandbox as it first was", async () => {
  const to = await bench({ products: ["mine"], webhooks: [{ url: "http://127.0.0.1:9/x" }] });
  await to.customer("u1", "mine");
  await to.event("u1", "image");
  to.sandbox.clock.advance("1d");
  to.sandbox.faults.add({ kind: "hang" });
  expect((await control(to, "POST", "/reset")).status).toBe(200);
  expect([to.sandbox.customers(), to.sandbox.events(), to.sandbox.deliveries(), to.sandbox.faults.list(), to.sandbox.requests()]).toEqual([[], [], [], [], []]);
  await to.customer("u1", "mine");
  await to.event("u1", "image");
  expect(to.sandbox.balance("u1")).toBe("-0.04");
  expect(Math.abs(to.sandbox.clock.now() - Date.now()) < 60_000).toBe(true);
});

/** A plain HTTP request, whose Host header can be any. */
function raw(port: number, path: string, headers: Readonly<Record<string, string>>, method = "GET"): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject).end();
  });
}

test("other sites in a browser get nothing: neither by their origin nor by a name made to point here", async () => {
  const to = await bench();
  const { port, key, url } = to.sandbox;
  expect(await raw(port, "/__sandbox/reset", { origin: "https://evil.example" }, "POST")).toBe(403);
  expect(await raw(port, "/__sandbox/reset", { "sec-fetch-site": "cross-site", origin: "null" }, "POST")).toBe(403);
  expect(await raw(port, "/__sandbox/reset", { "sec-fetch-site": "same-site" }, "POST")).toBe(403);
  expect(await raw(port, "/__sandbox/state", { host: "evil.example" })).toBe(403);
  expect(await raw(port, "/", { host: `evil.example:${port}` })).toBe(403);
  expect(await raw(port, "/__sandbox/state", { host: "sandbox.internal", "x-credyt-api-key": key })).toBe(200);
  expect(await raw(port, "/__sandbox/state", { host: `localhost:${port}` })).toBe(200);
  expect(await raw(port, "/__sandbox/reset", { "sec-fetch-site": "same-origin", origin: url }, "POST")).toBe(200);
  const { headers } = await fetch(url);
  expect([headers.get("access-control-allow-origin"), headers.get("cache-control")]).toEqual([null, "no-store"]);
});

const outside = Object.values(networkInterfaces()).flat().find((one) => one?.family === "IPv4" && !one.internal)?.address;

test.skipIf(outside === undefined)("it listens on this machine alone unless told otherwise, and asks other machines for the key", async () => {
  const here = await bench();
  await expect(fetch(`http://${outside}:${here.sandbox.port}/`)).rejects.toThrow();
  const { sandbox } = await bench({ host: "0.0.0.0", key: "key_mine" });
  expect(sandbox.url).toBe(`http://localhost:${sandbox.port}`);
  const far = `http://${outside}:${sandbox.port}`;
  const status = async (path: string, headers: Record<string, string> = {}) => (await fetch(far + path, { headers })).status;
  const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`me:${key}`).toString("base64")}` });
  expect([await status("/"), await status("/__sandbox/state"), await status("/", basic("key_other"))]).toEqual([401, 401, 401]);
  expect([await status("/", basic("key_mine")), await status("/__sandbox/state", { "x-credyt-api-key": "key_mine" }), await status("/customers", { "x-credyt-api-key": "key_mine" })]).toEqual([200, 200, 200]);
});

test("the page tells of changes as they happen", async () => {
  const to = await bench();
  const stop = new AbortController();
  const stream = (await fetch(`${to.sandbox.url}/__sandbox/live`, { signal: stop.signal })).body?.pipeThrough(new TextDecoderStream()).getReader();
  const id = await to.customer("u1", "demo");
  const event = await to.event("u1", "image");
  let heard = "";
  while (!heard.includes(event)) heard += (await stream?.read())?.value ?? "";
  expect(heard.split("\n").filter((line) => line.startsWith("data: ") && !line.includes('"other"') && !line.includes('"request"'))).toEqual([
    `data: {"kind":"customer","id":"${id}"}`, `data: {"kind":"customer","id":"${id}"}`, `data: {"kind":"event","id":"${event}"}`,
  ]);
  stop.abort();
});
