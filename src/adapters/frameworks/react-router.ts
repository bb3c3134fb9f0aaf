// https://reactrouter.com/start/framework/route-module
import type { Code, Handler, RepoPath } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { keyOf } from "./handler.answers.ts";
import { body, functionAt, guarded, withMessage } from "./handler.refusal.ts";
import { addressOf, appFolder, isRemix, runtime } from "./react-router.files.ts";
import { jsonAnswer, route } from "./react-router.routes.ts";
import { asks, isRouteFunction, namesGiven, userOf } from "./react-router.user.ts";
import { serviceHandler } from "./service.handler.ts";

/** Actions and loaders of routes, and functions of the server that are given a user. */
function handler(fn: Fn, app: App): Handler | undefined {
  const tree = fn.getSourceFile();
  const file = tree.fileName;
  if (!isRouteFunction(fn)) return serviceHandler(app, fn, failure(app, raw("{ error: $message }")));
  const name = nameOf(fn);
  const address = addressOf(app, file);
  const isPage = app.code.exports(file).named.has("default");
  const [key] = keysIn(fn);
  const shape = { ...(key !== undefined && { errorKey: key }), ...(answersItself(app, isPage, key) ? { answer: isPage ? "shape" : "json" } : { refusal: "thrown" as const }) };
  return { kind: "route", file, line: lineOf(tree, fn.getStart(tree)), symbol: name, names: namesGiven(fn), returnsAnswer: true, ...(address !== undefined && { route: `${name === "action" ? "POST" : "GET"} ${address}` }), ...shape };
}

/** A page shows what its action returns, in the shape that it knows; a resource route of Remix keeps the type of its answers. */
const answersItself = (app: App, isPage: boolean, key: string | undefined): boolean => (isPage ? key !== undefined && key !== "" && !key.includes(".") : key !== undefined || !isRemix(app));

/** The keys of error texts in what a function gives back: with a status, or as `{ error: "…" }`; the most usual first. */
function keysIn(fn: Fn): readonly string[] {
  const found: string[] = [];
  walk(fn, (node) => {
    if (ts.isFunctionLike(node)) return false;
    const given = ts.isReturnStatement(node) && node.expression ? bare(node.expression) : undefined;
    const call = given && ts.isCallExpression(given) && /^(?:data|json|Response\.json)$/.test(given.expression.getText()) ? given : undefined;
    const value = call ? call.arguments[0] && bare(call.arguments[0]) : given;
    if (!value || !ts.isObjectLiteralExpression(value)) return undefined;
    const isError = call?.arguments[1] ? /status:\s*[45]/.test(call.arguments[1].getText()) : value.properties.length <= 2 && value.properties.some((one) => /^(?:error|formError|errorMessage)$/.test(one.name?.getText() ?? ""));
    const key = isError ? (keyOf(value) ?? "") : undefined;
    if (key !== undefined) found.push(key);
    return undefined;
  });
  return found.sort((a, b) => found.filter((one) => one === b).length - found.filter((one) => one === a).length);
}

/** A thrown answer, which the route's error boundary shows: it changes no type of what the function gives back. */
const failure = (app: App, answer: Code): Code => code`throw ${fromPackage(isRemix(app) ? "json" : "data", runtime(app))}(${answer}, { status: 402 });`;

function refuse(handler: Handler, check: string, paymentRequired: Code, app: App): Code | undefined {
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  if (handler.answer === "shape") return guarded(check, code`return ${fromPackage(isRemix(app) ? "json" : "data", runtime(app))}({ ${handler.errorKey ?? "error"}: ${check}.message }, { status: 402 });`);
  if (handler.answer === "json") return guarded(check, code`return ${jsonAnswer(app, body(handler.errorKey, check, paymentRequired), 402)};`);
  return guarded(check, failure(app, code`${paymentRequired}(${check})`));
}

/** The payment page: a redirect, in the browser and for React Router's own requests alike. */
function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const fn = handler.kind === "route" ? functionAt(app, handler) : undefined;
  return fn && code`if (${customer}.redirectUrl) return ${fromPackage("redirect", runtime(app))}(${customer}.redirectUrl, 303);`;
}

function homes(app: App): readonly RepoPath[] {
  const folder = appFolder(app);
  return [".server", "services", "lib", "server", "utils", "models", ""].map((one) => [folder, one, "credyt"].filter((part) => part !== "").join("/"));
}

export default defineFramework({
  title: "React Router",
  packages: [
    "@react-router/dev", "@react-router/node", "@react-router/cloudflare", "@react-router/serve", "@react-router/express",
    "@remix-run/node", "@remix-run/react", "@remix-run/cloudflare", "@remix-run/deno", "@remix-run/serve", "@remix-run/express", "@remix-run/dev",
  ],
  rank: 43,
  variant: (app) => (isRemix(app) ? "remix" : "framework"),
  handler, userOf, asks, refuse, sendToPayment, route, homes,
  // A folder `.server` says it for all its files.
  suffix: (_app, home) => (/\/\.server\//.test(home) ? "" : ".server"),
});
