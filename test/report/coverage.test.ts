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

test("answers about what is not in the app (any more) are gaps: what they decided is decided no longer", async () => {
  const copy = copyApp(wiredCase);
  try {
    write(copy.dir, (await run(copy.dir)).patch);
    const moved = { at: "controllers/noteController.js#summarize", billed: false };
    writeFileSync(join(copy.dir, "credyt.config.json"), `{\n  "activities": [\n    ${JSON.stringify(moved)}\n  ],\n  "pages": { "balance": "views/gone.ejs" }\n}\n`);
    const { app, plan } = await run(copy.dir, { activities: [moved], pages: { balance: "views/gone.ejs" } });
    const choices = { ...CHOICES, activities: [moved], pages: { balance: "views/gone.ejs" } };
    const gaps = coverageOf(app, choices, templates).gaps.map((gap) => `${gap.rule} ${inWords(gap)} ${gap.evidence.file}:${gap.evidence.line}`);
    expect(gaps).toEqual([
      'stale-answer No activity is at controllers/noteController.js#summarize (any more): mend "activities" credyt.config.json:3',
      'stale-answer views/gone.ejs is no page that can be changed: mend "pages.balance" credyt.config.json:5',
    ]);
    expect(plan.notes.map(({ title }) => title)).toEqual(expect.arrayContaining([expect.stringMatching(/summarize/), expect.stringMatching(/gone\.ejs/)]));
  } finally {
    copy.remove();
  }
});

test("of two activities in one function, each has its own answer", async () => {
  const copy = copyApp(wiredCase);
  try {
    const file = join(copy.dir, FILE);
    const text = readFileSync(file, "utf8");
    const call = /^[ \t]*const answer = await [\s\S]*?\}\);\n/m.exec(text)?.[0] ?? "";
    writeFileSync(file, text.replace(call, `${call}${call.replace("const answer", "const second")}`));
    const { app } = await run(copy.dir);
    const billed = (at: string): string[] => coverageOf(app, { ...CHOICES, activities: [{ at, billed: false }] }, templates).exempt.map(({ evidence }) => `${evidence.line}`);
    const lines = app.billables.map(({ line }) => `${line}`);
    expect(lines).toHaveLength(2);
    expect(billed(`${FILE}#summarise`)).toEqual([lines[0]]);
    expect(billed(`${FILE}#summarise#2`)).toEqual([lines[1]]);
  } finally {
    copy.remove();
  }
});
