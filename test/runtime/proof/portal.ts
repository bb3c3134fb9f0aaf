import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { LoggedRequest } from "../../../src/sandbox/request-log.ts";
import { formsOf, type Session } from "../session.ts";
import { outcomeOf } from "../samples/sample.ts";
import type { Point } from "./point.ts";
import { customerOf, funded, visit, type Visitor, type World } from "./world.ts";

const sessionsMade = ({ sandbox }: World): readonly LoggedRequest[] => sandbox.requests().filter(({ path }) => path === "/billing-portal/sessions");

/** Presses the billing control as a browser without script does. */
const press = (world: World, session: Session, more = "", init: RequestInit = {}): Promise<Response> =>
  session.request(`${world.wired.routes.portal}${more}`, { method: "POST", headers: { accept: "text/html", origin: world.app.url }, ...init });

const balanceOf = async (world: World, { session }: Visitor, more = ""): Promise<unknown> => {
  const response = await session.request(`${world.wired.routes.balance}${more}`, { headers: { accept: "application/json" } });
  return response.ok ? response.json() : response.status;
};

/** Adds funds on the portal's page, and gives the address it leads back to. */
async function topUp(portal: string, amount: string): Promise<string> {
  let at = portal;
  const post = async (fields: Record<string, string>): Promise<void> => {
    const html = await (await fetch(at)).text();
    const form = formsOf(html).find(({ values }) => values.has("token") && (fields["amount"] === undefined || values.has("amount")));
    if (form === undefined) throw new Error(`no form at ${at}: ${html}`);
    const body = new URLSearchParams({ ...Object.fromEntries(form.values), ...fields });
    const answer = await fetch(new URL(form.action || at, at), { method: "POST", body, redirect: "manual" });
    at = new URL(answer.headers.get("location") ?? at, at).href;
  };
  await post({ amount });
  await post({ deed: "pay" });
  const html = await (await fetch(at)).text();
  const leave = formsOf(html).find(({ action }) => action.endsWith("/leave"));
  const left = await fetch(new URL(leave?.action ?? "", at), { method: "POST", body: new URLSearchParams(Object.fromEntries(leave?.values ?? [])), redirect: "manual" });
  return left.headers.get("location") ?? "";
}

const returnPath = ({ wired }: World): string => (JSON.parse(readFileSync(path.join(wired.dir, "credyt.config.json"), "utf8")) as { returnPath: string }).returnPath;

const roundTrip: Point = {
  title: "the billing control leads to the portal with 303, a top-up there changes the balance, and the way back is the app's own page",
  prove: async (world) => {
    const visitor = await funded(world, "1.5");
    expect(await balanceOf(world, visitor)).toEqual({ available: 1.5, asset: "USD", text: "$1.50" });
    const pressed = await press(world, visitor.session);
    expect(pressed.status, world.app.logs().slice(-3000)).toBe(303);
    const portal = pressed.headers.get("location") ?? "";
    expect(portal.startsWith(`${world.sandbox.url}/`), portal).toBe(true);
    const back = await topUp(portal, "7.25");
    const page = await outcomeOf(await visitor.session.request(back, { headers: { accept: "text/html" } }));
    expect([back, page.status]).toEqual([new URL(returnPath(world), world.app.url).href, 200]);
    expect(await balanceOf(world, visitor)).toEqual({ available: 8.75, asset: "USD", text: "$8.75" });
    expect(world.sandbox.balance(customerOf(world, visitor.account).id)).toBe("8.75");
  },
};

const signedOut: Point = {
  title: "a signed-out visitor gets no portal and no balance",
  prove: async (world) => {
    const before = sessionsMade(world).length;
    for (const method of ["POST", "GET"]) {
      const session = visit(world);
      const answer = await outcomeOf(await session.request(world.wired.routes.portal, { method, headers: { accept: "text/html", origin: world.app.url } }));
      expect(answer.status, `${method}: ${answer.text.slice(0, 500)}`).toBeLessThan(500);
      expect([answer.status === 200, (answer.location ?? "").startsWith(world.sandbox.url)]).toEqual([false, false]);
    }
    const balance = await outcomeOf(await visit(world).request(world.wired.routes.balance, { headers: { accept: "application/json" } }));
    expect([balance.status === 200, balance.status < 500, balance.text.includes("available")], balance.text).toEqual([false, true, false]);
    expect(sessionsMade(world)).toHaveLength(before);
  },
};

const ownOnly: Point = {
  title: "nobody opens another's portal or reads another's balance, whatever the request says",
  prove: async (world) => {
    const [ann, bob] = [await funded(world, 1), await funded(world, 2)];
    const { id, external_id = "" } = customerOf(world, bob.account);
    const claims = new URLSearchParams();
    for (const name of ["userId", "user_id", "user", "id", "externalId", "external_id"]) claims.set(name, external_id);
    for (const name of ["customerId", "customer_id", "customer"]) claims.set(name, id);
    const forms: readonly RequestInit[] = [
      { body: claims, headers: { accept: "text/html", origin: world.app.url, "x-user-id": external_id } },
      { body: JSON.stringify(Object.fromEntries(claims)), headers: { accept: "text/html", origin: world.app.url, "content-type": "application/json" } },
    ];
    for (const init of forms) {
      const answer = await press(world, ann.session, `?${claims}`, init);
      expect(answer.status).toBe(303);
      const asked = JSON.parse(sessionsMade(world).at(-1)?.body ?? "{}") as Record<string, unknown>;
      expect(asked["customer_id"]).toBe(customerOf(world, ann.account).id);
    }
    expect(await balanceOf(world, ann, `?${claims}`)).toEqual({ available: 1, asset: "USD", text: "$1.00" });
    expect(await balanceOf(world, bob)).toEqual({ available: 2, asset: "USD", text: "$2.00" });
  },
};

const fresh: Point = {
  title: "each press makes a session of its own, and the way back does not follow forged headers",
  prove: async (world) => {
    const visitor = await funded(world, 1);
    const portals = [await press(world, visitor.session), await press(world, visitor.session, "", { headers: { accept: "text/html", origin: world.app.url, "x-forwarded-host": "evil.test", forwarded: "host=evil.test" } })];
    const places = portals.map(({ headers }) => headers.get("location"));
    expect(new Set(places).size).toBe(2);
    for (const { body } of sessionsMade(world).slice(-2)) {
      const { return_url, failure_url } = JSON.parse(body) as { return_url: string; failure_url: string };
      expect([return_url, failure_url].map((url) => new URL(url).origin)).toEqual([world.app.url, world.app.url]);
    }
  },
};

const notFound: Point = {
  title: "while Credyt cannot be reached, the balance is a dash and the page stands",
  prove: async (world) => {
    const visitor = await funded(world, 1);
    world.sandbox.faults.add({ kind: "status", status: 503 });
    try {
      expect(await balanceOf(world, visitor)).toEqual({ available: null, asset: "USD", text: "-" });
      const { pages } = world.app.sample;
      if (pages !== undefined) expect((await visitor.session.request(pages.header, { headers: { accept: "text/html" } })).status).toBe(200);
    } finally {
      world.sandbox.faults.clear();
    }
  },
};

/** What is shown of the portal and the balance without a browser. */
export const portalPoints = (): readonly Point[] => [roundTrip, signedOut, ownOnly, fresh, notFound];
