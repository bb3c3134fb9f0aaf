import { type IncomingMessage, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { signatureOf } from "../../src/sandbox/postman.ts";
import { startSandbox } from "../../src/sandbox/index.ts";
import { bench, benchOn } from "./client.ts";

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A server that notes what it gets and answers the statuses given, the last one again and again. */
async function receiver(...statuses: readonly number[]): Promise<{ readonly url: string; readonly got: Received[] }> {
  const got: Received[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += String(part);
    const status = statuses[Math.min(got.length, statuses.length - 1)] ?? 200;
    got.push({ headers: request.headers, body });
    response.writeHead(status, status === 302 ? { location: "/elsewhere" } : {}).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, got };
}

const paid = { name: "Ada", external_id: "u1", subscriptions: [{ products: [{ code: "demo_pro" }], return_url: "http://localhost/a", failure_url: "http://localhost/b" }] };

test("a signature is the one of the contract's test vector", () => {
  const body = '{"id":"evt_vector1","type":"subscription.activated","created":"2026-01-01T00:00:00Z","live_mode":false,"data":{"customer_id":"cust_vector1","subscription_id":"sub_vector1","occurred_at":"2026-01-01T00:00:00Z"}}';
  expect(signatureOf("1767225600", body, "whsec_contract_vector_1")).toBe("a8352136597d09bfc34d986d3a610027555e097fcea2236a693bd9bf120d8cec");
});

test("a payment announces the activation, signed, to every destination that asked", async () => {
  const { url, got } = await receiver(204);
  const { call, sandbox } = await bench();
  const created = await call("POST", "/webhooks", { url });
  expect([created.status, Object.keys(created.body).sort(), created.body.secret]).toEqual([201, ["created_at", "id", "secret"], expect.stringMatching(/^whsec_/)]);
  expect((await call("GET", `/webhooks/${created.body.id}`)).body).toMatchObject({ url, topics: ["*"], connect: false, enabled: true, secret: created.body.secret });
  expect((await call("GET", "/webhooks")).body.items[0].secret).toBe(undefined);
  const { body: customer } = await call("POST", "/customers", paid);
  await sandbox.settled();
  expect(got.length).toBe(0);
  sandbox.bill(customer.subscriptions[0].id, "pay");
  await sandbox.settled();
  sandbox.bill(customer.subscriptions[0].id, "pay");
  await sandbox.settled();
  expect(got.length).toBe(1);
  const [hook] = got as [Received];
  const envelope = JSON.parse(hook.body);
  expect(envelope).toEqual({ id: expect.stringMatching(/^evt_/), type: "subscription.activated", created: envelope.created, live_mode: false, data: { customer_id: customer.id, subscription_id: customer.subscriptions[0].id, occurred_at: envelope.created } });
  const [, time = "", given = ""] = /^t=(\d+),v0=([0-9a-f]{64})$/.exec(String(hook.headers["credyt-signature"])) ?? [];
  expect(given).toBe(createHmac("sha256", created.body.secret).update(`${time}.${hook.body}`).digest("hex"));
  expect(Math.abs(Date.now() / 1000 - Number(time)) < 60).toBe(true);
  expect([hook.headers["content-type"], hook.headers["user-agent"]]).toEqual(["application/json", "credyt-emulator"]);
});

test("usage-only subscriptions are announced too, unless switched off", async () => {
  const { url, got } = await receiver(200);
  const { customer, sandbox } = await bench({ webhooks: [{ url, secret: "whsec_known" }] });
  await customer("u1", "demo");
  await sandbox.settled();
  sandbox.switches({ activatedForUsage: false });
  await customer("u2", "demo");
  await sandbox.settled();
  expect(got.length).toBe(1);
});

test("a webhook that is not taken is tried five times in all, with one id and a new signature each time", async () => {
  const { url, got } = await receiver(500, 302, 404, 500, 503);
  const { call, customer, sandbox } = await bench({ webhooks: [{ url }], webhookBackoffScale: 0 });
  await customer("u1", "demo");
  await sandbox.settled();
  expect(got.length).toBe(5);
  expect(new Set(got.map((one) => one.body)).size).toBe(1);
  const [delivery] = sandbox.deliveries();
  expect([delivery?.outcome, delivery?.attempts.map((one) => one.status)]).toEqual(["failed", [500, 302, 404, 500, 503]]);
  expect((await call("GET", "/webhooks/events?status=Failed")).body).toMatchObject({ models: [{ topic: "subscription.activated" }], pagination: { limit: 20 } });
  expect((await call("GET", "/webhooks/events?status=Success")).body.models).toEqual([]);
});

test("a webhook arrives when its receiver comes back", async () => {
  const { url, got } = await receiver(500, 200);
  const { customer, sandbox } = await bench({ webhooks: [{ url }], webhookBackoffScale: 0 });
  await customer("u1", "demo");
  await sandbox.settled();
  expect([got.length, sandbox.deliveries()[0]?.outcome]).toEqual([2, "delivered"]);
});

test("a webhook that was on its way when the sandbox ended arrives after the next start", async () => {
  const data = join(mkdtempSync(join(tmpdir(), "sandbox-hooks-")), "data");
  onTestFinished(() => rmSync(dirname(data), { recursive: true, force: true }));
  const { url, got } = await receiver(500, 200);
  const first = benchOn(await startSandbox({ data, webhooks: [{ url }] }));
  await first.customer("u1", "demo");
  await expect.poll(() => first.sandbox.deliveries()[0]?.attempts.length).toBe(1);
  await first.sandbox.close();
  const second = await startSandbox({ data, webhookBackoffScale: 0 });
  onTestFinished(() => second.close());
  await second.settled();
  expect([second.deliveries()[0]?.outcome, got.length, got[0]?.body === got[1]?.body]).toEqual(["delivered", 2, true]);
});

test("a webhook is sent again, also as an attacker would", async () => {
  const { url, got } = await receiver(200);
  const { customer, sandbox } = await bench({ webhooks: [{ url, secret: "whsec_known" }] });
  await customer("u1", "demo");
  await sandbox.settled();
  const { id = "" } = sandbox.deliveries()[0] ?? {};
  for (const as of ["valid", "forged", "unsigned", "stale", "changed"] as const) expect(await sandbox.resend(id, as)).toMatchObject({ status: 200 });
  const good = got.map(({ headers, body }) => {
    const [, time = "0", given] = /t=(\d+),v0=(.*)/.exec(String(headers["credyt-signature"] ?? "")) ?? [];
    return [given === signatureOf(time, body, "whsec_known"), Math.abs(Date.now() / 1000 - Number(time)) < 300];
  });
  expect(good).toEqual([[true, true], [true, true], [false, true], [false, false], [true, false], [false, true]]);
  await expect(sandbox.resend("none")).rejects.toThrow("There is no webhook none in the sandbox.");
});

test("a webhook that was given up counts as delivered once it is taken after all", async () => {
  const { url, got } = await receiver(500, 500, 500, 500, 500, 200);
  const { customer, sandbox } = await bench({ webhooks: [{ url }], webhookBackoffScale: 0 });
  await customer("u1", "demo");
  await sandbox.settled();
  const [before] = sandbox.deliveries();
  await sandbox.resend(before?.id ?? "");
  expect([before?.outcome, sandbox.deliveries()[0]?.outcome, got.length]).toEqual(["failed", "delivered", 6]);
});

test("destinations are checked, changed, tried out and removed", async () => {
  const { url, got } = await receiver(200);
  const { call, customer, sandbox } = await bench();
  expect((await call("POST", "/webhooks", { url: "http://example.com/hook" })).body.errors).toEqual({ url: ["must be https, or http on this machine"] });
  expect((await call("POST", "/webhooks", { url, topics: ["nonsense"] })).body.errors).toEqual({ "topics[0]": ["must be * or one of subscription.activated, customer.created, transaction.completed"] });
  const { id } = (await call("POST", "/webhooks", { url, topics: ["customer.created"] })).body;
  await customer("u1", "demo");
  await sandbox.settled();
  expect(got.length).toBe(0);
  expect((await call("POST", `/webhooks/${id}/test/subscription.activated`, { customer_id: "cust_x" })).status).toBe(202);
  await sandbox.settled();
  expect(JSON.parse(got[0]?.body ?? "").data).toEqual({ customer_id: "cust_x" });
  const connected = (await call("POST", "/accounts", { name: "Connected" })).body.id as string;
  for (const path of [`/webhooks/${id}/test`, "/webhooks/test"]) {
    expect((await call("POST", `${path}/customer.created/${connected}`, {})).status).toBe(202);
    expect((await call("POST", `${path}/customer.created/acc_none`, {})).status).toBe(404);
  }
  await sandbox.settled();
  expect(got.splice(1).length).toBe(2);
  expect((await call("PATCH", `/webhooks/${id}`, { topics: ["*"], enabled: false })).body).toMatchObject({ topics: ["*"], enabled: false });
  await customer("u2", "demo");
  expect((await call("PATCH", `/webhooks/${id}`, { enabled: true })).status).toBe(200);
  await customer("u3", "demo");
  await sandbox.settled();
  expect(got.length).toBe(2);
  expect((await call("DELETE", `/webhooks/${id}`)).status).toBe(204);
  expect((await call("GET", "/webhooks")).body).toEqual({ items: [], total_count: 0 });
});
