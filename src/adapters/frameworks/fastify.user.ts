import type { Code, UserExpression } from "../../domain.ts";
import { textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { functionsAround, isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import type { RouteContext } from "../define.ts";
import { FASTIFY } from "./fastify.registrations.ts";
import { guardAt, isSignIn, type Guard } from "./server.guards.ts";
import { mountedOn, registrationsOf, routeOf, type Registered } from "./server.registrations.ts";
import type { ServerUser } from "./server.routes.ts";
import { mostUsual, readAt, wayOf } from "./user.way.ts";

/** Who is signed in, and the hook that finds it out. */
export interface FastifyUser extends ServerUser {
  readonly hook: string;
}

/** The name our plugins give the server. */
export const SERVER = "app";

/** As most handlers of the app learn it, else as its auth library says. */
export function fastifyUser({ app, user }: RouteContext): FastifyUser | undefined {
  const ways = waysOf(app);
  const guarded = ways.filter(({ guards }) => guards.length > 0);
  const own = mostUsual(guarded.length > 0 ? guarded : ways);
  return (own && typed(app, own)) ?? (user && { ...user, key: "", guards: user.middleware ? [{ code: user.middleware, name: undefined, file: "" }] : [], on: undefined, hook: "preHandler" });
}

/** `(request as any).userID` where no type says that a request has it: the app's own reads silence the compiler, one by one. */
function typed(app: App, user: FastifyUser): FastifyUser {
  const first = PROPERTY.exec(`${textOf(user.setup)} ${textOf(user.id)}`)?.[1];
  if (app.language !== "typescript" || first === undefined || isDeclared(app, first)) return user;
  const cast = ({ parts }: Code): Code => ({ parts: parts.map((part) => (typeof part === "string" ? part.replace(PROPERTY, "(request as any).$1") : part)) });
  return { ...user, setup: cast(user.setup), id: cast(user.id) };
}

/** What the app puts on a request; the rest Fastify's own types know. */
const PROPERTY = /(?<![\w$.])request\.((?!(?:headers|body|query|params|cookies|server|raw|log|id|ip|ips|url|method|hostname|protocol|socket|routeOptions)\b)\w+)(?!\w|\s*\()/;

/** Whether Fastify's request has a property, by the app's types or by a library's. */
function isDeclared(app: App, first: string): boolean {
  if (first in LIBRARIES && LIBRARIES[first]?.some((name) => app.uses(name) !== undefined)) return true;
  return app.files(/\.[cm]?ts$/).some((file) => {
    const text = app.repo.text(file) ?? "";
    return /declare\s+module\s+["'](?:fastify|@fastify\/[\w-]+)["']/.test(text) && new RegExp(`\\b${first}\\??\\s*:`).test(text);
  });
}

/** What libraries' types put on a request. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  user: ["@fastify/jwt", "fastify-jwt", "@fastify/passport"],
  session: ["@fastify/session", "@fastify/secure-session", "fastify-session"],
  auth: ["@clerk/fastify"],
};

/** The stage at which the app asks who is signed in: `preHandler` where it differs. */
function hookOf(guards: readonly ts.Expression[]): string {
  const names = guards.map((guard) => {
    const holder = ts.isArrayLiteralExpression(guard.parent) ? guard.parent.parent : guard.parent;
    const [first] = ts.isCallExpression(holder) ? holder.arguments : [];
    return ts.isPropertyAssignment(holder) ? holder.name.getText() : first && ts.isStringLiteralLike(first) ? first.text : "preHandler";
  });
  return names[0] !== undefined && names.every((name) => name === names[0]) ? names[0] : "preHandler";
}

const waysOf = (app: App): FastifyUser[] =>
  [...registrationsOf(app, FASTIFY).handlers].flatMap(([fn, route]) => {
    const names = isFn(fn) ? namesOf(fn) : undefined;
    const way = isFn(fn) && names ? wayOf(app, fn, contextOf(names)) : undefined;
    if (!way) return [];
    const shared = hooksAround(app, route.on);
    const nodes = [...shared, ...route.guards.map((node) => ({ node, on: undefined }))].filter(({ node }) => isSignIn(app, node));
    const key = `${way.key} ${nodes.map(({ node }) => node.getText()).join(" ")}`;
    const guards = nodes.map(({ node, on }): Guard => ({ ...guardAt(app, node, instanceNames(app, route)), ...(on && { shared: { on, end: node.end } }) }));
    return [{ ...way, key, hook: hookOf(nodes.map(({ node }) => node)), guards, on: route.on }];
  });

/** What the handler calls its request and reply, by the parameters' types, else by their names and places. */
export function namesOf(fn: Fn): { readonly request?: string; readonly reply?: string } | undefined {
  const found: { request?: string; reply?: string } = {};
  for (const { name, type } of fn.parameters) {
    if (!ts.isIdentifier(name)) continue;
    const of = type?.getText() ?? "";
    if (/Reply\b/.test(of) || (of === "" && /^_?(?:reply|rep|res|response)$/.test(name.text))) found.reply = name.text;
    else if (/Request\b/.test(of) || (of === "" && /^_?(?:request|req)$/.test(name.text))) found.request = name.text;
  }
  return found.request === undefined && found.reply === undefined ? undefined : found;
}

const contextOf = ({ request, reply }: { readonly request?: string; readonly reply?: string }): Record<string, string> => ({ ...(request !== undefined && { [request]: "request" }), ...(reply !== undefined && { [reply]: "reply" }) });

/** The names under which a plugin knows the server: ours knows it as `app`. */
function instanceNames(app: App, { on, receiver }: Registered): Record<string, string> {
  const parameter = isFn(on) ? on.parameters[0]?.name.getText() : undefined;
  const root = ts.isIdentifier(receiver) && FASTIFY.identity(app, receiver) === on ? receiver.text : undefined;
  return { ...(parameter !== undefined && { [parameter]: SERVER }), ...(root !== undefined && { [root]: SERVER }) };
}

/** Hooks of a plugin and of those around it, outermost first; also those that a function of the app is given to register. */
function hooksAround(app: App, on: ts.Node): readonly { readonly node: ts.Expression; readonly on: ts.Node }[] {
  const { all } = registrationsOf(app, FASTIFY);
  return [...mountedOn(app, FASTIFY, on)].reverse().flatMap((one) => [...all.flatMap((each) => (each.kind === "guard" && each.on === one ? each.guards : [])), ...handedOver(app, one)].map((node) => ({ node, on: one })));
}

/** `registerHooks(fastify, [authenticate, rateLimit])`. */
function handedOver(app: App, on: ts.Node): readonly ts.Expression[] {
  const server = isFn(on) ? on.parameters[0]?.name.getText() : undefined;
  const found: ts.Expression[] = [];
  if (server !== undefined && isFn(on) && on.body)
    walk(on.body, (node) => {
      if (isFn(node)) return false;
      if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.arguments[0]?.getText() !== server) return undefined;
      for (const one of node.arguments.slice(1)) for (const each of ts.isArrayLiteralExpression(bare(one)) ? (bare(one) as ts.ArrayLiteralExpression).elements : [one]) if (isHook(app, each)) found.push(each);
      return undefined;
    });
  return found;
}

function isHook(app: App, node: ts.Expression): boolean {
  const value = ts.isIdentifier(node) ? valueOf(app, node) : undefined;
  return value !== undefined && isFn(value) && value.parameters.length >= 1 && namesOf(value) !== undefined;
}

/** Whether who is signed in is asked already for everything in a plugin. */
export const isGuarded = (app: App, on: ts.Node): boolean => hooksAround(app, on).some(({ node }) => isSignIn(app, node));

/** Whether it is asked in front of a handler; undefined for a function that handles no route. */
export function isRouteGuarded(fn: Fn, app: App): boolean | undefined {
  const route = routeOf(app, FASTIFY, fn);
  return route && (isGuarded(app, route.on) || route.guards.some((one) => isSignIn(app, one)));
}

/** The user at a node of a handler: `request.user.id`. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const { handlers } = registrationsOf(app, FASTIFY);
  const fn = functionsAround(node).find((one) => handlers.has(one));
  const names = fn && namesOf(fn);
  return fn && names && readAt(app, fn, contextOf(names), () => waysOf(app));
}
