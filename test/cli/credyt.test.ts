import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { DEFAULTS } from "../../src/choices.ts";
import { offersFor, readAccount, type Account } from "../../src/cli/account.ts";
import { openApi, type Api, type ApiAnswer } from "../../src/credyt.ts";
import { findUndelivered, replay, unreadable } from "../../src/replay.ts";
import { startSandbox, type FaultSpec, type Sandbox } from "../../src/sandbox/index.ts";
import { verify, type StepResult } from "../../src/verify.ts";
import { makeTree } from "../apply/tree.ts";
import { expressApp } from "./app.ts";
import { bin, built, cli } from "./cli.ts";
import { ENTER, play } from "./player.ts";

beforeAll(built, 180_000);

const open: { close: () => unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function sandbox(options: Parameters<typeof startSandbox>[0] = {}): Promise<Sandbox> {
  const started = await startSandbox({ webhookBackoffScale: 0, ...options });
  open.push(started);
  return started;
}

const envOf = ({ url, key }: { readonly url: string; readonly key: string }): Record<string, string> => ({ CREDYT_API_URL: url, CREDYT_API_KEY: key, COLUMNS: "200" });

/** An address where nobody listens. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** A server that answers every request alike, and counts them. */
async function fake(status: number, body: string): Promise<{ readonly url: string; readonly seen: () => number }> {
  let seen = 0;
  const server: Server = createServer((_request, response) => {
    seen++;
    response.writeHead(status, { "content-type": "application/json" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ close: () => (server.closeAllConnections(), server.close()) });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen: () => seen };
}

describe("verify", () => {
  const steps = async (target: Parameters<typeof verify>[0]): Promise<StepResult[]> => {
    const results: StepResult[] = [];
    for await (const result of verify(target)) results.push(result);
    return results;
  };

  test("against the sandbox, with what the config names: every step passes", async () => {
    const root = makeTree({ "credyt.config.json": '{ "products": ["studio"], "activities": [{ "at": "a.ts#f", "eventType": "chat_completion" }, { "at": "a.ts#g", "eventType": "clip" }, { "at": "a.ts#h", "eventType": "never", "billed": false }] }' });
    const { status, stdout, stderr } = await cli(["verify"], { cwd: root });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.match(/^ {2}(✔|✖|-) .*?(?= {2})/gm)).toEqual(["  ✔ customer", "  ✔ fund", "  ✔ event chat_completion", "  ✔ fee chat_completion", "  ✔ repeat chat_completion", "  ✔ event clip", "  ✔ fee clip", "  ✔ repeat clip", "  ✔ balance", "  ✔ portal", "  ✔ webhook"]);
    expect(stdout).toContain("against a local sandbox");
  });

  test("a plan that is paid up front is paid first", async () => {
    const { status, stdout } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": '{ "products": ["pro"], "billing": "upfront" }' }), env: { COLUMNS: "200" } });
    expect(status).toBe(0);
    expect(stdout).toContain("paid up front and active");
  });

  test("with a test key, against that account; the webhook is left out and it says why", async () => {
    const { url, key } = await sandbox();
    const { status, stdout } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": "{}" }), env: envOf({ url, key }) });
    expect(status).toBe(0);
    expect(stdout).toContain(`against ${url} (test)`);
    expect(stdout).toMatch(/- webhook +Credyt can only reach a public https address/);
    expect(stdout).not.toContain(key);
  });

  test("a plan that nobody can pay for us: its fees are left out, and it says so", async () => {
    const { url, key } = await sandbox();
    const { status, stdout } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": '{ "products": ["demo_pro"] }' }), env: envOf({ url, key }) });
    expect(status).toBe(0);
    expect(stdout).toMatch(/- fee chat_completion +its plan must be paid first/);
    expect(stdout).toContain("What could be tried works; left out: fee chat_completion, webhook.");
  });

  test.each([['{ "account_id": "acc_1", "environment": "live" }', "your live environment"], ["{}", "an unknown environment"]])("never touches %s unless told to", async (body, named) => {
    const account = await fake(200, body);
    const { status, stderr } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": "{}" }), env: envOf({ url: account.url, key: "key_live_secret" }) });
    expect(status).toBe(2);
    expect(stderr).toBe(`\nThe key in CREDYT_API_KEY belongs to ${named}\nSet it to a test key, unset it to use the sandbox, or give --live to create a customer and an event there.\n`);
    expect(account.seen()).toBe(1);
  });

  test("a key that is not taken, and an address where nobody is", async () => {
    const cwd = makeTree({ "credyt.config.json": "{}" });
    const { url } = await sandbox();
    expect((await cli(["verify"], { cwd, env: envOf({ url, key: "key_wrong_1" }) })).stderr).toMatch(/^\nThe key in CREDYT_API_KEY was not taken by http:\/\/127\.0\.0\.1:\d+: 401/);
    const gone = await cli(["verify"], { cwd, env: envOf({ url: await nowhere(), key: "key_wrong_1" }) });
    expect(gone.status).toBe(2);
    expect(gone.stderr).toMatch(/^\nCredyt cannot be reached at http:\/\/127\.0\.0\.1:\d+: ECONNREFUSED\n/);
    expect(gone.stderr).not.toContain("key_wrong_1");
  });

  test("a step that fails is named, with the reason, and the status is 1", async () => {
    const { url, key } = await sandbox();
    const { status, stdout } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": '{ "products": ["nowhere"] }' }), env: envOf({ url, key }) });
    expect(status).toBe(1);
    expect(stdout).toMatch(/✖ customer +POST \/customers answered 422 /);
    expect(stdout).toMatch(/1 of 1 steps failed: customer\. Mend the first one and verify again\.\n$/);
  });

  test("as JSON: one document, with the same steps and status", async () => {
    const { url, key } = await sandbox();
    const cwd = makeTree({ "credyt.config.json": '{ "products": ["demo"] }' });
    const good = await cli(["verify", "--json"], { cwd, env: envOf({ url, key }) });
    const read = (text: string): { schemaVersion: number; against: string; ok: boolean; steps: StepResult[]; next: string } => JSON.parse(text) as never;
    expect({ status: good.status, stderr: good.stderr }).toEqual({ status: 0, stderr: "" });
    const { steps: taken, ...rest } = read(good.stdout);
    expect(rest).toEqual({ schemaVersion: 1, against: `${url} (test)`, ok: true, next: "What could be tried works; left out: webhook. Now run your app against it and use it once." });
    expect(taken.map(({ step, outcome }) => [step, outcome])).toEqual([["customer", "passed"], ["fund", "passed"], ["event chat_completion", "passed"], ["fee chat_completion", "passed"], ["repeat chat_completion", "passed"], ["balance", "passed"], ["portal", "passed"], ["webhook", "skipped"]]);
    const bad = await cli(["verify", "--json"], { cwd: makeTree({ "credyt.config.json": '{ "products": ["nowhere"] }' }), env: envOf({ url, key }) });
    expect([bad.status, read(bad.stdout).ok, read(bad.stdout).steps.map(({ step, outcome }) => [step, outcome])]).toEqual([1, false, [["customer", "failed"]]]);
  });

  test("with credits of one's own, the app's products are priced in them", async () => {
    for (const products of ['["studio"]', '["demo"]', "[]"]) {
      const { status, stdout } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": `{ "products": ${products}, "asset": "CREDITS" }` }), env: { COLUMNS: "200" } });
      expect({ status, balance: /✔ balance +(.*)/.exec(stdout)?.[1] }).toEqual({ status: 0, balance: "99.998 CREDITS left after 0.002" });
    }
  });

  test("a price in another asset than the one the app looks at is found out", async () => {
    const one = await sandbox({ products: ["credits@CREDITS"] });
    const failed = (await steps({ api: openApi(one), patience: 300, choices: { ...DEFAULTS, products: ["credits"] } })).filter(({ outcome }) => outcome === "failed");
    expect(failed).toEqual([{ step: "balance", outcome: "failed", detail: 'the fees are in CREDITS, but this app looks at its balance in USD: set "asset" in credyt.config.json to what the price is in' }]);
  });

  test("what stands on a failed step is left out, and a failure to answer is called that", async () => {
    const one = await sandbox();
    const outcomes = async (fault: Omit<FaultSpec, "kind">): Promise<string> => {
      one.faults.clear();
      one.faults.add({ kind: "status", status: 500, ...fault });
      const target = { api: openApi(one), patience: 0, choices: DEFAULTS };
      return (await steps(target)).map(({ step, outcome }) => `${step}: ${outcome}`).join("; ");
    };
    expect(await outcomes({ path: "/products*" })).toBe("customer: failed");
    expect(await outcomes({ path: "/events/*" })).toMatch(/; fee chat_completion: failed; repeat chat_completion: skipped; balance: skipped; portal: passed;/);
    expect(await outcomes({ path: "/events" })).toMatch(/; event chat_completion: failed; balance: skipped; portal: passed;/);
    expect(await outcomes({ path: "*/adjustments" })).toMatch(/; fund: failed; .*repeat chat_completion: passed; balance: skipped;/);
    one.faults.clear();
    one.faults.add({ kind: "status", status: 503, path: "/accounts/self" });
    const { status, stderr } = await cli(["verify"], { cwd: makeTree({ "credyt.config.json": "{}" }), env: envOf(one) });
    expect({ status, said: stderr.split("\n")[1] }).toEqual({ status: 2, said: `Credyt at ${one.url} did not say whose key CREDYT_API_KEY is: 503 The sandbox was told to answer this` });
  });

  test("an event type that no price has, a fee that is charged twice, a webhook that is forged: each fails its own step", async () => {
    const product = { code: "narrow", name: "Narrow", publish: true, prices: [{ name: "p", type: "usage_based", billing_model: { type: "real_time" }, usage_calculation: { event_type: "known", usage_type: "unit" }, pricing: [{ asset: "USD", values: [{ unit_price: 1 }] }] }] };
    const one = await sandbox({ products: [product] });
    const api = openApi(one);
    const target = { api, patience: 300, choices: { ...DEFAULTS, products: ["narrow"], activities: [{ at: "a#b", eventType: "unknown" }] }, webhook: (url: string) => ({ ...one.webhook(url), secret: "whsec_other" }) };
    const failed = (await steps(target)).filter(({ outcome }) => outcome === "failed");
    expect(failed.map(({ step, detail }) => [step, detail])).toEqual([
      ["fee unknown", "no fee: no price of the customer's products has this event type, or the subscription is not active"],
      ["webhook", "subscription.activated arrived with a signature that does not hold"],
    ]);
    let sent = 0;
    const doubling: typeof api = async (method, path, body) => {
      const answer = await api(method, path, body);
      if (method === "POST" && path === "/events") sent++;
      return sent > 1 && path.startsWith("/events/") ? { ...answer, body: { fees: [{ amount: 2 }] } } : answer;
    };
    const twice = await steps({ api: doubling, patience: 300, choices: { ...DEFAULTS, products: ["narrow"], activities: [{ at: "a#b", eventType: "known" }] } });
    expect(twice.filter(({ outcome }) => outcome === "failed").map(({ step, detail }) => [step, detail])).toEqual([["repeat known", "the same event again made the fee 2 instead of 1"]]);
  });
});

describe("replay", () => {
  const event = (id: string): object => ({ customer_external_id: "u1", events: [{ id, event_type: "unit", occurred_at: "2026-01-01T00:00:00Z", data: { note: 'a } "quoted" brace' } }] });
  const [a, b, c, d] = ["0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20", "1b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20", "2b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20", "3b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20"] as const;
  const log = [
    "starting on port 3000",
    `credyt.undelivered ${JSON.stringify(event(a))}`,
    `2026-01-01T00:00:00Z ERROR [api] credyt.undelivered ${JSON.stringify(event(a))} (request 7)`,
    JSON.stringify({ level: 50, msg: `credyt.undelivered ${JSON.stringify(event(b))}` }),
    JSON.stringify({ log: `${JSON.stringify({ level: "error", message: `credyt.undelivered ${JSON.stringify(event(c))}` })}\n`, stream: "stderr" }),
    JSON.stringify({ level: "error", message: "credyt.undelivered", ...event(d), pid: 1 }),
  ].join("\n");

  test("finds events however the log wraps them, each once", () => {
    expect(findUndelivered(log).map(({ ids, body }) => [ids, body])).toEqual([a, b, c, d].map((id) => [[id], event(id)]));
    expect(findUndelivered("nothing here")).toEqual([]);
    const csv = `"2026-01-01","error","credyt.undelivered ${JSON.stringify(event(a)).replaceAll('"', '""')}"`;
    expect(findUndelivered(`time,level,message\n${csv}`)).toEqual([{ ids: [a], body: event(a) }]);
  });

  test("an event that a logger cut off is not passed over in silence", async () => {
    const cut = `credyt.undelivered ${JSON.stringify(event(a)).slice(0, 90)}`;
    expect(unreadable(`${log}\n${cut}\n"credyt.undelivered" is the mark`)).toEqual([7]);
    const only = await cli(["replay", "-"], { input: cut });
    expect({ status: only.status, said: only.stdout.replace(/\s+/g, " ") }).toMatchObject({ status: 1, said: expect.stringContaining("nothing was sent. An undelivered event cannot be read in line 1 of the log.") });
    const one = await sandbox();
    await openApi(one)("POST", "/customers", { name: "u1", external_id: "u1" });
    const rest = await cli(["replay", "-"], { env: envOf(one), input: `${log}\n${cut}` });
    expect({ status: rest.status, sent: one.events("u1").length }).toEqual({ status: 1, sent: 4 });
    expect(rest.stdout).toContain("All that could be read are delivered.");
  });

  test("where Credyt is busy it waits as long as it is asked to, and where nobody is it does not wait for each", async () => {
    const answers: (ApiAnswer | Error)[] = [{ status: 429, body: undefined, retryAfter: 3 }, { status: 503, body: undefined }, { status: 204, body: undefined }, ...Array.from({ length: 5 }, () => new Error("gone")), { status: 422, body: {} }];
    const waits: number[] = [];
    const api: Api = async () => {
      const answer = answers.shift();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error("no more answers");
      return answer;
    };
    const outcomes: string[] = [];
    for await (const { outcome } of replay(findUndelivered(log), api, async (milliseconds) => void waits.push(milliseconds))) outcomes.push(outcome);
    expect({ outcomes, waits, left: answers }).toEqual({ outcomes: ["delivered", "unreachable", "unreachable", "refused"], waits: [3000, 1000, 500, 1000, 2000], left: [] });
  });

  test("sends them with their ids; sent again, nothing is billed twice", async () => {
    const one = await sandbox();
    await openApi(one)("POST", "/customers", { name: "u1", external_id: "u1", subscriptions: [{ products: [{ code: "demo" }] }] });
    one.fund("u1", 10);
    const file = join(makeTree({ "app.log": log }), "app.log");
    const first = await cli(["replay", file], { env: envOf(one) });
    expect({ status: first.status, ids: one.events("u1").map(({ id }) => id).sort() }).toEqual({ status: 0, ids: [a, b, c, d] });
    const balance = one.balance("u1");
    const again = await cli(["replay", "-"], { env: envOf(one), input: log });
    expect({ status: again.status, balance: one.balance("u1") }).toEqual({ status: 0, balance });
    expect(again.stdout).toContain("All are delivered.");
  });

  test("what is refused is named with the reason, and the status is 1", async () => {
    const account = await fake(422, '{ "errors": { "customer_external_id": ["is unknown"] } }');
    const { status, stdout } = await cli(["replay", "-"], { env: envOf({ url: account.url, key: "k" }), input: log });
    expect(status).toBe(1);
    expect(stdout).toContain(`✖ ${a}   422 customer_external_id is unknown`);
    expect(stdout).toContain("4 of 4 could not be delivered.");
  });

  test("--dry-run sends nothing and needs no key; sending needs one", async () => {
    const dry = await cli(["replay", "-", "--dry-run"], { input: log });
    expect(dry).toMatchObject({ status: 0, stderr: "" });
    expect(dry.stdout).toContain("4 undelivered events:");
    const none = await cli(["replay", "-"], { input: log });
    expect({ status: none.status, said: none.stderr.split("\n")[1] }).toEqual({ status: 2, said: "CREDYT_API_KEY is not set" });
    expect((await cli(["replay", "-"], { input: "" })).stdout).toContain("nothing to send");
  });
});

describe("the account", () => {
  test("gives products, event types, volumes, assets and vendors", async () => {
    const one = await sandbox({ products: ["studio"] });
    await openApi(one)("POST", "/vendors", { name: "OpenAI", external_id: "openai" });
    const account = (await readAccount(one)) as Account;
    expect(account.products.map(({ code }) => code).sort()).toEqual(["demo", "demo_pro", "studio"]);
    expect(account.eventTypes).toContain("chat_completion");
    expect(account.eventTypes).not.toContain("*");
    expect(account.volumes).toContain("total_tokens");
    expect(account.vendors).toEqual([{ id: expect.stringMatching(/^vnd_/), name: "OpenAI", externalId: "openai" }]);
    expect(offersFor({ area: "customers", key: "products", message: "" }, account).map(({ value }) => value).sort()).toEqual(["demo", "demo_pro", "studio"]);
    expect(offersFor({ area: "gate", key: "asset", message: "" }, account)[0]?.value).toBe("USD");
    expect(offersFor({ area: "portal", key: "returnPath", message: "" }, account)).toEqual([]);
  });

  test.each([[401, "{}", "the key was not taken (401)"], [500, "{}", "/products?limit=100 answered 500"], [200, "no json", /not valid JSON/]])("that answers %i is gone without", async (status, body, why) => {
    const { url } = await fake(status, body);
    const account = await readAccount({ url, key: "key_secret" });
    if (typeof why === "string") expect(account).toBe(why);
    else expect(account).toMatch(why);
    expect(account).not.toContain("key_secret");
  });

  test("that does not answer in time, or is not there", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => (server.closeAllConnections(), server.close()) });
    expect(await readAccount({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, key: "k", patience: 50 })).toBe("no answer within 0.05 s");
    expect(await readAccount({ url: await nowhere(), key: "k" })).toBe("it cannot be reached");
  });

  test("is asked in a terminal when a key is there: its products and event types are offered", async () => {
    const one = await sandbox({ products: ["studio"] });
    const { screen, prompts } = await play(expressApp(), (prompt) => (prompt === "Apply?" ? `q${ENTER}` : prompt.startsWith("Keep these") ? `c${ENTER}` : ENTER), { typecheck: false }, { env: envOf(one) });
    expect(screen).toContain("demo_pro (Demo Pro)");
    expect(prompts.some((prompt) => prompt.startsWith("What is the event type of"))).toBe(true);
    expect(screen).toContain("image_generation");
    expect(one.requests().length).toBeGreaterThan(2);
  });

  test("cannot be read: it says so and goes on", async () => {
    const { url } = await fake(500, "{}");
    const { screen, status } = await play(expressApp(), (prompt) => (prompt === "Apply?" ? `q${ENTER}` : ENTER), { typecheck: false }, { env: envOf({ url, key: "key_secret" }) });
    expect(status).toBe(0);
    expect(screen).toContain("Your Credyt account could not be read: /products?limit=100 answered 500. Going on without its products.");
    expect(screen).not.toContain("key_secret");
  });

  test("is not asked without a terminal, nor without a key", async () => {
    const account = await fake(200, "{}");
    const env = { CREDYT_API_URL: account.url };
    for (const args of [["scan"], ["--dry-run", "--no-typecheck"], ["--check"], ["--yes", "--no-typecheck"]]) await cli(args, { cwd: expressApp(), env: { ...env, CREDYT_API_KEY: "k" } });
    await play(expressApp(), (prompt) => (prompt === "Apply?" ? `q${ENTER}` : ENTER), { typecheck: false }, { env });
    expect(account.seen()).toBe(0);
  });
});

