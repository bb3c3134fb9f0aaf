import ts from "typescript";
import { describe, expect, it } from "vitest";
import { combinations, filesOf, render, templates, type TemplateName } from "./render.ts";

const typescript = templates("ts");
const javascript = templates("js");
const names = Object.keys(typescript) as TemplateName[];

/** A program as a tree in text, without types, comments and parentheses (a cast in a comment needs some). */
function treeOf(text: string): string {
  const { outputText } = ts.transpileModule(text.replace(/(from "\.\/\w+)\.js"/g, '$1"'), { compilerOptions: { target: ts.ScriptTarget.ES2021, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, removeComments: true, useDefineForClassFields: false } });
  const show = (node: ts.Node, depth: number): string => {
    if (ts.isParenthesizedExpression(node)) return show(node.expression, depth);
    const inner: string[] = [];
    ts.forEachChild(node, (child) => void inner.push(show(child, depth + 1)));
    return `${" ".repeat(depth)}${ts.SyntaxKind[node.kind]}${inner.length === 0 ? ` ${node.getText()}` : ""}\n${inner.join("")}`;
  };
  return show(ts.createSourceFile("x.js", outputText, ts.ScriptTarget.Latest, true), 0);
}

/** The lines that tell what the code is for, joined: they may be broken differently. */
const wordsOf = (text: string) =>
  [...text.matchAll(/(?:\/\/|\/?\*{1,2})(?!\/)([^\n]*)/g)].map((match) => (match[1] ?? "").replace(/\*\/.*$/, "").trim()).filter((line) => line !== "" && !line.startsWith("@") && !/^<\/?(?:when|slot)/.test(line)).join(" ");

describe("TypeScript and JavaScript", () => {
  it("there are the same files", () => expect(Object.keys(javascript)).toEqual(names));

  it.each(names)("%s is the same program", (name) => expect(treeOf(javascript[name])).toBe(treeOf(typescript[name])));

  it.each(names)("%s has the same slots and conditions, in the same order", (name) => {
    const markersOf = (text: string) => text.split("\n").filter((line) => /\/\/ <\/?(?:slot|when)/.test(line)).map((line) => line.trim());
    expect(markersOf(javascript[name])).toEqual(markersOf(typescript[name]));
  });

  it.each(names)("%s says the same about exported functions", (name) => {
    const sentences = (text: string) => [...text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export (?:async )?(?:function|class|const) (\w+)/g)].map((match) => [match[2], wordsOf(`/**${match[1] ?? ""}`)]);
    expect(sentences(javascript[name])).toEqual(sentences(typescript[name]));
  });
});

describe.each([["ts", typescript], ["js", javascript]] as const)("%s as text", (_, all) => {
  it("markers are balanced and stand on lines of their own", () => {
    for (const name of names) {
      const open: string[] = [];
      for (const line of all[name].split("\n").filter((one) => one.includes("// <"))) {
        const [, end, kind = "", marked] = /^ *\/\/ <(\/?)(slot|when)( [\w-]+)?>$/.exec(line) ?? [];
        expect({ line, known: kind !== "", named: Boolean(marked) }).toEqual({ line, known: true, named: end === "" });
        if (end === "") open.push(kind);
        else expect(open.pop()).toBe(kind);
      }
      expect(open).toEqual([]);
    }
  });

  it("every rendering is tidy: no marker, no wide line, no stray blank line, no trailing space", () => {
    for (const conditions of combinations()) {
      for (const name of filesOf(conditions)) {
        const text = render(all[name], conditions);
        const where = `${name} with ${[...conditions].join(", ")}`;
        expect({ where, found: /<\/?(?:slot|when)\b/.exec(text)?.[0] }).toEqual({ where, found: undefined });
        expect({ where, found: text.split("\n").find((line) => line.length > 100) }).toEqual({ where, found: undefined });
        expect({ where, found: /\n\n\n|^\n|\{\n\n|\n\n *[})\]]|[ \t]\n|\r|[^\n]$|\n\n$/.exec(text)?.[0] }).toEqual({ where, found: undefined });
      }
    }
  });

  it("nothing newer than TypeScript 4.9 and Node 18 is used, and nothing that is not in Node", () => {
    for (const name of names) {
      expect(all[name]).not.toMatch(/\b(?:satisfies|using|accessor|enum|namespace)\b (?!as)/);
      expect(all[name]).not.toMatch(/\b(?:import\.meta|globalThis\.crypto|structuredClone|Object\.groupBy|Array\.fromAsync|\.at\(|\.replaceAll\(|\.findLast\(|\.flatMap\(|\.toSorted\()/);
      const packages = [...all[name].matchAll(/^import (?:.* from )?"([^.][^"]*)";$/gm)].map((match) => match[1]);
      expect(packages.filter((one) => one !== "node:crypto" && one !== "server-only")).toEqual([]);
    }
  });
});
