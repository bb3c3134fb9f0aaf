import type { Code, Import, RepoPath, UserExpression } from "../../domain.ts";
import { code, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { carried } from "../../source/typescript/carry.ts";
import { functionsAround, isFn, type Fn } from "../../source/typescript/functions.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import type { RouteContext } from "../define.ts";
import { contextOn, mostUsual, readAt, wayOf, type Way } from "./user.way.ts";

/** The folder with the server's code: `server`, or below the folder that the app's configuration names. */
export function serverFolder(app: App): RepoPath {
  const file = app.files(/(?:^|\/)server\/(?:api|routes|utils|middleware|plugins)\//).find((one) => !/(?:^|\/)layers\//.test(one));
  const found = file === undefined ? undefined : /^(.*?(?:^|\/)server)\/(?:api|routes|utils|middleware|plugins)\//.exec(file)?.[1];
  return found ?? app.path("server");
}

/** `POST /api/chat` of `server/api/chat.post.ts`; undefined for files that hold no handler. */
export function routeOf(file: RepoPath): string | undefined {
  const found = /(?:^|\/)server\/(api|routes)\/(.+)\.[jt]s$/.exec(file);
  if (!found) return undefined;
  const [, kind, path = ""] = found;
  const method = /\.(get|post|put|patch|delete|head|options)$/.exec(path.replace(/\.(?:dev|prod)$/, ""))?.[1];
  const steps = path.replace(/\.(?:get|post|put|patch|delete|head|options)(?:\.(?:dev|prod))?$/, "").split("/").filter((part) => part !== "index");
  const address = `/${[...(kind === "api" ? ["api"] : []), ...steps.map((part) => part.replace(/^\[\.\.\.(\w*)\]$/, "**$1").replace(/^\[(\w+)\]$/, ":$1"))].join("/")}`;
  return `${method?.toUpperCase() ?? "ALL"} ${address}`;
}

/** Whether a function is the handler that `defineEventHandler(…)` (or another such maker) is given. */
export function isHandler(fn: Fn): boolean {
  const holder = ts.isPropertyAssignment(fn.parent) && fn.parent.name.getText() === "handler" && ts.isObjectLiteralExpression(fn.parent.parent) ? fn.parent.parent : ts.isMethodDeclaration(fn) && fn.name.getText() === "handler" ? fn.parent : fn;
  const call = holder.parent;
  return ts.isCallExpression(call) && call.arguments.includes(holder as ts.Expression) && /[eE]ventHandler$|^define\w*Handler$|Handler$/.test(call.expression.getText());
}

/** Who is signed in, and the app's own maker of handlers that finds it out: `defineAuthenticatedEventHandler`. */
export interface NuxtWay extends Way {
  readonly maker?: Code;
}

/**
 * As most handlers of the app learn it, else as its auth library says; on `event`. What a middleware leaves on events of some addresses
 * alone is not there for an address of ours.
 */
export function nuxtUser({ app, user }: RouteContext): NuxtWay | undefined {
  const own = mostUsual(waysOf(app));
  if (!own) return user && { ...user, key: "" };
  if (!isForSome(app, own)) return own;
  return user ? { ...user, key: "" } : { ...own, nullable: true, id: raw(textOf(own.id).replace(/(?<=\.context\.\w+)[?!]?\.(?=\w)/, "?.")) };
}

/** Whether the middleware that puts the user on the event looks at the address first. */
function isForSome(app: App, { setup, id }: Way): boolean {
  const kept = /\bevent\.context\.(\w+)/.exec(`${textOf(setup)} ${textOf(id)}`)?.[1];
  return kept !== undefined && app.files(/(?:^|\/)server\/middleware\//).some((file) => {
    const text = app.repo.text(file) ?? "";
    return new RegExp(`\\.context\\.${kept}\\s*=(?!=)`).test(text) && /\bevent\.path\b|\bgetRequest(?:URL|Path)\(|\breq\.url\b/.test(text);
  });
}

/** What Nitro makes handlers with, signed in or not. */
const MAKERS = /^(?:define)?(?:cached|lazy|request)?eventHandler$/i;

/** The maker of a handler, where it is the app's own. */
function makerOf(app: App, fn: Fn): Code | undefined {
  const call = ts.isCallExpression(fn.parent) ? fn.parent : undefined;
  return call && ts.isIdentifier(call.expression) && !MAKERS.test(call.expression.text) ? carried(app, call.expression) : undefined;
}

/** Names that scripts in `server/utils` give all of the server. */
export const sharedNames = (app: App): readonly string[] =>
  app.files(/(?:^|\/)server\/utils\/.*\.[jt]s$/).flatMap((file) => [...(app.repo.text(file) ?? "").matchAll(/^export\s+(?:async\s+)?(?:function|const|class)\s+(\w+)/gm)].map((match) => match[1] ?? ""));

function waysOf(app: App): NuxtWay[] {
  return app.code.scripts.filter((file) => routeOf(file) !== undefined).flatMap((file) => {
    const tree = app.code.parse(file);
    const found: NuxtWay[] = [];
    if (tree)
      walk(tree, (node) => {
        const way = isFn(node) && isHandler(node) ? wayOf(app, node, contextOn(node, "event")) : undefined;
        const maker = way && isFn(node) ? makerOf(app, node) : undefined;
        if (way) found.push(maker ? { ...way, maker, key: `${textOf(maker)} ${way.key}` } : way);
      });
    return found;
  });
}

/** The user at a node of a handler: `event.context.user.id`. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const fn = functionsAround(node).find(isHandler);
  return fn && readAt(app, fn, contextOn(fn, "event"), () => waysOf(app));
}

/** A function of h3: there without an import, unless the app's files import such functions themselves. */
export function h3(app: App, name: string, file?: RepoPath): Code {
  const imports = (one: RepoPath): boolean => /from\s+["']h3["']/.test(app.repo.text(one) ?? "");
  const all = app.code.scripts.filter((one) => routeOf(one) !== undefined);
  const isImported = file === undefined ? all.filter(imports).length > all.length / 2 || isManual(app) : imports(file) || isManual(app);
  const needed: Import = { name, from: { package: "h3" } };
  return isImported ? code`${needed}` : raw(name);
}

/** `imports: { autoImport: false }` or Nitro's own setting. */
const isManual = (app: App): boolean => app.files(/(?:^|\/)nuxt\.config\.[cm]?[jt]s$/).some((file) => /autoImport\s*:\s*false/.test(app.repo.text(file) ?? ""));
