import type { App } from "../../source/app.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { literalOf } from "../../source/typescript/literals.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import type { Creation } from "../define.ts";

/**
 * New objects that are stored by a later `save()`: `const user = new User(…); await user.save()`, `User.build(…).save()`.
 * `made` gives the arguments when a node makes a new user.
 */
export function savedCreations(app: App, made: (node: ts.Node) => readonly ts.Expression[] | undefined): readonly Creation[] {
  return app.code.scripts.flatMap((file) => {
    const tree = /\.save\s*\(/.test(app.repo.text(file) ?? "") ? app.code.parse(file) : undefined;
    const found: Creation[] = [];
    if (tree)
      walk(tree, (node) => {
        const given = made(node);
        if (given) found.push(...bySave(node, given));
      });
    return found;
  });
}

function bySave(made: ts.Node, given: readonly ts.Expression[]): Creation[] {
  const fields = literalOf(given[0]);
  const shared = fields ? { fields } : {};
  const whole = wrapped(made);
  const { parent } = whole;
  if (ts.isPropertyAccessExpression(parent) && parent.name.text === "save" && ts.isCallExpression(parent.parent)) return [withCallback({ call: parent.parent, row: "", ...shared })];
  const name = keptAs(whole);
  const scope = functionsAround(made)[0]?.body;
  const saved = name !== undefined && scope ? saveOf(scope, made, name) : undefined;
  return saved && name !== undefined ? [withCallback({ call: saved, self: name, row: "", ...shared })] : [];
}

/** The name a new object is given: by its declaration or an assignment. */
export function keptAs(node: ts.Node): string | undefined {
  const { parent } = node;
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name.text;
  return ts.isBinaryExpression(parent) && parent.right === node && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken ? parent.left.getText() : undefined;
}

/** The first `name.save()` behind a node of the same function: it stores the new object, later ones change it. */
function saveOf(scope: ts.Node, made: ts.Node, name: string): ts.CallExpression | undefined {
  let saved: ts.CallExpression | undefined;
  walk(scope, (node) => {
    if (!saved && ts.isCallExpression(node) && node.pos > made.pos && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "save" && node.expression.expression.getText() === name) saved = node;
  });
  return saved;
}

/** `user.save((err) => …)`: the object is in scope in the callback, under its own name or the callback's. */
function withCallback(creation: Creation & { readonly call: ts.CallExpression }): Creation {
  const callback = callbackOf(creation.call);
  if (!callback) return creation;
  const { self, ...rest } = creation;
  return { ...rest, callback, ...(callback.fn.parameters[1] === undefined && self !== undefined && { self }) };
}

/** The `(err, user) => …` at the end of a call's arguments. */
export function callbackOf(call: ts.CallExpression): Creation["callback"] {
  const last = call.arguments.at(-1);
  const fn = last && bare(last);
  return fn && isFn(fn) && fn.parameters.length >= 1 ? { fn, index: 1 } : undefined;
}
