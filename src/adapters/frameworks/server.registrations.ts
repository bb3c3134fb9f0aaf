import type { App } from "../../source/app.ts";
import { callersOf } from "../../source/typescript/callers.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { valueOf } from "../../source/typescript/values.ts";

/** What one call on an app or router registers. */
export type Registering =
  | { readonly kind: "route"; readonly method: string; readonly path: string; readonly handler: ts.Expression; readonly guards: readonly ts.Expression[]; readonly options?: ts.ObjectLiteralExpression }
  /** Another router (or a plugin's function) under a prefix; `list` is where it stands when a loop registers it. */
  | { readonly kind: "mount"; readonly path: string; readonly child: ts.Node; readonly list?: ts.ArrayLiteralExpression }
  /** Middleware for what comes after it, below a path. */
  | { readonly kind: "guard"; readonly path: string; readonly guards: readonly ts.Expression[] };

/** A registration with the call it was read from. */
export type Registered = Registering & { readonly call: ts.CallExpression; readonly receiver: ts.Expression; readonly on: ts.Node };

/** How a framework whose apps and routers are objects is read: Hono, Koa, Fastify. One constant for each. */
export interface ServerKind {
  /** A file without this has no registration. */
  readonly hint: RegExp;
  /** The node that stands for the app or router that an expression is: what made it, or the plugin whose parameter it is. */
  readonly identity: (app: App, node: ts.Expression) => ts.Node | undefined;
  /** The path that a router itself adds: `new Router({ prefix: "/api" })`, `app.basePath("/v1")`. */
  readonly ownPath: (app: App, node: ts.Expression) => string;
  /** The address of a router that is mounted by where its file stands. */
  readonly placedAt?: (app: App, on: ts.Node) => string;
  readonly read: (app: App, call: ts.CallExpression, name: string) => readonly Registering[];
}

/** Everything one app registers. */
export interface Registrations {
  readonly all: readonly Registered[];
  /** Routes by the function that handles them. */
  readonly handlers: ReadonlyMap<ts.Node, Registered & { readonly kind: "route" }>;
  /** Where each router is mounted, by the node that stands for it. */
  readonly mounts: ReadonlyMap<ts.Node, Registered & { readonly kind: "mount" }>;
}

const known = new WeakMap<App, Map<ServerKind, Registrations>>();

/** Reads every registration of an app, once. */
export function registrationsOf(app: App, kind: ServerKind): Registrations {
  const table = known.get(app) ?? new Map<ServerKind, Registrations>();
  known.set(app, table);
  const hit = table.get(kind);
  if (hit) return hit;
  const all = app.code.scripts.filter((file) => kind.hint.test(app.repo.text(file) ?? "")).flatMap((file) => inFile(app, kind, file));
  const handlers = new Map<ts.Node, Registered & { readonly kind: "route" }>();
  const mounts = new Map<ts.Node, Registered & { readonly kind: "mount" }>();
  for (const one of all) {
    if (one.kind === "mount" && !mounts.has(one.child)) mounts.set(one.child, one);
    if (one.kind === "route") for (const fn of functionsIn(app, one.handler)) if (!handlers.has(fn)) handlers.set(fn, one);
  }
  const found = { all, handlers, mounts };
  table.set(kind, found);
  return found;
}

function inFile(app: App, kind: ServerKind, file: string): Registered[] {
  const tree = app.code.parse(file);
  const found: Registered[] = [];
  if (tree)
    walk(tree, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      const receiver = node.expression.expression;
      const read = kind.read(app, node, node.expression.name.text);
      const on = read.length > 0 ? kind.identity(app, receiver) : undefined;
      if (on) found.push(...read.map((one) => ({ ...one, call: node, receiver, on })));
    });
  return found;
}

/** The function an expression is, or those given to the wrapper it is: `createHandlers(auth, async (c) => …)`, `asyncHandler(fn)`. */
function functionsIn(app: App, given: ts.Node, depth = 0): readonly ts.Node[] {
  const value = valueOf(app, given);
  if (!value || depth > 3) return [];
  if (isFn(value)) return [value, ...handedOn(app, value, depth)];
  return ts.isCallExpression(value) ? value.arguments.flatMap((one) => functionsIn(app, one, depth + 1)) : [];
}

/** The controller of `(request, reply) => submitTask(server, request, reply)`. */
function handedOn(app: App, fn: Fn, depth: number): readonly ts.Node[] {
  const call = ts.isArrowFunction(fn) && fn.body && !ts.isBlock(fn.body) ? bare(ts.isAwaitExpression(fn.body) ? fn.body.expression : fn.body) : undefined;
  if (!call || !ts.isCallExpression(call) || fn.parameters.length === 0) return [];
  const isWhole = fn.parameters.every(({ name }) => call.arguments.some((one) => one.getText() === name.getText()));
  return isWhole ? functionsIn(app, call.expression, depth + 1).filter((one) => isFn(one)) : [];
}

/** The route a function handles: registered itself, or as the argument of a wrapper. */
export function routeOf(app: App, kind: ServerKind, fn: Fn): (Registered & { readonly kind: "route" }) | undefined {
  return registrationsOf(app, kind).handlers.get(fn);
}

/** The address in front of what is registered on a node: `/api/v1`; the empty string for an app at the root. */
export function prefixOf(app: App, kind: ServerKind, on: ts.Node, depth = 0): string {
  const mount = registrationsOf(app, kind).mounts.get(on);
  return mount && depth < 8 ? joinPaths(prefixOf(app, kind, mount.on, depth + 1), kind.ownPath(app, mount.receiver), mount.path) : (kind.placedAt?.(app, on) ?? "");
}

/** Whether a router has routes of its own: plugins and routers that only hold others have none. */
export const hasRoutes = (app: App, kind: ServerKind, node: ts.Node): boolean => registrationsOf(app, kind).all.some((one) => one.kind === "route" && one.on === node);

/** A router and those it is mounted on, innermost first. */
export function mountedOn(app: App, kind: ServerKind, on: ts.Node): readonly ts.Node[] {
  const found = [on];
  for (let mount = registrationsOf(app, kind).mounts.get(on); mount && !found.includes(mount.on); mount = registrationsOf(app, kind).mounts.get(mount.on)) found.push(mount.on);
  return found;
}

/** The whole address of a registration. */
export const addressOf = (app: App, kind: ServerKind, one: Registered): string => joinPaths(prefixOf(app, kind, one.on), kind.ownPath(app, one.receiver), one.path) || "/";

/** `/api` and `/users/` as `/api/users`; nothing for the root. */
export const joinPaths = (...parts: readonly string[]): string => `/${parts.join("/")}`.replace(/\/{2,}/g, "/").replace(/\/$/, "");

/** What a parameter is given where its function is called: the router of `function routes(app) { app.get(…) }`. */
export function argumentFor(app: App, node: ts.Expression): ts.Expression | undefined {
  const parameter = parameterOf(node);
  if (!parameter || !isFn(parameter.parent)) return undefined;
  const index = parameter.parent.parameters.indexOf(parameter);
  return callersOf(app.code, app.originOf, parameter.parent).flatMap(({ call }) => call.arguments?.[index] ?? [])[0];
}

/** The parameter that a name is. */
export function parameterOf(node: ts.Expression): ts.ParameterDeclaration | undefined {
  const at = bare(node);
  const declared = ts.isIdentifier(at) ? lookup(at.text, at)?.node : undefined;
  return declared && ts.isParameter(declared) ? declared : undefined;
}
