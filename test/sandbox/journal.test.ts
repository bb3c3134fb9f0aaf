import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { appendFileSync, copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/sandbox/index.ts";
import { bench, benchOn, usage } from "./client.ts";
import { compileSandbox } from "./compiled.ts";

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-data-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "credyt.data");
}

/** All that a caller can see of a sandbox, but for its port. */
async function seen(sandbox: Sandbox, more: readonly string[]): Promise<unknown> {
  const { call } = benchOn(sandbox);
  const paths = [...more, "/products", "/assets", "/vendors", "/webhooks", "/accounts", "/customers", "/customers/stats", "/events?limit=100", "/tasks"];
  const customers = sandbox.customers();
  for (const { id } of customers) paths.push(`/customers/${id}`, `/customers/${id}/wallet`, `/customers/${id}/wallet/default:USD/grants`);
  const bodies = [];
  for (const path of paths) bodies.push([path, (await call("GET", path)).body]);
  const all = { bodies, customers, events: sandbox.events(), deliveries: sandbox.deliveries(), offset: sandbox.clock.now() - Date.parse("2026-06-01T00:00:00Z") };
  return JSON.parse(JSON.stringify(all).replaceAll(sandbox.url, "http://sandbox"));
}

const clock = () => Date.parse("2026-06-01T00:00:00Z");

/** Uses every kind of thing that is kept; returns paths of what is in no list. */
async function live(sandbox: Sandbox): Promise<readonly string[]> {
  const to = benchOn(sandbox);
  await to.call("POST", "/assets", { code: "TOK", name: "Tokens", precision: 2, rates: [{ source: "USD", rate: 0.01 }] });
  const prices = [usage("use", { usage_type: "volume", volume_field: "n" }, [{ volume_rate: 0.1 }], "TOK"), usage("image", { usage_type: "unit" }, [{ unit_price: 0.5 }])];
  const entitlements = [{ name: "Start", asset: "TOK", amount: 50, purpose: "promotion", lifecycle: { duration: "week", refresh: { strategy: "expire_and_replace" } } }];
  await to.call("POST", "/products", { code: "tok", name: "Tok", publish: true, prices, entitlements });
  const vendor = await to.call("POST", "/vendors", { name: "V", external_id: "v" });
  await to.call("POST", "/accounts", { name: "A" });
  await to.call("POST", "/webhooks", { url: "http://127.0.0.1:9/none", topics: ["customer.created"] });
  const ada = await to.customer("ada", "tok", "demo");
  const bob = await to.customer("bob", "demo_pro");
  sandbox.bill(sandbox.customer("bob")?.subscriptions[0]?.id ?? "", "pay");
  await to.call("PATCH", `/customers/${bob}`, { external_id: "bob2" });
  await to.call("POST", `/customers/${ada}/wallet/adjustments`, { transaction_id: "7f0f6f0e-58d5-4a86-9f0a-2b0f5a3f9c11", asset: "USD", amount: 10.5, reason: "gift", expires_at: "2026-06-20T00:00:00Z" });
  const top = await to.call("POST", "/top-ups", { customer_id: ada, amount: 7, currency: "USD", return_url: "http://localhost/a", failure_url: "http://localhost/b" });
  sandbox.bill(top.body.id, "pay");
  for (let at = 0; at < 5; at++) await to.event("ada", at % 2 === 0 ? "use" : "image", { n: 7 }, { subject: "job", costs: [{ id: `c${at}`, vendor_external_id: "v", amount: 0.01, category: "gpu" }] });
  sandbox.clock.advance("8d");
  await to.event("ada", "use", { n: 1.5 });
  return [`/top-ups/${top.body.id}`, `/vendors/${vendor.body.id}/stats`, `/customers/${ada}/wallet/transactions/7f0f6f0e-58d5-4a86-9f0a-2b0f5a3f9c11`, "/webhooks/events"];
}

