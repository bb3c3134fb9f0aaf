// https://github.com/koajs/router/blob/master/API.md
import type { Code, Handler, RepoPath } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { keyOf } from "./handler.answers.ts";
import { errorStyle, passesErrorsOn } from "./handler.errors.ts";
import { body, functionAt, guarded, withMessage } from "./handler.refusal.ts";
import { KOA } from "./koa.registrations.ts";
import { route } from "./koa.routes.ts";
import { contextOf, userOf } from "./koa.user.ts";
import { serviceHandler } from "./service.handler.ts";
import { homesNear } from "./server.files.ts";
import { isRouteGuarded } from "./server.guards.ts";
import { addressOf, registrationsOf, routeOf } from "./server.registrations.ts";

/** Registered functions, and functions that take a Koa context. */
function handler(fn: Fn, app: App): Handler | undefined {
  const registered = routeOf(app, KOA, fn);
  const ctx = contextOf(fn);
  if (ctx === undefined || !(registered || takesContext(fn, ctx))) return serviceHandler(app, fn, raw("throw Object.assign(new Error($message), { status: 402, expose: true });"));
  const tree = fn.getSourceFile();
  const keys = bodyKeys(fn, ctx);
  const errorKey = keys[0] ?? bodyKeys(tree, ctx)[0];
  const thrown = failure(app, fn, ctx, keys.length);
  return {
    kind: "route", file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), names: { ctx },
    symbol: nameOf(fn) || (registered ? `${registered.receiver.getText().split("\n")[0] ?? "router"}.${registered.method.toLowerCase()}('${registered.path}')` : ""),
    ...(registered && { route: `${registered.method} ${addressOf(app, KOA, registered)}` }),
    ...(errorKey !== undefined && { errorKey }),
    ...(thrown && { throws: { code: thrown } }),
  };
}

function takesContext(fn: Fn, ctx: string): boolean {
  const type = fn.parameters[0]?.type?.getText() ?? "";
  if (/\b(?:Koa\.)?(?:\w*Context|RouterContext|ParameterizedContext)\b/.test(type)) return true;
  return type === "" && /^(?:ctx|context)$/.test(ctx) && fn.parameters.length <= 2 && new RegExp(`\\b${ctx}\\.(?:body|status|state|request|throw|params|query|redirect)\\b`).test(fn.body?.getText() ?? "");
}

/** The keys of error texts in bodies that follow `ctx.status = 4xx`, the most usual first. */
function bodyKeys(scope: ts.Node, ctx: string): readonly string[] {
  const found: string[] = [];
  walk(scope, (node) => {
    if (!ts.isBinaryExpression(node) || node.left.getText() !== `${ctx}.body` || !ts.isExpressionStatement(node.parent)) return;
    const around = node.parent.parent;
    const isError = new RegExp(`\\b${ctx}\\.status\\s*=\\s*[45]\\d\\d`).test(ts.isBlock(around) ? around.getText() : "");
    const key = isError && around.getText().length < 400 ? keyOf(bare(node.right) as ts.Expression) : undefined;
    if (key !== undefined) found.push(key);
  });
  return found.sort((a, b) => found.filter((one) => one === b).length - found.filter((one) => one === a).length);
}

/** `ctx.throw(402, …)` or the app's error class, where this handler fails by throwing and nothing of its own catches it. */
function failure(app: App, fn: Fn, ctx: string, answers: number): Code | undefined {
  if (!passesErrorsOn(fn)) return undefined;
  const thrown = [...fn.getText().matchAll(new RegExp(`\\b${ctx}\\.(?:throw|assert)\\(`, "g"))].length;
  const style = errorStyle(app, fn);
  if (style && style.count > Math.max(answers, thrown)) return code`throw ${style.code};`;
  const isPage = new RegExp(`\\b${ctx}\\.(?:render|redirect)\\(`).test(fn.getText()) && answers === 0;
  return thrown > answers || isPage ? raw(`${ctx}.throw(402, $message);`) : undefined;
}

function refuse(handler: Handler, check: string, paymentRequired: Code): Code | undefined {
  const { ctx } = handler.names;
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  return ctx === undefined ? undefined : guarded(check, code`${ctx}.status = 402;\n${ctx}.body = ${body(handler.errorKey, check, paymentRequired)};\nreturn;`);
}

/** The payment page: a redirect from a handler of pages, the address as JSON from an API. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const { ctx } = handler.names;
  const fn = functionAt(app, handler);
  if (ctx === undefined || !fn) return undefined;
  const isPage = new RegExp(`\\b${ctx}\\.(?:redirect|render)\\(`).test(fn.getText());
  const status = new RegExp(`\\b${ctx}\\.status\\s*=\\s*201\\b`).test(fn.getText()) ? `${ctx}.status = 201;\n` : "";
  const sent = isPage ? `${ctx}.status = 303;\n${ctx}.redirect(${customer}.redirectUrl);` : `${status}${ctx}.body = { redirectUrl: ${customer}.redirectUrl };`;
  return code`if (${customer}.redirectUrl) {\n  ${raw(`${sent}\nreturn;`)}\n}`;
}

function homes(app: App): readonly RepoPath[] {
  const { all } = registrationsOf(app, KOA);
  const root = all.find(({ on }) => ts.isNewExpression(on) && /\bKoa\b|\bApplication\b/.test(on.expression.getText()))?.on;
  return homesNear(app, root?.getSourceFile().fileName);
}

export default defineFramework({ title: "Koa", packages: ["koa"], rank: 12, handler, userOf, isGuarded: (fn, app) => isRouteGuarded(app, KOA, fn), refuse, sendToPayment, route, homes });
