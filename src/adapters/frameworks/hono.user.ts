import type { Code, UserExpression } from "../../domain.ts";
import { code, fromPackage } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import type { RouteContext } from "../define.ts";
import { carried } from "../../source/typescript/carry.ts";
import { HONO } from "./hono.registrations.ts";
import { carriedGuards, covers, guardsOf, signInGuards } from "./server.guards.ts";
import { addressOf, registrationsOf, type Registered } from "./server.registrations.ts";
import { mostUsual, readAt, wayOf, type Way } from "./user.way.ts";

/** Who is signed in on a new router: how its handlers read it, what must run in front, and the router's type. */
export interface HonoUser extends Way {
  /** Middlewares for our own routes; undefined when they can only run on the router they stand on. */
  readonly guards: readonly Code[] | undefined;
  /** The router on which the handlers that read the user stand. */
  readonly on: ts.Node | undefined;
  /** How a router is made on which `c.get("user")` has a type: `new Hono<AppEnv>()`, `createRouter()`. */
  readonly made: Code;
}

/** As most handlers of the app learn it, else as its auth library says. */
export function honoUser(app: App, { user }: RouteContext): HonoUser | undefined {
  const ways = [...registrationsOf(app, HONO).handlers].flatMap(([fn, route]) => fromHandler(app, fn, route));
  const guarded = ways.filter(({ guards }) => guards === undefined || guards.length > 0);
  const own = mostUsual(guarded.length > 0 ? guarded : ways);
  if (own) return own;
  return user && { ...user, key: "", guards: user.middleware ? [user.middleware] : [], on: undefined, made: plainRouter };
}

function fromHandler(app: App, fn: ts.Node, route: Registered & { readonly kind: "route" }): HonoUser[] {
  const c = isFn(fn) ? fn.parameters[0]?.name : undefined;
  const way = isFn(fn) && c && ts.isIdentifier(c) ? wayOf(app, fn, { [c.text]: "c" }) : undefined;
  if (!way) return [];
  const guards = guardsOf(app, HONO, route);
  const carriedOver = carriedGuards(app, guards);
  const key = `${way.key} ${guards.map((one) => one.getText().slice(0, 80)).join(" ")}`;
  return [{ ...way, key, guards: carriedOver, on: route.on, made: routerLike(app, route.on) }];
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

/** Guards that run in front of `address` on a router already, so that a route there needs none of its own. */
export const isGuarded = (app: App, on: ts.Node, offset: number, address: string): boolean =>
  signInGuards(app, HONO).some((one) => one.on === on && one.call.end <= offset && covers(addressOf(app, HONO, one), address));

/** The user at a node of a handler: `c.get("user").id`. */
export function userOf(node: ts.Node, app: App): UserExpression | undefined {
  const { handlers } = registrationsOf(app, HONO);
  const fn = functionsAround(node).find((one) => handlers.has(one));
  const c = fn?.parameters[0]?.name;
  if (!fn || !c || !ts.isIdentifier(c)) return undefined;
  return readAt(app, fn, { [c.text]: "c" }, () => [...handlers].flatMap(([one, route]) => fromHandler(app, one, route)));
}
