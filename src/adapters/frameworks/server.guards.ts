import type { Code, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { functionsAround, isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { carried, type Renames } from "../../source/typescript/carry.ts";
import { addressOf, mountedOn, registrationsOf, routeOf, type Registered, type ServerKind } from "./server.registrations.ts";

const NAMES = /auth|jwt|session|log-?(?:ged)?-?in|sign-?(?:ed)?-?in|protect|require|guard|user|clerk|bearer|verify|passport|principal/i;
const OTHERS = /cors|logger|rate|limit|helmet|compress|csrf|body|pars|valid|static|error|cache|timing|etag|secure-?headers/i;
const SAYS_NO = /\b401\b|unauthori[sz]ed|\.set\(\s*["'](?:user|session|jwtPayload|userId|auth)["']|\.state\.\w*user|jwtVerify|isAuthenticated/i;

/** Whether a middleware finds out who is signed in: by its name, else by what it does. */
export function isSignIn(app: App, guard: ts.Expression): boolean {
  const name = guard.getText().split("\n")[0] ?? "";
  if (!isFn(guard)) {
    if (OTHERS.test(name)) return false;
    if (NAMES.test(name)) return true;
  }
  const value = valueOf(app, guard);
  if (!value || !isFn(value)) return false;
  const asked = calledBy(value);
  return SAYS_NO.test(value.getText()) || (asked !== undefined && isSignIn(app, asked));
}

/** What `(request) => isAuth(server, request)` calls. */
function calledBy(fn: Fn): ts.Expression | undefined {
  const body = ts.isArrowFunction(fn) && fn.body && !ts.isBlock(fn.body) ? bare(ts.isAwaitExpression(fn.body) ? fn.body.expression : fn.body) : undefined;
  return body && ts.isCallExpression(body) ? body.expression : undefined;
}

/** Middlewares of a router that find out who is signed in, with the path below which they run. */
export function signInGuards(app: App, kind: ServerKind): readonly (Registered & { readonly kind: "guard" })[] {
  return registrationsOf(app, kind).all.filter((one): one is Registered & { readonly kind: "guard" } => one.kind === "guard" && one.guards.some((guard) => isSignIn(app, guard)));
}

/** Whether what is registered for a path reaches an address below it. */
export function covers(pattern: string, address: string): boolean {
  const parts = pattern.split("/").filter((part) => part !== "");
  const steps = address.split("/").filter((part) => part !== "");
  const open = parts.at(-1) === "*" || parts.at(-1) === "(.*)";
  const fixed = open ? parts.slice(0, -1) : parts;
  return fixed.every((part, i) => part === "*" || part.startsWith(":") || part === steps[i]) && (open || fixed.length === steps.length);
}

/** A middleware that finds out who is signed in, in front of a handler that reads it. */
export interface Guard {
  /** As a new file writes it; undefined when it is known to its own file alone. */
  readonly code: Code | undefined;
  /** Its name, where it is a name that the top of `file` declares. */
  readonly name: string | undefined;
  readonly file: RepoPath;
  /** Where it stands when it runs for more than one route: on which router, for which addresses (all without them), from which offset on. */
  readonly shared?: { readonly on: ts.Node; readonly pattern?: string; readonly end: number };
}

/** The sign-in middlewares that run in front of a route, outermost first. */
export function guardsOf(app: App, kind: ServerKind, route: Registered & { readonly kind: "route" }): readonly Guard[] {
  const address = addressOf(app, kind, route);
  const shared = signInGuards(app, kind).filter((one) => runsBefore(one, route) && covers(addressOf(app, kind, one), address));
  const around = shared.flatMap((one) => one.guards.filter((node) => isSignIn(app, node)).map((node) => ({ ...guardAt(app, node), shared: { on: one.on, pattern: addressOf(app, kind, one), end: one.call.end } })));
  return [...around, ...route.guards.filter((node) => isSignIn(app, node)).map((node) => guardAt(app, node))];
}

/** Whether one of them runs in front of the route that a function handles; undefined where it handles none. */
export function isRouteGuarded(app: App, kind: ServerKind, fn: Fn): boolean | undefined {
  const route = routeOf(app, kind, fn);
  return route && guardsOf(app, kind, route).length > 0;
}

/** In one file a middleware runs for what is registered after it. */
const runsBefore = (guard: Registered, route: Registered): boolean => guard.call.getSourceFile() !== route.call.getSourceFile() || guard.call.end <= route.call.end;

/** A guard as our own files may use it. */
export function guardAt(app: App, node: ts.Expression, renames: Renames = {}): Guard {
  const code = isFn(node) && !calledBy(node) ? undefined : carried(app, node, renames);
  const declared = ts.isIdentifier(node) ? lookup(node.text, node)?.node : undefined;
  const isTop = declared !== undefined && functionsAround(declared).length === 0;
  return { code, name: isTop && ts.isIdentifier(node) ? node.text : undefined, file: node.getSourceFile().fileName };
}

/** Whether a guard runs already in front of what is registered at an offset of a router's file for an address. */
export function runsAt(app: App, kind: ServerKind, { shared, file }: Guard, at: { readonly on: ts.Node; readonly file: RepoPath; readonly offset: number }, address: string): boolean {
  if (!shared || !mountedOn(app, kind, at.on).includes(shared.on)) return false;
  return shared.pattern === undefined || (covers(shared.pattern, address) && (file !== at.file || shared.end <= at.offset));
}
