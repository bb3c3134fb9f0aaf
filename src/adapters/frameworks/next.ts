// https://nextjs.org/docs/app/api-reference/file-conventions/route
import type { Handler } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";

function handler(fn: Fn, app: App): Handler | undefined {
  const tree = fn.getSourceFile();
  const symbol = nameOf(fn);
  const place = { file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), symbol, names: {} };
  const path = tree.fileName.slice(app.dir === "" ? 0 : app.dir.length + 1);
  const route = /(?:^|\/)app\/(.*?)\/?route\.[jt]sx?$/.exec(path);
  if (route && /^(?:GET|POST|PUT|PATCH|DELETE)$/.test(symbol)) return { ...place, kind: "route", route: `${symbol} /${(route[1] ?? "").replace(/\([^)]*\)\/?/g, "")}` };
  if (/^\s*["']use server["']/.test(tree.text) && fn.parent === tree) return { ...place, kind: "server-action" };
  const api = /(?:^|\/)pages\/(api\/.*?)(?:\/index)?\.[jt]sx?$/.exec(path);
  if (api && fn.parent === tree) return { ...place, kind: "api-route", route: `/${api[1] ?? ""}`, names: { req: "req", res: "res" } };
  return undefined;
}

export default defineFramework({
  title: "Next.js",
  packages: ["next"],
  rank: 40,
  variant: (app) => (app.files(/(?:^|\/)app\/(?:.*\/)?(?:page|route|layout)\.[jt]sx?$/).length > 0 ? "app-router" : "pages-router"),
  handler,
  refuse: () => undefined,
  sendToPayment: () => undefined,
  route: () => undefined,
  homes: (app) => ["src/lib/credyt", "lib/credyt", "src/server/credyt", "src/utils/credyt", "utils/credyt", "src/credyt", "credyt"].map(app.path),
});
