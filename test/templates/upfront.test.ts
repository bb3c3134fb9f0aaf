import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { type Kind, WEBHOOK_SECRET, type WorldOptions, kinds, slowCases, world } from "./world.ts";

const conditions = ["store", "upfront", "costs", "gate"] as const;
const pro = 'const products = ["pro"];';

/** An app whose only plan is paid up front. */
const paid = (kind: Kind, { slots, ...options }: WorldOptions = {}) => world(kind, { ...options, conditions, slots: { products: pro, ...slots } });

/** A server that answers with these bodies in turn, the last one for ever. */
async function answers(...bodies: unknown[]): Promise<{ asked: string[]; close(): void }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(bodies.length > 1 ? bodies.shift() : bodies[0]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.env.CREDYT_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { asked, close: () => void server.close() };
}

describe.each(kinds)("paid up front, %s", (kind) => {
  it.each(["pending", "action_required"] as const)("a sign-up waits for payment, with a link to it: %s", async (waitingStatus) => {
    const { ensureCustomer, sandbox, users, lines } = await paid(kind, { sandbox: { switches: { waitingStatus } } });
    const customer = await ensureCustomer({ externalId: "a", email: "ann@example.com" });
    const [made] = sandbox.customers();
    expect(customer).toEqual({ customerId: made?.id, status: "pending", redirectUrl: made?.subscriptions[0]?.required_actions?.[0]?.redirect_url });
    expect(customer.redirectUrl).toMatch(/^http/);
    expect(users.get("a")).toEqual({ customerId: made?.id, status: "pending" });
    expect(JSON.parse(sandbox.requests()[0]?.body ?? "")).toEqual({
      external_id: "a",
      name: "ann@example.com",
      email: "ann@example.com",
      subscriptions: [{ products: [{ code: "pro" }], return_url: "https://app.example/billing", failure_url: "https://app.example/billing?payment=failed", redirect_to: "return_url" }],
    });
    expect(lines).toEqual([]);
  });

  it("an answer with the id alone is completed by asking", async () => {
    const { ensureCustomer, users } = await paid(kind, { sandbox: { switches: { customerBody: "id" } } });
    expect(await ensureCustomer({ externalId: "a" })).toMatchObject({ status: "pending", redirectUrl: expect.stringMatching(/^http/) });
    expect(users.get("a")?.status).toBe("pending");
  });

  it.each(["redirect", "page", "object"] as const)("ten sign-ups at once make one customer that waits: %s", async (lookup) => {
    const { ensureCustomer, sandbox, lines } = await paid(kind, { sandbox: { switches: { lookup } } });
    const all = await Promise.all(Array.from({ length: 10 }, () => ensureCustomer({ externalId: "a" })));
    expect(sandbox.customers().length).toBe(1);
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(all[0]).toMatchObject({ status: "pending" });
    expect(lines).toEqual([]);
  });

  it.each(slowCases(kind, [["with status 500", { kind: "status", status: 500 }], ["away", undefined], ["cutting connections", { kind: "reset" }]] as const))("Credyt %s: the account is not active, the sign-up goes on", async (_, fault) => {
    const { ensureCustomer, isActive, checkBalance, paymentLinkFor, sandbox, offline, users, lines } = await paid(kind);
    users.set("a", { customerId: null });
    if (fault) sandbox.faults.add(fault);
    else await offline();
    await Promise.all([
      expect(ensureCustomer({ externalId: "a" })).resolves.toEqual({ customerId: null, status: "unavailable", redirectUrl: null }),
      expect(isActive("a")).resolves.toBe(false),
      expect(checkBalance("a", { atLeast: 0.01 })).resolves.toMatchObject({ allowed: false, reason: "pending" }),
      expect(paymentLinkFor("a")).rejects.toThrow(/^Credyt: /),
    ]);
    expect(lines.map((line) => line.split(" {")[0]).sort()).toEqual(["credyt: payment state unknown", "credyt: payment state unknown", "credyt: user is not a customer yet"]);
    expect(users.get("a")?.status).not.toBe("active");
    if (!fault) return;
    sandbox.faults.clear();
    expect(await paymentLinkFor("a")).toMatch(/^http/);
    expect(users.get("a")).toEqual({ customerId: sandbox.customers()[0]?.id, status: "pending" });
  });

  it("payment is seen also when the webhook is late, and then not asked for again", async () => {
    const { ensureCustomer, checkBalance, paymentLinkFor, isActive, sandbox, users } = await paid(kind);
    const { customerId } = await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 5);
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: false, reason: "pending", message: "Your plan waits for its payment. Pay at /billing/pay." });
    sandbox.bill(sandbox.customers()[0]?.subscriptions[0]?.id ?? "", "pay");
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: true, available: 5 });
    expect(users.get("a")).toEqual({ customerId, status: "active" });
    expect(await paymentLinkFor("a")).toBe(null);
    const before = sandbox.requests().length;
    expect(await isActive("a")).toBe(true);
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId, status: "active", redirectUrl: null });
    expect(sandbox.requests().length).toBe(before);
  });

  it("a refusal for payment leads to the payment", async () => {
    const { checkBalance, paymentRequired, users } = await paid(kind);
    users.set("a", { customerId: null });
    expect(paymentRequired(await checkBalance("a", { atLeast: 1 }))).toEqual({ error: "Your plan waits for its payment. Pay at /billing/pay.", code: "payment_pending", available: null, needed: 1, asset: "USD", topUpUrl: "/billing/pay" });
  });

  it("an expired link is renewed", async () => {
    const { ensureCustomer, paymentLinkFor, sandbox } = await paid(kind);
    const { redirectUrl } = await ensureCustomer({ externalId: "a" });
    expect(await paymentLinkFor("a")).toBe(redirectUrl);
    sandbox.clock.advance("11m");
    const fresh = await paymentLinkFor("a");
    expect(fresh).toMatch(/^http/);
    expect(fresh).not.toBe(redirectUrl);
  });

  it("a stored user who has not paid gets the link again at the next call", async () => {
    const { ensureCustomer } = await paid(kind);
    const first = await ensureCustomer({ externalId: "a" });
    expect(await ensureCustomer({ externalId: "a" })).toEqual(first);
  });

  it("a link of an id that Credyt does not know is made anew", async () => {
    const { paymentLinkFor, sandbox, users } = await paid(kind);
    users.set("a", { customerId: "cust_0000000000000000000000000a", status: "pending" });
    expect(await paymentLinkFor("a")).toMatch(/^http/);
    expect(users.get("a")).toEqual({ customerId: sandbox.customers()[0]?.id, status: "pending" });
  });

  it("without the public address of the app nobody is charged, and the log names the variable", async () => {
    const { ensureCustomer, sandbox, lines } = await paid(kind);
    delete process.env.APP_URL;
    expect(await ensureCustomer({ externalId: "a" })).toEqual({ customerId: null, status: "unavailable", redirectUrl: null });
    expect(sandbox.requests()).toEqual([]);
    expect(lines).toEqual(['credyt: user is not a customer yet {"userId":"a","reason":"Error: APP_URL is not set: set it to the app\'s public address."}']);
  });

  const pay = { type: "payment", redirect_url: "https://billing.example/pay" };
  it.each([
    ["no subscriptions", [], "pending", null],
    ["null", null, "pending", null],
    ["active", [{ status: "active" }], "active", null],
    ["active without actions", [{ status: "active", required_actions: [] }], "active", null],
    ["active, actions null", [{ status: "active", required_actions: null }], "active", null],
    ["an action although active", [{ status: "active", required_actions: [pay] }], "pending", pay.redirect_url],
    ["no status, started", [{ started_at: "2026-06-02T09:00:00Z" }], "active", null],
    ["no status, started, an action", [{ started_at: "2026-06-02T09:00:00Z", required_actions: [pay] }], "pending", pay.redirect_url],
    ["no status, not started", [{}], "pending", null],
    ["a status nobody knows", [{ status: "paused", started_at: "2026-06-02T09:00:00Z" }], "pending", null],
    ["scheduled", [{ status: "scheduled" }], "pending", null],
    ["inactive", [{ status: "inactive" }], "pending", null],
    ["an old one ended, a new one active", [{ status: "inactive" }, { status: "active" }], "active", null],
    ["one active, one waiting", [{ status: "active" }, { status: "pending", required_actions: [pay] }], "pending", pay.redirect_url],
    ["one active, one pending without an action", [{ status: "active" }, { status: "pending" }], "pending", null],
    ["one active, one that asks for an action without telling which", [{ status: "active" }, { status: "action_required" }], "pending", null],
    ["the payment among other actions", [{ status: "action_required", required_actions: [{ type: "survey", redirect_url: "https://x.example" }, { type: "note" }, pay] }], "pending", pay.redirect_url],
    ["another action only", [{ status: "action_required", required_actions: [{ type: "payment_method", redirect_url: "https://card.example" }] }], "pending", "https://card.example"],
    ["an action without a link", [{ status: "pending", required_actions: [{ type: "payment" }] }], "pending", null],
  ])("who has paid: %s", async (_, subscriptions, status, redirectUrl) => {
    const { paymentLinkFor, isActive, users } = await paid(kind);
    users.set("a", { customerId: "cust_a", status: "pending" });
    const server = await answers({ id: "cust_a", external_id: "a", subscriptions });
    expect(await paymentLinkFor("a")).toBe(redirectUrl);
    expect(users.get("a")).toEqual({ customerId: "cust_a", status });
    users.set("a", { customerId: "cust_a", status: "pending" });
    expect(await isActive("a")).toBe(status === "active");
    server.close();
  });

  it("a page of customers, which tells nothing of subscriptions, is followed by reading the customer", async () => {
    const { ensureCustomer, isActive, users } = await paid(kind);
    users.set("a", { customerId: null });
    const server = await answers({ items: [{ id: "cust_a", external_id: "a", name: "Ann", active_subscription_count: 1 }] }, { id: "cust_a", external_id: "a", subscriptions: [{ status: "active" }] });
    expect(await isActive("a")).toBe(true);
    expect(server.asked).toEqual(["GET /customers?external_id=a", "GET /customers/cust_a", "GET /customers/cust_a"]);
    expect(await ensureCustomer({ externalId: "a" })).toMatchObject({ status: "active" });
    server.close();
  });
});