describe("sandbox", () => {
  test("says what to set, answers with that key, and ends on Ctrl-C with status 130", async () => {
    const child = spawn(process.execPath, [bin, "sandbox", "--port", "0", "--key", "key_mine", "--product", "studio"], { env: { ...process.env, NO_COLOR: "1" } });
    open.push({ close: () => child.kill("SIGKILL") });
    let said = "";
    const url = await new Promise<string>((resolve) => child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      const found = /CREDYT_API_URL=(http:\S+)\n/.exec(said)?.[1];
      if (found !== undefined && said.includes("Ctrl-C ends it")) resolve(found);
    }));
    expect(said).toContain("CREDYT_API_KEY=key_mine");
    const { status, body } = await openApi({ url, key: "key_mine" })("GET", "/products");
    expect({ status, codes: (body?.["items"] as { code: string }[]).map(({ code }) => code).sort() }).toEqual({ status: 200, codes: ["demo", "demo_pro", "studio"] });
    const ended = new Promise((resolve) => child.on("close", (code, signal) => resolve([code, signal])));
    child.kill("SIGINT");
    expect(await ended).toEqual([130, null]);
  });

  test("a port that is taken: status 2, and what to do", async () => {
    const { port } = await sandbox();
    const { status, stderr } = await cli(["sandbox", "--port", String(port)]);
    expect({ status, stderr }).toEqual({ status: 2, stderr: `\nPort ${port} is taken. Stop what listens there, or choose another with --port.\nChange the option that it names and start the sandbox again.\n` });
  });
});
