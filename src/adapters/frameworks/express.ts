// https://expressjs.com/en/guide/routing.html
import type { Handler, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isFn, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";
import { failureOf } from "./express.failure.ts";
import { isGuarded } from "./express.guards.ts";
import { refuse, sendToPayment } from "./express.refuse.ts";
import { joinPaths, prefixOf, registrationOf, registrationsOf, type Registration } from "./express.registrations.ts";
import { route } from "./express.routes.ts";
import { isDeclaredOpen } from "./express.user.ts";
import { isTypedAnswer } from "./handler.refusal.ts";
import { serviceHandler } from "./service.handler.ts";
import { answersIn, errorAnswers, returnsAnswer, usualKey } from "./handler.answers.ts";

const NAMES = { req: /^_?(?:req|request)$/, res: /^_?(?:res|response|resp)$/, next: /^_?next$/ };

/** Registered functions first; a function that only looks like a handler by its parameters counts where nothing else claims it. */
function handler(fn: Fn, app: App): Handler | undefined {
  const registration = registrationOf(app, fn);
  const names = namesOf(fn, registration);
  // A service's error becomes an answer where the app answers its own errors.
  if (!names) return registration === undefined && fn.parameters.length < 4 && hasErrorHandler(app) ? serviceHandler(app, fn, undefined) : undefined;
  const tree = fn.getSourceFile();
  const { res = "res" } = names;
  const line = lineOf(tree, fn.getStart(tree));
  const path = registration && joinPaths(prefixOf(app, registration.receiver), registration.path);
  const symbol = nameOf(fn) || (registration ? symbolOf(registration) : "");
  const errorKey = usualKey(errorAnswers(fn)) ?? usualKey(errorAnswers(tree)) ?? usualKey(appAnswers(app));
  const failure = failureOf(app, fn, names, registration);
  return {
    kind: "route", file: tree.fileName, line, symbol, names,
    ...(registration && path !== undefined && registration.method !== "USE" && { route: `${registration.method} ${path}` }),
    ...(errorKey !== undefined && { errorKey }),
    returnsAnswer: returnsAnswer(fn, res),
    ...(failure && { throws: { code: failure } }),
    ...(isTypedAnswer(fn) && errorAnswers(fn).length === 0 && { answer: "end" }),
  };
}

/** What the handler calls the request and its companions; undefined for a function that is no handler. */
function namesOf(fn: Fn, registration: Registration | undefined): Record<string, string> | undefined {
  const names = fn.parameters.map((one) => (ts.isIdentifier(one.name) ? one.name.text : ""));
  const [req = "", res = "", third = ""] = names;
  const looks = NAMES.req.test(req) && NAMES.res.test(res);
  // `(err, req, res, next)` answers errors: nothing is billed there.
  if (names.length === 4 && !looks) return undefined;
  // What only looks like a handler may be given other things by the one that calls it.
  const next = registration || NAMES.next.test(third) ? third : "";
  const injected = fn.parameters.flatMap((one) => (ts.getDecorators(one) ?? []).map((by) => [by.expression.getText().replace(/\(.*$/s, "").toLowerCase(), one.name.getText()] as const));
  const decorated = Object.fromEntries(injected.filter(([by]) => /^(?:req|request|res|response)$/.test(by)).map(([by, name]) => [by.startsWith("req") ? "req" : "res", name]));
  if (injected.length > 0 && registration) return decorated;
  if (!looks && !(registration && names.length >= 1 && names.length <= 3)) return undefined;
  return { ...(req !== "" && { req }), ...(res !== "" && { res }), ...(next !== "" && { next }) };
}

/** `router.post("/signup")` for an inline handler. */
const symbolOf = ({ receiver, method, path }: Registration): string => `${receiver?.getText() ?? "router"}.${method.toLowerCase()}('${path}')`;

/** What the app's error handlers answer: functions with four parameters. */
function appAnswers(app: App): ReturnType<typeof answersIn> {
  return [...registrationsOf(app).handlers.keys()].filter(isFn).filter((fn) => fn.parameters.length === 4).flatMap(answersIn);
}

const hasErrorHandler = (app: App): boolean => [...registrationsOf(app).handlers.keys()].some((fn) => isFn(fn) && fn.parameters.length === 4);

/** Folders for files of ours, near the file that makes the app. */
function homes(app: App): readonly string[] {
  const entry = app.code.mentioning("express").find((file) => /\bexpress\(\)/.test(app.repo.text(file) ?? "")) ?? "";
  const own = app.dir === "" ? entry : entry.slice(app.dir.length + 1);
  const parts = own.split("/").slice(0, -1);
  const bases = [parts.join("/"), parts.slice(0, 1).join("/"), "src", "server", ...(app.files(/\/(?:routes|controllers|models|services)\//).some((file) => file.startsWith(`${app.path("app")}/`)) ? ["app"] : []), ""].filter((base, i, all) => all.indexOf(base) === i && !/loaders|config|routes?$/.test(base));
  const within = (folder: string) => (base: string): string => app.path([base, folder, "credyt"].filter((part) => part !== "").join("/"));
  const known = bases.flatMap((base) => ["lib", "services", "utils", "helpers"].map((folder) => within(folder)(base)));
  return [...known, ...bases.map(within(""))];
}

/** The address whose handler renders a view: `/account` for `res.render("account/profile")`. */
function pageUrl(app: App, file: RepoPath): string | undefined {
  const view = /(?:^|\/)views\/(.+)\.\w+$/.exec(file)?.[1];
  if (view === undefined) return undefined;
  const renders = new RegExp(`\\.render\\(\\s*["'\`]${view.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:\\.\\w+)?["'\`]`);
  const found = [...registrationsOf(app).handlers].find(([node, { method }]) => method === "GET" && isFn(node) && renders.test(node.getText()));
  return found && joinPaths(prefixOf(app, found[1].receiver), found[1].path);
}

export default defineFramework({ title: "Express", packages: ["express"], rank: 10, handler, isGuarded, isDeclaredOpen, refuse, sendToPayment, route, homes, pageUrl });
