import { expect } from "vitest";
import type { FaultSpec } from "../../../src/sandbox/faults.ts";
import type { Account, Sample } from "../samples/sample.ts";
import { expectBilled } from "./expected.ts";
import type { Point } from "./point.ts";
import { customerOf, customersOf, newAccount, signUp, use, type Visitor, type World } from "./world.ts";

/** The activity that stands for all where one is enough. */
export const firstActivity = ({ activities }: Sample): Sample["activities"][string] => {
  const [first] = Object.values(activities);
  if (first === undefined) throw new Error("the sample has no activity");
  return first;
};

const productOf = ({ wired }: World): string => (wired.billing === "usage" ? "demo" : "demo_pro");

function expectCustomer(world: World, account: Account): void {
  const customer = customerOf(world, account);
  const user = world.app.services.clerk?.find(account.email);
  if (user !== undefined) expect(customer.external_id).toBe(user.id);
  expect([customer.email, customer.name]).toEqual([account.email, account.name]);
  expect(customer.subscriptions.map(({ products }) => products.map(({ code }) => code))).toEqual([[productOf(world)]]);
}

const byWay = (way: string): Point => ({
  title: `a sign-up by ${way} makes one customer with the user's id, address and name`,
  prove: async (world) => {
    const { outcome, account } = await signUp(world, { way });
    expect(outcome.status, world.app.logs()).toBeLessThan(400);
    expectCustomer(world, account);
  },
});

const twice: Point = {
  title: "signing up twice leaves one customer",
  prove: async (world) => {
    const { account } = await signUp(world);
    await signUp(world, { account });
    expectCustomer(world, account);
  },
};

const atOnce: Point = {
  title: "signing up twice at the same moment leaves one customer and a working account",
  prove: async (world) => {
    const account = newAccount();
    const both = await Promise.all([signUp(world, { account }), signUp(world, { account })]);
    expect(Math.min(...both.map(({ outcome }) => outcome.status))).toBeLessThan(400);
    expectCustomer(world, account);
    expect((await world.app.sample.signIn(both[0].session, account, world.app.services)).status).toBeLessThan(400);
  },
};

/** Signs up while Credyt fails; the sign-up works all the same. */
export async function signUpDuring(world: World, fault: FaultSpec): Promise<Visitor> {
  const { id } = world.sandbox.faults.add(fault);
  try {
    const visitor = await signUp(world);
    expect(visitor.outcome.status, `${visitor.outcome.text}\n${world.app.logs().slice(-3000)}`).toBeLessThan(400);
    return visitor;
  } finally {
    world.sandbox.faults.clear(id);
  }
}

/** The first thing a visitor does finds an empty wallet, and leaves one customer behind. */
export async function expectCaughtUp(world: World, visitor: Visitor): Promise<void> {
  const activity = firstActivity(world.app.sample);
  const { outcome, calls } = await use(world, visitor, activity);
  expect([outcome.status < 500, calls]).toEqual([true, []]);
  const { id } = customerOf(world, visitor.account);
  world.sandbox.fund(id, 5);
  const funded = await use(world, visitor, activity);
  expect(funded.outcome.answer, `${funded.outcome.status} ${funded.outcome.text}\n${world.app.logs().slice(-3000)}`).toBe(activity.expected(funded.nonce));
  expect(customersOf(world, visitor.account)).toHaveLength(1);
  await expectBilled(world, visitor);
}

const FAULTS: Readonly<Record<string, FaultSpec>> = {
  "409": { kind: "status", status: 409 },
  "422": { kind: "status", status: 422 },
  "500": { kind: "status", status: 500 },
  "nothing, and the connection is cut": { kind: "reset" },
  "nothing, after it made the customer": { kind: "lost" },
  "nothing at all": { kind: "hang" },
};

const during = ([what, fault]: readonly [string, FaultSpec]): Point => ({
  title: `when Credyt answers a sign-up with ${what}, it works, and the first use finds or makes the customer`,
  prove: async (world) => {
    const visitor = await signUpDuring(world, { ...fault, path: "/customers", method: "POST", times: 1 });
    expect(customersOf(world, visitor.account).length).toBe(fault.kind === "lost" ? 1 : 0);
    await expectCaughtUp(world, visitor);
  },
  ...(fault.kind === "hang" || fault.status === 422 ? { long: true } : {}),
});

const outage: Point = {
  title: "a sign-up works while Credyt is away altogether",
  prove: async (world) => {
    const visitor = await signUpDuring(world, { kind: "reset" });
    expect(customersOf(world, visitor.account)).toEqual([]);
    await expectCaughtUp(world, visitor);
  },
};

/** What is shown of sign-ups of an app that is paid as it is used. */
export const customerPoints = (sample: Sample): readonly Point[] => [
  ...Object.keys(sample.signUps).map(byWay), twice, atOnce, ...Object.entries(FAULTS).map(during), outage,
];
