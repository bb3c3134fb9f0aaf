import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { ts } from "../../source/typescript/parse.ts";

const PLACES = ["middleware", "src/middleware", "proxy", "src/proxy"].flatMap((stem) => [".ts", ".js", ".tsx", ".mjs"].map((ending) => stem + ending));

/** Next.js' middleware, which is called `proxy` since 16. */
export const middlewareFile = (app: App): RepoPath | undefined => PLACES.map(app.path).find((file) => app.repo.has(file));

const known = new WeakMap<App, ReadonlySet<RepoPath>>();

/** Whether the middleware loads a file, directly or through others; where it runs on Node this does not matter, so the answer is no. */
export function reachedFrom(app: App, file: RepoPath): boolean {
  const hit = known.get(app) ?? reach(app);
  known.set(app, hit);
  return hit.has(file);
}

function reach(app: App): ReadonlySet<RepoPath> {
  const start = middlewareFile(app);
  const seen = new Set<RepoPath>();
  const runsOnNode = start === undefined || /(?:^|\/)proxy\.\w+$/.test(start) || /runtime\s*[:=]\s*["']nodejs["']/.test(app.repo.text(start) ?? "");
  const open = runsOnNode ? [] : [start];
  for (let file = open.pop(); file !== undefined && seen.size < 400; file = open.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    open.push(...importedBy(app, file));
  }
  return seen;
}

/** Files of the app that a file imports or re-exports, types left out. */
export function importedBy(app: App, file: RepoPath): RepoPath[] {
  const tree = app.code.parse(file);
  return (tree?.statements ?? []).flatMap((statement) => {
    if (!tree || (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement))) return [];
    if (ts.isImportDeclaration(statement) && statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return [];
    const { moduleSpecifier } = statement;
    const found = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? app.code.resolve(tree, moduleSpecifier.text) : undefined;
    return found && "file" in found ? [found.file] : [];
  });
}
