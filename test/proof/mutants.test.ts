import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { APP_NAMES, SAMPLES } from "../runtime/apps.ts";
import { mongoAvailable } from "../runtime/mongo/start.ts";
import { wireApp } from "../runtime/proof/wire.ts";
import { startStubProviders, type StubProviders } from "../runtime/stub-providers.ts";
import { customerOperators, storeOperators } from "./mutants/customers.ts";
import { gateOperators } from "./mutants/gate.ts";
import { mutantOf, type Mutant, type Operator } from "./mutants/operator.ts";
import { portalOperators } from "./mutants/portal.ts";
import { byAll, leave, prove, sourcesOf, type Bench, type Catch } from "./mutants/prove.ts";
import { siteOperators } from "./mutants/sites.ts";
import { upfrontOperators } from "./mutants/upfront.ts";
import { usageOperators } from "./mutants/usage.ts";

// What leaks into compiled files goes last: a later mutant could be taken for it.
const OPERATORS: readonly Operator[] = [...siteOperators, ...customerOperators, ...storeOperators, ...gateOperators, ...portalOperators, ...usageOperators, ...upfrontOperators];

/** A change that breaks nothing, by which the bench shows that what it notices is the fault and not the change. */
const CONTROL: Operator = { title: "a comment is added", role: "customers", mutate: (text) => `${text}\n// Nothing has changed.\n`, points: [] };

interface Result {
  readonly app: string;
  readonly family: "express" | "next";
  readonly mutant: Mutant;
  readonly caught: Catch | undefined;
  readonly seconds: number;
}

const results: Result[] = [];
const workDir = mkdtempSync(path.join(tmpdir(), "credyt-integrate-mutants-"));
const chosen = process.env["PROOF_APPS"]?.split(",");
const only = new RegExp(process.env["PROOF_MUTANTS"] ?? "");
const apps = APP_NAMES.filter((one) => (chosen?.includes(one) ?? true) && (one !== "express-passport-mongoose-openai" || mongoAvailable()));
let stub: StubProviders;

beforeAll(async () => {
  stub = await startStubProviders();
});

afterAll(async () => {
  await stub.stop();
  rmSync(workDir, { recursive: true, force: true });
});

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

function lineOf({ app, mutant, caught, seconds }: Result): string {
  return `${caught === undefined ? "SURVIVES" : caught.by.padEnd(8)} ${app} ${seconds.toFixed(0).padStart(3)} s  ${mutant.operator.title} (${mutant.file})${caught === undefined ? "" : ` <- ${caught.what}`}`;
}

/** Caught, all, by what, for one family. */
function tally(family: Result["family"]): { readonly caught: number; readonly all: number; readonly text: string } {
  const mine = results.filter((one) => one.family === family);
  const by = (which: Catch["by"]): number => mine.filter(({ caught }) => caught?.by === which).length;
  const caught = mine.filter((one) => one.caught !== undefined).length;
  return { caught, all: mine.length, text: `${family}: ${caught} of ${mine.length} mutants are caught: ${by("check")} by --check, ${by("proof")} by the proof, ${by("start")} do not start` };
}

for (const name of apps) {
  for (const billing of ["usage", "upfront"] as const) {
    describe(`${name}, ${billing}`, () => {
      let bench: Bench;

      beforeAll(async () => {
        bench = { wired: await wireApp(name, { workDir, billing, typecheck: false }), stub };
      });

      afterAll(async () => {
        if (bench === undefined) return;
        await leave(bench);
        rmSync(bench.wired.dir, { recursive: true, force: true });
      });

      test("unbroken, nothing is noticed, nor when it changes without harm", async () => {
        expect(await byAll(bench)).toBeUndefined();
        const control = mutantOf(CONTROL, sourcesOf(bench.wired.dir));
        expect(control).toBeDefined();
        if (control !== undefined) expect(await prove(bench, control)).toBeUndefined();
      });

      test("each mutant is tried", async () => {
        const sources = sourcesOf(bench.wired.dir);
        const mutants = OPERATORS.filter((one) => (one.billing ?? "usage") === billing && only.test(one.title)).flatMap((one) => mutantOf(one, sources) ?? []);
        for (const mutant of mutants) {
          const start = Date.now();
          const caught = await prove(bench, mutant);
          const result: Result = { app: name, family: SAMPLES[name].framework, mutant, caught, seconds: (Date.now() - start) / 1000 };
          results.push(result);
          say(lineOf(result));
        }
        expect(mutants).not.toEqual([]);
      }, 3_600_000);
    });
  }
}

describe.each([...new Set(apps.map((name) => SAMPLES[name].framework))])("%s", (family) => {
  test.skipIf(only.source !== "(?:)")("at least 25 mutants, and 95 of 100 are caught", () => {
    const { caught, all, text } = tally(family);
    say(text);
    for (const one of results) if (one.family === family && one.caught === undefined) say(lineOf(one));
    expect(all).toBeGreaterThanOrEqual(25);
    expect(caught / all).toBeGreaterThanOrEqual(0.95);
  });
});
