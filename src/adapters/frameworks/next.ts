// https://nextjs.org/docs/app/api-reference/file-conventions/route
import type { Handler } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { errorAnswers, returnsAnswer, usualKey, type ErrorAnswer } from "./handler.answers.ts";
import { errorStyle, passesErrorsOn } from "./handler.errors.ts";
import { isTypedAnswer } from "./handler.refusal.ts";
import { joinCode, raw } from "../../code/code.ts";
import { apiPath, calledBy, chainOf, exportedAs, hasDirective, isApiHandler, isServerAction, isTopLevel, namesIn, routeOf, routePath, within } from "./next.places.ts";
import { refuse, sendToPayment } from "./next.refuse.ts";
import { asks, route } from "./next.routes.ts";

/** What Next.js calls: route handlers, procedures of tRPC, server actions, API routes, Hono behind a route, jobs, pages. */
function handler(fn: Fn, app: App): Handler | undefined {
  return routeHandler(fn, app) ?? procedure(fn, app) ?? serverAction(fn, app) ?? apiRoute(fn, app) ?? honoRoute(fn, app) ?? job(fn) ?? component(fn, app);
}

type Place = Pick<Handler, "file" | "line" | "symbol">;

function placeOf(fn: Fn, symbol: string): Place {
  const tree = fn.getSourceFile();
  return { file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), symbol };
}

function routeHandler(fn: Fn, app: App): Handler | undefined {
  const place = routeOf(app, fn);
  if (!place) return undefined;
  const answers = nearest(errorAnswers(fn), errorAnswers(fn.getSourceFile()));
  const errorKey = usualKey(answers) ?? appKey(app);
  return {
    ...placeOf(fn, nameOf(fn) || place.method), kind: "route", route: `${place.method} ${place.path}`, names: namesIn(fn), returnsAnswer: true, answer: answerOf(app, fn, answers),
    ...(errorKey !== undefined && { errorKey }), ...thrownBy(app, fn, place.wrapped),
  };
}

const nearest = (own: readonly ErrorAnswer[], file: readonly ErrorAnswer[]): readonly ErrorAnswer[] => (own.length > 0 ? own : file);

/** How answers are made here: `NextResponse.json`, `Response.json`, `new Response`. */
function answerOf(app: App, fn: Fn, answers: readonly ErrorAnswer[]): string {
  const forms = answers.flatMap(({ node }) => {
    if (ts.isNewExpression(node)) return [`new ${node.expression.getText()}`];
    const callee = ts.isCallExpression(node) ? node.expression.getText() : "";
    return /^(?:Next)?Response\.json$/.test(callee) ? [callee] : [];
  });
  const usual = forms.sort((a, b) => forms.filter((one) => one === b).length - forms.filter((one) => one === a).length)[0];
  const { text } = fn.getSourceFile();
  if (usual !== undefined) return usual;
  if (text.includes("NextResponse")) return "NextResponse.json";
  return text.includes("Response.json(") || app.code.mentioning("NextResponse.json(").length === 0 ? "Response.json" : "NextResponse.json";
}

