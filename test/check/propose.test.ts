import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openChecker, type Checker } from "../../src/check.ts";
import { code, fromFile, raw } from "../../src/code/code.ts";
import type { Change, Edit, Plan, RepoPath } from "../../src/domain.ts";
import { asHandoff, between, propose } from "../../src/propose.ts";
import { scan } from "../../src/scan.ts";
import { stage } from "../../src/stage.ts";
import { pasteText } from "../../src/report/paste.ts";
import { makeTree } from "../apply/tree.ts";

const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
const checkers: Checker[] = [];
afterEach(() => checkers.splice(0).forEach((one) => one.close()));

const files = {
  "package.json": '{ "name": "x", "dependencies": { "typescript": "6", "express": "5" } }',
  "tsconfig.json": '{ "compilerOptions": { "strict": true, "noEmit": true, "module": "esnext", "moduleResolution": "bundler", "target": "es2022", "types": [] } }',
  "node_modules/express/package.json": "{}",
  "a.ts": "export const a = 1;\n", "b.ts": "export const b = 2;\n", "c.ts": "export const c = 3;\n", "old.ts": "export const old: string = 1;\n",
};

/** A plan of hand-made changes for a small app, and a real checker of it. */
async function court(changes: readonly Change[]): Promise<{ readonly plan: Plan; readonly checker: Checker; readonly looks: () => number }> {
  const root = makeTree(files);
  mkdirSync(join(root, "node_modules"), { recursive: true });
  symlinkSync(typescript, join(root, "node_modules/typescript"));
  const survey = await scan(root);
  const app = survey.apps[0] as Plan["app"];
  const real = openChecker(survey, app);
  let looks = 0;
  const checker: Checker = { close: real.close, check: (patch) => (looks++, real.check(patch)) };
  checkers.push(checker);
  return { plan: { app, changes, handoffs: [], notes: [], questions: [], tries: [] }, checker, looks: () => looks };
}

const append = (file: keyof typeof files, text: string): Edit => ({ kind: "splice", at: { file, offset: files[file].length }, remove: "", code: raw(text) });
const create = (file: RepoPath, text: string): Edit => ({ kind: "create", file, code: raw(text) });
const change = (id: string, edits: readonly Edit[], needs: readonly string[] = []): Change => ({ id, area: "usage", title: `change ${id}`, edits, needs });
const ids = (changes: readonly Change[]): string[] => changes.map(({ id }) => id);

