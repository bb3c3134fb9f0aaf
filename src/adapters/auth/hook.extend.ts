import type { Code, Edit } from "../../domain.ts";
import { joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { callersOf } from "../../source/typescript/callers.ts";
import { isAsync, isFn, isGenerator, type Fn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";

/** What a hook's function is given, as expressions, and the edits that bring them into scope. */
export interface HookValue {
  /** An expression for a path below the value: `of("email")`; `of("")` is the value itself. */
  readonly of: (path: string) => Code;
  readonly edits: readonly Edit[];
}

/** A hook that is there: its function, or why it cannot be extended. */
export type Hook = { readonly fn: Fn } | { readonly reason: string };

/** The function behind a property of a configuration: written in place, or followed to where the app declares it. */
export function hookFunction(app: App, property: ts.ObjectLiteralElementLike): Hook {
  if (ts.isMethodDeclaration(property)) return { fn: property };
  const value = ts.isPropertyAssignment(property) ? valueOf(app, property.initializer) : ts.isShorthandPropertyAssignment(property) ? valueOf(app, shorthandValue(property)) : undefined;
  if (!value || !isFn(value)) return { reason: "the hook's function is made elsewhere, so no line may be added to it safely" };
  const inPlace = ts.isPropertyAssignment(property) && value.pos >= property.pos && value.end <= property.end;
  if (!inPlace && !isAsync(value) && callersOf(app.code, app.originOf, value).length > 0) return { reason: "the hook's function is called by other code too, which does not wait for it" };
  return { fn: value };
}

/** The name of `{ createUser }` read outside its own object. */
const shorthandValue = (property: ts.ShorthandPropertyAssignment): ts.Node => {
  const { name } = property;
  return ts.isIdentifier(name) ? name : property;
};

/** The value that a hook gets as its parameter, or as `key` of it: `({ user })`, `(message)`, `({ user: { id } })`, `()`. */
export function hookValue(fn: Fn, key: string | undefined): HookValue | undefined {
  const parameter = fn.parameters[0];
  if (!parameter) return withoutParameter(fn, key);
  if (ts.isIdentifier(parameter.name)) return named(key === undefined ? parameter.name.text : `${parameter.name.text}.${key}`, []);
  if (!ts.isObjectBindingPattern(parameter.name)) return undefined;
  if (key === undefined) return fromPattern(parameter.name);
  const element = parameter.name.elements.find((one) => (one.propertyName ?? one.name).getText() === key);
  if (element && ts.isIdentifier(element.name)) return named(element.name.text, []);
  if (element && ts.isObjectBindingPattern(element.name)) return fromPattern(element.name);
  return parameter.type ? undefined : named(key, [widened(parameter.name, key)]);
}

const named = (name: string, edits: readonly Edit[]): HookValue => ({ of: (path) => raw(path === "" ? name : `${name}.${path}`), edits });

/** Fields of a value that is taken apart; those that are missing are taken too. */
function fromPattern(pattern: ts.ObjectBindingPattern): HookValue | undefined {
  const edits: Edit[] = [];
  const local = (field: string): string => {
    const found = pattern.elements.find((one) => (one.propertyName ?? one.name).getText() === field && ts.isIdentifier(one.name));
    if (found) return found.name.getText();
    if (!edits.some((one) => one.kind === "splice" && one.code.parts.join("").includes(field))) edits.push(widened(pattern, field));
    return field;
  };
  return { of: (path) => raw(path === "" ? pattern.getText() : local(path)), edits };
}

function widened(pattern: ts.ObjectBindingPattern, name: string): Edit {
  const { fileName } = pattern.getSourceFile();
  const rest = pattern.elements.find((one) => one.dotDotDotToken);
  const last = pattern.elements.at(-1);
  if (rest) return { kind: "splice", at: { file: fileName, offset: rest.getStart() }, remove: "", code: raw(`${name}, `) };
  return { kind: "splice", at: { file: fileName, offset: last ? last.end : pattern.getStart() + 1 }, remove: "", code: raw(last ? `, ${name}` : ` ${name} `) };
}

function withoutParameter(fn: Fn, key: string | undefined): HookValue | undefined {
  const name = key ?? "user";
  const open = fn.getChildren().find((child) => child.kind === ts.SyntaxKind.OpenParenToken);
  if (!open) return undefined;
  return named(name, [{ kind: "splice", at: { file: fn.getSourceFile().fileName, offset: open.end }, remove: "", code: raw(key === undefined ? name : `{ ${key} }`) }]);
}

/** Edits that put statements at the start of a hook's body and make it `async`; undefined where its type forbids that. */
export function atStart(fn: Fn, statements: Code): readonly Edit[] | undefined {
  const async = asAsync(fn);
  return async && fn.body && [...async, ...linesAtStart(fn, fn.body, statements)];
}

/** Edits that put statements without `await` at the start of a function's body. */
export function linesAtStart(fn: Fn, body: ts.ConciseBody, statements: Code): readonly Edit[] {
  const file = fn.getSourceFile().fileName;
  const splice = (offset: number, code: Code, remove = ""): Edit => ({ kind: "splice", at: { file, offset }, remove, code });
  if (!ts.isBlock(body)) return [splice(body.getStart(), joinCode([raw("{\n  "), nested(statements), raw("\n  return ")], "")), splice(body.end, raw(";\n}"))];
  const first = body.statements[0];
  if (!first) return intoEmptyBody(body, statements, splice);
  const start = first.getStart();
  return [{ kind: "insert", at: { file, offset: start, place: "before", start, block: [body.getStart(), body.end] }, code: statements }];
}

function intoEmptyBody(body: ts.Block, statements: Code, splice: (offset: number, code: Code, remove?: string) => Edit): Edit[] {
  const inner = body.getSourceFile().text.slice(body.getStart() + 1, body.end - 1);
  if (inner.trim() !== "") return [splice(body.getStart() + 1, joinCode([raw("\n  "), nested(statements)], ""))];
  return [splice(body.getStart(), joinCode([raw("{\n  "), nested(statements), raw("\n}")], ""), body.getText())];
}

/** A hook may always give a promise; only what its author wrote about its type can say otherwise. */
export function asAsync(fn: Fn): readonly Edit[] | undefined {
  if (isAsync(fn)) return [];
  if (isGenerator(fn) || ts.isConstructorDeclaration(fn) || ts.isAccessor(fn)) return undefined;
  const file = fn.getSourceFile();
  const isVoid = fn.type?.kind === ts.SyntaxKind.VoidKeyword;
  if (fn.type && !isVoid && !/^(?:Promise|any|Awaitable)\b/.test(fn.type.getText())) return undefined;
  const first = ts.isMethodDeclaration(fn) ? fn.name : ts.isFunctionDeclaration(fn) ? (fn.getChildren(file).find((child) => child.kind === ts.SyntaxKind.FunctionKeyword) ?? fn) : fn;
  const edits: Edit[] = [{ kind: "splice", at: { file: file.fileName, offset: first.getStart(file) }, remove: "", code: raw("async ") }];
  if (isVoid && fn.type) edits.push({ kind: "splice", at: { file: file.fileName, offset: fn.type.getStart(file) }, remove: "void", code: raw("Promise<void>") });
  return edits;
}

/** Code one level deeper: every line after the first. */
const nested = (inner: Code): Code => ({ parts: inner.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, "\n  ") : part)) });

/** Our functions that a text calls: a hook that makes customers already is left alone. */
export const wiredBy = (node: ts.Node): readonly string[] => (/\bensureCustomer\s*\(/.test(node.getText()) ? ["ensureCustomer"] : []);

/** Whether an object literal's type is written somewhere around it, so that parameters of its functions have types. */
export function isTyped(literal: ts.ObjectLiteralExpression): boolean {
  let at: ts.Node = literal;
  for (;;) {
    const { parent } = at;
    if (ts.isSatisfiesExpression(parent) || ts.isAsExpression(parent)) return true;
    if (ts.isParenthesizedExpression(parent)) at = parent;
    else if (ts.isPropertyAssignment(parent)) at = parent.parent;
    else if (ts.isCallExpression(parent)) return parent.arguments.includes(at as ts.Expression);
    else if (ts.isVariableDeclaration(parent)) return parent.type !== undefined;
    else if (ts.isReturnStatement(parent) || ts.isArrowFunction(parent)) return returnsTyped(parent);
    else return false;
  }
}

function returnsTyped(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (!isFn(at)) continue;
    return at.type !== undefined || (ts.isCallExpression(at.parent) && at.parent.arguments.includes(at as ts.Expression));
  }
  return false;
}