test("everything is there after a restart, after a crash, and after the file was written anew", async () => {
  const data = file();
  const first = await startSandbox({ data, clock, webhookBackoffScale: 0 });
  const more = await live(first);
  await first.settled();
  const before = await seen(first, more);
  const crashed = `${data}.crashed`;
  copyFileSync(data, crashed);
  await first.close();

  const second = await startSandbox({ data, clock });
  expect(await seen(second, more)).toEqual(before);
  second.compact();
  expect(await seen(second, more)).toEqual(before);
  await benchOn(second).event("ada", "image");
  const later = await seen(second, more);
  await second.close();

  const third = await startSandbox({ data, clock });
  expect(await seen(third, more)).toEqual(later);
  await third.close();

  const fourth = await startSandbox({ data: crashed, clock });
  expect(await seen(fourth, more)).toEqual(before);
  const again = await benchOn(fourth).call("POST", `/customers/${fourth.customer("ada")?.id}/wallet/adjustments`, { transaction_id: "7f0f6f0e-58d5-4a86-9f0a-2b0f5a3f9c11", asset: "USD", amount: 10.5, reason: "gift" });
  expect(again.status).toBe(201);
  expect(await seen(fourth, more)).toEqual(before);
  await fourth.close();
});

test("a line that was cut short is dropped, wherever the cut is", async () => {
  const data = file();
  const { customer, event, sandbox } = benchOn(await startSandbox({ data, clock }));
  await customer("u1", "demo");
  const kept = await event("u1", "image");
  const length = statSync(data).size;
  await event("u1", "image");
  await sandbox.close();
  const whole = readFileSync(data);
  for (let cut = length; cut < whole.length; cut += 23) {
    writeFileSync(data, whole.subarray(0, cut));
    const again = await startSandbox({ data, clock });
    expect([cut, again.events().map((one) => one.id), again.balance("u1")]).toEqual([cut, [kept], "-0.04"]);
    again.fund("u1", 1);
    await again.close();
    const third = await startSandbox({ data, clock });
    expect([cut, third.events().length, third.balance("u1")]).toEqual([cut, 1, "0.96"]);
    await third.close();
  }
});

test("a file that is not ours, damaged or in use is refused in plain words", async () => {
  const data = file();
  writeFileSync(data, "hello\nworld\n");
  await expect(startSandbox({ data })).rejects.toThrow(`${data} is not a data file of the sandbox. Give --data another file.`);
  expect(readFileSync(data, "utf8")).toBe("hello\nworld\n");
  rmSync(data);
  const first = await startSandbox({ data });
  await expect(startSandbox({ data })).rejects.toThrow(`${data} is in use by another sandbox (process ${process.pid}). Stop that one, or give this one another --data file.`);
  await first.close();
  expect(existsSync(`${data}.lock`)).toBe(false);
  const lines = readFileSync(data, "utf8").split("\n");
  appendFileSync(data, 'F[{"kind":\nF[]\n');
  await expect(startSandbox({ data })).rejects.toThrow(`${data} is damaged at line ${lines.length}: `);
});

test("a folder that is not there is named", async () => {
  const data = join(file(), "none", "data");
  await expect(startSandbox({ data })).rejects.toThrow(`The data file ${data} cannot be written (ENOENT). Give --data a file in a folder that is there and yours.`);
});

test("the lock of a process that is no more does not hold", async () => {
  const data = file();
  writeFileSync(`${data}.lock`, "999999999");
  await (await startSandbox({ data })).close();
});

test("a taken port is named", async () => {
  const { sandbox } = await bench();
  await expect(startSandbox({ port: sandbox.port })).rejects.toThrow(`Port ${sandbox.port} is taken. Stop what listens there, or choose another with --port.`);
});

test("options that make no sense are refused in plain words", async () => {
  await expect(startSandbox({ products: [{ code: "p", name: "P", prices: [] }] })).rejects.toThrow("Product p cannot be used: prices must have at least 1 entry.");
  await expect(startSandbox({ products: ["no spaces"] })).rejects.toThrow('"no spaces" cannot be a product code. Use letters, digits, dots, hyphens and underscores.');
  await expect(startSandbox({ switches: { lookup: "none" as "page" } })).rejects.toThrow('Switch lookup cannot be "none". Use redirect, page, object.');
  await expect(startSandbox({ switches: { speed: 1 } as never })).rejects.toThrow("There is no switch speed.");
});

