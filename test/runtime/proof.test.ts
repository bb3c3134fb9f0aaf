import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "../cli/cli.ts";
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
        expect(wired.said).not.toContain("handoff");
        if (billing === "usage" && SAMPLES[name].typed) expect(wired.said).toContain("✔ types: no new errors");
      });

      test("the tool finds nothing missing afterwards", async () => {
        expect((await cli(["--check", wired.dir])).stdout).toContain("✔ Nothing is missing.");
      });

      for (const { title, prove } of pointsOf(SAMPLES[name], billing, { long })) test(title, () => prove(world));
    });
  }
}
