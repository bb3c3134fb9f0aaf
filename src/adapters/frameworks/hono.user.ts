import type { Code, UserExpression } from "../../domain.ts";
import { code, fromPackage, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import type { RouteContext } from "../define.ts";
import { carried } from "../../source/typescript/carry.ts";
import { HONO } from "./hono.registrations.ts";
import { guardsOf } from "./server.guards.ts";
import { registrationsOf, type Registered } from "./server.registrations.ts";
import type { ServerUser } from "./server.routes.ts";
import { mostUsual, readAt, wayOf } from "./user.way.ts";

/** Who is signed in on a new router: how its handlers read it, what must run in front, and the router's type. */
export interface HonoUser extends ServerUser {
  /** How a router is made on which `c.get("user")` has a type: `new Hono<AppEnv>()`, `createRouter()`. */
  readonly made: Code;
}

/** As most handlers of the app learn it, else as its auth library says. */
export function honoUser({ app, user }: RouteContext): HonoUser | undefined {
  const ways = [...registrationsOf(app, HONO).handlers].flatMap(([fn, route]) => fromHandler(app, fn, route));
  const guarded = ways.filter(({ guards }) => guards.length > 0);
  const own = mostUsual(guarded.length > 0 ? guarded : ways);
  if (own) return own;
  return user && { ...user, key: "", guards: user.middleware ? [{ code: user.middleware, name: undefined, file: "" }] : [], on: undefined, made: plainRouter };
}

function fromHandler(app: App, fn: ts.Node, route: Registered & { readonly kind: "route" }): HonoUser[] {
  const c = isFn(fn) ? fn.parameters[0]?.name : undefined;
  const way = isFn(fn) && c && ts.isIdentifier(c) ? wayOf(app, fn, { [c.text]: "c" }) : undefined;
  if (!way) return [];
  const guards = guardsOf(app, HONO, route);
  const key = `${way.key} ${guards.map(({ name, code: made }) => name ?? (made ? textOf(made) : "")).join(" ")}`;
  return [{ ...way, key, guards, on: route.on, made: routerLike(app, route.on) }];
}

/** A router whose handlers need to know nothing of the context's type. */
export const plainRouter: Code = code`new ${fromPackage("Hono", "hono")}()`;

function routerLike(app: App, made: ts.Node): Code {
  const node = bare(made);
  if (ts.isCallExpression(node) && node.arguments.length === 0 && ts.isIdentifier(node.expression)) {
    const maker = carried(app, node.expression);
    if (maker) return code`${maker}()`;
  }
  const [argument] = ts.isNewExpression(node) ? (node.typeArguments ?? []) : [];
  const env = argument && carried(app, argument);
  return env ? code`new ${fromPackage("Hono", "hono")}<${env}>()` : plainRouter;
}

/** The user at a node of a handler: `c.get("user").id`. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const { handlers } = registrationsOf(app, HONO);
  const fn = functionsAround(node).find((one) => handlers.has(one));
  const c = fn?.parameters[0]?.name;
  if (!fn || !c || !ts.isIdentifier(c)) return undefined;
  return readAt(app, fn, { [c.text]: "c" }, () => [...handlers].flatMap(([one, route]) => fromHandler(app, one, route)));
}
