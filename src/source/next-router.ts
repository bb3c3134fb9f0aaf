import type { RepoPath } from "../domain.ts";
import type { App } from "./app.ts";
import { ts, walk } from "./typescript/parse.ts";

/** Where an app of Next.js keeps its endpoints: route handlers below `app/`, or `pages/api`. */
export interface NextRouter {
  readonly kind: "app" | "pages";
  /** The folder of endpoints, relative to the repo: `src/app/api`, `pages/api`. */
  readonly dir: string;
}

const APP = /(?:^|\/)app\/(?:.*\/)?(?:page|route|layout)\.[jt]sx?$/;
const known = new WeakMap<App, NextRouter>();

/** The router in which new endpoints are written: where the app's own are; the App Router when it has none and an `app` folder. */
export function nextRouter(app: App): NextRouter {
  const hit = known.get(app);
  if (hit) return hit;
  const own = app.repo.files.filter((file) => app.dir === "" || file.startsWith(`${app.dir}/`)).map((file) => (app.dir === "" ? file : file.slice(app.dir.length + 1)));
  const base = own.some((file) => /^src\/(?:app|pages)\//.test(file)) ? "src/" : "";
  const hasApp = own.some((file) => APP.test(file) && /^(?:src\/)?app\//.test(file));
  const routes = own.filter((file) => /^(?:src\/)?app\/.*route\.[jt]sx?$/.test(file)).length;
  const apis = own.filter((file) => /^(?:src\/)?pages\/api\/.*\.[jt]sx?$/.test(file) && !/\[\.\.\.nextauth\]/.test(file)).length;
  const pages = own.some((file) => /^(?:src\/)?pages\//.test(file));
  const kind = (hasApp && routes >= apis) || !pages ? "app" : "pages";
  const found: NextRouter = { kind, dir: app.path(`${base}${kind === "app" ? "app/api" : "pages/api"}`) };
  known.set(app, found);
  return found;
}

/** The app's middleware file: `proxy.ts` since Next.js 16. */
export const middlewareFile = (app: App): RepoPath | undefined => app.code.scripts.find((file) => /^(?:src\/)?(?:middleware|proxy)\.[jt]s$/.test(app.dir === "" ? file : file.slice(app.dir.length + 1)));

/** The patterns of `export const config = { matcher }`; one that takes everything when there are none. */
export function matchers(tree: ts.SourceFile): readonly string[] {
  let found: string[] | undefined;
  walk(tree, (node) => {
    if (!found && ts.isPropertyAssignment(node) && node.name.getText() === "matcher") {
      found = [];
      const add = (one: ts.Node): void => {
        if (ts.isStringLiteralLike(one)) found?.push(one.text);
        else ts.forEachChild(one, (child) => (ts.isPropertyAssignment(child) && child.name.getText() !== "source" ? undefined : add(child)));
      };
      add(node.initializer);
    }
  });
  return found ?? ["/:path*"];
}

/** Whether a matcher's pattern takes an address. A pattern that cannot be read counts as taking it. */
export function covers(pattern: string, url: string): boolean {
  const source = pattern.replace(/\/:\w+\*/g, "(?:/.*)?").replace(/\/:\w+\+/g, "/.+").replace(/\/:\w+\?/g, "(?:/[^/]+)?").replace(/:\w+/g, "[^/]+");
  try {
    return new RegExp(`^${source}$`).test(url);
  } catch {
    return true;
  }
}

/** Whether the middleware's bundle holds a file: it runs on the edge, without Node's modules, unless the app says otherwise. */
export function isInMiddleware(app: App, file: RepoPath): boolean {
  const start = middlewareFile(app);
  if (start === undefined || /(?:^|\/)proxy\.[jt]s$/.test(start) || /runtime:\s*["']nodejs["']/.test(app.repo.text(start) ?? "")) return false;
  const seen = new Set<RepoPath>([start]);
  for (const one of seen) for (const fact of app.facts(one)?.imports ?? []) if (fact.file !== undefined && !fact.typeOnly) seen.add(fact.file);
  return seen.has(file);
}
