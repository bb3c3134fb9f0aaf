import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openChecker } from "../../src/check.ts";
import type { Choices } from "../../src/domain.ts";
import { plan } from "../../src/plan.ts";
import { scan } from "../../src/scan.ts";
import { loadTemplates } from "../../src/templates.ts";
import { CHOICES } from "../case.ts";
import { SOME_AREAS, stageOf } from "../laws.ts";
import { APP_NAMES, fixtureOf, prepareApp, SAMPLES } from "../runtime/apps.ts";

const workDir = mkdtempSync(path.join(tmpdir(), "credyt-integrate-declined-"));
afterAll(() => rmSync(workDir, { recursive: true, force: true }));

/** With the sample apps' own TypeScript and packages: whichever areas are declined, what is left brings no type error. */
describe.each(APP_NAMES.filter((name) => SAMPLES[name].typed))("%s", (name) => {
  test.each(["usage", "upfront"] as const)("compiles whichever areas are declined, billing: %s", async (billing) => {
    const { dir } = await prepareApp(name, { workDir });
    const survey = await scan(dir);
    const app = survey.apps[0];
    if (!app) throw new Error(`no app in ${dir}`);
    const config = JSON.parse(readFileSync(path.join(fixtureOf(name), "..", "credyt.config.json"), "utf8")) as Partial<Choices>;
    const planned = plan(app, { ...CHOICES, ...config, billing }, loadTemplates());
    const checker = openChecker(survey, app, { seconds: 600 });
    try {
      for (const areas of SOME_AREAS) {
        const { newTypeErrors, leaks, broken, typecheck } = await checker.check(stageOf(planned, areas));
        expect({ areas, newTypeErrors, leaks, broken, typecheck }).toEqual({ areas, newTypeErrors: [], leaks: [], broken: [], typecheck: "passed" });
      }
    } finally {
      checker.close();
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
