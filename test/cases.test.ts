import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Choices } from "../src/domain.ts";
import { brokenFiles, copyApp, expected, leftText, patchText, run, surveyText, write } from "./case.ts";
import { alteredLines } from "./laws.ts";

const fixtures = fileURLToPath(new URL("../fixtures/", import.meta.url));

/** Every folder below `fixtures/<kind>` that holds an `app/`. */
function casesOf(kind: string): string[] {
  const found: string[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(fixtures, folder), { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name === "app" || entry.name === "expected") continue;
      const inner = `${folder}/${entry.name}`;
      if (existsSync(join(fixtures, inner, "app"))) found.push(inner);
      else visit(inner);
    }
  };
  if (existsSync(join(fixtures, kind))) visit(kind);
  return found.sort();
}

/** A case's own choices: `case.json`, where there is one. */
const choicesOf = (folder: string): Partial<Choices> => (existsSync(join(folder, "case.json")) ? (JSON.parse(readFileSync(join(folder, "case.json"), "utf8")) as Partial<Choices>) : {});

for (const kind of ["calls", "signups", "edits"]) {
  describe(kind, () => {
    test.each(casesOf(kind))("%s", async (name) => {
      const folder = join(fixtures, name);
      const choices = choicesOf(folder);
      const copy = copyApp(join(folder, "app"));
      try {
        const first = await run(copy.dir, choices);
        const survey = surveyText(first.app);
        const patch = patchText(first.app, first.patch);
        const left = leftText(first.plan);
        expect(survey).toBe(expected(folder, "survey.json", survey));
        expect(patch).toBe(expected(folder, "patch.diff", patch));
        expect(left).toBe(expected(folder, "left.txt", left));
        expect(first.patch.refused.map((one) => `${one.change.id}: ${one.reason}`)).toEqual([]);
        expect(brokenFiles(first.patch)).toEqual([]);
        expect(alteredLines(first.app, first.plan, first.patch)).toEqual([]);
        write(copy.dir, first.patch);
        const second = await run(copy.dir, choices);
        expect(patchText(second.app, second.patch)).toBe("");
      } finally {
        copy.remove();
      }
    });
  });
}
