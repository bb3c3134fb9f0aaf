import type { Codebase } from "./codebase.ts";
import type { Origin } from "./origin.ts";
import { enclosing } from "./origin.ts";
import { isFn, lastName } from "./functions.ts";
import { bare, ts, walk, wrapped } from "./parse.ts";
import { lookup } from "./scope.ts";

/**
 * The calls of functions that are chosen from a table: `strategies[kind](request)`, or `const run = strategies[kind]` and `run(request)`.
 * `uses` are the places where one of them is handed on as a value; those that are no entry of such a table give nothing.
 */
export function callsThroughTables(codebase: Codebase, originOf: (node: ts.Node) => Origin | undefined, uses: readonly ts.Expression[]): readonly Chosen[] {
  return [...new Set(uses.flatMap(tableOf))].flatMap((table) => {
    const declared = declarationOf(table);
    if (!declared) return [];
    const name = declared.name.text;
    const isTyped = declared.type !== undefined || wrapped(table) !== table || uses.some((use) => tableOf(use)[0] === table && ts.isAsExpression(use));
    return codebase.mentioning(name).flatMap((file) => {
      const tree = codebase.parse(file);
      const picks = tree ? picksIn(tree, name).filter((pick) => isTable(originOf(pick.expression), table)) : [];
      return picks.flatMap(callsOfPick).map((call) => ({ call, isTyped }));
    });
  });
}

/** A call of what was chosen; `isTyped` where the table's type says what its functions take, so that they can be given nothing more. */
export interface Chosen {
  readonly call: ts.CallExpression;
  readonly isTyped: boolean;
}

/** The object literal that a function is a property of, where that has a name. */
function tableOf(use: ts.Expression): readonly ts.ObjectLiteralExpression[] {
  const { parent } = use;
  return (ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent)) && ts.isObjectLiteralExpression(parent.parent) ? [parent.parent] : [];
}

function declarationOf(table: ts.ObjectLiteralExpression): (ts.VariableDeclaration & { readonly name: ts.Identifier }) | undefined {
  const { parent } = wrapped(table);
  return ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? (parent as ts.VariableDeclaration & { readonly name: ts.Identifier }) : undefined;
}

const isTable = (origin: Origin | undefined, table: ts.ObjectLiteralExpression): boolean => origin?.kind === "object" && origin.node === table;

/** `name[key]` with a key that only the running app knows. */
function picksIn(tree: ts.SourceFile, name: string): ts.ElementAccessExpression[] {
  const found: ts.ElementAccessExpression[] = [];
  walk(tree, (node) => {
    if (ts.isElementAccessExpression(node) && lastName(node.expression) === name && !ts.isStringLiteralLike(bare(node.argumentExpression))) found.push(node);
  });
  return found;
}

/** The call of what was picked: at once, or by the name that it is given. */
function callsOfPick(pick: ts.ElementAccessExpression): readonly ts.CallExpression[] {
  const { parent } = wrapped(pick);
  if (ts.isCallExpression(parent) && bare(parent.expression) === pick) return [parent];
  const given = ts.isBinaryExpression(parent) ? parent.parent : parent;
  if (!ts.isVariableDeclaration(given) || !ts.isIdentifier(given.name)) return [];
  const name = given.name.text;
  const scope = enclosing(given, (node) => isFn(node) || ts.isSourceFile(node));
  const calls: ts.CallExpression[] = [];
  if (scope)
    walk(scope, (node) => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name && lookup(name, node)?.node === given) calls.push(node);
    });
  return calls;
}
