import type { Code, Edit, RepoPath } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { linesAtStart } from "./hook.extend.ts";
import { importedBy, middlewareFile } from "./middleware.file.ts";
import { matchesPath } from "./path.matches.ts";

/** How requests without a session reach a route of ours: edits, or what a person has to see to. */
export interface Passage {
  readonly edits: readonly Edit[];
  readonly note?: string;
}

/** Middleware that sends requests to other paths, by language: a new route outside them would never be reached. */
const REWRITES = /["'](?:next-intl\/middleware|next-international\/middleware|next-i18n-router)["']/;
const BLOCKS = /\bredirect(?:ToSignIn)?\s*\(|\bprotect\s*\(|status:\s*40[13]|next-auth\/middleware|\bwithAuth\b|\bauthorized\b|\bauthMiddleware\b|\brewrite\s*\(/;

/**
 * Lets requests for `url` pass Next.js' middleware: by its matcher where that names what to leave out, else by an early answer.
 * Undefined where nothing is in the way; `mine` tells the library's middleware from others, by the text of what it loads.
 */
export function passMiddleware(app: App, url: string, mine: RegExp): Passage | undefined {
  const file = middlewareFile(app);
  const tree = file === undefined ? undefined : app.code.parse(file);
  if (file === undefined || !tree) return undefined;
  const text = textAround(app, file);
  const rewrites = REWRITES.test(text);
  if (!rewrites && (!mine.test(text) || !BLOCKS.test(text))) return undefined;
  const reached = matchersOf(app, tree);
  const stopping = reached?.filter(({ text: pattern }) => matchesPath(pattern, url));
  if (stopping?.length === 0) return undefined;
  if (handlesAlready(text, url)) return undefined;
  return outsideMatcher(stopping, url) ?? earlyAnswer(app, tree, url) ?? { edits: [], note: `${file} runs for ${url}: let POST requests to it pass without a session.` };
}

/** Whether the middleware sends requests to other paths before a route is looked for. */
export const rewritesPaths = (app: App, tree: ts.SourceFile): boolean => REWRITES.test(textAround(app, tree.fileName));

/** The middleware's own text, and that of the files of the app that it imports. */
function textAround(app: App, file: RepoPath): string {
  return [file, ...importedBy(app, file)].map((one) => app.repo.text(one) ?? "").join("\n");
}

/** An address that the code around names already. */
const handlesAlready = (text: string, url: string): boolean => text.includes(`"${url}"`) || text.includes(`'${url}'`);

interface Matcher {
  readonly node: ts.StringLiteralLike;
  readonly text: string;
}

/** The patterns of `export const config = { matcher }`; undefined where the middleware runs for every request. */
export function matchersOf(app: App, tree: ts.SourceFile): readonly Matcher[] | undefined {
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

/** `/((?!api/auth|_next).*)` leaves our address out too. */
function outsideMatcher(stopping: readonly Matcher[] | undefined, url: string): Passage | undefined {
  const path = url.replace(/^\//, "");
  const edits = stopping?.map(({ node, text }): Edit | undefined => {
    const inside = node.getText().indexOf("/((?!");
    if (inside !== 1 || matchesPath(text.replace("/((?!", `/((?!${path}|`), url)) return undefined;
    return { kind: "splice", at: { file: node.getSourceFile().fileName, offset: node.getStart() + inside + 5 }, remove: "", code: raw(`${path}|`) };
  });
  const made = edits?.filter((one) => one !== undefined) ?? [];
  return made.length > 0 && made.length === edits?.length ? { edits: made } : undefined;
}

/** The first line of the middleware's function lets the request on. */
function earlyAnswer(app: App, tree: ts.SourceFile, url: string): Passage | undefined {
  const found = middlewareFunction(app, tree);
  const request = found?.fn.parameters[found.request]?.name;
  if (!found || !request || !ts.isIdentifier(request) || !found.fn.body || !ts.isBlock(found.fn.body)) return undefined;
  const statement: Code = code`if (${request.text}.nextUrl.pathname === "${url}") return ${fromPackage("NextResponse", "next/server")}.next();`;
  return { edits: linesAtStart(found.fn, found.fn.body, statement) };
}

/** The function that decides on every request, and which of its parameters is the request. */
function middlewareFunction(app: App, tree: ts.SourceFile): { readonly fn: Fn; readonly request: number } | undefined {
  const { named } = app.code.exports(tree.fileName);
  const given = named.get("default") ?? named.get("middleware") ?? named.get("proxy");
  const value = given && "node" in given ? bare(valueOf(app, given.node) ?? given.node) : undefined;
  if (!value || value.getSourceFile() !== tree) return undefined;
  if (isFn(value)) return { fn: value, request: 0 };
  if (!ts.isCallExpression(value)) return undefined;
  const callee = value.expression.getText();
  const argument = value.arguments[0] && bare(value.arguments[0]);
  // `withAuth` asks for a session before it calls its function.
  if (!argument || !isFn(argument) || /withAuth|\bauthMiddleware\b/.test(callee)) return undefined;
  return { fn: argument, request: callee === "clerkMiddleware" ? 1 : 0 };
}
