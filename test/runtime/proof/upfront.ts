import { createHmac } from "node:crypto";
import { expect } from "vitest";
import { formsOf } from "../session.ts";
import { outcomeOf, type Activity, type Outcome, type Sample } from "../samples/sample.ts";
import { firstActivity, signUpDuring } from "./customers.ts";
import { expectBilled } from "./expected.ts";
import type { Point } from "./point.ts";
import { customerOf, eventsOf, signUp, use, visit, type Visitor, type World } from "./world.ts";

/** Sign-ups that end outside the app's own code, where nobody can be sent to a payment page. */
const ELSEWHERE = ["github", "clerk"];

const subscriptionOf = (world: World, { account }: Visitor) => customerOf(world, account).subscriptions[0];

/** Where an answer of the app sends somebody to pay. */
function paymentLink({ location, text }: Outcome): string | undefined {
  if (location !== undefined) return location;
  try {
    return (JSON.parse(text) as { redirectUrl?: string }).redirectUrl;
  } catch {
    return undefined;
  }
}

/** Signs up, and in where the app did not. */
async function member(world: World): Promise<Visitor> {
  const visitor = await signUp(world);
  await world.app.sample.signIn(visitor.session, visitor.account, world.app.services);
  return visitor;
}

/** Does what a customer does on a payment page, and gives the address it leads to. */
async function pay(link: string): Promise<string> {
  const form = formsOf(await (await fetch(link)).text()).find(({ values }) => values.has("token"));
  if (form === undefined) throw new Error(`no payment page at ${link}`);
  const body = new URLSearchParams({ ...Object.fromEntries(form.values), deed: "pay" });
  const answer = await fetch(new URL(form.action || link, link), { method: "POST", body, redirect: "manual" });
  return answer.headers.get("location") ?? "";
}

const isPendingRefusal = (activity: Activity, outcome: Outcome): boolean =>
  /Your plan waits for its payment/.test(outcome.text) && (activity.refused === undefined ? outcome.status === 402 : outcome.status === 200);

async function expectRefused(world: World, visitor: Visitor, activity: Activity): Promise<void> {
  const { outcome, calls } = await use(world, visitor, activity);
  expect([isPendingRefusal(activity, outcome), calls], `${outcome.status} ${outcome.text.slice(0, 2000)}`).toEqual([true, []]);
}

async function expectOpen(world: World, visitor: Visitor, activity: Activity): Promise<void> {
  world.sandbox.fund(customerOf(world, visitor.account).id, 5);
  const { outcome, nonce } = await use(world, visitor, activity);
  expect(outcome.answer, `${outcome.status} ${outcome.text}\n${world.app.logs().slice(-3000)}`).toBe(activity.expected(nonce));
}

const waits = (way: string): Point => ({
  title: `a sign-up by ${way} ends with an account that waits for payment${ELSEWHERE.includes(way) ? "" : ", and leads to the payment page"}`,
  prove: async (world) => {
    const visitor = await signUp(world, { way });
    expect(visitor.outcome.status, `${visitor.outcome.text}\n${world.app.logs().slice(-3000)}`).toBeLessThan(400);
    expect(subscriptionOf(world, visitor)?.status).toBe("pending");
    if (!ELSEWHERE.includes(way)) expect(paymentLink(visitor.outcome)).toBe(subscriptionOf(world, visitor)?.required_actions?.[0]?.redirect_url);
  },
});

const closed = (name: string, activity: Activity): Point => ({
  title: `${name}: refused while the payment is pending, and the provider is not called`,
  prove: async (world) => {
    const visitor = await member(world);
    world.sandbox.fund(customerOf(world, visitor.account).id, 5);
    await expectRefused(world, visitor, activity);
    expect(eventsOf(world, visitor)).toEqual([]);
  },
});

const opens: Point = {
  title: "paying leads back to the app, the signed webhook activates the account, and use is billed",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    const visitor = await member(world);
    const back = await pay(subscriptionOf(world, visitor)?.required_actions?.[0]?.redirect_url ?? "");
    expect(new URL(back).origin).toBe(new URL(world.app.url).origin);
    await world.sandbox.settled();
    const delivery = world.sandbox.deliveries().at(-1);
    expect(delivery?.attempts.map(({ status, error }) => status ?? error), world.app.logs().slice(-3000)).toEqual([200]);
    await expectOpen(world, visitor, activity);
    await expectBilled(world, visitor);
    expect(eventsOf(world, visitor).map(({ fees }) => fees.length)).toEqual([1]);
  },
};

/** Sends a webhook as a stranger could, or as Credyt would when `secret` is its own. */
async function hook(world: World, customer_id: string, { secret, t = Math.floor(Date.now() / 1000), sent }: { readonly secret: string | undefined; readonly t?: number; readonly sent?: string }): Promise<number> {
  const body = JSON.stringify({ id: `evt_${crypto.randomUUID()}`, type: "subscription.activated", created_at: new Date().toISOString(), data: { customer_id, external_id: "", subscription_id: "sub_1" } });
  const signature = secret === undefined ? undefined : `t=${t},v0=${createHmac("sha256", secret).update(`${t}.${body}`).digest("hex")}`;
  const headers = { "content-type": "application/json", ...(signature === undefined ? {} : { "credyt-signature": signature }) };
  return (await fetch(new URL(world.wired.routes.webhook, world.app.url), { method: "POST", headers, body: sent ?? body, redirect: "manual" })).status;
}

