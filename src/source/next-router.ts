import type { App } from "./app.ts";

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
  const kind = hasApp && routes >= apis ? "app" : "pages";
  const found: NextRouter = { kind, dir: app.path(`${base}${kind === "app" ? "app/api" : "pages/api"}`) };
  known.set(app, found);
  return found;
}
