import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";

/** An answer that says that something is wrong, as the code writes it. */
export interface ErrorAnswer {
  readonly node: ts.Node;
  /** What is sent: an object, a text, or something else. */
  readonly body: ts.Expression;
  readonly status: number | undefined;
  /** `json`, `send`, `text` (`new Response("…")`), `render`. */
  readonly by: "json" | "send" | "text" | "render";
}

/** Error answers in a piece of code, in order: Express and Pages Router (`res.status(400).json(…)`), Response objects, Hono. */
export const errorAnswers = (scope: ts.Node): readonly ErrorAnswer[] => answersIn(scope).filter(isError);

/** Every answer in a piece of code: in an error handler all of them tell of errors. */
export function answersIn(scope: ts.Node): readonly ErrorAnswer[] {
  const found: ErrorAnswer[] = [];
  walk(scope, (node) => {
    const one = ts.isCallExpression(node) ? fromCall(node) : ts.isNewExpression(node) ? fromNew(node) : undefined;
    if (one) found.push(one);
  });
  return found;
}

function fromCall(node: ts.CallExpression): ErrorAnswer | undefined {
  const [first, second] = node.arguments;
  if (!first) return undefined;
  if (!ts.isPropertyAccessExpression(node.expression)) return viaHelper(node);
  const name = node.expression.name.text;
  if (!/^(?:json|jsonp|send|render)$/.test(name)) return undefined;
  const status = statusOfChain(node.expression.expression) ?? statusOf(second);
  if (name === "render") return second ? { node, body: second, status, by: "render" } : undefined;
  return { node, body: bare(first) as ts.Expression, status, by: name === "send" ? "send" : "json" };
}

/** `safeJson(res, 400, { message })`: a helper of the app that is given the response and the body. */
function viaHelper(node: ts.CallExpression): ErrorAnswer | undefined {
  const given = node.arguments.map((one) => bare(one) as ts.Expression);
  if (!given.some((one) => ts.isIdentifier(one) && /^(?:res|response|reply)$/.test(one.text))) return undefined;
  const body = given.find(ts.isObjectLiteralExpression);
  return body && { node, body, status: given.map((one) => number(one)).find((one) => one !== undefined), by: "json" };
}

/** `new Response(JSON.stringify({ error }), { status: 400 })`, `new NextResponse("Unauthorized", { status: 401 })`. */
function fromNew(node: ts.NewExpression): ErrorAnswer | undefined {
  if (!/(?:^|\.)(?:Next)?Response$/.test(node.expression.getText())) return undefined;
  const [first, second] = node.arguments ?? [];
  const body = first && (bare(first) as ts.Expression);
  if (!body) return undefined;
  const inner = ts.isCallExpression(body) && body.expression.getText() === "JSON.stringify" && body.arguments[0] ? (bare(body.arguments[0]) as ts.Expression) : undefined;
  return { node, body: inner ?? body, status: statusOf(second), by: inner ? "json" : "text" };
}

/** The status that `res.status(400)` of a chain sets. */
function statusOfChain(given: ts.Expression): number | undefined {
  for (let node = bare(given); ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression); node = bare(node.expression.expression))
    if (/^(?:status|code|sendStatus)$/.test(node.expression.name.text)) return number(node.arguments[0]) ?? -1;
  return undefined;
}

function statusOf(given: ts.Node | undefined): number | undefined {
  const node = given && bare(given);
  if (!node) return undefined;
  if (!ts.isObjectLiteralExpression(node)) return number(node);
  for (const one of node.properties) {
    if (ts.isPropertyAssignment(one) && one.name.getText() === "status") return number(one.initializer) ?? -1;
    if (ts.isShorthandPropertyAssignment(one) && one.name.text === "status") return -1;
  }
  return undefined;
}