const forged: Point = {
  title: "forged, unsigned, stale, changed and early webhooks activate nobody",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    const visitor = await member(world);
    const { id } = customerOf(world, visitor.account);
    const old = Math.floor(Date.now() / 1000) - 3600;
    const { webhookSecret: secret } = world;
    const changed = JSON.stringify({ id: "evt_1", type: "subscription.activated", data: { customer_id: id } });
    const statuses = [await hook(world, id, { secret: "whsec_other" }), await hook(world, id, { secret: undefined }), await hook(world, id, { secret, t: old }), await hook(world, id, { secret, sent: changed })];
    expect(statuses).toEqual([400, 400, 400, 400]);
    // Signed by Credyt and yet before the payment: it is to come again, and does not count.
    expect(await hook(world, id, { secret })).toBe(503);
    await expectRefused(world, visitor, activity);
  },
};

const replayedHook: Point = {
  title: "a webhook that comes again changes nothing, neither for its own customer nor for another",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    const [paid, waiting] = [await member(world), await member(world)];
    await pay(subscriptionOf(world, paid)?.required_actions?.[0]?.redirect_url ?? "");
    await world.sandbox.settled();
    const delivery = world.sandbox.deliveries().at(-1)?.id ?? "";
    const again = [];
    for (const as of ["valid", "forged", "unsigned", "stale", "changed"] as const) again.push((await world.sandbox.resend(delivery, as)).status);
    expect(again).toEqual([200, 400, 400, 400, 400]);
    await expectRefused(world, waiting, activity);
    await expectOpen(world, paid, activity);
    await expectBilled(world, paid);
  },
};

const paymentRoute = (world: World, { session }: Pick<Visitor, "session">, query = ""): Promise<Outcome> =>
  session.request(`${world.wired.routes.payment}${query}`, { headers: { accept: "text/html" } }).then((response) => outcomeOf(response));

const renewed: Point = {
  title: "an expired payment link is renewed by the payment route, for the signed-in user only",
  prove: async (world) => {
    const visitor = await member(world);
    const old = subscriptionOf(world, visitor);
    world.sandbox.bill(old?.id ?? "", "expire");
    const expired = await fetch(old?.required_actions?.[0]?.redirect_url ?? "", { redirect: "manual" });
    expect(new URL(expired.headers.get("location") ?? "").origin).toBe(new URL(world.app.url).origin);
    expect((await paymentRoute(world, { session: visit(world) })).location ?? "").not.toContain(world.sandbox.url);
    const other = await member(world);
    const taken = await paymentRoute(world, other, `?userId=${customerOf(world, visitor.account).external_id}`);
    expect(taken.location).toBe(subscriptionOf(world, other)?.required_actions?.[0]?.redirect_url);
    const { status, location = "", text } = await paymentRoute(world, visitor);
    expect([status >= 300 && status < 400, location.startsWith(world.sandbox.url)], `${status} ${text}`).toEqual([true, true]);
    await pay(location);
    await world.sandbox.settled();
    await expectOpen(world, visitor, firstActivity(world.app.sample));
    expect((await paymentRoute(world, visitor)).location ?? "").not.toContain(world.sandbox.url);
  },
};

const late: Point = {
  title: "a user whose sign-up Credyt did not answer waits for payment too, and the payment route leads to it",
  prove: async (world) => {
    const visitor = await signUpDuring(world, { kind: "status", status: 500, path: "/customers", method: "POST", times: 1 });
    await world.app.sample.signIn(visitor.session, visitor.account, world.app.services);
    const activity = firstActivity(world.app.sample);
    await expectRefused(world, visitor, activity);
    await pay((await paymentRoute(world, visitor)).location ?? "");
    await world.sandbox.settled();
    await expectOpen(world, visitor, activity);
    await expectBilled(world, visitor);
  },
};

const lost = (way: string): Point => ({
  title: "a sign-up whose answer from Credyt got lost leads to the payment page all the same",
  prove: async (world) => {
    const visitor = await signUpDuring(world, { kind: "lost", path: "/customers", method: "POST", times: 1 });
    expect(subscriptionOf(world, visitor)?.status).toBe("pending");
    if (!ELSEWHERE.includes(way)) expect(paymentLink(visitor.outcome)).toBe(subscriptionOf(world, visitor)?.required_actions?.[0]?.redirect_url);
  },
});

const inDoubt: Point = {
  title: "while Credyt cannot be reached, who has not paid stays out",
  prove: async (world) => {
    const visitor = await member(world);
    world.sandbox.fund(customerOf(world, visitor.account).id, 5);
    world.sandbox.faults.add({ kind: "status", status: 503 });
    try {
      await expectRefused(world, visitor, firstActivity(world.app.sample));
    } finally {
      world.sandbox.faults.clear();
    }
  },
};

const unseenAtFirst: Point = {
  title: "a webhook that comes while Credyt cannot be asked is taken when it comes again",
  long: true,
  prove: async (world) => {
    const visitor = await member(world);
    const { id } = customerOf(world, visitor.account);
    const link = subscriptionOf(world, visitor)?.required_actions?.[0]?.redirect_url ?? "";
    world.sandbox.faults.add({ kind: "status", status: 500, path: `/customers/${id}`, times: 4 });
    await pay(link);
    await world.sandbox.settled();
    const attempts = world.sandbox.deliveries().at(-1)?.attempts.map(({ status }) => status) ?? [];
    world.sandbox.faults.clear();
    expect([attempts[0], attempts.at(-1)]).toEqual([503, 200]);
  },
};

/** What is shown of an app that is paid up front. */
export function upfrontPoints(sample: Sample): readonly Point[] {
  // What the others arrange is refused itself.
  const direct = Object.entries(sample.activities).filter(([, { arrange }], at) => at === 0 || arrange === undefined);
  const [usual = ""] = Object.keys(sample.signUps);
  return [...Object.keys(sample.signUps).map(waits), lost(usual), ...direct.map(([name, activity]) => closed(name, activity)), opens, forged, replayedHook, renewed, late, inDoubt, unseenAtFirst];
}
