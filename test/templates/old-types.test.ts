import ts from "typescript";
import { expect, test } from "vitest";
import { forOldTypes } from "../../transforms/old-types.ts";
import { render, templates, type TemplateName } from "./render.ts";

/** What TypeScript does not know in a file when it has no types but those of ECMAScript 2017. */
function unknownNames(text: string): string[] {
  const options: ts.CompilerOptions = { target: ts.ScriptTarget.ES2017, lib: ["lib.es2017.d.ts"], types: [], strict: true, noEmit: true, module: ts.ModuleKind.CommonJS };
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile.bind(host);
  host.getSourceFile = (name, version) => (name === "own.ts" ? ts.createSourceFile(name, text, version) : read(name, version));
  const found = ts.createProgram(["own.ts"], options, host).getSemanticDiagnostics();
  return [...new Set(found.filter(({ code }) => code === 2304 || code === 2552).map(({ messageText }) => /'(\w+)'/.exec(String(messageText))?.[1] ?? ""))].filter((name) => !["process", "console", "setTimeout", "Buffer"].includes(name));
}

const all = templates("ts");
const names = Object.keys(all) as TemplateName[];

test.each(names)("%s names nothing that types of Node 14 do not know", (name) => {
  const text = forOldTypes(render(all[name], new Set(["store", "upfront", "gate"])));
  expect(unknownNames(text)).toEqual([]);
  expect(text.match(/"node:\w+"/g) ?? []).toEqual([]);
});

test("imports stand in front of the file's own, declarations below them", () => {
  expect(forOldTypes('// What it is for.\n\nimport { a } from "./a";\n\nexport const b = a(new URL("/", "x"), fetch("y", {}));\n')).toBe(`// What it is for.

import { URL } from "url";
import { a } from "./a";

// Newer than the types of Node in this app.
declare function fetch(
  url: string,
  options: object,
): Promise<{
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;

export const b = a(new URL("/", "x"), fetch("y", {}));
`);
});
