import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, wrapped } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { valueOf } from "../../source/typescript/values.ts";

/** A file's path inside the app's folder. */
export const within = (app: App, file: string): string => (app.dir === "" ? file : file.slice(app.dir.length + 1));

const ROUTE_FILE = /^(?:src\/)?app\/(?:(.*)\/)?route\.[jt]sx?$/;
const API_FILE = /^(?:src\/)?pages\/(api(?:\/.*)?)\.[jt]sx?$/;
const VERB = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/;

/** The address of a route handler's file below `app/`, route groups and slots left out; undefined for other files. */
export function routePath(app: App, file: string): string | undefined {
  const found = ROUTE_FILE.exec(within(app, file));
  return found ? `/${(found[1] ?? "").split("/").filter((part) => part !== "" && !/^\(.*\)$|^@/.test(part)).join("/")}` : undefined;
}

/** The address of a file below `pages/api`; undefined for other files. */
export function apiPath(app: App, file: string): string | undefined {
  const found = API_FILE.exec(within(app, file));
  return found ? `/${(found[1] ?? "").replace(/\/index$/, "")}` : undefined;
}

/** The function and every wrapper's call it is given to: `withAuth(limited(async (req) => …))`. */
export function chainOf(fn: Fn): readonly ts.Node[] {
  const chain: ts.Node[] = [fn];
  for (let at = wrapped(fn); ; at = wrapped(at.parent)) {
    const { parent } = at;
    const isArgument = ts.isCallExpression(parent) && parent.arguments.includes(at as ts.Expression);
    // `createHandler({ fn: async (req) => … })`: an option of the wrapper.
    const option = ts.isPropertyAssignment(parent) && parent.initializer === at && ts.isCallExpression(wrapped(parent.parent).parent) ? wrapped(parent.parent).parent : undefined;
    if (isArgument) chain.push(parent);
    else if (option) chain.push((at = option));
    else return chain;
  }
}

/** The name under which its file exports a function, its wrappers included; undefined for one that stays inside. */
export function exportedAs(app: App, fn: Fn): readonly string[] {
  const chain = new Set(chainOf(fn));
  const tree = fn.getSourceFile();
  const { named } = app.code.exports(tree.fileName);
  return [...named].flatMap(([name, value]) => {
    if (!("node" in value)) return [];
    if (chain.has(value.node)) return [name];
    const at = valueOf(app, value.node);
    return at && chain.has(at) ? [name] : [];
  });
}

/** A route's method and address. */
export interface RoutePlace {
  readonly method: string;
  readonly path: string;
  /** True when the function is given to a wrapper. */
  readonly wrapped: boolean;
}

/** The route handler a function is: `export async function POST`, a wrapped one, one that a route file takes from elsewhere. */
export function routeOf(app: App, fn: Fn): RoutePlace | undefined {
  const tree = fn.getSourceFile();
  const path = routePath(app, tree.fileName);
  const isWrapped = chainOf(fn).length > 1;
  if (path !== undefined) {
    const method = exportedAs(app, fn).find((name) => VERB.test(name));
    return method === undefined ? undefined : { method, path, wrapped: isWrapped };
  }
  const first = fn.parameters[0];
  if (!first || !/^(?:req|request|_req)$|Request\b/.test(first.getText().replace(/[:?].*$/s, "")) || !/Request\b|^(?:req|request)\b/.test(first.getText())) return undefined;
  const foreign = foreignRoutes(app);
  const hit = chainOf(fn).map((node) => foreign.get(node)).find((one) => one !== undefined);
  return hit && { ...hit, wrapped: isWrapped };
}

const known = new WeakMap<App, ReadonlyMap<ts.Node, RoutePlace>>();

