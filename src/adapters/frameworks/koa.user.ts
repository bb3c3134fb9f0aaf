import type { UserExpression } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { functionsAround, isFn, type Fn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import type { RouteContext } from "../define.ts";
import { KOA } from "./koa.registrations.ts";
import { guardsOf } from "./server.guards.ts";
import { registrationsOf } from "./server.registrations.ts";
import type { ServerUser } from "./server.routes.ts";
import { mostUsual, readAt, wayOf } from "./user.way.ts";

/** As most handlers of the app learn it, else as its auth library says. */
export function koaUser({ app, user }: RouteContext): ServerUser | undefined {
  const ways = waysOf(app);
  const guarded = ways.filter(({ guards }) => guards.length > 0);
  const own = mostUsual(guarded.length > 0 ? guarded : ways);
  return own ?? (user && { ...user, key: "", guards: user.middleware ? [{ code: user.middleware, name: undefined, file: "" }] : [], on: undefined });
}

/** The context as a handler calls it. */
export function contextOf(fn: Fn): string | undefined {
  const name = fn.parameters[0]?.name;
  return name && ts.isIdentifier(name) ? name.text : undefined;
}

const waysOf = (app: App): ServerUser[] =>
  [...registrationsOf(app, KOA).handlers].flatMap(([fn, route]) => {
    const ctx = isFn(fn) ? contextOf(fn) : undefined;
    const way = isFn(fn) && ctx !== undefined ? wayOf(app, fn, { [ctx]: "ctx" }) : undefined;
    if (!way) return [];
    const guards = guardsOf(app, KOA, route);
    return [{ ...way, key: `${way.key} ${guards.map(({ name }) => name ?? "").join(" ")}`, guards, on: route.on }];
  });

/** The user at a node of a handler: `ctx.state.user.id`. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const { handlers } = registrationsOf(app, KOA);
  const fn = functionsAround(node).find((one) => handlers.has(one));
  const ctx = fn && contextOf(fn);
  return fn && ctx !== undefined ? readAt(app, fn, { [ctx]: "ctx" }, () => waysOf(app)) : undefined;
}
