import type { Code, Handler, UserExpression } from "../../domain.ts";
import { textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { carried } from "../../source/typescript/carry.ts";
import { functionsAround, isFn, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { contextOn, mostUsual, readAt, wayOf, type Way } from "./user.way.ts";

/** What actions and loaders are given. */
export const PARTS = ["request", "params", "context"];

/** Whether a function is a route's `action` or `loader`. */
export const isRouteFunction = (fn: Fn): boolean => /^(?:action|loader)$/.test(nameOf(fn)) && functionsAround(fn).length === 0;

/** What a route's function calls the parts that it takes: `{ request }`. */
export const namesGiven = (fn: Fn): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(contextOn(fn, "args")).map(([name, path]) => [path.replace(/^args\.?/, "") || "args", name]));

/** As most actions and loaders learn it, those first that turn strangers away; else as the app's auth library says. */
export function routeUser({ app, user }: Pick<RouteContext, "app" | "user">): Way | undefined {
  const ways = waysOf(app);
  const required = ways.filter(({ key, nullable }) => !nullable && /\b(?:require|ensure|assert|must)\w*\(/i.test(key));
  if (required.length > 0) return mostUsual(required);
  const library: Way | undefined = user && { ...user, setup: onArgs(user.setup), id: onArgs(user.id), key: "" };
  return mostUsual(ways) ?? library;
}

/** Who is signed in, asked in an action or a loader of the app that takes `request`. */
export function asks({ names }: Handler, app: App, user: CurrentUser | undefined): CurrentUser | undefined {
  const way = routeUser({ app, user });
  const given = new Set(Object.entries(names).flatMap(([part, name]) => (part === name ? [name] : [])));
  const needed = way ? [...textOf(way.setup).matchAll(/\bargs\.(\w+)/g), ...textOf(way.id).matchAll(/\bargs\.(\w+)/g)].map((match) => match[1] ?? "") : [];
  if (!way || way.setup.parts.length === 0 || !needed.every((one) => given.has(one))) return undefined;
  const own = (one: Code): Code => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(/\bargs\.(?=\w)/g, "") : part)) });
  return { ...way, setup: own(way.setup), id: own(way.id) };
}

/** Code of an auth library on `request` as code on what our function is given. */
const onArgs = (one: Way["id"]): Way["id"] => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(/(?<![\w.])(request|context|params)\b(?!:)/g, "args.$1") : part)) });

function waysOf(app: App): Way[] {
  return app.code.scripts.filter((file) => /\b(?:action|loader)\b/.test(app.repo.text(file) ?? "")).flatMap((file) => {
    const tree = app.code.parse(file);
    const found: Way[] = [];
    if (tree)
      walk(tree, (node) => {
        const way = isFn(node) && isRouteFunction(node) ? wayOf(app, node, contextOn(node, "args")) : undefined;
        if (way) found.push(way);
      });
    return found;
  });
}

/** The user at a node of an action or a loader. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const fn = functionsAround(node).find(isRouteFunction);
  return fn && readAt(app, fn, contextOn(fn, "args"), () => waysOf(app));
}

/** The texts of the app's functions that a way calls: `requireUserFromContext(context)`. */
const helpersIn = (app: App, way: Way): readonly string[] =>
  way.setup.parts.concat(way.id.parts).flatMap((part) => {
    const name = typeof part !== "string" && "import" in part ? part.import.name : undefined;
    return name === undefined ? [] : app.code.mentioning(name).flatMap((file) => declarationOf(app, file, name)?.getText() ?? []);
  });

/** What a file exports under a name, where it is declared at the top. */
const declarationOf = (app: App, file: string, name: string): ts.Statement | undefined =>
  app.code.parse(file)?.statements.find((one) => (ts.isFunctionDeclaration(one) && one.name?.text === name) || (ts.isVariableStatement(one) && one.declarationList.declarations.some((declared) => declared.name.getText() === name)));

/** The middleware that puts a context's value there, where it stands on single routes: `context.get(userContext)` needs it on ours too. */
export function middlewareFor(app: App, way: Way): readonly Code[] {
  const name = [textOf(way.setup), textOf(way.id), ...helpersIn(app, way)].map((text) => /\.get\((\w+)\)/.exec(text)?.[1]).find((one) => one !== undefined);
  if (name === undefined) return [];
  const lists = app.code.mentioning("middleware").flatMap((file) => {
    const list = app.code.parse(file)?.statements.filter(ts.isVariableStatement).flatMap((one) => [...one.declarationList.declarations]).find((one) => /^(?:unstable_)?middleware$/.test(one.name.getText()))?.initializer;
    return list && ts.isArrayLiteralExpression(bare(list)) ? [{ file, elements: (bare(list) as ts.ArrayLiteralExpression).elements }] : [];
  });
  const setting = lists.flatMap(({ file, elements }) => elements.filter((one) => new RegExp(`\\.set\\(\\s*${name}\\b`).test(valueOf(app, one)?.getText() ?? "")).map((one) => ({ file, one })));
  const [first] = setting;
  const made = first && !setting.some(({ file }) => /(?:^|\/)root\.[jt]sx$/.test(file)) ? carried(app, first.one) : undefined;
  return made ? [made] : [];
}
