import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { coverageOf, inWords } from "../../src/report/coverage.ts";
import { loadTemplates } from "../../src/templates.ts";
import { CHOICES, copyApp, run, write } from "../case.ts";

const wiredCase = fileURLToPath(new URL("../../fixtures/edits/express-esm-controllers/app", import.meta.url));
const templates = loadTemplates();

/** The gaps of a case that the tool has wired, after somebody has changed a file of it. */
async function gapsAfter(changes: readonly { readonly file: string; readonly from: string; readonly to: string }[]): Promise<readonly string[]> {
  const copy = copyApp(wiredCase);
  try {
    write(copy.dir, (await run(copy.dir)).patch);
    for (const { file, from, to } of changes) {
      const text = readFileSync(join(copy.dir, file), "utf8");
      expect(text).toContain(from);
      writeFileSync(join(copy.dir, file), text.replace(from, to));
    }
    return coverageOf((await run(copy.dir)).app, CHOICES, templates).gaps.map((gap) => `${gap.rule} ${inWords(gap)} (${gap.how})`);
  } finally {
    copy.remove();
  }
}

test("what the tool has wired has no gap", async () => {
  expect(await gapsAfter([])).toEqual([]);
});

const FILE = "controllers/noteController.js";

test("a usage event that nobody waits for is a gap, and a person's to mend: the tool would write a second one", async () => {
  const changes = [{ file: FILE, from: "await recordUsage(", to: "recordUsage(" }];
  expect(await gapsAfter(changes)).toEqual(["unawaited-call chat.completions.create in summarise: recordUsage is not awaited (hand)"]);
});

test("a promise that is left on purpose is nobody's mistake", async () => {
  expect(await gapsAfter([{ file: FILE, from: "await recordUsage(", to: "void recordUsage(" }])).toEqual([]);
});
