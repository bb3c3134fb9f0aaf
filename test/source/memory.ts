import type { RepoPath } from "../../src/domain.ts";
import type { Repo } from "../../src/source/repo.ts";
import { createCodebase, type Codebase } from "../../src/source/typescript/codebase.ts";
import { createOrigins, pathOf } from "../../src/source/typescript/origin.ts";
import { isScript, ts, walk } from "../../src/source/typescript/parse.ts";

/** A repo that exists only as texts. */
export function memoryRepo(texts: Readonly<Record<RepoPath, string>>): Repo {
  const files = Object.keys(texts).sort();
  return { root: "/", start: "", files, has: (file) => file in texts, text: (file) => texts[file], unread: () => undefined, tracked: () => undefined, envFiles: () => [], stats: () => ({ files: files.length, read: files.length }) };
}

export function memoryCode(texts: Readonly<Record<RepoPath, string>>): Codebase {
  return createCodebase(memoryRepo(texts), Object.keys(texts).filter(isScript).sort());
}

/** The first call in a file whose callee is `text`. */
export function callIn(code: Codebase, file: RepoPath, text: string): ts.CallExpression {
  let found: ts.CallExpression | undefined;
  const tree = code.parse(file);
  if (tree)
    walk(tree, (node) => {
      if (!found && ts.isCallExpression(node) && node.expression.getText() === text) found = node;
    });
  if (!found) throw new Error(`no call ${text} in ${file}`);
  return found;
}

/** `package: path` of a callee's origin, or its kind. */
export function originText(code: Codebase, call: ts.CallExpression): string {
  const origin = createOrigins(code)(call.expression);
  if (!origin) return "unknown";
  return origin.kind === "package" ? `${origin.package}: ${pathOf(origin)}` : origin.kind === "global" ? `global: ${pathOf(origin)}` : origin.kind;
}
