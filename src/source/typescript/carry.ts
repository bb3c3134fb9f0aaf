import type { Code, Import } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../app.ts";
import { ts, walk } from "./parse.ts";
import { lookup } from "./scope.ts";
import { writtenAs } from "./text.ts";
import { exportOf } from "./values.ts";

/** Names that mean something else in the new file: `{ request: "req" }`; an empty text means that the node cannot be carried. */
export type Renames = Readonly<Record<string, string>>;

/**
 * An expression or a type of one file as another file can write it: its text, with every name imported from where this file has it.
 * Undefined when a name is known to this file alone.
 */
export function carried(app: App, node: ts.Node, renames: Renames = {}): Code | undefined {
  const tree = node.getSourceFile();
  const names = freeNames(node);
  const text = writtenAs(node);
  const pieces: Code[] = [];
  let at = node.getStart(tree);
  for (const name of names) {
    const needed = renames[name.text] ?? importOf(app, name, node);
    if (needed === undefined || needed === "") return undefined;
    pieces.push(raw(text(at, name.getStart(tree))), typeof needed === "string" ? raw(needed) : code`${needed}`);
    // What is given under another name has its own type there: `req as any` needs none.
    at = typeof needed === "string" && needed !== name.text && ts.isAsExpression(name.parent) ? name.parent.end : name.end;
  }
  pieces.push(raw(text(at, node.end)));
  return joinCode(pieces, "");
}

/** Identifiers that stand for a value or a type, in source order: no property names, keys or names that the node declares itself. */
function freeNames(node: ts.Node): ts.Identifier[] {
  if (ts.isIdentifier(node)) return [node];
  const found: ts.Identifier[] = [];
  walk(node, (at) => {
    if (!ts.isIdentifier(at)) return;
    const { parent } = at;
    if (ts.isPropertyAccessExpression(parent) && parent.name === at) return;
    if (ts.isQualifiedName(parent) && parent.right === at) return;
    if ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) && parent.name === at) return;
    if (ts.isParameter(parent) && parent.name === at) return;
    const declared = lookup(at.text, at)?.node;
    if (declared && declared.pos >= node.pos && declared.end <= node.end) return;
    found.push(at);
  });
  return found;
}

/** How another file gets what a name is here; the name itself for a global, undefined for what this file keeps to itself. */
function importOf(app: App, name: ts.Identifier, whole: ts.Node): Import | string | undefined {
  const tree = name.getSourceFile();
  const isType = isTypeUse(name, whole);
  const brought = importedAs(app, tree, name.text);
  if (brought) return isType ? { ...brought, typeOnly: true } : brought;
  const binding = lookup(name.text, name)?.node;
  if (binding) {
    const given = exportOf(app.code, binding);
    return given && { name: given.name, from: { file: tree.fileName }, as: given.as, ...(isType && { typeOnly: true }) };
  }
  const declared = tree.statements.find((one): one is ts.InterfaceDeclaration | ts.TypeAliasDeclaration => (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.name.text === name.text);
  if (!declared) return name.text;
  const isExported = ts.getModifiers(declared)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) ?? false;
  return isExported ? { name: name.text, from: { file: tree.fileName }, typeOnly: true } : undefined;
}

/** Whether a name stands in a type: imported as one, so that the import is gone at run time. */
function isTypeUse(name: ts.Node, whole: ts.Node): boolean {
  for (let at = name; ; at = at.parent) {
    if (ts.isTypeNode(at) && !ts.isExpressionWithTypeArguments(at)) return true;
    if (at === whole) return false;
  }
}

/** The import that gives a file a name, as another file would write it. */
export function importedAs(app: App, tree: ts.SourceFile, local: string): Import | undefined {
  for (const fact of app.facts(tree.fileName)?.imports ?? []) {
    // An alias of the app means the same from every file of it.
    const from = fact.file === undefined || !fact.module.startsWith(".") ? { package: fact.module } : { file: fact.file };
    const typeOnly = fact.typeOnly ? { typeOnly: true } : {};
    const named = fact.named.find((one) => one.local === local);
    if (named) return { name: named.imported, from, ...typeOnly };
    if (fact.defaultName === local) return { name: local, from, as: "default", ...typeOnly };
    // `const auth = require("../middleware/auth")` is what that module exports, `require("x").y` is not.
    if (fact.namespace === local && (fact.kind === "import" || isWholeRequire(tree, fact.module, local))) return { name: local, from, as: fact.kind === "import" ? "namespace" : "default", ...typeOnly };
  }
  return undefined;
}

const isWholeRequire = (tree: ts.SourceFile, module: string, local: string): boolean => new RegExp(`\\b${local}\\s*=\\s*require\\(["'\`]${module.replace(/[.*+?^$\{\}()|[\]\\/]/g, "\\$&")}["'\`]\\)\\s*(?:;|,|\\n|$)`).test(tree.text);
