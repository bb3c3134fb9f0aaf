// https://hono.dev/docs/api/routing
import type { Code, Handler, RepoPath } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import type { answersIn } from "./handler.answers.ts";
import { errorAnswers, usualKey } from "./handler.answers.ts";
import { errorStyle, passesErrorsOn } from "./handler.errors.ts";
import { body, functionAt, guarded, withMessage } from "./handler.refusal.ts";
import { HONO } from "./hono.registrations.ts";
import { route } from "./hono.routes.ts";
import { userOf } from "./hono.user.ts";
import { serviceHandler } from "./service.handler.ts";
import { homesNear } from "./server.files.ts";
import { isRouteGuarded } from "./server.guards.ts";
import { addressOf, registrationsOf, routeOf, type Registered } from "./server.registrations.ts";

/** Registered functions, and functions that take a Hono context. */
function handler(fn: Fn, app: App): Handler | undefined {
  const registered = routeOf(app, HONO, fn);
  const c = fn.parameters[0]?.name;
  if (!c || !ts.isIdentifier(c) || !(registered || takesContext(fn, c.text))) return serviceHandler(app, fn, code`throw new ${EXCEPTION}(402, { message: $message });`);
  const tree = fn.getSourceFile();
  const errorKey = usualKey(errorAnswers(fn)) ?? usualKey(errorAnswers(tree)) ?? usualKey(onErrorAnswers(app));
  const thrown = failure(app, fn, registered, c.text);
  return {
    kind: "route", file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), names: { c: c.text }, returnsAnswer: true,
    symbol: nameOf(fn) || (registered ? `${registered.receiver.getText().split("\n")[0]?.replace(/\(.*/s, "")}.${registered.method.toLowerCase()}('${registered.path}')` : ""),
    ...(registered && { route: `${registered.method} ${addressOf(app, HONO, registered)}` }),
    ...(errorKey !== undefined && { errorKey }),
    ...(thrown && { throws: { code: code`throw ${thrown};` } }),
  };
}

/** Hono answers it with its status, and the app's `onError` knows it. */
const EXCEPTION = fromPackage("HTTPException", "hono/http-exception");

/** `(c: Context) => …`, or a `c` that is used as one. */
function takesContext(fn: Fn, name: string): boolean {
  const type = fn.parameters[0]?.type?.getText() ?? "";
  if (/\bContext\b/.test(type)) return true;
  return type === "" && /^(?:c|ctx|context)$/.test(name) && fn.parameters.length <= 2 && new RegExp(`\\b${name}\\.(?:json|req|text|html|body|var|env|get|redirect)\\b`).test(fn.body?.getText() ?? "");
}

/** What the app's `onError` answers. */
function onErrorAnswers(app: App): ReturnType<typeof answersIn> {
  return app.code.mentioning(".onError(").flatMap((file) => {
    const tree = app.code.parse(file);
    return tree ? errorAnswers(tree) : [];
  });
}

/** An exception, where this handler answers errors that way, or where its route's types know no 402. */
function failure(app: App, fn: Fn, registered: (Registered & { readonly kind: "route" }) | undefined, c: string): Code | undefined {
  if (!passesErrorsOn(fn)) return undefined;
  if (isTyped(app, fn, registered)) return code`new ${EXCEPTION}(402, { message: $message })`;
  const answers = errorAnswers(fn).length;
  const thrown = [...fn.getText().matchAll(/throw new HTTPException\(/g)].length;
  if (thrown > answers) return code`new ${EXCEPTION}(402, { message: $message })`;
  const style = answers === 0 ? errorStyle(app, fn) : undefined;
  return style && !new RegExp(`\\b${c}\\.json\\(`).test(style.code.parts.join("")) ? style.code : undefined;
}

/** A route of @hono/zod-openapi answers only what its definition names. */
function isTyped(app: App, fn: Fn, registered: (Registered & { readonly kind: "route" }) | undefined): boolean {
  if (registered?.call.expression.getText().endsWith(".openapi")) return true;
  const declared = ts.isVariableDeclaration(fn.parent) ? (fn.parent.type?.getText() ?? "") : "";
  return /RouteHandler</.test(declared) && app.uses("@hono/zod-openapi") !== undefined;
}

function refuse(handler: Handler, check: string, paymentRequired: Code): Code | undefined {
  const { c } = handler.names;
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  return c === undefined ? undefined : guarded(check, code`return ${c}.json(${body(handler.errorKey, check, paymentRequired)}, 402);`);
}

/** The payment page: a redirect from a handler of pages, the address as JSON from an API. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const { c } = handler.names;
  const fn = functionAt(app, handler);
  if (c === undefined || !fn || isTyped(app, fn, routeOf(app, HONO, fn))) return undefined;
  const text = fn.getText();
  const status = /\.json\([^;]*,\s*201\s*\)/s.test(text) ? ", 201" : "";
  const answer = /\.redirect\(/.test(text) && !/\.json\(/.test(text) ? `${c}.redirect(${customer}.redirectUrl, 303)` : `${c}.json({ redirectUrl: ${customer}.redirectUrl }${status})`;
  return raw(`if (${customer}.redirectUrl) return ${answer};`);
}

function homes(app: App): readonly RepoPath[] {
  const { all, mounts } = registrationsOf(app, HONO);
  return homesNear(app, all.find((one) => !mounts.has(one.on) && !isFn(one.on))?.on.getSourceFile().fileName);
}

export default defineFramework({ title: "Hono", packages: ["hono"], rank: 15, handler, userOf, isGuarded: (fn, app) => isRouteGuarded(app, HONO, fn), refuse, sendToPayment, route, homes });
