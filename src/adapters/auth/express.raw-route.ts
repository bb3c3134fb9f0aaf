import type { Code, Edit, Import, RepoPath } from "../../domain.ts";
import { code, fromPackage, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { dirname, join } from "../../source/typescript/resolve.ts";

/** A new route of an Express app that reads its body as bytes. */
export interface RawRoute {
  readonly file: RepoPath;
  readonly url: string;
  readonly route: (statements: Code) => Code;
  readonly edits: readonly Edit[];
}

/** The statements of a route, and the router's file around one that is registered on `router`. */
export interface RouteParts {
  readonly statements: Code;
  readonly declared: (registered: Code) => Code;
}

const URL = "/api/webhooks/clerk";

/** A router for Clerk's webhook, mounted before the app parses bodies. Undefined where that place was not found. */
export function expressMount(app: App, write: (parts: RouteParts) => Code): RawRoute | undefined {
  const parser = bodyParser(app);
  if (!parser) return undefined;
  const { statement, receiver } = parser;
  const tree = statement.getSourceFile();
  const extension = /\.[cm]?[jt]s$/.exec(tree.fileName)?.[0] ?? ".js";
  const file = `${routesFolder(app, dirname(tree.fileName))}/clerk-webhook${extension}`.replace(/^\//, "");
  const router: Import = { name: "clerkWebhook", from: { file }, as: "default" };
  const start = statement.getStart(tree);
  const mount: Edit = { kind: "insert", at: { file: tree.fileName, offset: start, place: "before", start, block: [statement.parent.getStart(tree), statement.parent.end] }, code: code`${receiver}.use("${URL}", ${router});` };
  const isCommonJs = app.facts(tree.fileName)?.moduleSystem === "commonjs";
  const declared = (registered: Code): Code => joinCode([code`const router = ${fromPackage("Router", "express")}();\nrouter.use(${fromPackage("raw", "express")}({ type: "application/json" }));\n\n`, registered, raw(`\n${isCommonJs ? "module.exports = router" : "export default router"};\n`)], "");
  return { file, url: URL, edits: [mount], route: (statements) => write({ statements, declared }) };
}

const PARSER = /\b(?:express|bodyParser)\.(?:json|urlencoded)\s*\(|^json\s*\(|^bodyParser\s*\(/;

/** The first statement that parses bodies; without one, the first `use` of the app. */
function bodyParser(app: App): { readonly statement: ts.Statement; readonly receiver: string } | undefined {
  const uses: { readonly statement: ts.Statement; readonly receiver: string; readonly parses: boolean }[] = [];
  for (const file of app.code.mentioning("express")) {
    const tree = app.code.parse(file);
    if (!tree || !/\.use\s*\(/.test(tree.text)) continue;
    walk(tree, (node) => {
      if (!ts.isExpressionStatement(node) || !ts.isCallExpression(node.expression)) return;
      const callee = bare(node.expression.expression);
      if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "use" || !isApp(app, callee.expression)) return;
      uses.push({ statement: node, receiver: callee.expression.getText(), parses: node.expression.arguments.some((one) => PARSER.test(one.getText())) });
    });
  }
  return uses.find(({ parses }) => parses) ?? uses[0];
}

function isApp(app: App, receiver: ts.Node): boolean {
  const origin = app.originOf(receiver);
  return origin?.kind === "package" && origin.package === "express" && pathOf(origin) === "default.()";
}

/** Where the app keeps its routers, else beside its entry. */
function routesFolder(app: App, base: RepoPath): RepoPath {
  return ["routes", "src/routes", "api", "webhooks"].map((dir) => join(base, dir)).find((dir) => app.repo.files.some((file) => file.startsWith(`${dir}/`))) ?? base;
}
