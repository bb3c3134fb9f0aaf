import type { App } from "../../source/app.ts";
import { callersOf } from "../../source/typescript/callers.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";

/** A handler as the app registers it: `router.post("/signup", validate(schema), controller.signup)`. */
export interface Registration {
  /** In capitals; `USE` for a middleware, `ALL` for every method. */
  readonly method: string;
  /** The path written at this call, without what is mounted in front of it. */
  readonly path: string;
  /** The app or router it is called on; absent for decorators and tables whose router is not known. */
  readonly receiver?: ts.Expression;
  readonly node: ts.Node;
  /** True when the function reaches the router through a wrapper that passes errors on: `asyncHandler(fn)`. */
  readonly wrapped: boolean;
}

/** A router put on another: `app.use("/api", router)`, an entry `{ path: "/auth", route: authRoute }` of a table. */
export interface Mount {
  readonly prefix: string;
  readonly receiver: ts.Expression | undefined;
  readonly node: ts.Node;
}

/** What one app registers where. */
export interface Registrations {
  /** By the function itself and by the value that is registered (a wrapper's call). */
  readonly handlers: ReadonlyMap<ts.Node, Registration>;
  /** By the call that made the router. */
  readonly mounts: ReadonlyMap<ts.Node, Mount>;
  /** Every `use`, `get`, `post` … statement's call, in file order. */
  readonly calls: readonly { readonly call: ts.CallExpression; readonly method: string; readonly receiver: ts.Expression }[];
}

const METHODS = /^(?:get|post|put|patch|delete|all|use)$/;
const ROUTERISH = /^(?:app|router|server|api|routes?|express|\w*(?:Router|Routes|App|Api))$/;
const known = new WeakMap<App, Registrations>();

/** Reads every registration of an app, once. */
export function registrationsOf(app: App): Registrations {
  const hit = known.get(app);
  if (hit) return hit;
  const handlers = new Map<ts.Node, Registration>();
  const mounts = new Map<ts.Node, Mount>();
  const calls: { call: ts.CallExpression; method: string; receiver: ts.Expression }[] = [];
  const add = (handler: ts.Expression, one: Omit<Registration, "wrapped">): void => addHandler(app, handlers, handler, one);
  for (const file of app.code.scripts) {
    if (!/\.(?:get|post|put|patch|delete|all|use)\s*\(|@(?:Get|Post|Put|Patch|Delete|All)\b|\bpath:/.test(app.repo.text(file) ?? "")) continue;
    const tree = app.code.parse(file);
    if (!tree) continue;
    walk(tree, (node) => {
      if (ts.isCallExpression(node)) readCall(app, node, { add, mounts, calls });
      else if (ts.isObjectLiteralExpression(node)) readTable(app, node, { add, mounts });
      else if (ts.isMethodDeclaration(node)) readDecorators(node, handlers);
    });
  }
  const found = { handlers, mounts, calls };
  known.set(app, found);
  return found;
}

interface Sinks {
  readonly add: (handler: ts.Expression, one: Omit<Registration, "wrapped">) => void;
  readonly mounts: Map<ts.Node, Mount>;
}

function readCall(app: App, node: ts.CallExpression, { add, mounts, calls }: Sinks & { calls: { call: ts.CallExpression; method: string; receiver: ts.Expression }[] }): void {
  if (!ts.isPropertyAccessExpression(node.expression) || !METHODS.test(node.expression.name.text)) return;
  const method = node.expression.name.text.toUpperCase();
  const { receiver, path: routed } = chainOf(app, node.expression.expression);
  if (!isRouter(app, receiver)) return;
  const [first, ...rest] = node.arguments;
  const hasPath = first !== undefined && isPath(app, first);
  const path = routed ?? (hasPath && first ? textValue(app, first) : "");
  const given = (hasPath ? rest : first ? [first, ...rest] : []).flatMap(listed);
  if (given.length === 0 || (method === "GET" && given.every((one) => ts.isStringLiteralLike(one)))) return;
  calls.push({ call: node, method, receiver });
  for (const [i, one] of given.entries()) {
    const router = method === "USE" ? routerMade(app, one) : undefined;
    if (router && !mounts.has(router)) mounts.set(router, { prefix: path, receiver, node });
    // What stands before the last one is middleware.
    else if (!router) add(one, { method: i < given.length - 1 || (method === "USE" && !hasPath) ? "USE" : method, path, receiver, node });
  }
}

/** `[validate, handler]` and `...list` as what they hold. */
function listed(given: ts.Expression): readonly ts.Expression[] {
  const node = bare(given) as ts.Expression;
  if (ts.isSpreadElement(node)) return listed(node.expression);
  return ts.isArrayLiteralExpression(node) ? node.elements.flatMap(listed) : [node];
}

function isPath(app: App, given: ts.Expression): boolean {
  const node = bare(given);
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isRegularExpressionLiteral(node)) return true;
  if (ts.isArrayLiteralExpression(node)) return node.elements.length > 0 && node.elements.every((one) => ts.isStringLiteralLike(one) || ts.isRegularExpressionLiteral(one));
  if (ts.isBinaryExpression(node)) return /[+|?]/.test(node.operatorToken.getText());
  return (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) && textValue(app, node).startsWith("/");
}

