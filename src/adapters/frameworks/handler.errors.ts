import type { Code, Import } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import { exportOf } from "../../source/typescript/values.ts";

/** How errors are thrown in a piece of code. */
export interface ErrorStyle {
  /** An expression that makes the app's error for status 402; `$message` stands for the text. */
  readonly code: Code;
  /** How many were seen. */
  readonly count: number;
  /** Given to `next(…)` instead of being thrown. */
  readonly toNext: boolean;
}

/** The app's own errors as a piece of code throws them (or hands them to `next`): the most frequent one that can carry a 402. */
export function errorStyle(app: App, scope: ts.Node): ErrorStyle | undefined {
  const found = new Map<string, ErrorStyle>();
  walk(scope, (node) => {
    const given = thrown(node);
    const made = given && makes(app, given.expression);
    if (!made) return;
    const key = made.key;
    const known = found.get(key);
    found.set(key, { code: made.code, count: (known?.count ?? 0) + 1, toNext: known?.toNext ?? given.toNext });
  });
  return [...found.values()].sort((a, b) => b.count - a.count)[0];
}

function thrown(node: ts.Node): { readonly expression: ts.Expression; readonly toNext: boolean } | undefined {
  if (ts.isThrowStatement(node)) return { expression: node.expression, toNext: false };
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "next" && node.arguments[0]) return { expression: node.arguments[0], toNext: true };
  return undefined;
}

interface Made {
  readonly key: string;
  readonly code: Code;
}

function makes(app: App, given: ts.Expression): Made | undefined {
  if (ts.isNewExpression(given)) return fromClass(app, given.expression, given) ?? fromPackage(app, given.expression, given.arguments);
  if (!ts.isCallExpression(given)) return undefined;
  // `HttpError.notFound("…")`: a factory on the class itself.
  if (ts.isPropertyAccessExpression(given.expression)) return fromClass(app, given.expression.expression, undefined) ?? fromPackage(app, given.expression.expression, undefined);
  return fromPackage(app, given.expression, given.arguments);
}

/** `http-errors`, Boom and the like: packages whose errors take a status. */
function fromPackage(app: App, callee: ts.Expression, given: readonly ts.Expression[] | undefined): Made | undefined {
  const origin = app.originOf(callee);
  if (origin?.kind !== "package") return undefined;
  const name = callee.getText().split(".")[0] ?? "";
  if (origin.package === "http-errors") return { key: "http-errors", code: raw(`${name}(402, $message)`) };
  if (/^@?hapi\/boom$|^boom$/.test(origin.package)) return { key: "boom", code: raw(`${name}.paymentRequired($message)`) };
  if (origin.package === "routing-controllers" && given) return { key: "routing-controllers", code: code`new ${{ name: "HttpError", from: { package: "routing-controllers" } }}(402, $message)` };
  return undefined;
}

function fromClass(app: App, callee: ts.Expression, made: ts.NewExpression | undefined): Made | undefined {
  const origin = app.originOf(callee);
  if (origin?.kind !== "class") return undefined;
  const owner = constructing(app, origin.node);
  if (!owner) return undefined;
  const { node, constructor } = owner;
  const seen = constructor.parameters.map((_, index) => (node === origin.node ? made?.arguments?.[index] : undefined));
  const given = constructor.parameters.map((one, index) => argumentFor(one, seen[index]));
  const needed = given.slice(0, 1 + given.findLastIndex((one, index) => one !== undefined || !isOptional(constructor.parameters[index])));
  if (needed.includes(undefined) || !needed.includes("402") || !needed.includes("$message")) return undefined;
  const name = nameFor(app, node, callee);
  const values = needed.map((one, index) => (one === "402" ? statusLike(app, seen[index]) : raw(one ?? "")));
  return name && { key: node.getSourceFile().fileName + node.pos, code: code`new ${name}(${joinCode(values, ", ")})` };
}

