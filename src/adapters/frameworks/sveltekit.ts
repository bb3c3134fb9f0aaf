// https://svelte.dev/docs/kit/routing#server
import type { Code, Handler } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import { functionsAround, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { keyOf } from "./handler.answers.ts";
import { body, functionAt, guarded, withMessage } from "./handler.refusal.ts";
import { serviceHandler } from "./service.handler.ts";
import { redirect, route } from "./sveltekit.routes.ts";
import { isServerFile, userOf } from "./sveltekit.user.ts";

/** Endpoints, form actions, load functions, remote functions and the server hook, by the files they stand in. */
function handler(fn: Fn, app: App): Handler | undefined {
  const { fileName } = fn.getSourceFile();
  const path = app.dir === "" ? fileName : fileName.slice(app.dir.length + 1);
  if (!isServerFile(path)) return /^src\/lib\/server\/|\.server\.[jt]s$/.test(path) ? serviceHandler(app, fn, FAILURE(app)) : undefined;
  if (functionsAround(fn).length > 0) return undefined;
  const url = addressOf(path);
  const symbol = nameOf(fn);
  if (/\+server\.[jt]s$/.test(path)) return /^(?:GET|POST|PUT|PATCH|DELETE|fallback)$/.test(symbol) ? endpoint(fn, { symbol, route: `${symbol} ${url}` }) : serviceHandler(app, fn, FAILURE(app));
  if (/\.remote\.[jt]s$/.test(path)) return /^(?:command|form|query)\b/.test(callee(fn)) ? thrown(app, fn, "procedure", symbol) : undefined;
  if (/hooks\.server\.[jt]s$/.test(path)) return symbol === "handle" ? endpoint(fn, { symbol }) : undefined;
  const action = actionName(fn);
  if (action !== undefined) return { ...place(fn), kind: "server-action", symbol: `actions.${action}`, route: `POST ${url}${action === "default" ? "" : `?/${action}`}`, names: {}, ...keyIn(fn), returnsAnswer: true };
  return symbol === "load" ? { ...thrown(app, fn, "component", symbol), route: `GET ${url}` } : serviceHandler(app, fn, FAILURE(app));
}

const place = (fn: Fn): Pick<Handler, "file" | "line"> => ({ file: fn.getSourceFile().fileName, line: lineOf(fn.getSourceFile(), fn.getStart()) });

/** `/chat/[id]` of `src/routes/(app)/chat/[id]/+server.ts`. */
const addressOf = (path: string): string => `/${path.replace(/^src\/routes\//, "").split("/").slice(0, -1).filter((part) => !/^\(.*\)$/.test(part)).join("/")}`;

/** What a function is given to: `command(schema, async …)`. */
const callee = (fn: Fn): string => (ts.isCallExpression(fn.parent) ? fn.parent.expression.getText() : "");

/** The name of the form action a function is: a member of `export const actions`. */
function actionName(fn: Fn): string | undefined {
  const member = ts.isMethodDeclaration(fn) ? fn : fn.parent;
  const list = (ts.isPropertyAssignment(member) || ts.isMethodDeclaration(member)) && ts.isObjectLiteralExpression(member.parent) ? member.parent : undefined;
  const owner = list && outermost(list).parent;
  return list && owner && ts.isVariableDeclaration(owner) && owner.name.getText() === "actions" ? ((member as ts.PropertyAssignment).name.getText().replace(/["']/g, "")) : undefined;
}

function outermost(node: ts.Node): ts.Node {
  let at = node;
  while (ts.isSatisfiesExpression(at.parent) || ts.isAsExpression(at.parent) || ts.isParenthesizedExpression(at.parent)) at = at.parent;
  return at;
}

/** An endpoint answers with JSON, or with `error(…)` where it does so otherwise. */
function endpoint(fn: Fn, { symbol, route: address }: { readonly symbol: string; readonly route?: string }): Handler {
  const errors = [...fn.getText().matchAll(/(?<![\w.])error\(\s*[45]\d\d/g)].length;
  const keys = keysIn(fn);
  const throws = errors > keys.length ? ({ refusal: "thrown", answer: "error" } as const) : {};
  return { ...place(fn), kind: "route", symbol, names: {}, ...(address !== undefined && { route: address }), ...keyIn(fn), ...throws };
}

/** A function that can only refuse by throwing. */
const thrown = (app: App, fn: Fn, kind: Handler["kind"], symbol: string): Handler => ({ ...place(fn), kind, symbol, names: {}, refusal: "thrown", throws: { code: FAILURE(app) } });

/** `error(402, message)`: thrown by the app's own code until SvelteKit 2. */
const FAILURE = (app: App): Code => ((major(app.uses("@sveltejs/kit")) ?? 2) >= 2 ? code`${fromPackage("error", "@sveltejs/kit")}(402, $message);` : code`throw ${fromPackage("error", "@sveltejs/kit")}(402, $message);`);

const keyIn = (fn: Fn): Pick<Handler, "errorKey"> => {
  const key = keysIn(fn)[0] ?? keysIn(fn.getSourceFile())[0];
  return key === undefined ? {} : { errorKey: key };
};

/** The keys of error texts in `json({ … }, { status: 4xx })`, `fail(4xx, { … })` and `new Response(JSON.stringify({ … }), …)`, the most usual first. */
function keysIn(scope: ts.Node): readonly string[] {
  const found: string[] = [];
  walk(scope, (node) => {
    const given = ts.isCallExpression(node) ? failed(node) : ts.isNewExpression(node) && /\bstatus:\s*[45]/.test(node.getText()) ? node.arguments?.[0] : undefined;
    const inner = given && ts.isCallExpression(bare(given)) ? (bare(given) as ts.CallExpression).arguments[0] : given;
    const key = inner && ts.isObjectLiteralExpression(bare(inner)) ? keyOf(bare(inner) as ts.Expression) : undefined;
    if (key !== undefined) found.push(key);
  });
  return found.sort((a, b) => found.filter((one) => one === b).length - found.filter((one) => one === a).length);
}

function failed(node: ts.CallExpression): ts.Expression | undefined {
  const [first, second] = node.arguments;
  const name = node.expression.getText();
  if (name === "fail" || name === "invalid") return second;
  return (name === "json" || name === "Response.json") && /\bstatus:\s*[45]/.test(second?.getText() ?? "") ? first : undefined;
}

function refuse(handler: Handler, check: string, paymentRequired: Code, app: App): Code | undefined {
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  if (handler.answer === "error") return guarded(check, withMessage(FAILURE(app), check));
  const answer = body(handler.errorKey, check, paymentRequired);
  if (handler.kind === "server-action") return guarded(check, formMessage(handler, check, app) ?? code`return ${fromPackage("fail", "@sveltejs/kit")}(402, ${answer});`);
  return guarded(check, code`return ${fromPackage("json", "@sveltejs/kit")}(${answer}, { status: 402 });`);
}

/** Superforms show a message beside the form that was sent. */
function formMessage(handler: Handler, check: string, app: App): Code | undefined {
  const fn = app.uses("sveltekit-superforms") === undefined ? undefined : functionAt(app, handler);
  const form = fn && /\bconst\s+(\w+)\s*=\s*await\s+superValidate\(/.exec(fn.getText())?.[1];
  const specifier = /from\s+["'](sveltekit-superforms(?:\/server)?)["']/.exec(app.repo.text(handler.file) ?? "")?.[1];
  return form !== undefined && specifier !== undefined ? code`return ${fromPackage("message", specifier)}(${form}, ${check}.message, { status: 402 });` : undefined;
}

/** The payment page: a redirect from a form's action, the address as JSON from an endpoint. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const fn = functionAt(app, handler);
  if (!fn) return undefined;
  if (handler.kind === "route") return code`if (${customer}.redirectUrl) return ${fromPackage("json", "@sveltejs/kit")}({ redirectUrl: ${customer}.redirectUrl });`;
  // `redirect` throws: a catch around it would take the new user for a failure.
  return handler.kind === "server-action" && !/\bcatch\b/.test(fn.getText()) ? code`if (${customer}.redirectUrl) ${redirect(app, raw(`${customer}.redirectUrl`))}` : undefined;
}

export default defineFramework({ title: "SvelteKit", packages: ["@sveltejs/kit"], rank: 45, handler, userOf, refuse, sendToPayment, route, homes: (app) => [app.path("src/lib/server/credyt")] });
