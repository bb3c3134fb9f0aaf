import { readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { toCommonJs } from "../../src/code/commonjs.ts";
import { combinations, filesOf, render, templates } from "./render.ts";

const cases: readonly (readonly [name: string, esm: string, cjs: string])[] = [
  ["named", 'import { a } from "node:crypto";\n', 'const { a } = require("node:crypto");\n'],
  ["renamed", 'import { a as b, c } from "x";\n', 'const { a: b, c } = require("x");\n'],
  ["over several lines", 'import {\n  a,\n  b as c,\n} from "./x.js";\n', 'const {\n  a,\n  b: c,\n} = require("./x");\n'],
  ["default", 'import prisma from "../db.js";\n', 'const prisma = require("../db");\n'],
  ["default and named", 'import x, { y } from "x";\n', 'const x = require("x");\nconst { y } = require("x");\n'],
  ["namespace", 'import * as x from "x";\n', 'const x = require("x");\n'],
  ["for its effect", 'import "server-only";\n', 'require("server-only");\n'],
  ["single quotes without semicolons", "import { a } from './a.js'\n\nexport const b = a\n", "const { a } = require('./a')\n\nconst b = a\n\nmodule.exports = { b }\n"],
  ["a package whose name ends in .js", 'import { a } from "socket.js";\n', 'const { a } = require("socket.js");\n'],
  ["functions, classes and values", "export async function a() {}\nexport function b() {}\nexport class C {}\nexport const d = 1;\nexport let e;\n", "async function a() {}\nfunction b() {}\nclass C {}\nconst d = 1;\nlet e;\n\nmodule.exports = { a, b, C, d, e };\n"],
  ["a list of exports", "const a = 1;\nexport { a, a as b };\n", "const a = 1;\n\nmodule.exports = { a, b: a };\n"],
  ["nothing to convert", "const a = 1;\n", "const a = 1;\n"],
  ["inner words", 'export const a = 1;\nconst text = "export const b";\n  // import { c } from "d";\n', 'const a = 1;\nconst text = "export const b";\n  // import { c } from "d";\n\nmodule.exports = { a };\n'],
  ["types in comments", '/** @typedef {import("./customers.js").UserId} UserId */\nexport const a = 1;\n', '/** @typedef {import("./customers").UserId} UserId */\nconst a = 1;\n\nmodule.exports = { a };\n'],
  ["many exports", Array.from({ length: 9 }, (_, i) => `export const number${i} = ${i};\n`).join(""), `${Array.from({ length: 9 }, (_, i) => `const number${i} = ${i};\n`).join("")}\nmodule.exports = {\n${Array.from({ length: 9 }, (_, i) => `  number${i},\n`).join("")}};\n`],
  ["conditions", "export const a = 1;\n// <when x>\nexport const b = 2;\n// <slot y>\nexport const c = 3;\n// </slot>\n// </when>\n", "const a = 1;\n// <when x>\nconst b = 2;\n// <slot y>\nconst c = 3;\n// </slot>\n// </when>\n\nmodule.exports = {\n  a,\n  // <when x>\n  b,\n  // </when>\n  // <when x>\n  c,\n  // </when>\n};\n"],
];

describe("to CommonJS", () => {
  it.each(cases)("%s", (_, esm, cjs) => expect(toCommonJs(esm)).toBe(cjs));

  it.each(["export default 1;\n", 'export * from "./a.js";\n'])("it refuses what our templates do not have: %s", (text) => {
    expect(() => toCommonJs(text)).toThrow("A template has no default export and exports nothing of others.");
  });

  it("a template reads as it would have been written", () => {
    expect(toCommonJs(render(templates("js").balance, new Set()))).toBe(readFileSync(new URL("expected/balance.cjs.txt", import.meta.url), "utf8"));
    expect(toCommonJs(render(templates("js").subscription, new Set()))).toBe(readFileSync(new URL("expected/subscription.cjs.txt", import.meta.url), "utf8"));
  });

  it("converting before filling in gives the same exports as after", () => {
    for (const conditions of combinations()) {
      for (const name of filesOf(conditions)) {
        const template = templates("js")[name];
        const exportsOf = (text: string) => (/module\.exports = (\{[^}]*\});/.exec(text)?.[1] ?? "").match(/\w+/g);
        expect(exportsOf(render(toCommonJs(template), conditions))).toEqual(exportsOf(toCommonJs(render(template, conditions))));
      }
    }
  });

  it("no template needs another that needs it: require would find it half made", () => {
    const needs = new Map(Object.entries(templates("js")).map(([name, text]) => [name, [...text.matchAll(/^import .* from "\.\/(\w+)\.js";$/gm)].map((match) => match[1] ?? "")]));
    const visit = (name: string, path: readonly string[]): void => {
      expect(path).not.toContain(name);
      for (const needed of needs.get(name) ?? []) visit(needed, [...path, name]);
    };
    for (const name of needs.keys()) visit(name, []);
  });

  it("every converted file parses", () => {
    for (const [name, template] of Object.entries(templates("js"))) {
      const { diagnostics = [] } = ts.transpileModule(toCommonJs(template), { fileName: `${name}.cjs`, reportDiagnostics: true, compilerOptions: { allowJs: true, target: ts.ScriptTarget.ES2022 } });
      expect(diagnostics.map((one) => one.messageText)).toEqual([]);
    }
  });
});
