import type { Code, Handler } from "../../domain.ts";
import { code } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { errorStyle } from "./handler.errors.ts";

const USERISH = /^(?:user|userId|user_id|userID|currentUser|authUser|account|accountId|ownerId|owner|uid|member|memberId)$/;

/**
 * A function of the app that is given the user and no request: it refuses by throwing, as the app's services do; where they do not, by
 * `failure`, an error that this framework answers with its status. Without one such a function is no place to refuse at.
 */
export function serviceHandler(app: App, fn: Fn, failure: Code | undefined): Handler | undefined {
  const tree = fn.getSourceFile();
  const symbol = nameOf(fn);
  if (!isService(fn) || symbol === "" || /\.[jt]sx$/.test(tree.fileName)) return undefined;
  const style = errorStyle(app, fn) ?? errorStyle(app, tree) ?? usualStyle(app);
  const thrown = style ? code`throw ${style.code};` : failure;
  return thrown && { kind: "function", file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), symbol, names: {}, refusal: "thrown", throws: { code: thrown } };
}

/** A named function, a method or a top-level arrow that takes a user or the user's id. */
function isService(fn: Fn): boolean {
  const isNamed = ts.isFunctionDeclaration(fn) || (ts.isMethodDeclaration(fn) && ts.isClassLike(fn.parent)) || (ts.isArrowFunction(fn) && ts.isVariableDeclaration(fn.parent) && ts.isSourceFile(fn.parent.parent.parent.parent));
  return isNamed && fn.parameters.some(({ name }) => namesIn(name).some((one) => USERISH.test(one)));
}

const namesIn = (name: ts.BindingName): readonly string[] => (ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((one) => (ts.isBindingElement(one) ? namesIn(one.name) : [])));

const known = new WeakMap<App, { readonly code: Code } | null>();

/** The error class that most files of the app throw, where other files can import it. */
function usualStyle(app: App): { readonly code: Code } | undefined {
  const hit = known.get(app);
  if (hit !== undefined) return hit ?? undefined;
  const counts = new Map<string, { readonly code: Code; count: number }>();
  for (const file of app.code.mentioning("throw ")) {
    const tree = app.code.parse(file);
    const style = tree && errorStyle(app, tree);
    const given = style && portable(style.code);
    if (!given) continue;
    const key = JSON.stringify(given.parts);
    counts.set(key, { code: given, count: (counts.get(key)?.count ?? 0) + style.count });
  }
  const best = [...counts.values()].sort((a, b) => b.count - a.count)[0];
  known.set(app, best ?? null);
  return best;
}

/** An error as any file can write it: with its import. */
function portable(given: Code): Code | undefined {
  if (given.parts.some((part) => typeof part !== "string")) return given;
  const text = given.parts.join("");
  return text.startsWith("createError(") || text.startsWith("createHttpError(") ? code`${{ name: text.split("(")[0] ?? "createError", from: { package: "http-errors" }, as: "default" as const }}(402, $message)` : undefined;
}
