import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { toCommonJs } from "../../src/code/commonjs.ts";
import { render, templates } from "./render.ts";
import { CANARY, KEY, kinds, world } from "./world.ts";

/** What a rejected promise was rejected with. */
const failure = (promise: Promise<unknown>) => promise.then(() => undefined, (error: Error & { status: number; code?: string; body?: unknown }) => error);

describe.each(kinds)("client, %s", (kind) => {
  it("sends the key in its header and JSON in the body, and returns the JSON of the answer", async () => {
    const { credyt, sandbox } = await world(kind);
    const made = await credyt("POST", "/customers", { body: { name: "Ann", external_id: "a" } });
    expect(made).toEqual({ id: sandbox.customers()[0]?.id, subscriptions: [] });
    expect(sandbox.requests()).toMatchObject([{ method: "POST", path: "/customers", status: 201, headers: { "x-credyt-api-key": "(hidden)", "content-type": "application/json" } }]);
  });

  it("a query is encoded", async () => {
    const { credyt, sandbox } = await world(kind);
    await failure(credyt("GET", "/customers", { query: { external_id: "a&b=c d" } }));
    expect(sandbox.requests()[0]?.path).toBe("/customers?external_id=a%26b%3Dc+d");
  });

  it("the error names method, path, status and what Credyt says of it, and keeps the body", async () => {
    const { credyt } = await world(kind);
    await credyt("POST", "/customers", { body: { name: "Ann", external_id: "a" } });
    const error = await failure(credyt("POST", "/customers", { body: { name: "Ann", external_id: "a" } }));
    expect(error).toMatchObject({ name: "CredytError", status: 422, body: { status: 422, errors: { external_id: expect.any(Array) } } });
    expect(error?.message).toMatch(/^Credyt: POST \/customers: 422: [^:]+: \{"external_id":\["[^"]+"\]\}$/);
  });

  it("a wrong key is an error that does not show it", async () => {
    const { credyt, sandbox } = await world(kind);
    process.env.CREDYT_API_KEY = `wrong-${CANARY}`;
    const error = await failure(credyt("GET", "/customers"));
    expect(error?.message).toBe("Credyt: GET /customers: 401");
    expect(sandbox.requests().length).toBe(1);
  });

  it.each(["key with a line break", "ключ"])("a key that no header can hold does not show either: %s", async (text) => {
    const { credyt } = await world(kind);
    process.env.CREDYT_API_KEY = `${CANARY}\n${text}`;
    const error = await failure(credyt("POST", "/customers", { body: {} }));
    expect(error?.message).toBe("Credyt: POST /customers: no answer (TypeError)");
  });

  it("white space around the key and a slash at the end of the address are forgiven", async () => {
    const { credyt, sandbox } = await world(kind);
    Object.assign(process.env, { CREDYT_API_KEY: ` ${KEY}\n`, CREDYT_API_URL: `${sandbox.url}/` });
    await credyt("GET", "/customers");
    expect(sandbox.requests()).toMatchObject([{ path: "/customers", status: 200 }]);
  });

  it.each([408, 429, 500, 502, 503, 504])("GET is tried again after %i", async (status) => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "status", status, times: 1 });
    await credyt("GET", "/customers");
    expect(sandbox.requests().map((one) => one.status)).toEqual([status, 200]);
  });

  it("GET is tried again after a reset and after a lost answer", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "reset", times: 1 });
    sandbox.faults.add({ kind: "lost", times: 1 });
    await credyt("GET", "/customers");
    expect(sandbox.requests().map((one) => one.fault)).toEqual(["reset", "lost", undefined]);
  });

  it("a slow answer is waited for", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "slow", delay: 300, times: 1 });
    await credyt("GET", "/customers");
    expect(sandbox.requests().length).toBe(1);
  });

  it("there are three retries, then the last failure counts", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "status", status: 500, times: 3 });
    sandbox.faults.add({ kind: "status", status: 503 });
    const error = await failure(credyt("GET", "/customers"));
    expect(error?.status).toBe(503);
    expect(sandbox.requests().map((one) => one.status)).toEqual([500, 500, 500, 503]);
  });

  it.each([400, 401, 403, 404, 409, 422, 501])("%i is final", async (status) => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "status", status });
    expect((await failure(credyt("GET", "/customers")))?.status).toBe(status);
    expect(sandbox.requests().length).toBe(1);
  });

  it("POST is tried once unless the caller says that a repeat is safe", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "status", status: 503, times: 2 });
    expect((await failure(credyt("POST", "/customers", { body: { name: "Ann" } })))?.status).toBe(503);
    expect(sandbox.requests().length).toBe(1);
    await credyt("POST", "/customers", { body: { name: "Ann" }, retry: true });
    expect(sandbox.requests().length).toBe(3);
  });

  it("Retry-After is waited for", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "status", status: 429, retryAfter: 2, times: 1 });
    await credyt("GET", "/customers");
    const [first, second] = sandbox.requests();
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  it("a Retry-After past the deadline ends it at once", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "status", status: 429, retryAfter: 60 });
    expect((await failure(credyt("GET", "/customers")))?.status).toBe(429);
    expect(sandbox.requests().length).toBe(1);
  });

  it("no answer before the deadline is an error without a status", async () => {
    const { credyt, sandbox } = await world(kind);
    sandbox.faults.add({ kind: "hang" });
    const error = await failure(credyt("GET", "/customers", { deadline: Date.now() + 200 }));
    expect(error).toMatchObject({ status: 0, code: "TimeoutError", message: "Credyt: GET /customers: no answer (TimeoutError)" });
    expect(sandbox.requests().length).toBe(1);
  });

  it("nobody there is an error with the reason", async () => {
    const { credyt, offline } = await world(kind);
    await offline();
    const error = await failure(credyt("POST", "/customers", { body: {} }));
    expect(error).toMatchObject({ status: 0, code: "ECONNREFUSED", message: "Credyt: POST /customers: no answer (ECONNREFUSED)" });
  });

  it("an answer that is not JSON keeps its text, and a Retry-After may be a date", async () => {
    const { credyt } = await world(kind);
    let calls = 0;
    const server = createServer((_, response) => {
      calls += 1;
      response.writeHead(503, { "Retry-After": new Date(Date.now() + 3_600_000).toUTCString() }).end("<h1>Bad gateway</h1>");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    process.env.CREDYT_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const error = await failure(credyt("GET", "/customers"));
    server.close();
    expect(error).toMatchObject({ status: 503, body: "<h1>Bad gateway</h1>", message: "Credyt: GET /customers: 503" });
    expect(calls).toBe(1);
  });

  it("a message is one line, whatever its details hold", async () => {
    const { logCredyt, lines } = await world(kind);
    logCredyt("credyt: hello");
    logCredyt("credyt: hello", { text: "a\nb\u2028c", nothing: undefined });
    expect(lines).toEqual(["credyt: hello", 'credyt: hello {"text":"a\\nb\u2028c"}']);
  });
});

describe("client, as it stands", () => {
  it("without a key the app starts; the first use is an error that names the variable; it is logged on standard error", () => {
    const folder = mkdtempSync(join(tmpdir(), "credyt-client-"));
    const source = toCommonJs(render(templates("js").client, new Set()));
    writeFileSync(join(folder, "client.cjs"), source);
    writeFileSync(join(folder, "app.cjs"), 'const c = require("./client.cjs");\nconsole.log("started");\nc.credyt("GET", "/customers").catch((error) => c.logCredyt("credyt: failed", { reason: String(error) }));\n');
    const { CREDYT_API_KEY: _, ...env } = process.env;
    const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, "app.cjs")], { env, encoding: "utf8" });
    rmSync(folder, { recursive: true });
    expect({ stdout, stderr, status }).toEqual({ stdout: "started\n", stderr: 'credyt: failed {"reason":"Error: CREDYT_API_KEY is not set: add it to the environment."}\n', status: 0 });
  });
});