/** Functions of other files that route files hand on: `export { handler as POST } from "…"`, `export const POST = handler`. */
function foreignRoutes(app: App): ReadonlyMap<ts.Node, RoutePlace> {
  const hit = known.get(app);
  if (hit) return hit;
  const found = new Map<ts.Node, RoutePlace>();
  for (const file of app.code.scripts) {
    const path = routePath(app, file);
    if (path === undefined || !/export\s*(?:\{|const\s+(?:GET|POST|PUT|PATCH|DELETE)\s*=\s*\w+\s*(?:;|\n|$)|\*)/.test(app.repo.text(file) ?? "")) continue;
    for (const [method, value] of app.code.exports(file).named) {
      if (!VERB.test(method)) continue;
      const node = "node" in value ? valueOf(app, value.node) : otherModule(app, file, value.from, value.name);
      if (node) found.set(node, { method, path, wrapped: false });
    }
  }
  known.set(app, found);
  return found;
}

function otherModule(app: App, from: string, specifier: string, name: string): ts.Node | undefined {
  const tree = app.code.parse(from);
  const module = tree && app.code.resolve(tree, specifier);
  const hit = module && "file" in module ? app.code.exports(module.file).named.get(name) : undefined;
  return hit && "node" in hit ? valueOf(app, hit.node) : undefined;
}

/** Whether a block or a file begins with a directive: `"use server"`. */
export function hasDirective(at: ts.SourceFile | ts.Block, directive: string): boolean {
  for (const statement of at.statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) return false;
    if (statement.expression.text === directive) return true;
  }
  return false;
}

/** A server action: exported from a `"use server"` file (wrapped or not), or with the directive in its own body. */
export function isServerAction(app: App, fn: Fn): boolean {
  if (fn.body && ts.isBlock(fn.body) && hasDirective(fn.body, "use server")) return true;
  return hasDirective(fn.getSourceFile(), "use server") && exportedAs(app, fn).length > 0;
}

/** A handler of the Pages Router: below `pages/api`, or typed as one elsewhere. */
export function isApiHandler(app: App, fn: Fn): boolean {
  const [req, res] = fn.parameters;
  if (!req || !res || !ts.isIdentifier(res.name)) return false;
  const typed = /\bNextApiRequest\b/.test(req.getText()) || /\bNextApiResponse\b/.test(res.getText()) || chainOf(fn).some((node) => ts.isVariableDeclaration(node.parent) && /\bNextApiHandler\b/.test(node.parent.type?.getText() ?? ""));
  // `getAuthOptions(req, res)` is given them too, and answers nothing.
  if (apiPath(app, fn.getSourceFile().fileName) === undefined) return typed && new RegExp(`\\b${res.name.text}\\s*\\.(?:status|json|send|end|redirect|write)\\b`).test(fn.getText());
  return typed || (/^_?(?:req|request)$/.test(req.name.getText()) && /^_?(?:res|response)$/.test(res.name.text));
}

/** The call that a function is an argument of, when its last name fits: `t.procedure.input(x).mutation(fn)`. */
export function calledBy(fn: Fn, name: RegExp): ts.CallExpression | undefined {
  const at = wrapped(fn);
  const call = at.parent;
  if (!ts.isCallExpression(call) || !call.arguments.includes(at as ts.Expression)) return undefined;
  const callee = bare(call.expression);
  const last = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  return name.test(last) ? call : undefined;
}

/** What a function calls its inputs: the names of its parameters, and of what it takes apart in them (`{ ctx, input }`). */
export function namesIn(fn: Fn): Record<string, string> {
  const names: Record<string, string> = {};
  for (const [i, { name }] of fn.parameters.entries()) {
    if (ts.isIdentifier(name)) names[i === 0 ? "request" : i === 1 ? "context" : `argument${i}`] = name.text;
    else if (ts.isObjectBindingPattern(name))
      for (const one of name.elements) if (ts.isIdentifier(one.name)) names[(one.propertyName ?? one.name).getText()] = one.name.text;
  }
  return names;
}

/** Whether a name at a node is declared by something that is an import of `specifier`. */
export function isImportedFrom(name: ts.Identifier, specifier: string): boolean {
  const declared = lookup(name.text, name)?.node;
  for (let at: ts.Node | undefined = declared; at; at = at.parent) if (ts.isImportDeclaration(at)) return ts.isStringLiteral(at.moduleSpecifier) && at.moduleSpecifier.text === specifier;
  return false;
}

/** Whether any function around is the given one's own chain: handlers are never found inside handlers. */
export const isTopLevel = (fn: Fn): boolean => {
  for (let at: ts.Node = fn; at.parent; at = at.parent) if (at !== fn && isFn(at)) return false;
  return true;
};
