import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../../cli/cli.ts";
import { APP_NAMES, SAMPLES, type AppName } from "../apps.ts";
import { mongoAvailable } from "../mongo/start.ts";
import { startStubProviders, type StubProviders } from "../stub-providers.ts";
import { pointsOf } from "./points.ts";
import { wireApp, type Billing, type WiredApp } from "./wire.ts";
import { closeWorld, openWorld, type World } from "./world.ts";

/** Apps whose paid-up-front wiring is proven in the short run too: one that redirects, and one with two ways to sign up. */
const UPFRONT: readonly AppName[] = ["express-session-pg-fetch", "next-pages-nextauth-prisma-replicate"];

/** Sign-ups that do not answer the browser, or have more to do before they may: their way to the payment page is a person's to write. */
const NOT_ANSWERED: Partial<Record<AppName, readonly string[]>> = {
  "express-passport-mongoose-openai": ["signup: to the payment page"],
  "next-clerk-prisma-openai": ["user.created: to the payment page"],
  "next-pages-nextauth-prisma-replicate": ["events.createUser: to the payment page"],
};

/** The titles of the handoffs that the tool printed, without their places. */
const handedOff = (said: string): string[] => [...said.matchAll(/^ {2}! (?!types:|\d+ handoffs?\b)(.+?)(?: {2}.*)?$/gm)].map((match) => match[1] ?? "");

/** Whether an app can run here, and is to: without a JDK and Maven there is no MongoDB server. */
function isLeftOut(name: AppName, billing: Billing, long: boolean): boolean {
  if (name === "express-passport-mongoose-openai" && !mongoAvailable()) return true;
  return billing === "upfront" && !long && !UPFRONT.includes(name);
}

/**
 * Declares the proof of every sample app (or of those in `PROOF_APPS`, separated by commas): installed, wired by the shipped command,
 * built where it is built, run beside a strict sandbox and stub providers. What a run leaves out is reported as skipped.
 */
export function declareProof({ long }: { readonly long: boolean }): void {
  const workDir = mkdtempSync(path.join(tmpdir(), "credyt-integrate-proof-"));
  const chosen = process.env["PROOF_APPS"]?.split(",");
  let stub: StubProviders;

  beforeAll(async () => {
    stub = await startStubProviders();
  });

  afterAll(async () => {
    await stub.stop();
    rmSync(workDir, { recursive: true, force: true });
  });

  for (const name of APP_NAMES.filter((one) => chosen?.includes(one) ?? true)) {
    for (const billing of ["usage", "upfront"] as const) {
      describe.skipIf(isLeftOut(name, billing, long))(`${name}, ${billing === "usage" ? "paid as it is used" : "paid up front"}`, () => declareApp(name, billing, { long, workDir, stub: () => stub }));
    }
  }
}

function declareApp(name: AppName, billing: Billing, { long, workDir, stub }: { readonly long: boolean; readonly workDir: string; readonly stub: () => StubProviders }): void {
  let wired: WiredApp;
  let world: World;

  beforeAll(async () => {
    wired = await wireApp(name, { workDir, billing, typecheck: billing === "usage" });
    world = await openWorld(wired, { stub: stub(), mode: billing === "usage" ? "production" : "dev" });
  });

  afterAll(async () => {
    if (world !== undefined) await closeWorld(world);
    if (wired !== undefined) rmSync(wired.dir, { recursive: true, force: true });
  });

  test("the tool wires it whole, leaves to a person only what it must, and brings no type error", () => {
    expect(handedOff(wired.said)).toEqual(billing === "upfront" ? (NOT_ANSWERED[name] ?? []) : []);
    if (billing === "usage" && SAMPLES[name].typed) expect(wired.said).toContain("✔ types: no new errors");
  });

  test("the tool finds nothing missing afterwards", async () => {
    expect((await cli(["--check", wired.dir])).stdout).toContain("✔ Nothing is missing.");
  });

  for (const { title, prove } of pointsOf(SAMPLES[name], billing, { long })) test(title, () => prove(world));
}