/** The error key of most JSON answers of the app's routes. */
function appKey(app: App): string | undefined {
  const counts = new Map<string, number>();
  for (const file of app.code.scripts) {
    if (routePath(app, file) === undefined && apiPath(app, file) === undefined) continue;
    for (const match of (app.repo.text(file) ?? "").matchAll(/\bjson\(\s*\{\s*(?:success:\s*false,\s*)?(error|message|msg)\b/g)) counts.set(match[1] ?? "", (counts.get(match[1] ?? "") ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/** An error class that this function throws for its wrapper to answer. */
function thrownBy(app: App, fn: Fn, wrapped: boolean): Pick<Handler, "throws"> {
  const style = wrapped && errorAnswers(fn).length === 0 && passesErrorsOn(fn) ? errorStyle(app, fn) : undefined;
  return style ? { throws: { code: joinCode([raw("throw "), style.code, raw(";")], "") } } : {};
}

/** `publicProcedure.input(…).mutation(async ({ ctx, input }) => …)`, and `resolve` of tRPC 9. */
function procedure(fn: Fn, app: App): Handler | undefined {
  if (app.uses("@trpc/server") === undefined) return undefined;
  const isResolve = ts.isMethodDeclaration(fn) ? fn.name.getText() === "resolve" : ts.isPropertyAssignment(fn.parent) && fn.parent.name.getText() === "resolve";
  const call = calledBy(fn, /^(?:query|mutation|subscription)$/) ?? (isResolve ? chainOf(fn).find(ts.isCallExpression) : undefined);
  if (!call || (!isResolve && !/[pP]rocedure|\bt\./.test(call.expression.getText()))) return undefined;
  return { ...placeOf(fn, nameOf(fn)), kind: "procedure", names: namesIn(fn), returnsAnswer: true };
}

function serverAction(fn: Fn, app: App): Handler | undefined {
  if (!isServerAction(app, fn)) return undefined;
  return { ...placeOf(fn, nameOf(fn) || (exportedAs(app, fn)[0] ?? "")), kind: "server-action", names: namesIn(fn), returnsAnswer: true };
}

function apiRoute(fn: Fn, app: App): Handler | undefined {
  if (!isApiHandler(app, fn) || !isTopLevel(fn)) return undefined;
  const { file } = placeOf(fn, "");
  const [req = "req", res = "res"] = fn.parameters.map((one) => one.name.getText());
  const path = apiPath(app, file);
  const symbol = nameOf(fn) || "handler";
  const errorKey = usualKey(errorAnswers(fn)) ?? usualKey(errorAnswers(fn.getSourceFile())) ?? appKey(app);
  const isInner = !exportedAs(app, fn).includes("default") || chainOf(fn).length > 1;
  return {
    ...placeOf(fn, symbol), kind: "api-route", names: { req, res }, returnsAnswer: returnsAnswer(fn, res),
    ...(path !== undefined && { route: `${methodOf(fn, req, symbol)} ${path}` }),
    ...(errorKey !== undefined && { errorKey }), ...(isTypedAnswer(fn) && errorAnswers(fn).length === 0 && { answer: "end" }), ...thrownBy(app, fn, isInner),
  };
}

function methodOf(fn: Fn, req: string, symbol: string): string {
  const named = /(?:^handle_?|^|_)(get|post|put|patch|delete)(?:Handler|$)/i.exec(symbol)?.[1];
  if (named !== undefined) return named.toUpperCase();
  const text = fn.getText();
  const tested = new Set([...text.matchAll(/(?:\bmethod\s*!?==?=?\s*|case\s+)["'](GET|POST|PUT|PATCH|DELETE)["']/g)].map((match) => match[1] ?? ""));
  return tested.size === 1 ? ([...tested][0] ?? "POST") : tested.has("POST") || text.includes(`${req}.body`) ? "POST" : "GET";
}

/** Hono behind `app/api/[[...route]]/route.ts`. */
function honoRoute(fn: Fn, app: App): Handler | undefined {
  const call = app.uses("hono") === undefined ? undefined : calledBy(fn, /^(?:get|post|put|patch|delete|all)$/);
  const [c] = fn.parameters;
  const path = call?.arguments[0];
  if (!call || !c || !path || !ts.isStringLiteralLike(path) || !/^(?:c|ctx|context)$/.test(c.name.getText())) return undefined;
  const method = (call.expression as ts.PropertyAccessExpression).name.text.toUpperCase();
  const errorKey = usualKey(nearest(errorAnswers(fn), errorAnswers(fn.getSourceFile())));
  return { ...placeOf(fn, nameOf(fn) || `${method} ${path.text}`), kind: "route", route: `${method} ${path.text}`, names: { c: c.name.getText() }, returnsAnswer: true, ...(errorKey !== undefined && { errorKey }) };
}

/** Work that no user waits for: queues, schedules, callbacks of uploads. */
function job(fn: Fn): Handler | undefined {
  const call = calledBy(fn, /^(?:createFunction|onUploadComplete|task|Worker|processJob)$/);
  return call && { ...placeOf(fn, nameOf(fn)), kind: "job", names: namesIn(fn) };
}

/** An async server component: a page, a layout, a piece of them. */
function component(fn: Fn, app: App): Handler | undefined {
  const { fileName } = fn.getSourceFile();
  const isView = /\.[jt]sx$/.test(fileName) && !hasDirective(fn.getSourceFile(), "use client") && !/^(?:src\/)?pages\//.test(within(app, fileName));
  if (!isView || !isTopLevel(fn) || (ts.getCombinedModifierFlags(fn) & ts.ModifierFlags.Async) === 0) return undefined;
  const symbol = nameOf(fn);
  return /^[A-Z]/.test(symbol) || exportedAs(app, fn).includes("default") ? { ...placeOf(fn, symbol), kind: "component", names: namesIn(fn) } : undefined;
}

export default defineFramework({
  title: "Next.js",
  packages: ["next"],
  rank: 40,
  variant: (app) => (app.files(/(?:^|\/)app\/(?:.*\/)?(?:page|route|layout)\.[jt]sx?$/).length > 0 ? "app-router" : "pages-router"),
  handler,
  refuse,
  sendToPayment,
  route, asks,
  homes: (app) => ["src/lib/credyt", "lib/credyt", "src/server/credyt", "server/credyt", "src/libs/credyt", "libs/credyt", "src/services/credyt", "services/credyt", "src/utils/credyt", "utils/credyt", "src/credyt", "lib/credyt"].map(app.path),
});

