import type { Edit, RepoPath } from "../../domain.ts";
import { code } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { importedAs } from "../../source/typescript/carry.ts";
import { normalize } from "../../source/typescript/resolve.ts";

/** Whether the app runs on Remix, which became React Router 7. */
export const isRemix = (app: App): boolean => !["@react-router/dev", "@react-router/node", "@react-router/cloudflare", "@react-router/serve", "@react-router/express"].some((name) => app.uses(name) !== undefined);

/** The package that gives `redirect`, `json` and the types of actions. */
export function runtime(app: App): string {
  if (!isRemix(app)) return "react-router";
  return ["@remix-run/node", "@remix-run/cloudflare", "@remix-run/deno", "@remix-run/server-runtime"].find((name) => app.uses(name) !== undefined) ?? "@remix-run/node";
}

/** The folder with the app's code: `app`. */
export function appFolder(app: App): RepoPath {
  const root = app.files(/(?:^|\/)root\.[jt]sx$/).map((file) => file.replace(/\/?root\.[jt]sx$/, ""))[0];
  return root ?? app.path("app");
}

/** The module that lists the routes, where the app does not find them by their files. */
export function routeList(app: App): { readonly file: RepoPath; readonly list: ts.ArrayLiteralExpression } | undefined {
  const file = app.code.scripts.find((one) => new RegExp(`^${appFolder(app)}/routes\\.[jt]s$`).test(one));
  const tree = file === undefined ? undefined : app.code.parse(file);
  for (const statement of tree?.statements ?? []) {
    const value = ts.isExportAssignment(statement) ? bare(statement.expression) : undefined;
    if (file !== undefined && value && ts.isArrayLiteralExpression(value)) return { file, list: value };
  }
  return undefined;
}

/** The file of a resource route of ours, and the edit that lists it where routes are listed. */
export function resourceRoute(app: App, url: string): { readonly file: RepoPath; readonly edits: readonly Edit[] } {
  const folder = appFolder(app);
  const path = url.slice(1);
  const name = isNested(app) ? path : path.replace(/\//g, ".");
  const file = `${folder}/routes/${name}.${app.language === "typescript" ? "ts" : "js"}`;
  const listed = routeList(app);
  const last = listed?.list.elements.at(-1);
  if (!listed || app.repo.text(listed.file)?.includes(`"${path}"`) || app.repo.text(listed.file)?.includes(`'${path}'`)) return { file, edits: [] };
  const tree = listed.list.getSourceFile();
  const made = importedAs(app, tree, "route") ?? { name: "route", from: { package: isRemix(app) ? "@remix-run/route-config" : "@react-router/dev/routes" } };
  const isWide = last !== undefined && tree.text.slice(listed.list.getStart(), last.getStart()).includes("\n");
  const entry = code`${made}("${path}", "${file.slice(folder.length + 1)}")`;
  return { file, edits: [{ kind: "splice", at: { file: listed.file, offset: last ? last.end : listed.list.getStart() + 1 }, remove: "", code: last ? code`${isWide ? ",\n" : ", "}${entry}` : entry }] };
}

/** Remix 1 makes paths of folders; later versions of dots. */
function isNested(app: App): boolean {
  const inner = app.files(/\.[jt]sx?$/).filter((file) => file.startsWith(`${appFolder(app)}/routes/`)).map((file) => file.slice(appFolder(app).length + 8));
  return inner.some((file) => file.includes("/") && !/\/(?:route|index)\.[jt]sx?$/.test(file)) && !inner.some((file) => /\w\.[\w$]+\.[jt]sx?$/.test(file.replace(/\.server\.|\.client\./, "-")));
}

/** The address of a route's file: by the list of routes, else by its name. */
export function addressOf(app: App, file: RepoPath): string | undefined {
  const folder = appFolder(app);
  if (!file.startsWith(`${folder}/`)) return undefined;
  const own = file.slice(folder.length + 1);
  const listed = listedAddress(app, own);
  if (listed !== undefined) return listed;
  const name = /^routes\/(.+?)(?:\/(?:route|index))?\.[jt]sx?$/.exec(own)?.[1];
  if (name === undefined) return undefined;
  const steps = name.replace(/\[([^\]]*)\]/g, (_, text: string) => text.replace(/\./g, "\0")).split(/[./+]+/).filter((part) => part !== "" && !/^_|^\(.*\)$|^index$/.test(part));
  return `/${steps.map((part) => part.replace(/_$/, "").replace(/^\$$/, "*").replace(/^\$/, ":").replace(/\0/g, ".")).join("/")}`;
}

/** `route("story", "./api/story.ts")` below `prefix("api", […])` is `/api/story`. */
function listedAddress(app: App, own: RepoPath): string | undefined {
  const list = routeList(app)?.list;
  let named: ts.Expression | undefined;
  if (list) walk(list, (node) => void (ts.isStringLiteralLike(node) && normalize(node.text) === own && (named = node)));
  if (!named) return undefined;
  const steps: string[] = [];
  for (let at: ts.Node = named; at.parent && at !== list; at = at.parent) {
    const call = at.parent;
    const [path] = ts.isCallExpression(call) ? call.arguments : [];
    if (ts.isCallExpression(call) && /^(?:route|prefix)$/.test(call.expression.getText()) && path && ts.isStringLiteralLike(path) && at !== path) steps.unshift(path.text);
  }
  return `/${steps.join("/")}`.replace(/\/{2,}/g, "/");
}
