import type { Edit } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { covers, middlewareFile } from "../../source/next-router.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { linesAtStart } from "./hook.extend.ts";

/** How requests without a session reach a route of ours: edits, or what a person has to see to. */
export interface Passage {
  readonly edits: readonly Edit[];
  readonly note?: string;
}

/** The middleware of an app of Next.js: its tree, and the function of the app that decides, where it is not a library's. */
export interface Middleware {
  readonly tree: ts.SourceFile;
  readonly own?: Fn;
}

/** The app's middleware, when it runs for an address. */
export function middlewareFor(app: App, url: string): Middleware | undefined {
  const file = middlewareFile(app);
  const tree = file === undefined ? undefined : app.code.parse(file);
  if (!tree || matchersOf(app, tree)?.every(({ text }) => !covers(text, url))) return undefined;
  const { named } = app.code.exports(tree.fileName);
  const given = named.get("default") ?? named.get("middleware") ?? named.get("proxy");
  const value = given && "node" in given ? bare(valueOf(app, given.node) ?? given.node) : undefined;
  return { tree, ...(value && isFn(value) && value.getSourceFile() === tree && { own: value }) };
}

/**
 * Lets an address pass a library's own middleware (`export { default } from "next-auth/middleware"`, `withAuth(…)`) by the matcher that
 * names what it leaves out. Undefined where nothing is in the way, and where the app's own function decides: that is the framework's to mend.
 */
export function passLibrary(app: App, url: string, library: RegExp): Passage | undefined {
  const middleware = middlewareFor(app, url);
  if (!middleware || middleware.own || !library.test(textAround(app, middleware.tree))) return undefined;
  return leftOut(app, middleware.tree, url) ?? { edits: [], note: `${middleware.tree.fileName} asks for a session on every path: let POST requests to ${url} pass without one.` };
}

/** Middleware that sends requests to other paths, by language: a new route outside them would never be reached. */
const REWRITES = /["'](?:next-intl\/middleware|next-international\/middleware|next-i18n-router)["']/;
const BLOCKS = /\bredirect(?:ToSignIn)?\s*\(|\bprotect\s*\(|status:\s*40[13]|\brewrite\s*\(/;

/** Lets an address pass the app's own middleware function: by its matcher, else by an early answer. */
export function passOwn(app: App, { tree, own }: Middleware, url: string): Passage | undefined {
  const text = textAround(app, tree);
  if (!REWRITES.test(text) && !BLOCKS.test(text)) return undefined;
  const request = own?.parameters[0]?.name;
  const found = leftOut(app, tree, url);
  if (found || !own?.body || !ts.isBlock(own.body) || !request || !ts.isIdentifier(request)) return found;
  const statement = code`if (${request.text}.nextUrl.pathname === "${url}") return ${fromPackage("NextResponse", "next/server")}.next();`;
  return { edits: linesAtStart(own, own.body, statement) };
}

/** The middleware's own text, and that of the files of the app that it imports. */
function textAround(app: App, tree: ts.SourceFile): string {
  const imported = (app.facts(tree.fileName)?.imports ?? []).flatMap(({ file, typeOnly }) => (file === undefined || typeOnly ? [] : [app.repo.text(file) ?? ""]));
  return [tree.text, ...imported].join("\n");
}

interface Matcher {
  readonly node: ts.StringLiteralLike;
  readonly text: string;
}

/** The patterns of `export const config = { matcher }`; undefined where the middleware runs for every request. */
function matchersOf(app: App, tree: ts.SourceFile): readonly Matcher[] | undefined {
  const config = app.code.exports(tree.fileName).named.get("config");
  const value = config && "node" in config ? valueOf(app, config.node) : undefined;
  const property = value && ts.isObjectLiteralExpression(value) ? propertyOf(value, "matcher") : undefined;
  if (!property || !ts.isPropertyAssignment(property)) return undefined;
  const given = valueOf(app, property.initializer) ?? property.initializer;
  const list = ts.isArrayLiteralExpression(given) ? given.elements : [given];
  return list.flatMap((one) => {
    const source = ts.isObjectLiteralExpression(one) ? propertyOf(one, "source") : undefined;
    const node = source && ts.isPropertyAssignment(source) ? bare(source.initializer) : bare(one);
    return ts.isStringLiteralLike(node) ? [{ node, text: node.text }] : [];
  });
}

const OUT = "/((?!";

/** `/((?!api/auth|_next).*)` leaves our address out too. */
function leftOut(app: App, tree: ts.SourceFile, url: string): Passage | undefined {
  const path = url.replace(/^\//, "");
  const stopping = matchersOf(app, tree)?.filter(({ text }) => covers(text, url)) ?? [];
  const edits = stopping.flatMap(({ node, text }): Edit[] => {
    if (!text.startsWith(OUT) || covers(text.replace(OUT, `${OUT}${path}|`), url)) return [];
    return [{ kind: "splice", at: { file: tree.fileName, offset: node.getStart() + 1 + OUT.length }, remove: "", code: raw(`${path}|`) }];
  });
  return edits.length > 0 && edits.length === stopping.length ? { edits } : undefined;
}