/** 402 as the app writes its statuses: a number, or `httpStatus.PAYMENT_REQUIRED` of the packages that name them. */
function statusLike(app: App, seen: ts.Expression | undefined): Code {
  if (!seen || !ts.isPropertyAccessExpression(seen) || !ts.isIdentifier(seen.expression)) return raw("402");
  const origin = app.originOf(seen.expression);
  const name = seen.expression.text;
  if (origin?.kind !== "package" || !/^http-status(?:-codes)?$/.test(origin.package)) return raw("402");
  const needed: Import = { name, from: { package: origin.package }, as: origin.path[0] === name ? "named" : "default" };
  return code`${needed}.PAYMENT_REQUIRED`;
}

const isOptional = (one: ts.ParameterDeclaration | undefined): boolean => !one || one.questionToken !== undefined || one.initializer !== undefined || one.dotDotDotToken !== undefined;

/** The class, or the one it extends, whose constructor takes a status and a message. */
function constructing(app: App, given: ts.ClassLikeDeclaration, depth = 0): { readonly node: ts.ClassLikeDeclaration; readonly constructor: ts.ConstructorDeclaration } | undefined {
  const constructor = given.members.find((one): one is ts.ConstructorDeclaration => ts.isConstructorDeclaration(one) && one.body !== undefined);
  const isAbstract = ts.getModifiers(given as ts.ClassDeclaration)?.some((one) => one.kind === ts.SyntaxKind.AbstractKeyword) ?? false;
  if (constructor && !isAbstract && constructor.parameters.some((one) => argumentFor(one, undefined) === "402")) return { node: given, constructor };
  const base = given.heritageClauses?.find((one) => one.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const origin = base && app.originOf(base.expression);
  return origin?.kind === "class" && depth < 4 ? constructing(app, origin.node, depth + 1) : undefined;
}

/** What the parameter of an error's constructor is to be given: the status, the text, a code of ours. */
function argumentFor(one: ts.ParameterDeclaration, seen: ts.Expression | undefined): string | undefined {
  const name = one.name.getText();
  const type = one.type?.getText() ?? "";
  const isNumber = type === "number" || (type === "" && seen !== undefined && (ts.isNumericLiteral(seen) || /^(?:http_?status|status_?codes?)\w*\./i.test(seen.getText())));
  if (/^(?:status|statusCode|status_code|httpStatus|httpCode|errorCode|code)$/.test(name) && (isNumber || (type === "" && name !== "code"))) return "402";
  if (/^(?:message|msg|error|errorMessage|description|text)$/.test(name) && (type === "" || /\bstring\b/.test(type) || type === "any")) return "$message";
  if (/^(?:code|type|errorCode|name|slug)$/.test(name) && type === "string") return '"payment_required"';
  return undefined;
}

/** The class as the code at `callee` can name it: as it does already, or imported. */
function nameFor(app: App, node: ts.ClassLikeDeclaration, callee: ts.Expression): Code | undefined {
  const file = node.getSourceFile().fileName;
  if (callee.getSourceFile().fileName === file && node.name) return raw(node.name.text);
  const given = exportOf(app.code, node);
  if (!given) return undefined;
  const needed: Import = { name: given.name, from: { file }, as: given.as };
  return code`${needed}`;
}

/** Whether errors thrown in this function reach the app's error handler as they are: no `try` of its own answers or replaces them. */
export function passesErrorsOn(fn: ts.Node): boolean {
  let passes = true;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isCatchClause(node) && !handsOn(node)) passes = false;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn, (child) => (ts.isBlock(child) ? visit(child) : undefined));
  return passes;
}

/** `catch (error) { throw error; }` or `next(error)`: the same error, and no status of its own. */
function handsOn(clause: ts.CatchClause): boolean {
  const text = clause.block.getText();
  const name = clause.variableDeclaration?.name.getText() ?? "";
  return name !== "" && new RegExp(`\\b(?:throw\\s+${name}\\b|next\\(\\s*${name}\\b)`).test(text) && !/\.status\(/.test(text);
}
