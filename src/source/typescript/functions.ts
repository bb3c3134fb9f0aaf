import { bare, ts, wrapped } from "./parse.ts";

/** A function with a body: what a handler, a service method, a callback is. */
export type Fn = ts.FunctionDeclaration | ts.FunctionExpression | ts.ArrowFunction | ts.MethodDeclaration | ts.ConstructorDeclaration | ts.AccessorDeclaration;

export const isFn = (node: ts.Node): node is Fn =>
  ts.isFunctionDeclaration(node) || ts.isFunctionExpression(node) || ts.isArrowFunction(node) || ts.isMethodDeclaration(node) ||
  ts.isConstructorDeclaration(node) || ts.isAccessor(node);

/** The functions around a node, innermost first. */
export function functionsAround(node: ts.Node): readonly Fn[] {
  const found: Fn[] = [];
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) if (isFn(at)) found.push(at);
  return found;
}

export const isAsync = (fn: Fn): boolean => (ts.getCombinedModifierFlags(fn) & ts.ModifierFlags.Async) !== 0;

export const isGenerator = (fn: Fn): boolean => "asteriskToken" in fn && fn.asteriskToken !== undefined;

/**
 * What a person calls a function: its own name, the variable or property it is given to, `Class.method`; for an unnamed callback
 * the name of what is around it, for an exported default `default`. Empty when nothing names it.
 */
export function nameOf(fn: Fn): string {
  if (ts.isMethodDeclaration(fn) || ts.isAccessor(fn)) return qualified(fn, fn.name.getText());
  if (ts.isConstructorDeclaration(fn)) return qualified(fn, "constructor");
  if (!ts.isArrowFunction(fn) && fn.name) return fn.name.text;
  if (ts.isFunctionDeclaration(fn)) return "default";
  return nameOfValue(fn);
}

/** The name under which a value (a function, a wrapped function, a call's result) is kept. */
export function nameOfValue(value: ts.Node): string {
  const at = wrapped(value);
  const { parent } = at;
  if (ts.isVariableDeclaration(parent) && parent.initializer === at) return ts.isIdentifier(parent.name) ? parent.name.text : maker(at);
  if (ts.isPropertyAssignment(parent) && parent.initializer === at) {
    const owner = nameOfValue(parent.parent);
    return owner === "" || owner === "default" ? parent.name.getText() : `${owner}.${parent.name.getText()}`;
  }
  if (ts.isPropertyDeclaration(parent)) return qualified(parent, parent.name.getText());
  if (ts.isBinaryExpression(parent) && parent.right === at) return lastName(parent.left);
  if (ts.isExportAssignment(parent)) return "default";
  // A function given to a wrapper is named by what the wrapper's result is given to: asyncHandler(…), validated(schema, …).
  // What is awaited is kept for what it gives: `const tale = await retried(() => ask())` names no function.
  if (ts.isCallExpression(parent) && parent.arguments.includes(at as ts.Expression)) return ts.isAwaitExpression(parent.parent) ? "" : nameOfValue(parent);
  return "";
}

/** What is taken apart has the name of what makes it: `const { auth } = NextAuth({ … })`. */
const maker = (value: ts.Node): string => (ts.isCallExpression(value) || ts.isNewExpression(value) ? lastName(value.expression) : "");

function qualified(member: ts.Node, name: string): string {
  const owner = member.parent;
  if (ts.isClassLike(owner) && owner.name) return `${owner.name.text}.${name}`;
  if (ts.isObjectLiteralExpression(owner)) {
    const outer = nameOfValue(owner);
    return outer === "" || outer === "default" ? name : `${outer}.${name}`;
  }
  return name;
}

/** The last name of a path of properties: `exports.signup` gives `signup`. */
export function lastName(node: ts.Node): string {
  const at = bare(node);
  if (ts.isPropertyAccessExpression(at)) return at.name.text;
  return ts.isIdentifier(at) ? at.text : "";
}

/** The name of the nearest function around a node that has one; a file's name when none does. */
export function symbolAt(node: ts.Node): string {
  for (const fn of functionsAround(node)) {
    const name = nameOf(fn);
    if (name !== "") return name;
  }
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    const name = ts.isVariableDeclaration(at) && ts.isIdentifier(at.name) ? at.name.text : "";
    if (name !== "") return name;
  }
  return node.getSourceFile().fileName.split("/").at(-1) ?? "";
}