describe("what may be applied", () => {
  test("all of it, with one look, when nothing is wrong", async () => {
    const changes = [change("a", [append("a.ts", "export const x = a;\n")]), change("b", [append("b.ts", "export const y = b;\n")])];
    const { plan, checker, looks } = await court(changes);
    const proposal = await propose(plan, ids(changes), checker);
    expect({ accepted: [...proposal.accepted], withdrawn: proposal.withdrawn, typecheck: proposal.verdict.typecheck, looks: looks() }).toEqual({ accepted: ["a", "b"], withdrawn: [], typecheck: "passed", looks: 1 });
  });

  test("without the change that brings a type error, and only without that one", async () => {
    const changes = [
      change("a", [append("a.ts", "export const x: number = a;\n")]), change("bad", [append("a.ts", "export const z: string = a;\n"), append("b.ts", "export const fine = 1;\n")]),
      change("b", [append("b.ts", "export const y = b;\n")]), change("c", [append("c.ts", "export const w = c;\n")]), change("old", [append("old.ts", "export const more = old;\n")]),
    ];
    const { plan, checker } = await court(changes);
    const proposal = await propose(plan, ids(changes), checker);
    expect([...proposal.accepted]).toEqual(["a", "b", "c", "old"]);
    expect(proposal.withdrawn.map((one) => [one.change.id, one.reason])).toEqual([["bad", "It would bring a type error at a.ts:3: TS2322 Type 'number' is not assignable to type 'string'."]]);
    expect(proposal.verdict).toMatchObject({ newTypeErrors: [], typecheck: "passed" });
    expect(proposal.staged.files.map(({ file, after }) => [file, after])).toEqual([
      ["a.ts", "export const a = 1;\nexport const x: number = a;\n"], ["b.ts", "export const b = 2;\nexport const y = b;\n"], ["c.ts", "export const c = 3;\nexport const w = c;\n"], ["old.ts", "export const old: string = 1;\nexport const more = old;\n"],
    ]);
  });

  test("nor one that needs a withdrawn one", async () => {
    const changes = [change("bad", [append("a.ts", "export const z: string = a;\n")]), change("upon", [append("b.ts", "export const y = b;\n")], ["bad"]), change("c", [append("c.ts", "export const w = c;\n")])];
    const { plan, checker } = await court(changes);
    const proposal = await propose(plan, ids(changes), checker);
    expect([...proposal.accepted]).toEqual(["c"]);
    expect(proposal.withdrawn.map((one) => [one.change.id, one.reason])).toEqual([["bad", expect.stringContaining("TS2322")], ["upon", "It needs a change that was withdrawn."]]);
  });

  test("a new file that is wrong takes every change that brings it, without a look at each", async () => {
    const shared = create("lib/shared.ts", "export const shared: string = 1;\n");
    const changes = [..."12345678"].map((n) => change(n, [append("a.ts", `export const x${n} = ${n};\n`), shared]));
    const { plan, checker, looks } = await court([...changes, change("c", [append("c.ts", "export const w = c;\n")])]);
    const proposal = await propose(plan, [...ids(changes), "c"], checker);
    expect([...proposal.accepted]).toEqual(["c"]);
    expect(new Set(proposal.withdrawn.map(({ reason }) => reason))).toEqual(new Set(["It would bring a type error at lib/shared.ts:1: TS2322 Type 'number' is not assignable to type 'string'."]));
    expect(looks()).toBeLessThan(7);
  });

  test("nor what would not parse", async () => {
    const changes = [change("bad", [append("a.ts", "export const = ;\n")]), change("b", [append("b.ts", "export const y = b;\n")])];
    const { plan, checker } = await court(changes);
    const proposal = await propose(plan, ids(changes), checker);
    expect(proposal.withdrawn.map((one) => [one.change.id, one.reason])).toEqual([["bad", "It would not parse at a.ts:2."]]);
    expect([...proposal.accepted]).toEqual(["b"]);
  });

  test("nor two that want the same text: the later one is refused", async () => {
    const at = { file: "a.ts", offset: 13 } as const;
    const changes = [change("first", [{ kind: "splice", at, remove: "a = 1", code: raw("a = 10") }]), change("second", [{ kind: "splice", at, remove: "a = 1", code: raw("a = 20") }])];
    const { plan, checker } = await court(changes);
    const proposal = await propose(plan, ids(changes), checker);
    expect(proposal.withdrawn.map((one) => [one.change.id, one.reason])).toEqual([["second", "two changes touch the same text of a.ts."]]);
  });

  test("nothing of what stands already is withdrawn", async () => {
    const changes = [change("a", [append("a.ts", "export const x = a;\n")]), change("bad", [append("a.ts", "export const z: string = a;\n")])];
    const { plan, checker } = await court(changes);
    const proposal = await propose(plan, ["bad"], checker, new Set(["a"]));
    expect({ accepted: [...proposal.accepted], withdrawn: proposal.withdrawn.map((one) => one.change.id) }).toEqual({ accepted: ["a"], withdrawn: ["bad"] });
  });

  test("nothing wanted: no look at all", async () => {
    const { plan, checker, looks } = await court([]);
    const proposal = await propose(plan, [], checker);
    expect({ files: proposal.staged.files, looks: looks() }).toEqual({ files: [], looks: 0 });
  });
});

test("a withdrawn change is handed over with its reason and the code that would stand at the site", async () => {
  const bad: Change = { ...change("bad", [create("lib/u.ts", "export const u = 1;\n"), { kind: "splice", at: { file: "a.ts", offset: 20 }, remove: "", code: code`use(${fromFile("u", "lib/u.ts")});` }]), evidence: { file: "a.ts", line: 1, text: "export const a = 1;" } };
  const { plan } = await court([bad]);
  const handoff = asHandoff({ change: bad, reason: "It would bring a type error at a.ts:3: TS1 x" }, plan);
  expect(handoff).toMatchObject({ area: "usage", title: "change bad", reason: "Withdrawn. It would bring a type error at a.ts:3: TS1 x", evidence: { file: "a.ts", line: 1 }, file: "a.ts" });
  expect(pasteText(handoff, plan.app)).toBe('import { u } from "./lib/u";\n\nuse(u);');
});

test("of a piece within a line the whole line is handed over", async () => {
  const bad = change("bad", [{ kind: "splice", at: { file: "b.ts", offset: "export const b = 2".length }, remove: "", code: raw(" as const") }]);
  const { plan } = await court([bad]);
  expect(pasteText(asHandoff({ change: bad, reason: "x" }, plan), plan.app)).toBe("export const b = 2 as const;");
});

test("between two stages of one snapshot lies what is written when the first is on the disk", async () => {
  const changes = [change("a", [append("a.ts", "// a\n"), create("n.ts", "1\n")]), change("b", [append("b.ts", "// b\n")]), change("c", [append("a.ts", "// c\n")])];
  const { plan } = await court(changes);
  const first = stage(plan, new Set(["a"]));
  const all = stage(plan, new Set(["a", "b", "c"]));
  expect(between(first, all).files).toEqual([{ file: "a.ts", before: "export const a = 1;\n// a\n", after: "export const a = 1;\n// a\n// c\n" }, { file: "b.ts", before: "export const b = 2;\n", after: "export const b = 2;\n// b\n" }]);
  expect(between(all, all).files).toEqual([]);
});
