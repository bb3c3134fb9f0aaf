import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { nameOfValue } from "../../source/typescript/functions.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { addElement, addProperty } from "./literal.insert.ts";
import { middlewareFile } from "./middleware.file.ts";
import { matchersOf, passMiddleware, rewritesPaths, type Passage } from "./middleware.passage.ts";
import { matchesPath } from "./path.matches.ts";

/** Lets Clerk's middleware pass requests for `url`: by its list of public routes where it has one. Undefined where it stops nobody. */
export function clerkPassage(app: App, url: string): Passage | undefined {
  const file = middlewareFile(app);
  const tree = file === undefined ? undefined : app.code.parse(file);
  if (!tree) return undefined;
  const matchers = matchersOf(app, tree);
  if (matchers?.every(({ text }) => !matchesPath(text, url))) return undefined;
  const call = clerkCall(app, tree);
  if (!call) return passMiddleware(app, url, /@clerk\//);
  return /authMiddleware$/.test(call.name) ? byPublicRoutes(app, call.node, url) : byMatcherList(app, tree, call.node, url);
}

interface ClerkCall {
  readonly node: ts.CallExpression;
  readonly name: string;
}

function clerkCall(app: App, tree: ts.SourceFile): ClerkCall | undefined {
  let found: ClerkCall | undefined;
  walk(tree, (node) => {
    if (found || !ts.isCallExpression(node)) return;
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
  if (!options) return { edits: [{ kind: "splice", at: { file: call.getSourceFile().fileName, offset: call.end - 1 }, remove: "", code: code`{ publicRoutes: ["${url}"] }` }] };
  if (!literal || !ts.isObjectLiteralExpression(literal)) return { edits: [], note: `Add "${url}" to publicRoutes of Clerk's middleware` };
  for (const name of ["publicRoutes", "ignoredRoutes"]) {
    const list = listOf(app, literal, name);
    if (list && covers(list, url)) return { edits: [] };
  }
  const property = propertyOf(literal, "publicRoutes");
  if (!property) return { edits: addProperty(literal, code`publicRoutes: ["${url}"]`) };
  const list = listOf(app, literal, "publicRoutes");
  return list ? { edits: addElement(list, raw(`"${url}"`)) } : { edits: [], note: `Add "${url}" to publicRoutes of Clerk's middleware` };
}

function listOf(app: App, literal: ts.ObjectLiteralExpression, name: string): ts.ArrayLiteralExpression | undefined {
  const property = propertyOf(literal, name);
  const value = property && (ts.isPropertyAssignment(property) ? valueOf(app, property.initializer) : ts.isShorthandPropertyAssignment(property) ? valueOf(app, property.name) : undefined);
  return value && ts.isArrayLiteralExpression(value) ? value : undefined;
}

/** Whether a list of path patterns holds an address. */
const covers = (list: ts.ArrayLiteralExpression, url: string): boolean => list.elements.some((one) => (ts.isStringLiteralLike(one) ? matchesPath(one.text, url) : ts.isRegularExpressionLiteral(one) && regexOf(one).test(url)));

function regexOf(literal: ts.RegularExpressionLiteral): RegExp {
  const [, source = "", flags = ""] = /^\/([\s\S]*)\/(\w*)$/.exec(literal.text) ?? [];
  try {
    return new RegExp(source, flags);
  } catch {
    return /$^/;
  }
}

/** Clerk since 5: private is what the app's own function protects, by lists made with `createRouteMatcher`. */
function byMatcherList(app: App, tree: ts.SourceFile, call: ts.CallExpression, url: string): Passage | undefined {
  const handler = call.arguments[0];
  const body = handler ? (valueOf(app, handler) ?? handler).getText() : "";
  const otherwise = rewritesPaths(app, tree) ? passMiddleware(app, url, /@clerk\//) : undefined;
  if (!/\bprotect\s*\(|redirectToSignIn|\bredirect\s*\(|status:\s*40[13]/.test(body)) return otherwise;
  const lists = matcherLists(app, tree);
  const open = lists.filter(({ name }) => new RegExp(`!\\s*${name}\\s*\\(`).test(body));
  const guarded = lists.filter(({ name }) => new RegExp(`(?<!!\\s*)\\b${name}\\s*\\(`).test(body) && !open.some((one) => one.name === name));
  if (open.some(({ list }) => covers(list, url))) return { edits: [] };
  const list = open[0]?.list;
  if (list) return { edits: addElement(list, raw(`"${url}"`)) };
  // Only listed routes are protected: ours is free unless a pattern takes it in.
  if (guarded.length > 0 && !guarded.some((one) => covers(one.list, url))) return otherwise;
  return passMiddleware(app, url, /@clerk\//);
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