const WORDS: readonly (readonly [RegExp, number])[] = [
  [/BAD_?REQUEST/i, 400], [/UNAUTHORI[SZ]ED/i, 401], [/PAYMENT_?REQUIRED/i, 402], [/FORBIDDEN/i, 403], [/NOT_?FOUND/i, 404], [/CONFLICT/i, 409], [/TOO_?MANY/i, 429], [/INTERNAL_?SERVER/i, 500], [/^(?:\w+\.)?(?:OK|CREATED|ACCEPTED|NO_CONTENT)$/i, 200],
];

/** A status written as a number or by name (`httpStatus.NOT_FOUND`). */
function number(given: ts.Node | undefined): number | undefined {
  const node = given && bare(given);
  if (!node) return undefined;
  if (ts.isNumericLiteral(node)) return Number(node.text);
  return ts.isPropertyAccessExpression(node) ? WORDS.find(([word]) => word.test(node.name.text))?.[1] : undefined;
}

/** By its status; without a number by `success: false` or by standing in a `catch`. */
function isError({ node, body, status }: ErrorAnswer): boolean {
  if (status !== undefined && status >= 400) return true;
  if (status !== undefined && status >= 200) return false;
  if (ts.isObjectLiteralExpression(body) && body.properties.some((one) => ts.isPropertyAssignment(one) && /^(?:success|ok)$/.test(one.name.getText()) && one.initializer.kind === ts.SyntaxKind.FalseKeyword)) return true;
  for (let at: ts.Node | undefined = node; at && !isFn(at); at = at.parent) if (ts.isCatchClause(at)) return keyOf(body) !== undefined;
  return ts.isObjectLiteralExpression(body) && body.properties.length <= 2 && keyOf(body) === "error";
}

const KEYS = /^(?:error|message|msg|detail|errorMessage|error_message|err|reason|statusText)$/;

/** The key of the text in an error's body: `error`, `error.message` for a nested one, the empty string for a bare text. */
export function keyOf(body: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(body) || ts.isTemplateExpression(body)) return "";
  if (!ts.isObjectLiteralExpression(body)) return undefined;
  const keys = body.properties.flatMap((one): string[] => {
    const name = one.name?.getText().replace(/['"]/g, "") ?? "";
    const value = ts.isPropertyAssignment(one) ? bare(one.initializer) : undefined;
    if (!KEYS.test(name) && !(name === "errors" && value && ts.isObjectLiteralExpression(value))) return [];
    if (value && (value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword)) return [];
    if (!value || !ts.isObjectLiteralExpression(value)) return [name];
    const inner = keyOf(value);
    return inner === undefined ? [] : [`${name}.${inner}`];
  });
  // `{ error: err, message: "…" }`: the text is the one that people read.
  return keys.find((key) => literalAt(body, key)) ?? keys[0];
}

function literalAt(body: ts.ObjectLiteralExpression, key: string): boolean {
  return body.properties.some((one) => ts.isPropertyAssignment(one) && one.name.getText().replace(/['"]/g, "") === key && (ts.isStringLiteralLike(bare(one.initializer)) || ts.isTemplateExpression(bare(one.initializer))));
}

/** The error key most answers use, the empty string for bare texts; undefined when none of them shows one. */
export function usualKey(answers: readonly ErrorAnswer[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { body, by } of answers) {
    const key = by === "render" ? undefined : keyOf(body);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** Return statements of a function itself, inner functions left out. */
export function returnsOf(fn: Fn): readonly ts.ReturnStatement[] {
  const found: ts.ReturnStatement[] = [];
  if (fn.body)
    walk(fn.body, (node) => {
      if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
      if (ts.isReturnStatement(node)) found.push(node);
      return undefined;
    });
  return found;
}

/** Whether a function gives back the answers it sends: `return res.json(…)`, `return answer(res, …)`, so that ours must too. */
export const returnsAnswer = (fn: Fn, res: string): boolean =>
  returnsOf(fn).some((one) => one.expression !== undefined && new RegExp(`^(?:await )?(?:${res}\\b|[\\w.]+\\(\\s*${res}\\b)`).test(one.expression.getText())) || (ts.isArrowFunction(fn) && !ts.isBlock(fn.body));
