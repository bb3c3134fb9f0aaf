import type { Codebase } from "./codebase.ts";
import { isFn, lastName, nameOf, type Fn } from "./functions.ts";
import { bare, ts, walk, wrapped } from "./parse.ts";
import type { Origin } from "./origin.ts";
import { callsThroughTables } from "./tables.ts";

type OriginOf = (node: ts.Node) => Origin | undefined;

/** A call of a function of the app, and how sure we are that it is that function. */
export interface Caller {
  readonly call: ts.CallExpression | ts.NewExpression;
  /**
   * `resolved`: the name was followed to the function. `named`: only the method's name fits, and no other method has it. `chosen`: it is one
   * of a table's functions, whose type says what they take.
   */
  readonly by: "resolved" | "named" | "chosen";
}

/** Everyone who calls `fn`, over all scripts of the codebase. Same name elsewhere does not count. */
export function callersOf(codebase: Codebase, originOf: OriginOf, fn: Fn): readonly Caller[] {
  const name = nameOf(fn).split(".").at(-1) ?? "";
  if (name === "" || name === "constructor") return [];
  const words = name === "default" ? importNames(codebase, fn) : [name, ...aliasesOf(codebase, name)];
  const found = new Map<ts.Node, Caller>();
  for (const word of new Set(words))
    for (const file of codebase.mentioning(word)) {
      const tree = codebase.parse(file);
      if (!tree) continue;
      for (const call of callsIn(tree).get(word) ?? []) {
        const by = found.has(call) ? undefined : callsFunction(originOf, call, fn, word);
        if (by) found.set(call, { call, by });
      }
    }
  // Whoever is called by name needs no table.
  if (found.size === 0) return callsThroughTables(codebase, originOf, mentionsOf(codebase, originOf, fn)).map(({ call, isTyped }) => ({ call, by: isTyped ? "chosen" : "resolved" }));
  return [...found.values()];
}

const indexes = new WeakMap<ts.SourceFile, ReadonlyMap<string, readonly ts.CallExpression[]>>();

/** The calls of a file by their callee's last name: many functions are looked for in the same files. */
function callsIn(tree: ts.SourceFile): ReadonlyMap<string, readonly ts.CallExpression[]> {
  const hit = indexes.get(tree);
  if (hit) return hit;
  const calls = new Map<string, ts.CallExpression[]>();
  walk(tree, (node) => {
    if (!ts.isCallExpression(node)) return;
    const name = lastName(node.expression);
    if (name === "") return;
    const same = calls.get(name);
    if (same) same.push(node);
    else calls.set(name, [node]);
  });
  indexes.set(tree, calls);
  return calls;
}

function callsFunction(originOf: OriginOf, call: ts.CallExpression, fn: Fn, word: string): "resolved" | "named" | undefined {
  const origin = originOf(call.expression);
  if (origin?.kind === "function") return isSame(origin.node, fn) ? "resolved" : undefined;
  if (origin && origin.kind !== "parameter") return undefined;
  // `this.service.complete()` with an interface or an untyped receiver: the method's name must be its own, or the file must know its type.
  if (!ts.isMethodDeclaration(fn) || !ts.isPropertyAccessExpression(bare(call.expression)) || call.getSourceFile() === fn.getSourceFile()) return undefined;
  const own = word.length > 5 && !COMMON.has(word);
  return own || typesOf(fn).some((name) => new RegExp(`\\b${name}\\b`).test(call.getSourceFile().text)) ? "named" : undefined;
}

/** Names under which a method's class may be known to its callers: the interfaces it implements, the class it extends. */
function typesOf(fn: ts.MethodDeclaration): string[] {
  const owner = fn.parent;
  return ts.isClassLike(owner) ? (owner.heritageClauses ?? []).flatMap((clause) => clause.types.map((one) => lastName(one.expression))).filter((name) => name.length > 3) : [];
}

const COMMON = new Set(["create", "update", "delete", "remove", "execute", "handle", "process", "generate", "complete", "stream", "invoke", "request", "findOne", "findAll", "findById", "insert", "upsert"]);

/** A function and the value it is wrapped in (`export const f = cache(async () => …)`) are one. */
function isSame(a: ts.Node, b: Fn): boolean {
  if (a === b) return true;
  // An overload's signature stands for its implementation.
  return ts.isFunctionDeclaration(a) && ts.isFunctionDeclaration(b) && a.parent === b.parent && a.name?.text === b.name?.text;
}

/** Names under which `import { name as other }` and `export { name as other }` make a function known. */
function aliasesOf(codebase: Codebase, name: string): string[] {
  const pattern = new RegExp(`\\b${name.replace(/\$/g, "\\$")}\\s+as\\s+([\\w$]+)`, "g");
  return codebase.mentioning(`${name} as `).flatMap((file) => [...(codebase.repo.text(file) ?? "").matchAll(pattern)].map((match) => match[1] ?? "")).filter((alias) => alias !== "" && alias !== "default");
}

/** The names importers give a default export. */
function importNames(codebase: Codebase, fn: Fn): string[] {
  const stem = fn.getSourceFile().fileName.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "";
  const folder = fn.getSourceFile().fileName.split("/").at(-2) ?? "";
  return codebase.mentioning(stem === "index" ? folder : stem).flatMap((file) => {
    const tree = codebase.parse(file);
    return (tree?.statements ?? []).flatMap((statement) => {
      if (ts.isImportDeclaration(statement)) return statement.importClause?.name ? [statement.importClause.name.text] : [];
      if (!ts.isVariableStatement(statement)) return [];
      return statement.declarationList.declarations.flatMap((one) => (one.initializer && /require\(/.test(one.initializer.getText()) && ts.isIdentifier(one.name) ? [one.name.text] : []));
    });
  });
}

/** Places that mention a function without calling it: `router.post("/x", controller.signup)`, `{ execute: handler }`. */
export function mentionsOf(codebase: Codebase, originOf: OriginOf, fn: Fn): readonly ts.Expression[] {
  const name = nameOf(fn).split(".").at(-1) ?? "";
  if (name === "" || name === "constructor") return [];
  const words = name === "default" ? importNames(codebase, fn) : [name, ...aliasesOf(codebase, name)];
  const found = new Set<ts.Expression>();
  for (const word of new Set(words))
    for (const file of codebase.mentioning(word)) {
      const tree = codebase.parse(file);
      if (!tree) continue;
      walk(tree, (node) => {
        if (!(ts.isIdentifier(node) && node.text === word) || !ts.isExpression(node)) return;
        const value = wrapped(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node ? node.parent : node) as ts.Expression;
        if (!isValueUse(value)) return;
        const origin = originOf(value);
        if (origin?.kind === "function" && isSame(origin.node, fn)) found.add(value);
      });
    }
  return [...found];
}

/** Whether an expression is handed on as a value: an argument, an element, a property, not a callee or a declaration. */
function isValueUse(node: ts.Expression): boolean {
  const { parent } = node;
  if (ts.isCallExpression(parent)) return parent.arguments.includes(node);
  return ts.isArrayLiteralExpression(parent) || (ts.isPropertyAssignment(parent) && parent.initializer === node) || (ts.isShorthandPropertyAssignment(parent) && !isFn(parent.parent));
}
