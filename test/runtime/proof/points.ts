import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { Sample } from "../samples/sample.ts";
import { browserPoints } from "./browser.ts";
import { customerPoints } from "./customers.ts";
import { expectBilled } from "./expected.ts";
import { gatePoints, movedElsewhere, unknown } from "./gate.ts";
import type { Point } from "./point.ts";
import { portalPoints } from "./portal.ts";
import { secretPoints } from "./secrets.ts";
import { upfrontPoints } from "./upfront.ts";
import { usagePoints } from "./usage.ts";
import type { Billing } from "./wire.ts";
import { customersOf } from "./world.ts";

const books: Point = {
  title: "in the end everybody has been billed for exactly what providers answered, and there are no other customers",
  prove: async (world) => {
    for (const visitor of world.visitors) if (visitor.due.every(({ call }) => call.outcome !== "aborted" && call.outcome !== "left" && call.outcome !== "pending")) await expectBilled(world, visitor);
    const known = new Set(world.visitors.flatMap(({ account }) => customersOf(world, account).map(({ id }) => id)));
    expect(world.sandbox.customers().filter(({ id }) => !known.has(id))).toEqual([]);
    for (const { account } of world.visitors) world.known.set(account.email, customersOf(world, account));
  },
};

const stored: Point = {
  title: "the app's database holds each user once, with the id of the customer in Credyt",
  prove: async (world) => {
    const { sample } = world.app;
    if (sample.usersScript === undefined) return;
    const users = await world.app.users();
    for (const [email, customers] of world.known) {
      const clerkId = world.app.services.clerk?.find(email)?.id;
      const rows = users.filter((user) => (clerkId === undefined ? user["email"] === email : user["id"] === clerkId));
      // Somebody of whom Clerk has told nobody yet has no row.
      if (clerkId === undefined || customers.length > 0) expect(rows, email).toHaveLength(1);
      const [row = {}] = rows;
      const column = Object.keys(row).find((name) => /^credyt.*id$/i.test(name)) ?? "(no column)";
      const [customer] = customers;
      if (customer === undefined) continue;
      expect([String(row["id"] ?? row["_id"]), row[column]], email).toEqual([customer.external_id, customer.id]);
      if (world.wired.billing === "upfront") expect(statusOf(row)).toBe(customer.subscriptions[0]?.status === "active" ? "active" : "pending");
    }
  },
};

const statusOf = (row: Readonly<Record<string, unknown>>): unknown => row[Object.keys(row).find((name) => /^credyt.*status$/i.test(name)) ?? ""];

/** The price table that the app was given is dated, and names its source. */
const dated: Point = {
  title: "the price table stands in a file of the app's own, with its date and its sources",
  prove: async ({ wired }) => {
    const file = /^\s*\+ (\S*credyt\/costs\.\w+)/m.exec(wired.said)?.[1] ?? "";
    const text = readFileSync(path.join(wired.dir, file), "utf8");
    expect([/20\d\d/.test(text), /https:\/\//.test(text)]).toEqual([true, true]);
  },
};

/** Everything that is shown of a wired app, in this order; the points of the long run only when asked for. */
export function pointsOf(sample: Sample, billing: Billing, { long = false } = {}): readonly Point[] {
  const points = billing === "usage"
    ? [...customerPoints(sample), ...usagePoints(sample), ...gatePoints(sample), ...portalPoints(), ...browserPoints(sample), dated, ...secretPoints(), books, unknown, movedElsewhere, stored]
    : [...upfrontPoints(sample), ...secretPoints(), books, stored];
  return points.filter((point) => long || point.long !== true);
}
