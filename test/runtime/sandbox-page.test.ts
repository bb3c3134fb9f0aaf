import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, type BrowserContextOptions, type Page, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type Bench, bench } from "../sandbox/client.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
afterAll(() => browser.close());

/** A page of a fresh browser profile; the test fails on script errors and on requests to anywhere but `hosts`. */
async function open(to: Bench, options: BrowserContextOptions = {}, hosts: readonly string[] = []): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const wrong: string[] = [];
  page.on("pageerror", (error) => wrong.push(error.message));
  page.on("console", (message) => void (message.type() === "error" && wrong.push(message.text())));
  page.on("request", (request) => void (![to.sandbox.url, "data:", ...hosts].some((host) => request.url().startsWith(host)) && wrong.push(request.url())));
  onTestFinished(async () => {
    await context.close();
    expect(wrong).toEqual([]);
  });
  await page.goto(to.sandbox.url);
  return page;
}

/** A page of an app for the browser to come back to. */
async function app(): Promise<string> {
  const server = createServer((request, response) => response.writeHead(200, { "content-type": "text/html" }).end(`<link rel="icon" href="data:,"><p>arrived at ${request.url ?? ""}</p>`));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const card = (page: Page, name: string) => page.getByRole("article", { name: `Customer ${name}` });
const balance = (page: Page, name: string) => card(page, name).locator("[data-balance=USD]");

test("customers, events, fees and balances appear while the page is open", async () => {
  const to = await bench();
  const page = await open(to);
  await page.getByText("No customer yet.").waitFor();
  await to.customer("ada", "demo");
  await card(page, "ada").waitFor();
  await to.event("ada", "chat_completion", { total_tokens: 1500, model: "large" }, { subject: "chat_1" });
  await page.getByText("chat_1 · total_tokens 1500 · model large").waitFor();
  expect(await balance(page, "ada").innerText()).toBe("-0.003 USD");
  await to.customer("bob");
  await to.event("bob", "image");
  await page.getByText("The customer has no subscription.").waitFor();
  await to.call("POST", "/customers", { name: "again", external_id: "ada" });
  await page.getByText("external_id is already in use").waitFor();
  expect(await page.locator("[data-count=events]").innerText()).toBe("2");
});

test("funds are added by keyboard alone, and what is being typed is not disturbed by what arrives", async () => {
  const to = await bench();
  await to.customer("ada", "demo");
  const page = await open(to);
  await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to customers");
  const amount = page.getByLabel("Amount in USD to add for ada");
  for (let step = 0; step < 30 && !(await page.evaluate("document.activeElement.name === 'amount'")); step++) await page.keyboard.press("Tab");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("12");
  await to.event("ada", "image");
  await balance(page, "ada").getByText("-0.04 USD").waitFor();
  await page.keyboard.type(".5");
  await page.keyboard.press("Enter");
  await balance(page, "ada").getByText("12.46 USD").waitFor();
  expect([await amount.inputValue(), to.sandbox.balance("ada")]).toEqual(["12.5", "12.46"]);
});

test("a pending subscription is paid on the page, and its webhook can be sent again", async () => {
  const to = await bench({ webhookBackoffScale: 0 });
  const page = await open(to);
  await page.getByLabel("URL of your webhook route").fill("http://127.0.0.1:1/hook");
  await page.getByRole("button", { name: "Add webhook" }).click();
  await page.getByText("Signing secret").waitFor();
  await to.customer("ada", "demo_pro");
  await card(page, "ada").getByText("pending").waitFor();
  await card(page, "ada").getByRole("button", { name: "Pay", exact: true }).click();
  await card(page, "ada").getByText("active").waitFor();
  await page.locator("#webhooks").getByText("failed").waitFor();
  const attempts = to.sandbox.deliveries()[0]?.attempts.length ?? 0;
  await page.getByRole("button", { name: /^Resend subscription\.activated/ }).click();
  await expect.poll(() => to.sandbox.deliveries()[0]?.attempts.length).toBe(attempts + 1);
});

test("tools move the clock, let requests fail and forget everything", async () => {
  const to = await bench();
  await to.customer("ada", "demo");
  const page = await open(to);
  await page.getByRole("button", { name: "+1 day" }).click();
  await page.getByText("clock moved +1 days").waitFor();
  await page.getByRole("button", { name: "429" }).click();
  await page.getByText("status 429, struck 0 of 1").waitFor();
  expect((await to.call("GET", "/customers")).status).toBe(429);
  await page.getByText("fault: status").waitFor();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "Forget everything" }).click();
  await page.getByText("No customer yet.").waitFor();
  expect(to.sandbox.customers()).toEqual([]);
});

test("the customer's own way: portal, top-up, back to the portal, back to the app", async () => {
  const to = await bench();
  const url = await app();
  const id = await to.customer("ada", "demo");
  const { body } = await to.call("POST", "/billing-portal/sessions", { customer_id: id, return_url: `${url}/account`, failure_url: `${url}/failed` });
  const page = await open(to, { viewport: { width: 360, height: 740 } }, [url]);
  await page.goto(body.redirect_url);
  await page.getByLabel("Another amount").fill("7.25");
  await page.getByRole("button", { name: "Continue to payment" }).click();
  await page.getByRole("button", { name: "Let the card be declined" }).click();
  await page.getByText("No payment was made.").waitFor();
  await page.getByRole("button", { name: "Add 25 USD" }).click();
  await page.getByRole("button", { name: "Pay", exact: true }).click();
  await page.getByText("Your payment arrived.").waitFor();
  expect(await page.locator("[data-asset=USD]").innerText()).toBe("25.00 USD");
  await page.getByRole("button", { name: "Return to the app" }).click();
  await page.getByText("arrived at /account").waitFor();
});

