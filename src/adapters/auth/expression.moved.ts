import type { Code, Import } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { importedAs } from "../../source/typescript/carry.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { writtenAs } from "../../source/typescript/text.ts";
import { exportOf } from "../../source/typescript/values.ts";

/** An expression of one function as code for another file, with the statements that must stand before it there. */
export interface Moved {
  readonly code: Code;
  readonly before: readonly Code[];
}

/** What a function's parameters are called in the new place: `request` → `req`. Undefined for one that is not there. */
export type Renamed = (name: string, index: number) => string | undefined;

/**
 * Moves an expression to another file: imported names bring their imports, constants of the same function come along as statements,
 * parameters get the names they have there. Undefined when it stands on anything else of its own function or file.
 */
export function moved(app: App, node: ts.Node, renamed: Renamed, depth = 0): Moved | undefined {
  const tree = node.getSourceFile();
  const text = writtenAs(node);
  const before: Code[] = [];
  const parts: Code[] = [];
  let at = node.getStart(tree);
  for (const name of freeNames(node)) {
    const given = nameThere(app, name, renamed, depth);
    if (!given) return undefined;
    before.push(...given.before.filter((one) => !before.some((other) => same(one, other))));
    const isShorthand = ts.isShorthandPropertyAssignment(name.parent) && name.parent.name === name;
    parts.push(raw(text(at, name.getStart(tree))), isShorthand && !isNamed(given.code, name.text) ? code`${name.text}: ${given.code}` : given.code);
    at = ts.isAsExpression(name.parent) && isParameter(name) ? name.parent.end : name.end;
  }
  parts.push(raw(text(at, node.end)));
  return { code: joinCode(parts, ""), before };
}

/** A parameter has its own type in the new place: `request as any` needs none. */
const isParameter = (name: ts.Identifier): boolean => {
  const declared = lookup(name.text, name)?.node;
  return declared !== undefined && ts.isParameter(declared);
};

const same = (a: Code, b: Code): boolean => JSON.stringify(a) === JSON.stringify(b);

const isNamed = (given: Code, name: string): boolean => {
  const [part] = given.parts;
  return given.parts.length === 1 && (part === name || (typeof part === "object" && "import" in part && part.import.name === name));
};

/** Names that an expression takes from outside, in order; what it declares itself and names of members are none. */
function freeNames(node: ts.Node): readonly ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (one: ts.Node): void => {
    if (!ts.isIdentifier(one) || !isReference(one)) return;
    const declared = lookup(one.text, one)?.node;
    if (declared && declared.pos >= node.pos && declared.end <= node.end) return;
    if (declared) found.push(one);
  };
  visit(node);
  walk(node, visit);
  return found;
}

function isReference(name: ts.Identifier): boolean {
  const { parent } = name;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === name;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === name;
  if (ts.isParameter(parent) || ts.isBindingElement(parent) || ts.isVariableDeclaration(parent)) return parent.initializer === name;
  return !ts.isMethodDeclaration(parent) && !ts.isQualifiedName(parent) && !ts.isTypeParameterDeclaration(parent);
}

function nameThere(app: App, name: ts.Identifier, renamed: Renamed, depth: number): Moved | undefined {
  const declared = lookup(name.text, name)?.node;
  if (!declared || depth > 4) return undefined;
  const imported = importedAs(app, name.getSourceFile(), name.text) ?? exportedBy(app, declared);
  if (imported) return { code: code`${imported}`, before: [] };
  if (ts.isParameter(declared)) {
    const there = ts.isIdentifier(declared.name) ? renamed(declared.name.text, declared.parent.parameters.indexOf(declared)) : undefined;
    return there === undefined ? undefined : { code: raw(there), before: [] };
  }
  const variable = variableOf(declared);
  const isConst = variable && (variable.parent.flags & ts.NodeFlags.Const) !== 0 && ts.isVariableDeclarationList(variable.parent);
  if (!variable?.initializer || !isConst || ts.isSourceFile(variable.parent.parent.parent)) return undefined;
  const value = moved(app, variable.initializer, renamed, depth + 1);
  return value && { code: raw(name.text), before: [...value.before, code`const ${variable.name.getText()} = ${value.code};`] };
}

/** The variable that a name is declared by, itself or as a part of what is taken apart. */
function variableOf(declared: ts.Node): ts.VariableDeclaration | undefined {
  let at = declared;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isVariableDeclaration(at) ? at : undefined;
}

/** How another file imports what a file declares; undefined when it keeps it to itself. */
export function exportedBy(app: App, declared: ts.Node): Import | undefined {
  const given = exportOf(app.code, declared);
  return given && { name: given.name, from: { file: declared.getSourceFile().fileName }, as: given.as };
}
