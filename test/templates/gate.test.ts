import { describe, expect, it } from "vitest";
import { kinds, slowCases, world } from "./world.ts";

describe.each(kinds)("gate, %s", (kind) => {
  it("funds let the activity through", async () => {
    const { ensureCustomer, checkBalance, sandbox, lines } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 5);
    expect(await checkBalance("a", { atLeast: 0.02 })).toEqual({ allowed: true, available: 5, needed: 0.02, asset: "USD", message: "" });
    expect(lines).toEqual([]);
  });

  it("an empty wallet does not, and the answer says what to do", async () => {
    const { ensureCustomer, checkBalance, paymentRequired } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    const check = await checkBalance("a", { atLeast: 0.0125 });
    const message = "Your balance is too low: you have $0.00, this needs $0.0125. Add funds at /billing.";
    expect(check).toEqual({ allowed: false, reason: "insufficient", available: 0, needed: 0.0125, asset: "USD", message });
    expect(paymentRequired(check)).toEqual({ error: message, code: "insufficient_balance", available: 0, needed: 0.0125, asset: "USD", topUpUrl: "/billing" });
  });

  it("exactly enough is enough; nothing needed still needs something", async () => {
    const { ensureCustomer, checkBalance, recordUsage, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    expect((await checkBalance("a", { atLeast: 0 })).message).toBe("Your balance is too low: you have $0.00. Add funds at /billing.");
    sandbox.fund("a", 0.01);
    expect((await checkBalance("a", { atLeast: 0.010001 })).allowed).toBe(false);
    expect((await checkBalance("a", { atLeast: 0.01 })).allowed).toBe(true);
    await recordUsage({ userId: "a", eventType: "unit" });
    expect((await checkBalance("a", { atLeast: 0 })).allowed).toBe(false);
  });

  it("a balance below zero is one", async () => {
    const { ensureCustomer, checkBalance, recordUsage } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    await recordUsage({ userId: "a", eventType: "image" });
    expect(await checkBalance("a", { atLeast: 0.01 })).toMatchObject({ allowed: false, available: -0.04, message: "Your balance is too low: you have -$0.04, this needs $0.01. Add funds at /billing." });
  });

  it("a wallet without an account of the asset is empty", async () => {
    const { credyt, checkBalance, users } = await world(kind);
    const { id } = (await credyt("POST", "/customers", { body: { name: "Ann", external_id: "a" } })) as { id: string };
    users.set("a", { customerId: id });
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: false, reason: "insufficient", available: 0 });
  });

  it("a wallet that Credyt does not have is empty", async () => {
    const { ensureCustomer, checkBalance, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 5);
    sandbox.faults.add({ kind: "status", status: 404, path: "/customers/*/wallet" });
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: false, reason: "insufficient", available: 0 });
  });

  it.each([null, undefined])("nobody signed in (%s): the app decides, Credyt is not asked", async (userId) => {
    const { checkBalance, sandbox, lines } = await world(kind);
    expect(await checkBalance(userId, { atLeast: 1 })).toEqual({ allowed: true, available: null, needed: 1, asset: "USD", message: "" });
    expect([sandbox.requests().length, lines]).toEqual([0, []]);
  });

  it("the asset's case does not matter", async () => {
    const { ensureCustomer, checkBalance, sandbox } = await world(kind, { slots: { asset: 'export const asset = "usd";' } });
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 5);
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: true, available: 5, asset: "usd" });
  });

  it("a user from before the integration is checked at once, with an empty wallet", async () => {
    const { checkBalance, sandbox, users } = await world(kind);
    users.set("old", { customerId: null });
    expect(await checkBalance("old", { atLeast: 1 })).toMatchObject({ allowed: false, reason: "insufficient", available: 0 });
    expect(sandbox.customers()).toMatchObject([{ external_id: "old" }]);
  });

  it.each(slowCases(kind, [["status 401", { kind: "status", status: 401 }], ["status 500", { kind: "status", status: 500 }], ["a reset", { kind: "reset" }]] as const))("%s: the activity goes on unless it was decided otherwise", async (_, fault) => {
    for (const allowed of [true, false]) {
      const { ensureCustomer, checkBalance, paymentRequired, sandbox, lines } = await world(kind, { slots: { unavailable: `const allowWhenUnavailable = ${allowed};` } });
      await ensureCustomer({ externalId: "a" });
      sandbox.faults.add(fault);
      const check = await checkBalance("a", { atLeast: 1 });
      expect(check).toEqual({ allowed, reason: "unavailable", available: null, needed: 1, asset: "USD", message: "Billing cannot be reached. Please try again in a minute." });
      expect(paymentRequired(check)).toMatchObject({ code: "billing_unavailable", available: null });
      expect(lines.length).toBe(1);
      expect(lines[0]).toMatch(/^credyt: balance not checked \{"userId":"a","reason":"CredytError: /);
      sandbox.faults.clear();
    }
  });

  it("a passing failure does not show", async () => {
    const { ensureCustomer, checkBalance, sandbox, lines } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 5);
    sandbox.faults.add({ kind: "status", status: 503, times: 1 });
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: true, available: 5 });
    expect(lines).toEqual([]);
  });

  it("an answer that is no wallet is not taken for an empty one", async () => {
    const { ensureCustomer, checkBalance, lines } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    process.env.CREDYT_API_URL = "data:application/json,{}#";
    expect(await checkBalance("a", { atLeast: 1 })).toMatchObject({ allowed: true, reason: "unavailable" });
    expect(lines.length).toBe(1);
  });

  it("ten requests at once do not all pass on one balance", async () => {
    const { ensureCustomer, checkBalance, recordUsage, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    await ensureCustomer({ externalId: "b" });
    sandbox.fund("a", 0.1);
    sandbox.fund("b", 0.1);
    const checks = await Promise.all(Array.from({ length: 10 }, () => checkBalance("a", { atLeast: 0.04 })));
    expect(checks.filter((one) => one.allowed).length).toBe(2);
    expect(checks.find((one) => !one.allowed)).toMatchObject({ reason: "insufficient", available: 0.1, message: "Another request of yours is still running. Please wait for it." });
    expect((await checkBalance("b", { atLeast: 0.04 })).allowed).toBe(true);
    await recordUsage({ userId: "a", eventType: "image" });
    expect((await checkBalance("a", { atLeast: 0.04 })).message).toBe("Another request of yours is still running. Please wait for it.");
    await recordUsage({ userId: "a", eventType: "image" });
    expect(await checkBalance("a", { atLeast: 0.02 })).toMatchObject({ allowed: true, available: 0.02 });
  });

  it("a request that failed holds its estimate for half a minute at most", async () => {
    const { ensureCustomer, checkBalance, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 1);
    expect((await checkBalance("a", { atLeast: 1 })).allowed).toBe(true);
    expect((await checkBalance("a", { atLeast: 1 })).allowed).toBe(false);
    const now = Date.now;
    try {
      Date.now = () => now() + 30_001;
      expect((await checkBalance("a", { atLeast: 1 })).allowed).toBe(true);
    } finally {
      Date.now = now;
    }
  });

  it("an asset of one's own whose precision nobody gave is still a gate", async () => {
    const { ensureCustomer, checkBalance } = await world(kind, { slots: { asset: 'export const asset = "credits";' } });
    await ensureCustomer({ externalId: "a" });
    expect(await checkBalance("a", { atLeast: 3 })).toMatchObject({ allowed: false, reason: "insufficient", message: "Your balance is too low: you have 0 credits, this needs 3 credits. Add funds at /billing." });
  });

  it("estimates are flat or depend on an input; an unknown activity needs a positive balance", async () => {
    const { estimate } = await world(kind);
    expect(estimate("chat")).toBe(0.02);
    expect(estimate("completion", 4000)).toBe(0.06);
    expect(estimate("completion")).toBe(0);
    expect(estimate("something")).toBe(0);
  });

  it("the answer can have the shape of the app", async () => {
    const { checkBalance, paymentRequired, users } = await world(kind, { slots: { answer: "return { success: false, message: check.message, details };", topUpPath: 'const topUpPath = "https://app.example/add-funds";' } });
    users.set("a", { customerId: null });
    const answer = paymentRequired(await checkBalance("a", { atLeast: 1 }));
    expect(answer).toEqual({
      success: false,
      message: "Your balance is too low: you have $0.00, this needs $1.00. Add funds at https://app.example/add-funds.",
      details: { code: "insufficient_balance", available: 0, needed: 1, asset: "USD", topUpUrl: "https://app.example/add-funds" },
    });
  });
});