test("Enter in the portal's amount buys that amount, and what the account holds comes first", async () => {
  const to = await bench();
  await to.call("POST", "/assets", { code: "CRED", name: "Credits", rates: [{ source: "USD", rate: 0.5 }] });
  const id = await to.customer("ada");
  to.sandbox.fund("ada", 1, "CRED");
  const { body } = await to.call("POST", "/billing-portal/sessions", { customer_id: id, return_url: to.sandbox.url, failure_url: to.sandbox.url });
  const page = await open(to);
  await page.goto(body.redirect_url);
  await page.getByLabel("Another amount").fill("33");
  await page.getByLabel("Another amount").press("Enter");
  await page.getByRole("button", { name: "Pay", exact: true }).press("Enter");
  await page.getByText("Your payment arrived.").waitFor();
  expect(to.sandbox.balance("ada", "CRED")).toBe("67");
});

test("a wallet of an asset of one's own is funded in that asset", async () => {
  const to = await bench();
  await to.call("POST", "/assets", { code: "CRED", name: "Credits" });
  await to.customer("ada");
  to.sandbox.fund("ada", 1, "CRED");
  const page = await open(to);
  expect(await page.getByLabel("Asset to add for ada").inputValue()).toBe("CRED");
  await card(page, "ada").getByRole("button", { name: "Add funds" }).click();
  await card(page, "ada").getByText("11.00 CRED").waitFor();
  await page.getByLabel("Asset to add for ada").selectOption("USD");
  await card(page, "ada").getByRole("button", { name: "Add funds" }).click();
  await balance(page, "ada").getByText("10.00 USD").waitFor();
  expect(to.sandbox.balance("ada", "CRED")).toBe("11");
});

test("a subscription is declined, left and paid by a customer", async () => {
  const to = await bench();
  const url = await app();
  const { body } = await to.call("POST", "/customers", { name: "Ada", external_id: "ada", subscriptions: [{ products: [{ code: "demo_pro" }], return_url: `${url}/welcome`, failure_url: `${url}/failed` }] });
  const link = body.subscriptions[0].required_actions[0].redirect_url as string;
  const page = await open(to, {}, [url]);
  for (const [button, arrival] of [["Let the card be declined", "/failed"], ["Leave without paying", "/failed"], ["Pay", "/welcome"]] as const) {
    await page.goto(link);
    expect(await page.locator(".total").innerText()).toBe("20.00 USD");
    await page.getByRole("button", { name: button, exact: true }).press("Enter");
    await page.getByText(`arrived at ${arrival}`).waitFor();
    expect(to.sandbox.customer("ada")?.subscriptions[0]?.status).toBe(arrival === "/welcome" ? "active" : "pending");
  }
});

test.each([320, 360, 768, 1280])("nothing is cut off at %i px, with long names and no spaces", async (width) => {
  const to = await bench({ webhooks: [{ url: `http://127.0.0.1:1/${"hook".repeat(30)}` }], webhookBackoffScale: 0 });
  await to.customer(`user_${"x".repeat(120)}`, "demo", "demo_pro");
  await to.event(`user_${"x".repeat(120)}`, "y".repeat(90), { ["z".repeat(80)]: "w".repeat(200), amount: 1 });
  const page = await open(to, { viewport: { width, height: 740 } });
  await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
  const wide = await page.evaluate(
    "[document.documentElement.scrollWidth - innerWidth, [...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))]",
  );
  expect(wide).toEqual([0, []]);
  const small = await page.evaluate("[...document.querySelectorAll('button')].filter((one) => one.getBoundingClientRect().height < 32).map((one) => one.textContent)");
  expect(small).toEqual([]);
});

test("every control has a name, every section a heading, and ids are unique", async () => {
  const to = await bench({ webhooks: [{ url: "http://127.0.0.1:1/hook" }], webhookBackoffScale: 0 });
  for (const name of ["ada", "bob", "eve", "fay", "gus", "hal"]) await to.customer(name, "demo_pro");
  const page = await open(to);
  expect(await page.evaluate("[...document.querySelectorAll('input:not([type=hidden]), select')].filter((one) => !one.labels.length).map((one) => one.outerHTML)")).toEqual([]);
  expect(await page.evaluate("[...document.querySelectorAll('button, a')].filter((one) => !(one.getAttribute('aria-label') || one.textContent).trim()).length")).toBe(0);
  expect(await page.evaluate("(() => { const ids = [...document.querySelectorAll('[id]')].map((one) => one.id); return ids.length - new Set(ids).size; })()")).toBe(0);
  expect(await page.evaluate("[...document.querySelectorAll('section')].filter((one) => !one.querySelector('h2')).length")).toBe(0);
  await page.getByRole("searchbox").fill("eve");
  await page.keyboard.press("Enter");
  await card(page, "eve").waitFor();
  expect(await page.getByRole("article").count()).toBe(1);
});

test("the page works without its script", async () => {
  const to = await bench();
  await to.customer("ada", "demo_pro");
  const page = await open(to, { javaScriptEnabled: false });
  await card(page, "ada").getByRole("button", { name: "Pay", exact: true }).click();
  await card(page, "ada").getByText("active").waitFor();
  await card(page, "ada").getByRole("button", { name: "Add funds" }).click();
  await balance(page, "ada").getByText("10.00 USD").waitFor();
});
