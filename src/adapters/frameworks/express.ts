// https://expressjs.com/en/guide/routing.html
import type { Handler } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineFramework } from "../define.ts";

const NAMES = { req: /^_?(?:req|request)$/, res: /^_?(?:res|response)$/, next: /^_?next$/ };

function handler(fn: Fn, _app: App): Handler | undefined {
  const [req, res, next] = fn.parameters.map((one) => (ts.isIdentifier(one.name) ? one.name.text : ""));
  if (req === undefined || res === undefined || !NAMES.req.test(req) || !NAMES.res.test(res)) return undefined;
  const tree = fn.getSourceFile();
  return { kind: "route", file: tree.fileName, line: lineOf(tree, fn.getStart(tree)), symbol: nameOf(fn), names: { req, res, ...(next !== undefined && { next }) } };
}

export default defineFramework({
  title: "Express",
  packages: ["express"],
  rank: 10,
  handler,
  refuse: () => undefined,
  sendToPayment: () => undefined,
  route: () => undefined,
  homes: (app) => ["src/lib/credyt", "src/services/credyt", "src/credyt", "lib/credyt", "services/credyt", "utils/credyt", "credyt"].map(app.path),
});