/** The router at the root of `router.route("/x").get(a).post(b)`, and the path that the chain fixes. */
function chainOf(app: App, given: ts.Expression): { readonly receiver: ts.Expression; readonly path?: string } {
  let node = bare(given) as ts.Expression;
  let path: string | undefined;
  while (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && (node.expression.name.text === "route" || METHODS.test(node.expression.name.text))) {
    if (node.expression.name.text === "route") path = node.arguments[0] ? textValue(app, node.arguments[0]) : "";
    node = bare(node.expression.expression) as ts.Expression;
  }
  return { receiver: node, ...(path !== undefined && { path }) };
}

/** Whether an expression is an Express app or router: by where it comes from, else by its name. */
export function isRouter(app: App, node: ts.Expression): boolean {
  const origin = app.originOf(node);
  if (origin?.kind === "package") return /^(?:express|express-promise-router|express-ws|@types\/express)$/.test(origin.package) || (origin.package === "express-serve-static-core");
  if (origin && origin.kind !== "parameter" && origin.kind !== "global") return false;
  const name = ts.isPropertyAccessExpression(node) ? node.name.text : ts.isIdentifier(node) ? node.text : "";
  return ROUTERISH.test(name);
}

/** The call that made the router that an expression is; undefined when it is none. */
export function routerMade(app: App, given: ts.Expression): ts.Node | undefined {
  const origin = app.originOf(given);
  if (origin?.kind !== "package" || !origin.made || !/^express(?:-promise-router)?$/.test(origin.package)) return undefined;
  const made = innermost(origin.made);
  return /\bRouter\b|^express\(\)|^PromiseRouter\(/.test(made.getText()) ? made : undefined;
}

/** `Router()` of `Router().use(a).use(b)`. */
function innermost(given: ts.Node): ts.Node {
  let node = given;
  while (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
    const inner = bare(node.expression.expression);
    if (!ts.isCallExpression(inner) || inner.expression.getText() === "require") break;
    node = inner;
  }
  return node;
}

function addHandler(app: App, handlers: Map<ts.Node, Registration>, given: ts.Expression, one: Omit<Registration, "wrapped">): void {
  const value = valueOf(app, given);
  if (!value) return;
  if (!handlers.has(value) || handlers.get(value)?.method === "USE") handlers.set(value, { ...one, wrapped: false });
  for (const fn of innerFunctions(app, value)) if (!handlers.has(fn) || handlers.get(fn)?.method === "USE") handlers.set(fn, { ...one, wrapped: true });
}

/** The functions given to a wrapper's call, however deep: `asyncHandler(validated(schema, async (req, res) => …))`. */
function innerFunctions(app: App, value: ts.Node): readonly ts.Node[] {
  if (!ts.isCallExpression(value)) return [];
  return value.arguments.flatMap((argument) => {
    const inner = valueOf(app, argument);
    if (!inner) return [];
    return isFn(inner) && inner.parameters.length >= 1 ? [inner] : ts.isCallExpression(inner) ? innerFunctions(app, inner) : [];
  });
}

/** `{ path: "/auth", route: authRoute }` mounts; `{ method: "post", path: "/login", handler: login }` registers. */
function readTable(app: App, node: ts.ObjectLiteralExpression, { add, mounts }: Sinks): void {
  const at = (names: RegExp): ts.Expression | undefined => {
    for (const one of node.properties) {
      if (!one.name || !names.test(one.name.getText())) continue;
      if (ts.isPropertyAssignment(one)) return one.initializer;
      if (ts.isShorthandPropertyAssignment(one)) return one.name;
    }
    return undefined;
  };
  const path = at(/^(?:path|url|prefix)$/);
  const target = at(/^(?:route|router|routes|handler|handlers|controller|action|callback)$/);
  if (!path || !target || !isPath(app, path)) return;
  const router = routerMade(app, target);
  const method = at(/^(?:method|verb|type)$/);
  if (router && !mounts.has(router)) mounts.set(router, { prefix: textValue(app, path), receiver: tableReceiver(app, node), node });
  else if (!router && method) for (const one of listed(target)) add(one, { method: textValue(app, method).toUpperCase(), path: textValue(app, path), node });
}

/** The router on which a table's entries are mounted: `table.forEach((one) => router.use(one.path, one.route))` of the same file. */
function tableReceiver(app: App, node: ts.Node): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  walk(node.getSourceFile(), (at) => {
    if (found || !ts.isCallExpression(at) || !ts.isPropertyAccessExpression(at.expression) || at.expression.name.text !== "use") return;
    const [first, second] = at.arguments;
    if (first && second && ts.isPropertyAccessExpression(first) && ts.isPropertyAccessExpression(second) && isRouter(app, at.expression.expression)) found = at.expression.expression;
  });
  return found;
}

