import { expect, test } from "vitest";
import { type Bench, bench } from "./client.ts";

const back = "http://localhost:3000/back";
const failed = "http://localhost:3000/failed";
const urls = { return_url: back, failure_url: failed };

/** Sends a form of a page as a browser does and returns where it leads. */
async function submit(url: string, fields: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(url, { method: "POST", redirect: "manual", body: new URLSearchParams(fields) });
  return `${answer.status} ${answer.headers.get("location") ?? ""}`;
}

const token = (url: string) => new URL(url).searchParams.get("token") ?? "";
const visit = async (url: string) => {
  const answer = await fetch(url, { redirect: "manual" });
  return { status: answer.status, to: answer.headers.get("location"), text: await answer.text() };
};

async function waiting(to: Bench, more: Record<string, unknown> = {}): Promise<{ readonly id: string; readonly sub: string; readonly link: string }> {
  const { body } = await to.call("POST", "/customers", { name: "Ada <b>", external_id: "u1", email: "ada@example.com", subscriptions: [{ products: [{ code: "demo_pro" }], ...urls, ...more }] });
  const [subscription] = body.subscriptions;
  return { id: body.id, sub: subscription.id, link: subscription.required_actions[0].redirect_url };
}

test("a subscription's page is paid, and leads back", async () => {
  const to = await bench();
  const { link } = await waiting(to);
  const page = await visit(link);
  expect([page.status, page.text.includes("20.00 USD"), page.text.includes("Ada <b>"), /every month/.test(page.text)]).toEqual([200, true, false, true]);
  expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed: "pay" })).toBe(`303 ${back}`);
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("active");
  expect(await visit(link)).toMatchObject({ status: 303, to: back });
  to.sandbox.clock.advance("1h");
  expect(await visit(link)).toMatchObject({ status: 303, to: back });
});

test("declining and leaving change nothing and lead to the failure URL", async () => {
  const to = await bench();
  const { link } = await waiting(to);
  for (const deed of ["decline", "leave"]) expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed })).toBe(`303 ${failed}`);
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("pending");
  to.sandbox.switches({ leaveTo: "return_url", errorParameter: true });
  expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed: "leave" })).toBe(`303 ${back}`);
  expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed: "decline" })).toBe(`303 ${failed}?error=declined`);
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("pending");
  expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed: "pay" })).toBe(`303 ${back}`);
});

test("what was cancelled meanwhile is not paid from a page that is still open", async () => {
  const to = await bench({ switches: { errorParameter: true } });
  const { link, sub } = await waiting(to);
  to.sandbox.bill(sub, "cancel");
  expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed: "pay" })).toBe(`303 ${failed}?error=declined`);
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("inactive");
  to.sandbox.bill(sub, "pay");
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("inactive");
});

test("an expired link leads to the failure URL and pays nothing; the new one works", async () => {
  const to = await bench();
  const { id, link } = await waiting(to);
  to.sandbox.clock.advance("10m");
  expect(await visit(link)).toMatchObject({ status: 303, to: failed });
  expect(await submit(link.split("?")[0] ?? "", { token: token(link), deed: "pay" })).toBe(`303 ${failed}`);
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("pending");
  const fresh = (await to.call("GET", `/customers/${id}`)).body.subscriptions[0].required_actions[0].redirect_url;
  expect(await submit(fresh.split("?")[0] ?? "", { token: token(fresh), deed: "pay" })).toBe(`303 ${back}`);
  to.sandbox.switches({ errorParameter: true });
});

test("a subscription can lead into the portal", async () => {
  const to = await bench();
  const { link } = await waiting(to, { redirect_to: "portal" });
  const next = await submit(link.split("?")[0] ?? "", { token: token(link), deed: "pay" });
  expect(next).toMatch(/^303 http:\/\/127\.0\.0\.1:\d+\/billing\/sign-in\?token=/);
  expect((await visit(next.slice(4))).status).toBe(200);
});

