import { describe, expect, test } from "vitest";
import { code, fromFile, fromPackage, importsOf, joinCode, printCode, raw, textOf, when } from "../../src/code/code.ts";
import { bringImports, relativePath, specifierFor } from "../../src/code/imports.ts";
import { OURS } from "../../src/code/style.ts";
import { fillTemplate } from "../../src/code/template.ts";
import type { FileFacts, ImportFact, ImportStyle } from "../../src/domain.ts";

const none = new Set<never>();

describe("code", () => {
  test("dedents its literal and indents what is inserted", () => {
    const inner = code`
      {
        a: 1,
      }
    `;
    expect(textOf(code`
      if (x) {
        f(${inner});
      }
    `)).toBe("if (x) {\n  f({\n    a: 1,\n  });\n}");
  });

  test("keeps imports through interpolation and joins", () => {
    const call = code`${fromFile("recordUsage", "lib/credyt/usage.ts")}(${fromPackage("z", "zod")})`;
    expect(importsOf(joinCode([call, raw("x")], "\n"), none).map((one) => one.name)).toEqual(["recordUsage", "z"]);
  });

  test("a block for an area is printed while the area is accepted", () => {
    const kept = joinCode([raw("a\n"), when(["costs"], raw("b\n")), raw("c\n")], "");
    expect(printCode(kept, none, (one) => one.name)).toBe("a\nc\n");
    expect(printCode(kept, new Set(["costs"] as const), (one) => one.name)).toBe("a\nb\nc\n");
  });
});

describe("template", () => {
  const template = `import { a } from "./a";
// <when costs>
import { costsOf } from "./costs";
// </when>

// <slot config>
const key = "default";
// </slot>

export function f() {
  // <when upfront>
  g();

  // </when>
  return key;
}
`;
  test("slots keep their default, conditions that do not hold vanish without a trace", () => {
    expect(printCode(fillTemplate(template, { slots: {}, conditions: {} }), none, (one) => one.name)).toBe(`import { a } from "./a";

const key = "default";

export function f() {
  return key;
}
`);
  });
  test("slots are filled, conditions and areas kept", () => {
    expect(printCode(fillTemplate(template, { slots: { config: raw("const key = env.KEY;") }, conditions: { upfront: true } }), new Set(["costs"] as const), (one) => one.name)).toBe(`import { a } from "./a";
import { costsOf } from "./costs";

const key = env.KEY;

export function f() {
  g();

  return key;
}
`);
  });
});

const style: ImportStyle = { moduleSystem: "esm", aliases: [], extension: "" };

describe("specifiers", () => {
  test.each([
    ["src/routes/chat.ts", "src/lib/credyt/usage.ts", style, "../lib/credyt/usage"],
    ["app.js", "credyt/usage.js", { ...style, extension: ".js" }, "./credyt/usage.js"],
    ["src/lib/credyt/a.ts", "src/lib/credyt/b.ts", { ...style, aliases: [{ prefix: "@/", dir: "src" }] }, "./b"],
    ["src/app/page.tsx", "src/lib/credyt/b.ts", { ...style, aliases: [{ prefix: "@/", dir: "src" }] }, "@/lib/credyt/b"],
    ["app/api/route.ts", "lib/credyt/b.ts", { ...style, aliases: [{ prefix: "@/", dir: "" }] }, "@/lib/credyt/b"],
  ] as const)("%s imports %s", (from, to, how, specifier) => {
    expect(specifierFor(from, to, how)).toBe(specifier);
  });
  test("relative paths", () => {
    expect([relativePath("", "a/b"), relativePath("a", "b"), relativePath("a/b", "a/c/d")]).toEqual(["./a/b", "../b", "../c/d"]);
  });
});

const facts = (text: string, imports: readonly ImportFact[], extra: Partial<FileFacts> = {}): FileFacts => ({ file: "src/a.ts", text, style: OURS, moduleSystem: "esm", imports, head: 0, names: new Set(text.match(/[A-Za-z_$][\w$]*/g)), ...extra });

describe("imports", () => {
  const need = fromFile("recordUsage", "src/credyt/usage.ts");
  test("a new line after the last import, its comment included", () => {
    const text = 'import x from "x"; // why\n\nx();\n';
    const { splices } = bringImports(facts(text, [{ kind: "import", module: "x", start: 0, end: 18, typeOnly: false, named: [], defaultName: "x" }]), [need], style);
    expect(splices).toEqual([{ offset: 25, remove: "", text: '\nimport { recordUsage } from "./credyt/usage";', style: { quotes: "double", semicolons: true } }]);
  });
  test("an import of the same file is extended", () => {
    const text = 'import { checkBalance } from "./credyt/usage";\n';
    const fact: ImportFact = { kind: "import", module: "./credyt/usage", file: "src/credyt/usage.ts", start: 0, end: 46, typeOnly: false, named: [{ imported: "checkBalance", local: "checkBalance" }], namedEnd: 21 };
    expect(bringImports(facts(text, [fact]), [need], style).splices).toEqual([{ offset: 21, remove: "", text: ", recordUsage" }]);
  });
  test("a name that is there already is used, a taken one gets another", () => {
    const fact: ImportFact = { kind: "import", module: "./credyt/usage", file: "src/credyt/usage.ts", start: 0, end: 50, typeOnly: false, named: [{ imported: "recordUsage", local: "record" }], namedEnd: 30 };
    expect(bringImports(facts('import { recordUsage as record } from "./credyt/usage";\n', [fact]), [need], style).nameOf(need)).toBe("record");
    const taken = bringImports(facts("function recordUsage() {}\n", []), [need], style);
    expect(taken.nameOf(need)).toBe("credytRecordUsage");
    expect(taken.splices).toEqual([{ offset: 0, remove: "", text: 'import { recordUsage as credytRecordUsage } from "./credyt/usage";\n\n' }]);
  });
  test.each([
    [["openai", "@/a", "@/z", "@/m"], 3, "among those of its kind, behind the last where they are in no order"],
    [["openai", "@/a", "@/c", "@/z", "./near"], 2, "in alphabetical order where they are in one"],
    [["openai", "@/x", "@/y", "@/z"], 0, "in front of the first of them"],
    [["openai", "./near"], 1, "behind all where there is none of its kind"],
  ])("%j: a new line %s", (modules, after) => {
    const lines = modules.map((module) => `import "${module}";`);
    const text = `${lines.join("\n")}\n`;
    const known = modules.map((module, i): ImportFact => ({ kind: "import", module, start: text.indexOf(lines[i] ?? ""), end: text.indexOf(lines[i] ?? "") + (lines[i] ?? "").length, typeOnly: false, named: [] }));
    const { splices } = bringImports(facts(text, known, { file: "app/a.ts" }), [need], { ...style, aliases: [{ prefix: "@/", dir: "src" }] });
    const added = splices.reduce((all, one) => all.slice(0, one.offset) + one.text + all.slice(one.offset), text);
    expect(added).toBe(`${[...lines.slice(0, after + 1), 'import { recordUsage } from "@/credyt/usage";', ...lines.slice(after + 1)].join("\n")}\n`);
  });
  test("CommonJS requires", () => {
    const text = "const x = require('x');\nx();\n";
    const fact: ImportFact = { kind: "require", module: "x", start: 0, end: 23, typeOnly: false, named: [], namespace: "x" };
    expect(bringImports(facts(text, [fact], { moduleSystem: "commonjs" }), [need], { ...style, moduleSystem: "commonjs" }).splices).toEqual([{ offset: 23, remove: "", text: '\nconst { recordUsage } = require("./credyt/usage");', style: { quotes: "single", semicolons: true } }]);
  });
});