/** A webhook route as apps have it: the raw body, the header, the returned status and nothing else. */
async function route(handle: (body: Uint8Array, header: string | null) => Promise<{ status: number }>): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => void handle(Buffer.concat(chunks), (request.headers["credyt-signature"] as string | undefined) ?? null).then(({ status }) => response.writeHead(status).end()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/credyt`, close: () => void server.close() };
}

describe.each(kinds)("activation by webhook, %s", (kind) => {
  const app = async () => {
    const all = await paid(kind, { sandbox: { webhookBackoffScale: 0 } });
    const { url, close } = await route(all.handleCredytWebhook);
    all.sandbox.webhook(url, WEBHOOK_SECRET);
    const subscription = () => all.sandbox.customers()[0]?.subscriptions[0]?.id ?? "";
    // A webhook still on its way would find the next test's Credyt.
    const end = async () => {
      await all.sandbox.settled();
      close();
    };
    const attempts = () => all.sandbox.deliveries().map((one) => one.attempts.map(({ status }) => status));
    return { ...all, end, subscription, attempts };
  };

  it("payment activates the account, once", async () => {
    const { ensureCustomer, sandbox, users, lines, end, subscription, attempts } = await app();
    const { customerId } = await ensureCustomer({ externalId: "a" });
    sandbox.bill(subscription(), "pay");
    await sandbox.settled();
    expect(users.get("a")).toEqual({ customerId, status: "active" });
    expect(attempts()).toEqual([[200]]);
    const before = sandbox.requests().length;
    expect(await sandbox.resend(sandbox.deliveries()[0]?.id ?? "")).toMatchObject({ status: 200 });
    expect(sandbox.requests().length).toBe(before);
    expect(lines).toEqual([]);
    await end();
  });

  it("a webhook that is faster than the sign-up's own write counts", async () => {
    const { ensureCustomer, sandbox, users, end, subscription } = await app();
    await ensureCustomer({ externalId: "a" });
    users.clear();
    sandbox.bill(subscription(), "pay");
    await sandbox.settled();
    expect(users.get("a")).toEqual({ customerId: sandbox.customers()[0]?.id, status: "active" });
    await end();
  });

  it.each(["forged", "unsigned", "stale", "changed"] as const)("a %s webhook activates nobody", async (disguise) => {
    const { ensureCustomer, sandbox, users, end, subscription } = await app();
    await ensureCustomer({ externalId: "a" });
    sandbox.bill(subscription(), "pay");
    await sandbox.settled();
    users.set("a", { customerId: sandbox.customers()[0]?.id ?? null, status: "pending" });
    expect(await sandbox.resend(sandbox.deliveries()[0]?.id ?? "", disguise)).toMatchObject({ status: 400 });
    expect(users.get("a")?.status).toBe("pending");
    await end();
  });

  it("a webhook for an account that Credyt does not show as paid asks to be sent again", async () => {
    const { ensureCustomer, handleCredytWebhook, sandbox, users, end } = await app();
    const { customerId } = await ensureCustomer({ externalId: "a" });
    const body = JSON.stringify({ id: "evt_1", type: "subscription.activated", data: { customer_id: customerId } });
    expect(await handleCredytWebhook(body, signed(body))).toEqual({ status: 503 });
    expect(users.get("a")?.status).toBe("pending");
    sandbox.bill(sandbox.customers()[0]?.subscriptions[0]?.id ?? "", "pay");
    expect(await handleCredytWebhook(body, signed(body))).toEqual({ status: 200 });
    expect(users.get("a")?.status).toBe("active");
    await end();
  });

  it("Credyt out of reach while the webhook is handled: it comes again and then counts", async () => {
    const { ensureCustomer, sandbox, users, lines, end, subscription, attempts } = await app();
    await ensureCustomer({ externalId: "a" });
    sandbox.faults.add({ kind: "status", status: 500, path: "/customers/*", times: 4 });
    sandbox.bill(subscription(), "pay");
    await sandbox.settled();
    expect(attempts()).toEqual([[503, 200]]);
    expect(users.get("a")?.status).toBe("active");
    expect(lines).toEqual([expect.stringMatching(/^credyt: webhook not handled \{"id":"evt_/)]);
    await end();
  });

  it("other topics, and customers that are not the app's, are acknowledged", async () => {
    const { credyt, handleCredytWebhook, sandbox, users, end } = await app();
    const { id } = (await credyt("POST", "/customers", { body: { name: "By hand", subscriptions: [{ products: [{ code: "starter" }] }] } })) as { id: string };
    for (const event of [{ id: "evt_1", type: "wallet.low", data: { customer_id: id } }, { id: "evt_2", type: "subscription.activated" }, { id: "evt_3", type: "subscription.activated", data: { customer_id: id } }, null, []]) {
      const body = JSON.stringify(event);
      expect(await handleCredytWebhook(body, signed(body))).toEqual({ status: 200 });
    }
    expect([...users]).toEqual([]);
    expect(sandbox.customers().length).toBe(1);
    await end();
  });

  it("without the secret, or with a parsed body, it says what is wrong", async () => {
    const { handleCredytWebhook, lines, end } = await app();
    expect(await handleCredytWebhook({ id: "evt_1" }, "t=1,v0=2")).toEqual({ status: 500 });
    delete process.env.CREDYT_WEBHOOK_SECRET;
    expect(await handleCredytWebhook("{}", "t=1,v0=2")).toEqual({ status: 500 });
    expect(lines).toEqual(["credyt: the webhook route needs the body before it is parsed.", "CREDYT_WEBHOOK_SECRET is not set: add it to the environment."]);
    await end();
  });

  it("what is remembered of past webhooks is bounded", async () => {
    const { ensureCustomer, handleCredytWebhook, sandbox, end, subscription } = await app();
    const { customerId } = await ensureCustomer({ externalId: "a" });
    sandbox.bill(subscription(), "pay");
    await sandbox.settled();
    const server = await answers({ id: customerId, external_id: "a", subscriptions: [{ status: "active" }] });
    const send = (id: string) => {
      const body = JSON.stringify({ id, type: "subscription.activated", data: { customer_id: customerId } });
      return handleCredytWebhook(body, signed(body));
    };
    for (let i = 0; i <= 1000; i += 1) await send(`evt_${i}`);
    expect(server.asked.length).toBe(1001);
    await send("evt_1000");
    expect(server.asked.length).toBe(1001);
    await send("evt_0");
    expect(server.asked.length).toBe(1002);
    server.close();
    await end();
  });
});

function signed(body: string, time = String(Math.floor(Date.now() / 1000))): string {
  return `t=${time},v0=${createHmac("sha256", WEBHOOK_SECRET).update(`${time}.${body}`).digest("hex")}`;
}

describe.each(kinds)("signature, %s", (kind) => {
  const secret = "whsec_contract_vector_1";
  const body = '{"id":"evt_vector1","type":"subscription.activated","created":"2026-01-01T00:00:00Z","live_mode":false,"data":{"customer_id":"cust_vector1","subscription_id":"sub_vector1","occurred_at":"2026-01-01T00:00:00Z"}}';
  const t = "1767225600";
  const v0 = "a8352136597d09bfc34d986d3a610027555e097fcea2236a693bd9bf120d8cec";
  const now = 1767225600_000;
  const other = "0".repeat(64);
  const milliseconds = createHmac("sha256", secret).update(`${t}000.${body}`).digest("hex");

  let loaded: ReturnType<typeof paid> | undefined;
  const once = () => (loaded ??= paid(kind));

  it.each<[string, string | null | undefined, number, boolean]>([
    ["the vector", `t=${t},v0=${v0}`, now, true],
    ["upper-case hex", `t=${t},v0=${v0.toUpperCase()}`, now, true],
    ["white space", ` t=${t} , v0=${v0} `, now, true],
    ["another order", `v0=${v0},t=${t}`, now, true],
    ["several v0", `t=${t},v0=${other},v0=${v0},v0=${other}`, now, true],
    ["unknown schemes beside it", `t=${t},v1=abc,v0=${v0},x,=,t1=5`, now, true],
    ["300 s old", `t=${t},v0=${v0}`, now + 300_000, true],
    ["300 s early", `t=${t},v0=${v0}`, now - 300_000, true],
    ["milliseconds", `t=${t}000,v0=${milliseconds}`, now, true],
    ["301 s old", `t=${t},v0=${v0}`, now + 301_000, false],
    ["301 s early", `t=${t},v0=${v0}`, now - 301_000, false],
    ["another secret's", `t=${t},v0=${other}`, now, false],
    ["an unknown scheme only", `t=${t},v1=${v0}`, now, false],
    ["no time", `v0=${v0}`, now, false],
    ["two times", `t=${t},t=${t},v0=${v0}`, now, false],
    ["a changed time", `t=1767225601,v0=${v0}`, now, false],
    ["a time with a sign", `t=+${t},v0=${v0}`, now, false],
    ["a time in hex", `t=0x6955b900,v0=${v0}`, now, false],
    ["an endless time", `t=${"9".repeat(400)},v0=${v0}`, now, false],
    ["a shortened signature", `t=${t},v0=${v0.slice(0, 63)}`, now, false],
    ["a lengthened signature", `t=${t},v0=${v0}0`, now, false],
    ["64 wide characters", `t=${t},v0=${"é".repeat(64)}`, now, false],
    ["32 wide characters", `t=${t},v0=${"é".repeat(32)}`, now, false],
    ["an empty signature", `t=${t},v0=`, now, false],
    ["empty", "", now, false],
    ["missing", null, now, false],
    ["undefined", undefined, now, false],
  ])("%s", async (_, header, moment, expected) => {
    const { isSigned } = await once();
    expect(isSigned(body, header, secret, moment)).toBe(expected);
    expect(isSigned(Buffer.from(body), header, secret, moment)).toBe(expected);
    expect(isSigned(`${body} `, header, secret, moment)).toBe(false);
  });

  it("no header makes it throw or pass", async () => {
    const { isSigned, handleCredytWebhook } = await paid(kind);
    const alphabet = ["t", "v0", "v", "=", "==", ",", " ", t, v0, v0.slice(1), "é", "\0", "0", "-", "\n"];
    let seed = 42;
    const next = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let i = 0; i < 3000; i += 1) {
      const header = Array.from({ length: next(12) }, () => alphabet[next(alphabet.length)]).join("");
      expect(isSigned(`${body}!`, header, secret, now)).toBe(false);
    }
    expect(await handleCredytWebhook(body, `t=${t},v0=${v0}`)).toEqual({ status: 400 });
  });
});
