import { mkdirSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { check, openChecker } from "../../src/check.ts";
import type { AppSurvey, FilePatch, Patch, Verdict } from "../../src/domain.ts";
import { makeTree, readTree, type Tree } from "../apply/tree.ts";
import { surveyed } from "./surveyed.ts";

const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

function install(root: string, dir = ""): void {
  mkdirSync(join(root, dir, "node_modules"), { recursive: true });
  symlinkSync(typescript, join(root, dir, "node_modules/typescript"));
}

const manifest = '{ "dependencies": { "typescript": "6" } }';
const tsconfig = '{ "compilerOptions": { "strict": true, "noEmit": true, "module": "esnext", "moduleResolution": "bundler", "target": "es2022", "types": [] } }';

interface Case {
  readonly files: Tree;
  readonly patch: readonly FilePatch[];
  readonly dir?: string;
  readonly installed?: string;
  readonly options?: Parameters<typeof check>[3];
  readonly extension?: AppSurvey["home"]["extension"];
  readonly globals?: readonly string[];
}

/** The verdict; the tree must be as it was. */
async function judge({ files, patch, dir = "", installed, options, extension, globals }: Case): Promise<Verdict> {
  const root = makeTree(files);
  if (installed !== undefined) install(root, installed);
  const before = readTree(root);
  const { survey, app } = surveyed(root, dir, extension, globals);
  const verdict = await check(survey, app, { files: patch } satisfies Patch, options);
  expect(readTree(root)).toEqual(before);
  return verdict;
}

const edit = (files: Tree, file: string, change: (text: string) => string): FilePatch => ({ file, before: String(files[file]), after: change(String(files[file])) });

describe("types", () => {
  const files = { "package.json": manifest, "tsconfig.json": tsconfig, "a.ts": "export const a: number = 1;\n", "b.ts": 'import { a } from "./a";\nexport const b: number = a;\n', "old.ts": 'export const wrong: number = "text";\n' };

  test("a sound change passes", async () => {
    expect(await judge({ files, installed: "", patch: [edit(files, "a.ts", (text) => `${text}export const c = a + 1;\n`), { file: "lib/new.ts", after: 'import { b } from "../b";\nexport const d: number = b;\n' }] }))
      .toEqual({ broken: [], leaks: [], newTypeErrors: [], oldTypeErrors: 0, typecheck: "passed" });
  });

  test("an error in a new file, one in an edited file and one in an importer are each told with their line", async () => {
    const verdict = await judge({ files, installed: "", patch: [
      edit(files, "a.ts", () => "export const a: string = 1;\n"),
      { file: "lib/credyt/usage.ts", after: 'import { nothing } from "../../b";\nexport const d = nothing;\n' },
    ] });
    expect(verdict.typecheck).toBe("failed");
    expect(verdict.newTypeErrors).toEqual([
      { file: "a.ts", line: 1, text: "export const a: string = 1;", code: "TS2322", message: "Type 'number' is not assignable to type 'string'." },
      { file: "lib/credyt/usage.ts", line: 1, text: 'import { nothing } from "../../b";', code: "TS2305", message: "Module '\"../../b\"' has no exported member 'nothing'." },
      { file: "b.ts", line: 2, text: "export const b: number = a;", code: "TS2322", message: "Type 'string' is not assignable to type 'number'." },
    ]);
  });

  test("types that a framework makes for each route are not there yet for a new one; anything else that is missing counts", async () => {
    const made = 'import type { RequestHandler } from "./$types";\nimport type { Route } from "../+types/home";\nexport const POST: RequestHandler = async ({ locals }) => locals as Route.Args;\n';
    const verdict = await judge({ files, installed: "", patch: [{ file: "routes/+server.ts", after: `${made}import { gone } from "./gone";\nexport const kept = gone;\n` }] });
    expect(verdict.newTypeErrors.map(({ line, code, message }) => [line, code, message])).toEqual([[4, "TS2307", "Cannot find module './gone' or its corresponding type declarations."]]);
  });

  test("errors that were there do not count, wherever their lines go; a second one like them does", async () => {
    const moved = await judge({ files, installed: "", patch: [edit(files, "old.ts", (text) => `// a comment\n\n${text}`)] });
    expect(moved).toMatchObject({ newTypeErrors: [], oldTypeErrors: 1, typecheck: "passed" });
    const doubled = await judge({ files, installed: "", patch: [edit(files, "old.ts", (text) => `${text}export const again: number = "text";\n`)] });
    expect(doubled.newTypeErrors.map(({ line, code }) => [line, code])).toEqual([[2, "TS2322"]]);
    expect(doubled.oldTypeErrors).toBe(1);
  });

  test("an app without TypeScript of its own is checked with ours", async () => {
    const bare = { ...files, "node_modules/express/index.js": "", "package.json": '{ "dependencies": { "express": "5" } }' };
    const verdict = await judge({ files: bare, patch: [edit(bare, "a.ts", (text) => `${text}export const list: string[] = [1].map(String);\nexport const bad: string = a;\n`)] });
    expect(verdict.newTypeErrors.map(({ line, code }) => [line, code])).toEqual([[3, "TS2322"]]);
  });

  test("a project that is only references, in a package of a monorepo, with what it extends", async () => {
    const mono = {
      "package.json": '{ "workspaces": ["apps/*", "packages/*"] }', "tsconfig.base.json": tsconfig,
      "apps/web/package.json": manifest, "apps/web/tsconfig.json": '{ "files": [], "references": [{ "path": "./tsconfig.app.json" }, { "path": "./tsconfig.node.json" }] }',
      "apps/web/tsconfig.app.json": '{ "extends": "../../tsconfig.base.json", "compilerOptions": { "composite": true, "paths": { "@/*": ["./src/*"] } }, "include": ["src"] }',
      "apps/web/tsconfig.node.json": '{ "extends": "../../tsconfig.base.json", "include": ["vite.config.ts"] }',
      "apps/web/src/a.ts": "export const a = 1;\n", "apps/web/vite.config.ts": "export default {};\n",
    };
    const verdict = await judge({ files: mono, dir: "apps/web", installed: "", patch: [
      edit(mono, "apps/web/src/a.ts", (text) => `import { client } from "@/lib/client";\n${text}export const b: string = client;\n`),
      { file: "apps/web/src/lib/client.ts", after: "export const client = 1;\n" },
    ] });
    expect(verdict.newTypeErrors.map(({ file, line, code }) => [file, line, code])).toEqual([["apps/web/src/a.ts", 3, "TS2322"]]);
  });

  test("a column that the patch adds to a Prisma schema is not held against the client of before", async () => {
    const prisma = { ...files, "schema.prisma": "model User {\n  id String @id\n}\n", "db.ts": "export const save = (data: { id: string }) => data;\n" };
    const verdict = await judge({ files: prisma, installed: "", patch: [
      edit(prisma, "schema.prisma", (text) => text.replace("@id\n", "@id\n  credytCustomerId String?\n")),
      { file: "lib/store.ts", after: 'import { save } from "../db";\nsave({ id: "1", credytCustomerId: "2" });\nsave({ id: "1", other: "2" });\n' },
    ] });
    expect(verdict.newTypeErrors.map(({ line, code }) => [line, code])).toEqual([[3, "TS2353"]]);
  });

  test("looked at again: what passed before counts as passed, what imports a change does not", async () => {
    const root = makeTree(files);
    install(root, "");
    const { survey, app } = surveyed(root);
    const checker = openChecker(survey, app);
    const uses = { file: "uses.ts", after: 'import { x } from "./new";\nexport const y: number = x;\n' };
    const first = await checker.check({ files: [{ file: "new.ts", after: "export const x = 1;\n" }, uses] });
    const broken = await checker.check({ files: [{ file: "new.ts", after: 'export const x = "text";\n' }, uses] });
    const gone = await checker.check({ files: [uses] });
    const sound = await checker.check({ files: [{ file: "new.ts", after: "export const x = 2;\n" }, uses, edit(files, "a.ts", (text) => `${text}// more\n`)] });
    checker.close();
    expect([first, broken, gone, sound].map(({ typecheck, newTypeErrors }) => [typecheck, newTypeErrors.map(({ file, code }) => `${file} ${code}`)])).toEqual([
      ["passed", []], ["failed", ["uses.ts TS2322"]], ["failed", ["uses.ts TS2307"]], ["passed", []],
    ]);
  });

  test.each([
    ["no answer in time", { options: { seconds: 0.001 } }, "skipped: took longer than 0.001 s"],
    ["turned off", { options: { typecheck: false } }, "skipped: turned off with --no-typecheck"],
    ["nothing installed", { installed: undefined }, "skipped: dependencies are not installed"],
  ] as const)("skipped, and it says why: %s", async (_name, over, typecheck) => {
    expect(await judge({ files, installed: "", patch: [edit(files, "a.ts", (text) => `${text}// more\n`)], ...over } as Case)).toMatchObject({ typecheck, newTypeErrors: [] });
  });

  test("a name that the framework gives every file needs no declaration, where what declares it is not made yet", async () => {
    const nuxt = { ...files, "tsconfig.json": '{ "files": [], "references": [{ "path": "./.nuxt/tsconfig.server.json" }] }' };
    const patch = [{ file: "server/api/billing.post.ts", after: "export default defineEventHandler(() => createMember());\n" }];
    const verdict = await judge({ files: nuxt, patch, globals: ["defineEventHandler"] });
    expect(verdict.newTypeErrors.map(({ message }) => message)).toEqual(["Cannot find name 'createMember'."]);
  });

  test("skipped where the tsconfig builds on a file that a tool has yet to make", async () => {
    const kit = { ...files, "tsconfig.json": '{ "extends": "./.svelte-kit/tsconfig.json" }' };
    const verdict = await judge({ files: kit, installed: "", patch: [edit(kit, "a.ts", (text) => `${text}export const x = $lib;\n`)] });
    expect(verdict.newTypeErrors.map(({ message }) => message)).toEqual(["Cannot find name '$lib'."]);
    const sound = await judge({ files: kit, installed: "", patch: [edit(kit, "a.ts", (text) => `${text}export const x = 1;\n`)] });
    expect(sound.typecheck).toMatch(/^skipped: the tsconfig builds on a file that is not there yet \(/);
  });
});

describe("plain JavaScript", () => {
  const files = { "package.json": '{ "dependencies": { "typescript": "6" } }', "a.js": "const express = require('express');\nmodule.exports = (req, res) => res.json(undeclared);\n" };

  test("sound code: skipped, and it says why", async () => {
    const patch = [edit(files, "a.js", (text) => `const { recordUsage } = require('./lib/credyt/usage');\n${text}recordUsage(process.env.X, fetch, Buffer.from(''), __dirname);\n`)];
    expect(await judge({ files, installed: "", patch, extension: ".js" })).toEqual({ broken: [], leaks: [], newTypeErrors: [], oldTypeErrors: 0, typecheck: "skipped: plain JavaScript" });
  });

  test("a name that nobody declares is found all the same", async () => {
    const patch = [edit(files, "a.js", (text) => `${text}recordUsage(1);\n`)];
    const verdict = await judge({ files, installed: "", patch, extension: ".js" });
    expect(verdict.newTypeErrors.map(({ line, message }) => [line, message])).toEqual([[3, "Cannot find name 'recordUsage'."]]);
  });
});

describe("syntax", () => {
  const files = { "package.json": "{}", "a.js": "function f() {\n  return 1;\n}\n", "broken.js": "function (\n", "data.json": '{ "a": 1 }', "loose.json": "{ // comment\n}" };

  test.each([
    ["a brace too few", edit(files, "a.js", () => "function f() {\n  return 1;\n"), [{ file: "a.js", line: 3, text: "" }]],
    ["await in a function that is not async", edit(files, "a.js", (text) => text.replace("return 1;", "await g();\n  return 1;")), [{ file: "a.js", line: 2, text: "await g();" }]],
    ["await in one that is", edit(files, "a.js", () => "async function f() { await g(); [1].map(async () => await h()); }\n"), []],
    ["a name declared twice in one block", edit(files, "a.js", () => "const { a, b: [c] } = f();\nfunction g(a) {\n  const c = 1;\n  let x, c;\n}\n"), [{ file: "a.js", line: 4, text: "let x, c;" }]],
    ["an import beside a constant of its name", edit(files, "a.js", () => 'import { a } from "./b";\nimport type { T } from "./c";\ntype T = 1;\nconst a = 1;\n'), [{ file: "a.js", line: 4, text: "const a = 1;" }]],
    ["JSON with a comma too many", edit(files, "data.json", () => '{\n  "a": 1,\n}'), [{ file: "data.json", line: 3, text: "}" }]],
    ["JSON with comments, as before", edit(files, "loose.json", (text) => `${text}\n`), []],
    ["a file that did not parse before either", edit(files, "broken.js", (text) => `// ours\n${text}`), []],
    ["a broken script block", { file: "x.svelte", after: "<p/>\n<script>\nlet a = ;\n</script>" }, [{ file: "x.svelte", line: 3, text: "let a = ;" }]],
  ] as const)("%s", async (_name, patch, broken) => {
    const verdict = await judge({ files, patch: [patch], options: { typecheck: false } });
    expect(verdict.broken).toEqual(broken);
  });
});
