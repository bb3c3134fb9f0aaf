import { expect } from "vitest";
import type { Activity, Outcome, Sample } from "../samples/sample.ts";
import { firstActivity } from "./customers.ts";
import { expectBilled, unitPrice } from "./expected.ts";
import type { Point } from "./point.ts";
import { customerOf, drain, funded, use } from "./world.ts";

const TOO_LOW = /Your balance is too low/;

/** Whether an answer is this app's way of saying that the wallet is too low. */
export const isRefusal = ({ refused }: Activity, outcome: Outcome): boolean => refused?.(outcome) ?? (outcome.status === 402 && TOO_LOW.test(outcome.text));

const empty = (name: string, activity: Activity): Point => ({
  title: `${name}: with an empty wallet, and with less than it may cost, the provider is not called, and the user is told why`,
  prove: async (world) => {
    const visitor = await funded(world, 5);
    const fund = (amount: number | string): void => void world.sandbox.fund(customerOf(world, visitor.account).id, amount);
    for (const left of [0, "0.0001"]) {
      const { outcome, calls } = await use(world, visitor, activity, { before: () => drain(world, visitor).then(() => (left === 0 ? undefined : fund(left))) });
      expect([isRefusal(activity, outcome), calls], `${outcome.status} ${outcome.text}`).toEqual([true, []]);
      fund(5);
    }
    const again = await use(world, visitor, activity);
    expect(again.outcome.answer, `${again.outcome.status} ${again.outcome.text}\n${world.app.logs().slice(-3000)}`).toBe(activity.expected(again.nonce));
    await expectBilled(world, visitor);
  },
});

const enoughForOne = (name: string, activity: Activity): Point => ({
  title: `${name}: with enough for one, three at the same moment call the provider once`,
  prove: async (world) => {
    const visitor = await funded(world, "0.011");
    const uses = await Promise.all([1, 2, 3].map(() => use(world, visitor, activity, { behaviour: { delayMs: 300 } })));
    expect(uses.flatMap(({ calls }) => calls)).toHaveLength(1);
    expect(uses.filter(({ outcome }) => outcome.status === 402)).toHaveLength(2);
    await expectBilled(world, visitor);
  },
});

const settled: Point = {
  title: "what is done is not held against the next use, nor what runs for others",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    // Enough for the next one's estimate of a cent and a half, not for two.
    const enough = 0.016 + unitPrice(activity.event);
    const [ann, bob] = [await funded(world, enough), await funded(world, enough)];
    const both = await Promise.all([ann, bob].map((visitor) => use(world, visitor, activity, { behaviour: { delayMs: 200 } })));
    for (const { outcome, nonce } of [...both, await use(world, ann, activity)]) expect(outcome.answer, `${outcome.status} ${outcome.text}`).toBe(activity.expected(nonce));
    await expectBilled(world, ann);
    await expectBilled(world, bob);
  },
};

const away: Point = {
  title: "while the balance cannot be read, users go on, and their use is billed",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    const visitor = await funded(world, 5);
    const before = (): void => void world.sandbox.faults.add({ kind: "status", status: 503, path: "*/wallet" });
    const { outcome, nonce } = await use(world, visitor, activity, { before });
    world.sandbox.faults.clear();
    expect(outcome.answer, `${outcome.status} ${outcome.text}`).toBe(activity.expected(nonce));
    await expectBilled(world, visitor);
  },
};

/** Makes the sandbox forget everything. */
export const unknown: Point = {
  title: "an event for a customer that Credyt does not know is billed to a new one",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    const visitor = await funded(world, 5);
    world.sandbox.reset();
    const before = (): void => void world.sandbox.faults.add({ kind: "status", status: 503, path: "*/wallet" });
    await use(world, visitor, activity, { before });
    world.sandbox.faults.clear();
    await expectBilled(world, visitor);
    expect(visitor.due).not.toEqual([]);
  },
};

/** Goes last: it makes the sandbox forget everything. */
export const movedElsewhere: Point = {
  title: "a user whose stored customer Credyt does not know becomes a customer again at the next use",
  prove: async (world) => {
    const activity = firstActivity(world.app.sample);
    const visitor = await funded(world, 5);
    await use(world, visitor, activity);
    await expectBilled(world, visitor);
    world.sandbox.reset();
    visitor.due.length = 0;
    const refused = await use(world, visitor, activity, {});
    expect([isRefusal(activity, refused.outcome), refused.calls], `${refused.outcome.status} ${refused.outcome.text}`).toEqual([true, []]);
    world.sandbox.fund(customerOf(world, visitor.account).id, 5);
    const { outcome, nonce } = await use(world, visitor, activity);
    expect(outcome.answer, `${outcome.status} ${outcome.text}`).toBe(activity.expected(nonce));
    await expectBilled(world, visitor);
  },
};

/** What is shown of the balance gate. */
export const gatePoints = (sample: Sample): readonly Point[] => {
  const all = Object.entries(sample.activities);
  return [...all.map(([name, activity]) => empty(name, activity)), ...all.slice(0, 1).map(([name, activity]) => enoughForOne(name, activity)), settled, away];
};
