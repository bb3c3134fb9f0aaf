import type { RepoPath } from "../../domain.ts";
import type { Codebase } from "./codebase.ts";
import { ts, walk } from "./parse.ts";

/** What an app hangs up for its handlers, in texts: `fastify.decorate("openai", …)`, `c.set("openai", …)`, `event.context.openai = …`. */
const KEEPS = /\.(?:decorate(?:Request|Reply)?|set)\(\s*["'](\w+)["']\s*,|\b(?:context|locals|state|req|request|ctx|app|server|fastify)\.(\w+)\s*=(?![=>])/g;
const HOLDERS = /(?:^|\.)(?:context|locals|state|req|request|ctx|app|server|fastify)$/;

/** The values that an app keeps on its server or on each request under a name, for handlers to take from there. Files are parsed when asked for. */
export function createKept(codebase: Codebase): (name: string) => readonly ts.Expression[] {
  let files: ReadonlyMap<string, ReadonlySet<RepoPath>> | undefined;
  const known = new Map<string, readonly ts.Expression[]>();
  return (name) => {
    const hit = known.get(name);
    if (hit) return hit;
    files ??= keepers(codebase);
    const found = [...(files.get(name) ?? [])].flatMap((file) => keptIn(codebase.parse(file), name));
    known.set(name, found);
    return found;
  };
}

function keepers(codebase: Codebase): Map<string, Set<RepoPath>> {
  const found = new Map<string, Set<RepoPath>>();
  for (const file of codebase.scripts)
    for (const match of (codebase.repo.text(file) ?? "").matchAll(KEEPS)) {
      const name = match[1] ?? match[2] ?? "";
      found.set(name, (found.get(name) ?? new Set()).add(file));
    }
  return found;
}

function keptIn(tree: ts.SourceFile | undefined, name: string): ts.Expression[] {
  const found: ts.Expression[] = [];
  if (tree)
    walk(tree, (node) => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && /^(?:decorate|set)/.test(node.expression.name.text)) {
        const [key, value] = node.arguments;
        if (key && value && ts.isStringLiteralLike(key) && key.text === name) found.push(value);
      } else if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(node.left)) {
        if (node.left.name.text === name && HOLDERS.test(node.left.expression.getText())) found.push(node.right);
      }
    });
  return found;
}
