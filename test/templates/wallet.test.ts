import { describe, expect, it } from "vitest";
import { kinds, slowCases, world } from "./world.ts";

const currency = (code: string) => ({ asset: `export const asset = "${code}";` });

describe.each(kinds)("balance and portal, %s", (kind) => {
  it("the balance is shown in the asset's own way", async () => {
    const { ensureCustomer, readBalance, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", "1234.5");
    expect(await readBalance("a")).toEqual({ available: 1234.5, asset: "USD", text: "$1,234.50" });
  });

  it.each([
    ["USD", undefined, { "0": "$0.00", "18.35": "$18.35", "-0.5": "-$0.50", "1200": "$1,200.00", "0.004": "$0.00" }],
    ["EUR", undefined, { "18.35": "€18.35" }],
    ["JPY", undefined, { "1200": "¥1,200", "-3": "-¥3" }],
    ["KWD", undefined, { "1.2345": "KWD 1.235" }],
    ["CREDITS", 0, { "40": "40 CREDITS", "1200.4": "1,200 CREDITS" }],
    ["CREDITS", undefined, { "40.5": "40.5 CREDITS" }],
    ["TOK", 4, { "0.00012": "0.0001 TOK", "12.5": "12.5 TOK" }],
  ])("%s with precision %s", async (code, precision, expected) => {
    const { formatAmount } = await world(kind, { slots: { ...currency(code), ...(precision !== undefined && { precision: `const precision = ${precision};` }) } });
    const shown = Object.fromEntries(Object.keys(expected).map((amount) => [amount, formatAmount(Number(amount)).replace(/\u00a0/g, " ")]));
    expect(shown).toEqual(expected);
  });

  it("an asset of one's own is read beside currencies", async () => {
    const { credyt, ensureCustomer, readBalance, sandbox } = await world(kind, { slots: { ...currency("Credits"), precision: "const precision = 0;" } });
    await credyt("POST", "/assets", { body: { code: "CREDITS", name: "Credits", precision: 0, symbol: "C", label: "credits", rates: [{ source: "USD", rate: 0.01 }] } });
    await ensureCustomer({ externalId: "a" });
    sandbox.fund("a", 5);
    sandbox.fund("a", 250, "CREDITS");
    expect(await readBalance("a")).toEqual({ available: 250, asset: "Credits", text: "250 Credits" });
  });

  it.each(slowCases(kind, [["status 500", { kind: "status", status: 500 }], ["status 401", { kind: "status", status: 401 }], ["no answer", { kind: "hang" }], ["an answer that keeps the page waiting", { kind: "slow", delay: 6000 }]] as const))("a balance that cannot be read is a dash: %s", async (_, fault) => {
    const { ensureCustomer, readBalance, sandbox, lines } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.faults.add(fault);
    expect(await readBalance("a")).toEqual({ available: null, asset: "USD", text: "-" });
    expect(lines.length).toBe(1);
    expect(lines[0]).toMatch(/^credyt: balance not read \{"reason":"CredytError: /);
  });

  it("somebody who is no user has no balance", async () => {
    const { readBalance } = await world(kind);
    expect(await readBalance("ghost")).toEqual({ available: null, asset: "USD", text: "-" });
    expect(await readBalance(undefined)).toEqual({ available: null, asset: "USD", text: "-" });
  });

  it("a portal session leads to the portal of the user and back to the app", async () => {
    const { ensureCustomer, createPortalSession, sandbox } = await world(kind, { slots: { returnPath: 'const returnPath = "/settings?tab=billing";' } });
    const { customerId } = await ensureCustomer({ externalId: "a" });
    const link = await createPortalSession("a");
    expect(new URL(link).origin).toBe(sandbox.url);
    expect(JSON.parse(sandbox.requests().at(-1)?.body ?? "")).toEqual({ customer_id: customerId, return_url: "https://app.example/settings?tab=billing", failure_url: "https://app.example/billing?portal=failed" });
    expect(await createPortalSession("a")).not.toBe(link);
  });

  it("a user from before the integration can go to the portal", async () => {
    const { createPortalSession, sandbox, users } = await world(kind);
    users.set("old", { customerId: null, email: "old@example.com" });
    await createPortalSession("old");
    expect(sandbox.customers()).toMatchObject([{ external_id: "old" }]);
  });

  it("a portal that cannot be had is an error, and is asked for once", async () => {
    const { ensureCustomer, createPortalSession, sandbox } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    sandbox.faults.add({ kind: "status", status: 503, path: "/billing-portal/sessions" });
    await expect(createPortalSession("a")).rejects.toThrow("Credyt: POST /billing-portal/sessions: 503");
    expect(sandbox.requests().filter((one) => one.path === "/billing-portal/sessions").length).toBe(1);
    await expect(createPortalSession("ghost")).rejects.toThrow("Credyt: no user ghost");
  });

  it("without the public address of the app the error names the variable", async () => {
    const { ensureCustomer, createPortalSession } = await world(kind);
    await ensureCustomer({ externalId: "a" });
    delete process.env.APP_URL;
    await expect(createPortalSession("a")).rejects.toThrow("APP_URL is not set: set it to the app's public address.");
  });
});
