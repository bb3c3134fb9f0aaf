// https://nuxt.com/docs/guide/directory-structure/server
import type { Code, Handler } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import { functionsAround, type Fn } from "../../source/typescript/functions.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { keyOf } from "./handler.answers.ts";
import { body, functionAt, guarded, withMessage } from "./handler.refusal.ts";
import { h3, isHandler, routeOf, serverFolder, sharedNames, userOf } from "./nuxt.handlers.ts";
import { route } from "./nuxt.routes.ts";
import { serviceHandler } from "./service.handler.ts";

/** Event handlers of `server/`, its tasks, and functions of the server that are given a user. */
function handler(fn: Fn, app: App): Handler | undefined {
  const tree = fn.getSourceFile();
  const file = tree.fileName;
  if (!/(?:^|\/)server\//.test(file)) return undefined;
  const place = { file, line: lineOf(tree, fn.getStart(tree)) };
  if (isTask(fn)) return { ...place, kind: "job", symbol: "run", names: {}, refusal: "thrown", throws: { code: raw("throw new Error($message);") } };
  if (!isHandler(fn)) return functionsAround(fn).length === 0 ? serviceHandler(app, fn, code`throw ${h3(app, "createError", file)}({ statusCode: 402, message: $message });`) : undefined;
  const address = routeOf(file);
  const keys = returnedKeys(fn);
  const answers = keys.length > [...fn.getText().matchAll(/\bcreateError\(/g)].length;
  return {
    ...place, kind: "route", symbol: address === undefined ? (file.split("/").at(-1) ?? "handler") : address, names: { event: fn.parameters[0]?.name.getText() ?? "event" },
    ...(address !== undefined && { route: address }),
    ...(answers ? { errorKey: keys[0] ?? "error", answer: "return" } : { refusal: "thrown" as const }),
  };
}

/** `defineTask({ run() { … } })`: Nitro's jobs. */
function isTask(fn: Fn): boolean {
  const holder = ts.isMethodDeclaration(fn) ? fn.parent : ts.isPropertyAssignment(fn.parent) ? fn.parent.parent : fn;
  return ts.isCallExpression(holder.parent) && holder.parent.expression.getText() === "defineTask";
}

/** The keys of error texts that follow `setResponseStatus(event, 4xx)`, the most usual first. */
function returnedKeys(fn: Fn): readonly string[] {
  const found: string[] = [];
  walk(fn, (node) => {
    if (!ts.isReturnStatement(node) || !node.expression || !/setResponseStatus\([^)]*[45]\d\d/.test(node.parent.getText().slice(0, 400))) return;
    const key = ts.isObjectLiteralExpression(bare(node.expression)) ? keyOf(bare(node.expression) as ts.Expression) : undefined;
    if (key !== undefined) found.push(key);
  });
  return found.sort((a, b) => found.filter((one) => one === b).length - found.filter((one) => one === a).length);
}

/** An error of h3 with our details as its data, or the answer of a handler that sets its status itself. */
function refuse(handler: Handler, check: string, paymentRequired: Code, app: App): Code | undefined {
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  if (handler.answer === "return") return guarded(check, code`${h3(app, "setResponseStatus", handler.file)}(${handler.names.event ?? "event"}, 402);\nreturn ${body(handler.errorKey, check, paymentRequired)};`);
  return guarded(check, code`throw ${h3(app, "createError", handler.file)}({ statusCode: 402, message: ${check}.message, data: ${paymentRequired}(${check}) });`);
}

/** The payment page: a redirect from a handler that redirects, else its address as JSON. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const fn = handler.kind === "route" ? functionAt(app, handler) : undefined;
  if (!fn) return undefined;
  const answer = /\bsendRedirect\(/.test(fn.getText()) ? code`${h3(app, "sendRedirect", handler.file)}(${handler.names.event ?? "event"}, ${customer}.redirectUrl, 303)` : raw(`{ redirectUrl: ${customer}.redirectUrl }`);
  return code`if (${customer}.redirectUrl) return ${answer};`;
}

export default defineFramework({
  title: "Nuxt",
  packages: ["nuxt", "nuxt3", "nuxt-nightly"],
  rank: 44,
  variant: (app) => ((major(app.uses("nuxt")) ?? 3) >= 4 ? "4" : "3"),
  shared: /^(?:(?:src|app|layers\/[^/]+)\/)*(?:(?:server|shared)\/utils|utils|composables)\//,
  // Of h3's, those that our code may call.
  globals: (app) => ["defineEventHandler", "createError", "setResponseStatus", "sendRedirect", "readRawBody", "getHeader", ...sharedNames(app)],
  handler, userOf, refuse, sendToPayment, route,
  // What stands in `server/utils` is known by name in all of the server: names like `estimate` are not ours to take.
  homes: (app) => ["lib", "services"].map((folder) => `${serverFolder(app)}/${folder}/credyt`),
});
