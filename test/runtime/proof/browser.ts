import { chromium, type Browser, type Page } from "playwright-core";
import { expect } from "vitest";
import type { Sample } from "../samples/sample.ts";
import type { Point } from "./point.ts";
import { customerOf, funded, type Visitor, type World } from "./world.ts";

/** Starts the browser of this machine. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

/** Signs in by the page's own form. */
async function signIn(page: Page, world: World, { account }: Visitor, at: string): Promise<void> {
  await page.goto(new URL(at, world.app.url).href);
  const form = page.locator("form").filter({ has: page.locator("input[name=password]") });
  await form.locator("input[name=email]").fill(account.email);
  await form.locator("input[name=password]").fill(account.password);
  await form.locator("button[type=submit], button:not([type])").first().click();
  await page.waitForURL((url) => url.pathname !== at);
}

const clicked = ({ header, account, signIn: at }: NonNullable<Sample["pages"]> & { readonly signIn: string }): Point => ({
  title: "in a browser: the balance stands on the page, the billing control leads to the portal and back, and the balance has changed",
  prove: async (world) => {
    const visitor = await funded(world, "3.5");
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await signIn(page, world, visitor, at);
      await page.goto(new URL(header, world.app.url).href);
      await page.getByText("$3.50").waitFor();
      await page.goto(new URL(account, world.app.url).href);
      await page.getByRole("button", { name: "Billing" }).click();
      await page.getByLabel("Another amount").fill("7.25");
      await page.getByRole("button", { name: "Continue to payment" }).click();
      await page.getByRole("button", { name: "Pay", exact: true }).click();
      await page.getByRole("button", { name: "Return to the app" }).click();
      await page.waitForURL((url) => url.origin === new URL(world.app.url).origin);
      expect(new URL(page.url()).pathname).toBe(account);
      await page.getByText("$10.75").waitFor();
      expect(world.sandbox.balance(customerOf(world, visitor.account).id)).toBe("10.75");
      world.heard.push(await page.content());
    } finally {
      await browser.close();
    }
  },
});

const nothing = ({ signIn: at }: { readonly signIn: string }): Point => ({
  title: "in a browser: a signed-out visitor sees neither balance nor billing control",
  prove: async (world) => {
    const browser = await openBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(new URL(at, world.app.url).href, { waitUntil: "networkidle" });
      expect(await page.locator(`form[action="${world.wired.routes.portal}"]`).count()).toBe(0);
      expect(await page.locator("[data-credyt-balance]").count()).toBe(0);
    } finally {
      await browser.close();
    }
  },
});

/** What is shown in a browser of an app that has pages and a sign-in form of its own. */
export const browserPoints = ({ pages }: Sample): readonly Point[] => (pages?.signIn === undefined ? [] : [clicked({ ...pages, signIn: pages.signIn }), nothing({ signIn: pages.signIn })]);