test("products and webhooks of the options are added once", async () => {
  const data = file();
  for (let time = 0; time < 2; time++) {
    const { call, sandbox } = benchOn(await startSandbox({ data, products: ["studio", "my-plan:upfront"], webhooks: [{ url: "http://127.0.0.1:9/hook", secret: "whsec_mine" }] }));
    expect((await call("GET", "/products")).body.items.map((one: { code: string }) => one.code)).toEqual(["my-plan", "studio", "demo_pro", "demo"]);
    expect((await call("GET", "/webhooks")).body.total_count).toBe(1);
    await sandbox.close();
  }
});

const program = (entry: string, data: string) => `
import { startSandbox } from ${JSON.stringify(pathToFileURL(entry).href)};
const sandbox = await startSandbox({ data: ${JSON.stringify(data)} });
console.log(sandbox.url);
setInterval(() => {}, 1000);
`;

/** Starts a sandbox in a process of its own, that may write files of at most `kilobytes`. */
async function start(entry: string, data: string, kilobytes?: number): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const node = [process.execPath, "--input-type=module", "-e", program(entry, data)] as const;
  const [command, ...rest] = kilobytes === undefined ? node : ["bash", "-c", 'ulimit -f "$0"; exec "$@"', String(kilobytes), ...node];
  const child = spawn(command ?? "", rest, { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const url of createInterface({ input: child.stdout })) return { child, url };
  throw new Error("the sandbox did not start");
}

test("a sandbox killed in the middle of its work loses nothing it acknowledged", async () => {
  const data = file();
  const compiled = compileSandbox();
  onTestFinished(() => compiled.remove());
  const acknowledged: string[] = [];
  for (let round = 0; round < 3; round++) {
    const { child, url } = await start(compiled.entry, data);
    const post = (path: string, body: unknown) => fetch(url + path, { method: "POST", headers: { "x-credyt-api-key": "key_sandbox", "content-type": "application/json" }, body: JSON.stringify(body) });
    await post("/customers", { name: "U", external_id: "u1", subscriptions: [{ products: [{ code: "demo" }] }] });
    const exit = new Promise((resolve) => child.once("exit", resolve));
    let sent = 0;
    const worker = async () => {
      for (;;) {
        const id = randomUUID();
        const answer = await post("/events", { customer_external_id: "u1", events: [{ id, event_type: "image", occurred_at: "2026-06-02T09:14:03Z" }] }).catch(() => undefined);
        if (answer?.status !== 204) return;
        acknowledged.push(id);
        if (++sent === 150) child.kill("SIGKILL");
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    await exit;
  }
  const sandbox = await startSandbox({ data });
  onTestFinished(() => sandbox.close());
  const kept = new Set(sandbox.events().map((event) => event.id));
  expect(acknowledged.length >= 450).toBe(true);
  expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
  expect(sandbox.events().length).toBe(kept.size);
  expect(Number(sandbox.balance("u1"))).toBe(-Math.round(kept.size * 4) / 100);
});

test.skipIf(process.platform === "win32")("a disk that is full refuses the event, and nothing that was taken is harmed", async () => {
  const data = file();
  const compiled = compileSandbox();
  onTestFinished(() => compiled.remove());
  const { child, url } = await start(compiled.entry, data, 64);
  const post = (path: string, body: unknown) => fetch(url + path, { method: "POST", headers: { "x-credyt-api-key": "key_sandbox", "content-type": "application/json" }, body: JSON.stringify(body) });
  await post("/customers", { name: "U", external_id: "u1", subscriptions: [{ products: [{ code: "demo" }] }] });
  const acknowledged: string[] = [];
  const statuses = new Set<number>();
  for (let sent = 0; sent < 150; sent++) {
    const id = randomUUID();
    const { status } = await post("/events", { customer_external_id: "u1", events: [{ id, event_type: "image", occurred_at: "2026-06-02T09:14:03Z", description: "x".repeat((sent * 37) % 700) }] });
    statuses.add(status);
    if (status === 204) acknowledged.push(id);
  }
  expect([...statuses].sort()).toEqual([204, 500]);
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
  const sandbox = await startSandbox({ data });
  onTestFinished(() => sandbox.close());
  expect(sandbox.events().map((event) => event.id)).toEqual(acknowledged);
});
