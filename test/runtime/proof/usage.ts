import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { FaultSpec } from "../../../src/sandbox/faults.ts";
import { cli } from "../../cli/cli.ts";
import type { Activity, Sample } from "../samples/sample.ts";
import { expectBalance, expectBilled, expectCosts, expectNothingGuessed } from "./expected.ts";
import type { Point } from "./point.ts";
import { customerOf, eventsOf, funded, use, type Use, type Visitor, type World } from "./world.ts";

const answered = (world: World, activity: Activity, { outcome, nonce }: Use): void =>
  expect(outcome.answer, `${outcome.status} ${outcome.text}\n${world.app.logs().slice(-3000)}`).toBe(activity.expected(nonce));

const once = (name: string, activity: Activity): Point => ({
  title: `${name}: one use is one event with the numbers of the provider, at its price, with its cost`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    answered(world, activity, await use(world, visitor, activity));
    await expectBilled(world, visitor);
    expectBalance(world, visitor, 10);
    expectCosts(world, visitor);
    for (const { occurred_at } of eventsOf(world, visitor)) expect(Math.abs(Date.parse(occurred_at) - Date.now())).toBeLessThan(60_000);
  },
});

const busy = (name: string, activity: Activity): Point => ({
  title: `${name}: a provider that is busy at first is billed for what it answered`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    const { calls } = await use(world, visitor, activity, { behaviour: { fail: { status: 503, times: 1 } } });
    expect(calls[0]?.outcome).toBe("failed");
    await expectBilled(world, visitor);
  },
});

const refused = (name: string, activity: Activity): Point => ({
  title: `${name}: a provider that refuses is not billed`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    const { calls } = await use(world, visitor, activity, { behaviour: { fail: { status: 400 } } });
    expect(calls.map(({ outcome }) => outcome)).toEqual(["failed"]);
    await expectBilled(world, visitor);
  },
});

const twoAtOnce = (name: string, activity: Activity): Point => ({
  title: `${name}: two at the same moment are two events, each with its own numbers`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    for (const one of await Promise.all([use(world, visitor, activity), use(world, visitor, activity)])) answered(world, activity, one);
    await expectBilled(world, visitor);
    expect(new Set(eventsOf(world, visitor).map(({ id }) => id)).size).toBe(visitor.due.length);
  },
});

/** Whether a request failed because the other side hung up: what breaks off before anything was flushed takes the connection with it. */
const wasHungUp = (error: unknown): boolean => error instanceof TypeError && ["UND_ERR_SOCKET", "ECONNRESET"].includes((error.cause as { code?: string } | undefined)?.code ?? "");

const brokenOff = (name: string, activity: Activity): Point => ({
  title: `${name}: a stream that breaks off is billed once at most and for no guessed number, and the app goes on`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    await use(world, visitor, activity, { behaviour: { abortAfter: 4 } }).catch((error: unknown) => {
      if (!wasHungUp(error)) throw error;
    });
    const broken = visitor.due.filter(({ call }) => call.outcome === "aborted").length;
    expect(broken).toBeGreaterThan(0);
    answered(world, activity, await use(world, visitor, activity));
    const due = visitor.due.filter(({ call }) => call.outcome === "answered").length;
    await expect.poll(() => eventsOf(world, visitor).length).toBeGreaterThanOrEqual(due);
    expect(eventsOf(world, visitor).length - due).toBeLessThanOrEqual(broken);
    expectNothingGuessed(world, visitor);
  },
});

const walkedOut = (name: string, activity: Activity): Point => ({
  title: `${name}: who walks out of a stream that the provider ends is billed`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    const leaving = new AbortController();
    const post = (to: string, body: unknown): Promise<Response> =>
      visitor.session.request(to, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: JSON.stringify(body), signal: leaving.signal });
    const earlier = world.stub.calls().length;
    const left = use(world, { ...visitor, session: { ...visitor.session, post } }, activity, { behaviour: { delayMs: 60 } }).catch((error: Error) => expect(error.name).toBe("AbortError"));
    // Not before the provider has been asked, however long the app takes to come to that.
    await expect.poll(() => world.stub.calls().length, { timeout: 60_000 }).toBeGreaterThan(earlier);
    await new Promise((resolve) => setTimeout(resolve, 250));
    leaving.abort();
    await left;
    const last = visitor.due.at(-1)?.call;
    expect(last).toBeDefined();
    await expect.poll(() => last?.outcome, { timeout: 10_000 }).not.toBe("pending");
    if (last?.outcome === "answered") await expectBilled(world, visitor);
    else expect(eventsOf(world, visitor).length).toBeLessThanOrEqual(visitor.due.length);
  },
});