test("a token that is not ours, or for another page, opens nothing", async () => {
  const to = await bench();
  const { id, link } = await waiting(to);
  const other = await bench();
  const { link: foreign } = await waiting(other);
  const forged = token(link).replace(/\.[^.]+$/, ".AAAA");
  const portal = (await to.call("POST", "/billing-portal/sessions", { customer_id: id, ...urls })).body.redirect_url;
  const pay = `${to.sandbox.url}/billing/pay?token=`;
  for (const bad of [forged, token(foreign), token(portal), "", "a.b.c", "x"]) expect((await visit(pay + bad)).status).toBe(400);
  expect(await submit(`${to.sandbox.url}/billing/pay`, { token: forged, deed: "pay" })).toBe("400 ");
  expect(to.sandbox.customer("u1")?.subscriptions[0]?.status).toBe("pending");
});

test("the portal shows the balance, sells more and leads back", async () => {
  const to = await bench();
  const id = await to.customer("u1", "demo");
  await to.event("u1", "image");
  const { status, body } = await to.call("POST", "/billing-portal/sessions", { customer_id: id, ...urls });
  expect([status, Date.parse(body.expires_at) - to.sandbox.clock.now() <= 600_000]).toEqual([200, true]);
  const portal = body.redirect_url as string;
  const page = await visit(portal);
  expect([page.status, /data-asset="USD">-0\.04 USD/.test(page.text)]).toEqual([200, true]);

  const checkout = (await submit(`${to.sandbox.url}/billing/portal/top-up`, { token: token(portal), amount: "12.50" })).slice(4);
  expect(new URL(checkout).pathname).toBe("/billing/top-up");
  expect((await visit(checkout)).text.includes("12.50 USD")).toBe(true);
  expect(to.sandbox.balance("u1")).toBe("-0.04");
  const paid = await submit(`${to.sandbox.url}/billing/top-up`, { token: token(checkout), deed: "pay" });
  expect(paid).toBe(`303 ${portal}&notice=paid`);
  expect(to.sandbox.balance("u1")).toBe("12.46");
  expect(/role="status">Your payment arrived/.test((await visit(paid.slice(4))).text)).toBe(true);
  expect(await visit(checkout)).toMatchObject({ status: 303, to: `${portal}&notice=paid` });
  expect(await submit(`${to.sandbox.url}/billing/top-up`, { token: token(checkout), deed: "pay" })).toBe(`303 ${portal}&notice=paid`);
  expect(to.sandbox.balance("u1")).toBe("12.46");

  for (const amount of ["", "0", "-5", "x"]) expect(await submit(`${to.sandbox.url}/billing/portal/top-up`, { token: token(portal), amount })).toBe(`303 ${portal}&notice=amount`);
  expect(await submit(`${to.sandbox.url}/billing/portal/leave`, { token: token(portal) })).toBe(`303 ${back}`);
  to.sandbox.clock.advance("10m");
  expect(await visit(portal)).toMatchObject({ status: 303, to: failed });
  expect(await submit(`${to.sandbox.url}/billing/portal/top-up`, { token: token(portal), quick: "10" })).toBe(`303 ${failed}`);
});

test("a top-up page is declined and left", async () => {
  const to = await bench();
  const id = await to.customer("u1", "demo");
  const start = async () => (await to.call("POST", "/top-ups", { customer_id: id, amount: 5, currency: "USD", ...urls })).body;
  const [declined, left] = [await start(), await start()];
  expect(await submit(`${to.sandbox.url}/billing/top-up`, { token: token(declined.redirect_url), deed: "decline" })).toBe(`303 ${failed}`);
  expect(await submit(`${to.sandbox.url}/billing/top-up`, { token: token(declined.redirect_url), deed: "pay" })).toBe(`303 ${failed}`);
  expect(await submit(`${to.sandbox.url}/billing/top-up`, { token: token(left.redirect_url), deed: "leave" })).toBe(`303 ${failed}`);
  const status = async (one: { id: string }) => (await to.call("GET", `/top-ups/${one.id}`)).body.status;
  expect([await status(declined), await status(left), to.sandbox.balance("u1")]).toEqual(["failed", "initiated", "0"]);
});

test("a payment page says nothing to caches, frames and other sites", async () => {
  const to = await bench();
  const { link } = await waiting(to);
  const { headers } = await fetch(link);
  expect([headers.get("cache-control"), headers.get("content-security-policy"), headers.get("access-control-allow-origin")]).toEqual(["no-store", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'", null]);
});
