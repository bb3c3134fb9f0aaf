import type { Code } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { returnsOf } from "./handler.answers.ts";
import { calledBy } from "./next.places.ts";

const TEXT = /^(?:error|message|msg|errorMessage|formError|serverError|reason|description|text|_form|root)$/;

/**
 * The statement with which a server action refuses: the error that its other returns have, else an error thrown as it throws others.
 * `$message` stands for the text.
 */
export function actionFailure(app: App, fn: Fn): Code {
  const shapes = returnsOf(fn).map((one) => errorShape(one)).filter((one) => one !== undefined);
  const own = shapes.find((one) => one.includes("$message")) ?? shapes.find((one) => /fail|error/i.test(one)) ?? shapes[0];
  if (own !== undefined) return raw(`return ${own};`);
  if (app.uses("zsa") !== undefined && calledBy(fn, /^handler$/)) return code`throw new ${fromPackage("ZSAError", "zsa")}("PAYMENT_REQUIRED", $message);`;
  const thrown = thrownClass(fn) ?? (returnsNothing(fn) || calledBy(fn, /^action$/) ? thrownClass(fn.getSourceFile()) : undefined);
  if (thrown !== undefined) return raw(`throw new ${thrown}($message);`);
  const near = returnsNothing(fn) || fn.type ? undefined : sisterShape(fn);
  return raw(near === undefined ? "throw new Error($message);" : `return ${near};`);
}

const returnsNothing = (fn: Fn): boolean => returnsOf(fn).every((one) => one.expression === undefined);

/** The class of an error that is thrown with nothing but a text. */
const thrownClass = (scope: ts.Node): string | undefined => /\bthrow new (\w+)\(\s*(?:["'`][^)]*|[\w.]+\.message)\s*\)/.exec(scope.getText())?.[1];

/** What other actions of the file return for an error, for one that returns objects too. */
function sisterShape(fn: Fn): string | undefined {
  if (!returnsOf(fn).some((one) => one.expression && ts.isObjectLiteralExpression(bare(one.expression)))) return undefined;
  let found: string | undefined;
  walk(fn.getSourceFile(), (node) => {
    if (ts.isReturnStatement(node)) found ??= errorShape(node);
  });
  return found;
}

/** `{ error: $message, success: false }` for a return that tells of an error; undefined for other returns. */
function errorShape(statement: ts.ReturnStatement): string | undefined {
  const value = statement.expression && bare(statement.expression);
  if (!value) return undefined;
  if (ts.isStringLiteralLike(value) && /\s/.test(value.text)) return "$message";
  if (!ts.isObjectLiteralExpression(value) || !tellsOfError(value, statement)) return undefined;
  return shapeOf(value);
}

function tellsOfError(value: ts.ObjectLiteralExpression, statement: ts.ReturnStatement): boolean {
  const at = (name: string): ts.Node | undefined => {
    const found = value.properties.find((one) => one.name?.getText() === name);
    return found && ts.isPropertyAssignment(found) ? bare(found.initializer) : found;
  };
  const [error, success, status] = [at("error") ?? at("errors") ?? at("serverError"), at("success") ?? at("ok"), at("status") ?? at("type")];
  if (error && ![ts.SyntaxKind.NullKeyword, ts.SyntaxKind.FalseKeyword].includes(error.kind) && error.getText() !== "undefined") return true;
  if (success) return success.kind === ts.SyntaxKind.FalseKeyword;
  if (status && ts.isNumericLiteral(status)) return Number(status.text) >= 400;
  if (status && ts.isStringLiteralLike(status)) return /error|fail|invalid|unauthori/i.test(status.text);
  // `{ message: "…" }` alone: an error when it leaves early.
  return at("message") !== undefined && value.properties.length === 1 && (isIn(statement, ts.isIfStatement) || isIn(statement, ts.isCatchClause));
}

function isIn(node: ts.Node, test: (node: ts.Node) => boolean): boolean {
  for (let at: ts.Node | undefined = node.parent; at && !ts.isFunctionLike(at); at = at.parent) if (test(at)) return true;
  return false;
}

/** The object with our text for its own, literals kept, everything else left out. */
function shapeOf(value: ts.ObjectLiteralExpression): string | undefined {
  const fields = value.properties.flatMap((one): string[] => {
    const name = one.name?.getText() ?? "";
    if (ts.isShorthandPropertyAssignment(one)) return TEXT.test(name) ? [`${name}: $message`] : [];
    if (!ts.isPropertyAssignment(one)) return [];
    const inner = bare(one.initializer);
    const shaped = field(name, inner);
    return shaped === undefined ? [] : [`${name}: ${shaped}`];
  });
  return fields.length === 0 ? undefined : `{ ${fields.join(", ")} }`;
}

function field(name: string, value: ts.Node): string | undefined {
  if (ts.isObjectLiteralExpression(value)) return shapeOf(value);
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 1 ? "[$message]" : value.elements.length === 0 ? "[]" : undefined;
  if (value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword || value.kind === ts.SyntaxKind.NullKeyword) return value.getText();
  if (TEXT.test(name)) return "$message";
  if (ts.isNumericLiteral(value)) return /status|code/i.test(name) && Number(value.text) >= 400 ? "402" : value.text;
  return ts.isStringLiteralLike(value) ? value.getText() : undefined;
}