const DECORATOR = /^(?:Get|Post|Put|Patch|Delete|All)$/;

/** `@Post("/register")` of routing-controllers and its kin, below the class's `@Controller("/auth")`. */
function readDecorators(node: ts.MethodDeclaration, handlers: Map<ts.Node, Registration>): void {
  const calls = (ts.getDecorators(node) ?? []).map((one) => one.expression).filter(ts.isCallExpression);
  const verb = calls.find((one) => ts.isIdentifier(one.expression) && DECORATOR.test(one.expression.text));
  if (!verb || !ts.isClassLike(node.parent)) return;
  const owner = (ts.getDecorators(node.parent) ?? []).map((one) => one.expression).filter(ts.isCallExpression).find((one) => /Controller$/.test(one.expression.getText()));
  const text = (call: ts.CallExpression | undefined): string => (call?.arguments[0] && ts.isStringLiteralLike(call.arguments[0]) ? call.arguments[0].text : "");
  handlers.set(node, { method: verb.expression.getText().toUpperCase(), path: joinPaths(text(owner), text(verb)), node: verb, wrapped: true });
}

/** The registration of a function: its own, or that of the wrapper's call it is given to. */
export function registrationOf(app: App, fn: Fn): Registration | undefined {
  const { handlers } = registrationsOf(app);
  const own = handlers.get(fn);
  if (own) return own;
  for (let at = wrapped(fn); ts.isCallExpression(at.parent) && at.parent.arguments.includes(at as ts.Expression); at = wrapped(at.parent)) {
    const found = handlers.get(at.parent);
    if (found) return { ...found, wrapped: true };
  }
  return undefined;
}

/** What is mounted in front of a router: `/api/v1`. Empty for the app itself and for what cannot be followed. */
export function prefixOf(app: App, receiver: ts.Expression | undefined, depth = 0): string {
  if (!receiver || depth > 6) return "";
  const made = routerMade(app, receiver);
  const mount = made && registrationsOf(app).mounts.get(made);
  if (mount) return joinPaths(prefixOf(app, mount.receiver, depth + 1), mount.prefix);
  const declared = ts.isIdentifier(receiver) ? lookup(receiver.text, receiver)?.node : undefined;
  if (!declared || !ts.isParameter(declared) || !isFn(declared.parent)) return "";
  const index = declared.parent.parameters.indexOf(declared);
  const argument = callersOf(app.code, app.originOf, declared.parent)[0]?.call.arguments?.[index];
  return argument ? prefixOf(app, argument, depth + 1) : "";
}

/** `/api` and `/users/` as `/api/users`. */
export const joinPaths = (...parts: readonly string[]): string => `/${parts.join("/")}`.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");
