import type { RepoPath } from "../../domain.ts";
import { ts } from "./compiler.js";

export { ts };

const KINDS: readonly (readonly [RegExp, ts.ScriptKind])[] = [
  [/\.tsx$/, ts.ScriptKind.TSX],
  [/\.[cm]?ts$/, ts.ScriptKind.TS],
  // Plain `.js` files hold JSX in many apps.
  [/\.(?:[cm]?js|jsx)$/, ts.ScriptKind.JSX],
];

/** Whether a path is JavaScript or TypeScript that we parse (declaration files are not). */
export const isScript = (file: RepoPath): boolean => /\.(?:[cm]?[jt]s|[jt]sx)$/.test(file) && !/\.d\.[cm]?ts$/.test(file);

/** The syntax tree of a text, with parents set. Never throws; `syntaxErrors` tells whether the tree can be trusted. */
export function parseText(file: RepoPath, text: string): ts.SourceFile {
  const kind = KINDS.find(([pattern]) => pattern.test(file))?.[1] ?? ts.ScriptKind.TS;
  return ts.createSourceFile(file, text, { languageVersion: ts.ScriptTarget.Latest, jsDocParsingMode: ts.JSDocParsingMode.ParseNone }, true, kind);
}

/** Offsets at which the parser complained; empty for a text that is well formed. */
export function syntaxErrors(file: ts.SourceFile): readonly { readonly offset: number; readonly message: string }[] {
  const found = (file as unknown as { readonly parseDiagnostics?: readonly ts.DiagnosticWithLocation[] }).parseDiagnostics ?? [];
  return found.map((one) => ({ offset: one.start, message: ts.flattenDiagnosticMessageText(one.messageText, " ") }));
}

/** Calls `visit` for every node below `node`, in source order; returning `false` skips that node's children. */
export function walk(node: ts.Node, visit: (node: ts.Node) => boolean | void): void {
  ts.forEachChild(node, (child) => {
    if (visit(child) !== false) walk(child, visit);
  });
}

/** The expression without parentheses, `await`, casts, `!`, `satisfies`. */
export function bare(node: ts.Node): ts.Node {
  let at = node;
  while (
    ts.isParenthesizedExpression(at) || ts.isAwaitExpression(at) || ts.isAsExpression(at) || ts.isNonNullExpression(at) ||
    ts.isSatisfiesExpression(at) || ts.isTypeAssertionExpression(at)
  ) at = at.expression;
  return at;
}

/** The node's outermost wrapper of those that `bare` removes. */
export function wrapped(node: ts.Node): ts.Node {
  let at = node;
  while (at.parent && bare(at.parent) === bare(at) && at.parent !== at && bare(at.parent) !== at.parent) at = at.parent;
  return at;
}

/** Line of an offset, from 1. */
export const lineOf = (file: ts.SourceFile, offset: number): number => file.getLineAndCharacterOfPosition(offset).line + 1;
