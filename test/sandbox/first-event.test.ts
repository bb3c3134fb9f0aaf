import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { startSandbox } from "../../src/sandbox/index.ts";

test("a fresh sandbox bills the first event at once", async () => {
  const sandbox = await startSandbox();
  const call = (method: string, path: string, body?: unknown) =>
    fetch(sandbox.url + path, { method, headers: { "x-credyt-api-key": sandbox.key, "content-type": "application/json" }, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const created = await call("POST", "/customers", { name: "Ada", external_id: "u1", subscriptions: [{ products: [{ code: "demo" }] }] });
  expect(created.status).toBe(201);
  const customer = (await created.json()) as { id: string };
  const sent = await call("POST", "/events", { customer_external_id: "u1", events: [{ id: randomUUID(), event_type: "chat_completion", occurred_at: new Date().toISOString(), data: { total_tokens: 1500 } }] });
  expect(sent.status).toBe(204);
  expect(await (await call("GET", `/customers/${customer.id}/wallet`)).json()).toEqual({ accounts: [{ id: "default:USD", name: "default", asset: "USD", available: -0.003 }] });
  expect(sandbox.balance("u1")).toBe("-0.003");
  const byExternal = await call("GET", "/customers?external_id=u1");
  expect(((await byExternal.json()) as { id: string }).id).toBe(customer.id);
  await sandbox.close();
});
