import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apply } from "../src/apply.ts";
import { AREAS, type Choices } from "../src/domain.ts";
import { undo } from "../src/undo.ts";
import { readTree } from "./apply/tree.ts";
import { brokenFiles, copyApp, expected, leftText, patchText, run, surveyText, write } from "./case.ts";
import { cli } from "./cli/cli.ts";
import { alteredLines, canaryEnv, openLinker, SOME_AREAS, stageOf } from "./laws.ts";

const samples = fileURLToPath(new URL("../fixtures/apps/", import.meta.url));
const configOf = (name: string): Partial<Choices> => JSON.parse(readFileSync(join(samples, name, "credyt.config.json"), "utf8")) as Partial<Choices>;
const CANARY = "canary_5d1f0c";

test("what looks for breaches of the laws finds them", async () => {
  const copy = copyApp(join(samples, "express-jwt-prisma-openai", "app"));
  try {
    const { app, plan, patch } = await run(copy.dir);
    const without = patch.files.filter(({ file }) => !file.endsWith("/usage.ts"));
    expect(openLinker(copy.dir)({ files: without })).toContainEqual(expect.stringMatching(/^src\/routes\/documents\.ts Cannot find module '\.\.\/services\/credyt\/usage\.js'/));
    const renamed = patch.files.map((one) => ({ ...one, after: one.after.replace("export async function ensureCustomer", "export async function makeCustomer") }));
    expect(openLinker(copy.dir)({ files: renamed })).toContainEqual(expect.stringMatching(/^src\/routes\/auth\.ts .*'ensureCustomer'/));
    const tidied = patch.files.map((one) => (one.file === "src/env.ts" ? { ...one, after: one.after.replace("process.exit(1)", "process.exit( 1 )").replace("import { z }", "import {z}") } : one));
    expect(alteredLines(app, plan, { files: tidied }).map((line) => line.replace(/:\d+ .*/, ""))).toEqual(["src/env.ts"]);
  } finally {
    copy.remove();
  }
});

test("where a module of the app gives the key, it is declared there whichever area brings the client", async () => {
  const copy = copyApp(join(samples, "express-jwt-prisma-openai", "app"));
  try {
    const { plan, patch } = await run(copy.dir);
    const env = (one: typeof patch): string | undefined => one.files.find(({ file }) => file === "src/env.ts")?.after;
    for (const areas of SOME_AREAS) expect({ areas, env: env(stageOf(plan, areas)) }).toEqual({ areas, env: env(patch) });
  } finally {
    copy.remove();
  }
});

/** The sample apps as they are committed, without their packages: what the tool makes of them, and the laws that hold for each. */
for (const name of readdirSync(samples)) {
  describe(name, () => {
    let copy: ReturnType<typeof copyApp>;
    let first: Awaited<ReturnType<typeof run>>;

    beforeAll(async () => {
      copy = copyApp(join(samples, name, "app"));
      first = await run(copy.dir, configOf(name));
    });

    afterAll(() => copy.remove());

    test.each(["usage", "upfront"] as const)("survey, diff and handoffs are the expected ones, billing: %s", async (billing) => {
      const { app, plan, patch } = billing === "usage" ? first : await run(copy.dir, { ...configOf(name), billing });
      const folder = join(samples, name);
      const [survey, diff, left] = [surveyText(app), patchText(app, patch), leftText(plan)];
      expect(survey).toBe(expected(folder, "survey.json", survey));
      expect(diff).toBe(expected(folder, billing === "usage" ? "patch.diff" : "upfront.diff", diff));
      expect(left).toBe(expected(folder, billing === "usage" ? "left.txt" : "upfront.txt", left));
      expect(patch.refused).toEqual([]);
    });

    test("no line is altered but those that an edit stands in, and every touched file parses", () => {
      expect(alteredLines(first.app, first.plan, first.patch)).toEqual([]);
      expect(brokenFiles(first.patch)).toEqual([]);
    });

    test("no value of an environment variable is in anything that the command prints, or in a file of the app", async () => {
      const other = copyApp(copy.dir);
      try {
        writeFileSync(join(other.dir, ".env"), canaryEnv(other.dir, CANARY));
        for (const way of [["--dry-run"], ["--dry-run", "--format", "json"], ["--yes"], ["--check"]]) {
          const { stdout, stderr } = await cli([...way, "--no-typecheck", other.dir]);
          expect(stdout).not.toBe("");
          expect(stdout + stderr).not.toContain(CANARY);
        }
        const held = Object.entries(readTree(other.dir, true)).filter(([, facts]) => Buffer.from(facts.split(" ")[1] ?? "", "base64").includes(CANARY));
        expect(held.map(([file]) => file)).toEqual([".env"]);
      } finally {
        other.remove();
      }
    });

    test("whichever areas are declined, what is left parses and imports nothing that is not there", () => {
      const hangingIn = openLinker(copy.dir);
      for (const areas of SOME_AREAS) {
        const patch = stageOf(first.plan, areas);
        expect({ areas, broken: brokenFiles(patch), hanging: hangingIn(patch), altered: alteredLines(first.app, first.plan, patch) }).toEqual({ areas, broken: [], hanging: [], altered: [] });
      }
    });

    test.each([["in order", AREAS], ["the customers last", [...AREAS.filter((area) => area !== "customers"), "customers" as const]]])("areas that are taken one after the other, %s, each by a run of its own, leave nothing to do and nothing hanging", async (_order, areas) => {
      const other = copyApp(copy.dir);
      try {
        const hangingIn = openLinker(other.dir);
        for (const area of areas) {
          const { plan } = await run(other.dir, configOf(name));
          const patch = stageOf(plan, [area]);
          expect({ area, hanging: hangingIn(patch) }).toEqual({ area, hanging: [] });
          write(other.dir, patch);
        }
        const last = await run(other.dir, configOf(name));
        expect(patchText(last.app, last.patch)).toBe("");
      } finally {
        other.remove();
      }
    });

    test("a second plan is empty, and undo restores every byte", async () => {
      const before = readTree(copy.dir);
      await apply(copy.dir, first.patch, { app: "", area: "all", run: "law", tool: "test" });
      const second = await run(copy.dir, configOf(name));
      expect(patchText(second.app, second.patch)).toBe("");
      await undo(copy.dir);
      expect(readTree(copy.dir, true)).toEqual(before);
    });
  });
}
