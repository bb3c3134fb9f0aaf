import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APP_NAMES, SAMPLES } from "./apps.ts";
import { mongoAvailable } from "./mongo/start.ts";
import { pointsOf } from "./proof/points.ts";
import { wireApp, type WiredApp } from "./proof/wire.ts";
import { closeWorld, openWorld, type World } from "./proof/world.ts";
import { startStubProviders, type StubProviders } from "./stub-providers.ts";

const workDir = mkdtempSync(path.join(tmpdir(), "credyt-integrate-proof-"));
const chosen = process.env["PROOF_APPS"]?.split(",");
const long = process.env["PROOF_LONG"] !== undefined;
let stub: StubProviders;

/** Titles of what the tool has left to be pasted. */
const handoffsOf = (said: string): string[] => (said.includes("handoff") ? [...said.matchAll(/^ {2}! (\S.*?)(?: {2}\S+)?$/gm)].map(([, title = ""]) => title).filter((title) => !/^(?:types|\d+ handoff)/.test(title)) : []);

beforeAll(async () => {
  stub = await startStubProviders();
});

afterAll(async () => {
  await stub.stop();
  rmSync(workDir, { recursive: true, force: true });
});

for (const name of APP_NAMES.filter((one) => chosen?.includes(one) ?? true)) {
  for (const billing of ["usage", "upfront"] as const) {
    const unavailable = name === "express-passport-mongoose-openai" && !mongoAvailable();

    describe.skipIf(unavailable)(`${name}, ${billing === "usage" ? "paid as it is used" : "paid up front"}`, () => {
      let wired: WiredApp;
      let world: World;

      beforeAll(async () => {
        wired = await wireApp(name, { workDir, billing, typecheck: billing === "usage" });
        world = await openWorld(wired, { stub, mode: billing === "usage" ? "production" : "dev" });
      });

      afterAll(async () => {
        if (world !== undefined) await closeWorld(world);
        if (wired !== undefined) rmSync(wired.dir, { recursive: true, force: true });
      });

      test("the tool wires it whole, leaves nothing to be pasted, and brings no type error", () => {
        expect(handoffsOf(wired.said)).toEqual(SAMPLES[name].pages === undefined ? ["Control that opens the billing portal"] : []);
        if (billing === "usage" && SAMPLES[name].typed) expect(wired.said).toContain("✔ types: no new errors");
      });

      for (const { title, prove } of pointsOf(SAMPLES[name], billing, { long })) test(title, () => prove(world));
    });
  }
}
