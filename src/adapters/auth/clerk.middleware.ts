import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { covers } from "../../source/next-router.ts";
import { nameOfValue } from "../../source/typescript/functions.ts";
import { addElements, addProperties } from "../../source/typescript/insertion.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { middlewareFor, passOwn, type Passage } from "./middleware.passage.ts";

/** Lets Clerk's middleware pass requests for `url`: by its list of public routes where it has one. Undefined where it stops nobody. */
export function clerkPassage(app: App, url: string): Passage | undefined {
  const middleware = middlewareFor(app, url);
  const listed = middleware && byList(app, middleware.tree, url);
  if (!middleware || listed) return listed;
  return middleware.own ? passOwn(app, middleware, url) : undefined;
}

/** The same for a route of the framework's, which sees to the app's own function around Clerk's by itself. */
export function clerkRoute(app: App, url: string): Passage | undefined {
  const middleware = middlewareFor(app, url);
  return middleware && !middleware.own ? byList(app, middleware.tree, url) : undefined;
}

/** By Clerk's own lists; undefined where no list is in the way. */
function byList(app: App, tree: ts.SourceFile, url: string): Passage | undefined {
  const call = clerkCall(app, tree);
  if (!call) return undefined;
  return call.name === "authMiddleware" ? byPublicRoutes(app, call.node, url) : byMatchers(app, tree, call.node, url);
}

interface ClerkCall {
  readonly node: ts.CallExpression;
  readonly name: string;
}

function clerkCall(app: App, tree: ts.SourceFile): ClerkCall | undefined {
  let found: ClerkCall | undefined;
  walk(tree, (node) => {
    if (found || !ts.isCallExpression(node) || !/[mM]iddleware$/.test(node.expression.getText())) return;
    const origin = app.originOf(node.expression);
    const name = origin?.kind === "package" && origin.package.startsWith("@clerk/") ? pathOf(origin) : "";
    if (/^(?:authMiddleware|clerkMiddleware|withClerkMiddleware)$/.test(name)) found = { node, name };
  });
  return found;
}

/** Clerk up to 5: everything is private unless `publicRoutes` names it. */
function byPublicRoutes(app: App, call: ts.CallExpression, url: string): Passage {
  const options = call.arguments[0];
  const literal = options && valueOf(app, options);
  const note = `Add "${url}" to publicRoutes of Clerk's middleware.`;
  if (!options) return { edits: [{ kind: "splice", at: { file: call.getSourceFile().fileName, offset: call.end - 1 }, remove: "", code: code`{ publicRoutes: ["${url}"] }` }] };
  if (!literal || !ts.isObjectLiteralExpression(literal)) return { edits: [], note };
  const open = ["publicRoutes", "ignoredRoutes"].map((name) => listOf(app, literal, name));
  if (open.some((list) => list && holds(list, url))) return { edits: [] };
  if (!propertyOf(literal, "publicRoutes")) return { edits: addProperties(literal, [code`publicRoutes: ["${url}"]`]) };
  return open[0] ? { edits: addElements(open[0], [raw(`"${url}"`)]) } : { edits: [], note };
}

function listOf(app: App, literal: ts.ObjectLiteralExpression, name: string): ts.ArrayLiteralExpression | undefined {
  const property = propertyOf(literal, name);
  const value = property && (ts.isPropertyAssignment(property) ? valueOf(app, property.initializer) : ts.isShorthandPropertyAssignment(property) ? valueOf(app, property.name) : undefined);
  return value && ts.isArrayLiteralExpression(value) ? value : undefined;
}

/** Whether a list of path patterns has one that takes an address. */
const holds = (list: ts.ArrayLiteralExpression, url: string): boolean => list.elements.some((one) => (ts.isStringLiteralLike(one) ? covers(one.text, url) : ts.isRegularExpressionLiteral(one) && matches(one, url)));

function matches(literal: ts.RegularExpressionLiteral, url: string): boolean {
  const [, source = "", flags = ""] = /^\/([\s\S]*)\/(\w*)$/.exec(literal.text) ?? [];
  try {
    return new RegExp(source, flags).test(url);
  } catch {
    return false;
  }
}

const STOPS = /\bprotect\s*\(|redirectToSignIn|\bredirect\s*\(|status:\s*40[13]/;

/** Clerk since 5: private is what the app's own function protects, by lists made with `createRouteMatcher`. */
function byMatchers(app: App, tree: ts.SourceFile, call: ts.CallExpression, url: string): Passage | undefined {
  const handler = call.arguments[0];
  const body = handler ? (valueOf(app, handler) ?? handler).getText() : "";
  if (!STOPS.test(body)) return undefined;
  const lists = matcherLists(app, tree);
  const open = lists.filter(({ name }) => new RegExp(`!\\s*${name}\\s*\\(`).test(tree.text));
  const guarded = lists.filter((one) => new RegExp(`(?<!!\\s*)\\b${one.name}\\s*\\(`).test(tree.text) && !open.includes(one));
  if (open.some(({ list }) => holds(list, url))) return { edits: [] };
  if (open[0]) return { edits: addElements(open[0].list, [raw(`"${url}"`)]) };
  // Only listed routes are protected: ours is free unless a pattern takes it in.
  if (guarded.length > 0 && !guarded.some(({ list }) => holds(list, url))) return undefined;
  return { edits: [], note: `Clerk's middleware protects ${url}: let requests to it pass without a session.` };
}

/** `const isPublicRoute = createRouteMatcher([…])` of the middleware's file, with the list. */
function matcherLists(app: App, tree: ts.SourceFile): readonly { readonly name: string; readonly list: ts.ArrayLiteralExpression }[] {
  const found: { readonly name: string; readonly list: ts.ArrayLiteralExpression }[] = [];
  walk(tree, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== "createRouteMatcher" || !node.arguments[0]) return;
    const list = valueOf(app, node.arguments[0]) ?? bare(node.arguments[0]);
    if (ts.isArrayLiteralExpression(list)) found.push({ name: nameOfValue(node), list });
  });
  return found;
}