/** The ids that were sent for a visitor, one for each attempt. */
function attempts(world: World, visitor: Visitor): string[] {
  const { id, external_id } = customerOf(world, visitor.account);
  return world.sandbox.requests().filter(({ method, path: to }) => method === "POST" && to === "/events").flatMap(({ body }) => {
    const batch = JSON.parse(body) as { customer_id?: string; customer_external_id?: string; events: { id: string }[] };
    return batch.customer_id === id || batch.customer_external_id === external_id ? batch.events.map((event) => event.id) : [];
  });
}

const EVENTS = { path: "/events", method: "POST" } as const;

/** How Credyt fails at an event: it refuses; it takes it and the answer is lost; it says at the second try that it has it. */
const FAILURES: readonly (readonly FaultSpec[])[] = [[{ kind: "status", status: 500 }], [{ kind: "lost" }], [{ kind: "lost" }, { kind: "status", status: 409 }]];

const sentAgain = (name: string, activity: Activity): Point => ({
  title: `${name}: an event that Credyt fails to take, or to acknowledge, is sent again under the same id`,
  prove: async (world) => {
    for (const faults of FAILURES) {
      const visitor = await funded(world, 10);
      const said = world.app.logs().length;
      const before = (): void => faults.forEach((fault) => world.sandbox.faults.add({ ...fault, ...EVENTS, times: 1 }));
      answered(world, activity, await use(world, visitor, activity, { before }));
      await expectBilled(world, visitor);
      const ids = attempts(world, visitor);
      const last = ids.filter((id) => id === ids.at(-1));
      expect(last.length, `${JSON.stringify(faults)}: ${ids.join(" ")}`).toBe(2);
      expect(world.app.logs().slice(said)).not.toContain("credyt.undelivered");
      world.sandbox.faults.clear();
    }
  },
});

/** Runs `replay` on all that the app has printed, as its owner would. */
async function replay({ app, sandbox }: World): Promise<string> {
  const log = path.join(app.dir, "app.log");
  writeFileSync(log, app.logs());
  const { status, stdout, stderr } = await cli(["replay", log], { env: { CREDYT_API_URL: sandbox.url, CREDYT_API_KEY: sandbox.key } });
  if (status !== 0) throw new Error(`replay ended with ${status}: ${stdout}${stderr}`);
  return stdout;
}

const replayed = (name: string, activity: Activity): Point => ({
  title: `${name}: an event that Credyt does not take does not trouble the user; it stands in the log, and replay delivers it once`,
  prove: async (world) => {
    const visitor = await funded(world, 10);
    const before = (): void => void world.sandbox.faults.add({ kind: "status", status: 503, ...EVENTS });
    answered(world, activity, await use(world, visitor, activity, { before }));
    await expect.poll(() => world.app.logs().includes("credyt.undelivered"), { timeout: 15_000 }).toBe(true);
    world.sandbox.faults.clear();
    await replay(world);
    await expectBilled(world, visitor);
    await replay(world);
    await expectBilled(world, visitor);
  },
});

/** What is shown of one activity. */
function ofActivity(name: string, activity: Activity, isFirst: boolean): readonly Point[] {
  const rare = [sentAgain(name, activity), replayed(name, activity)].map((point): Point => (isFirst ? point : { ...point, long: true }));
  const streams = activity.streamed ? [brokenOff(name, activity), walkedOut(name, activity)] : [];
  return [once(name, activity), busy(name, activity), refused(name, activity), twoAtOnce(name, activity), ...streams, ...rare];
}

/** What is shown of the usage events of an app that is paid as it is used. */
export const usagePoints = ({ activities }: Sample): readonly Point[] => Object.entries(activities).flatMap(([name, activity], at) => ofActivity(name, activity, at === 0));
