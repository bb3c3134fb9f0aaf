import type { Edit, RouteKind } from "../../domain.ts";
import { code, fromPackage } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { topAnchor } from "./express.place.ts";
import { covers, matchers, middlewareFile } from "../../source/next-router.ts";
import { routePath } from "./next.places.ts";

const known = new WeakMap<App, Map<string, Edit>>();

/** Edits that let requests to a route of ours through the app's own `middleware.ts` or `proxy.ts`; none where it does not stand in the way. */
export function middlewareEdits(app: App, kind: RouteKind, url: string): readonly Edit[] {
  const file = middlewareFile(app);
  const tree = file === undefined ? undefined : app.code.parse(file);
  if (!tree || !matchers(tree).some((pattern) => covers(pattern, url))) return [];
  const base = url.slice(0, url.lastIndexOf("/"));
  if ([url, base].some((known) => new RegExp(`["'\`]${known}["'\`]`).test(tree.text))) return [];
  const fn = middlewareOf(app, tree);
  if (!fn?.body || !ts.isBlock(fn.body)) return [];
  const conditional = conditionalClerk(fn);
  const isAlone = !app.code.scripts.some((one) => routePath(app, one) !== undefined);
  // The first endpoint of an app whose middleware rewrites every address for its language.
  if (conditional || (isAlone && /intl|i18n|locale/i.test(tree.text))) return [once(app, base, () => bypass(fn, `startsWith("${base}")`, conditional))];
  if (kind !== "webhook") return [];
  const list = publicList(tree);
  if (list) return [once(app, url, () => element(list, url))];
  return isBlocking(app, fn) ? [once(app, url, () => bypass(fn, `=== "${url}"`, undefined))] : [];
}

/** One edit for all areas that ask for it. */
function once(app: App, key: string, make: () => Edit): Edit {
  const table = known.get(app) ?? new Map<string, Edit>();
  known.set(app, table);
  const edit = table.get(key) ?? make();
  table.set(key, edit);
  return edit;
}

/** The function that runs for every request; undefined when a library's own middleware is exported. */
function middlewareOf(app: App, tree: ts.SourceFile): Fn | undefined {
  const { named } = app.code.exports(tree.fileName);
  for (const name of ["default", "middleware", "proxy"]) {
    const given = named.get(name);
    const value = given && "node" in given ? valueOf(app, given.node) : undefined;
    if (value && isFn(value)) return value;
    // `auth((req) => …)` of Auth.js hands its requests to our function; Clerk and `withAuth` decide before it.
    if (value && ts.isCallExpression(value) && /^(?:auth|NextAuth\b.*\.auth)$/.test(value.expression.getText())) return value.arguments.map((one) => bare(one)).find(isFn);
  }
  return undefined;
}

/** `return clerkMiddleware(…)(request, event)` for some addresses only: ours need it too, or `auth()` throws there. */
function conditionalClerk(fn: Fn): string | undefined {
  const event = fn.parameters[1]?.name.getText();
  return event !== undefined && /clerkMiddleware\(/.test(fn.getText()) ? `clerkMiddleware()(${fn.parameters[0]?.name.getText() ?? "request"}, ${event})` : undefined;
}

function bypass(fn: Fn, test: string, answer: string | undefined): Edit {
  const [request = "request"] = fn.parameters.map((one) => one.name.getText());
  const first = (fn.body as ts.Block).statements[0] as ts.Statement;
  const path = `${request}.nextUrl.pathname`;
  const on = test.startsWith("===") ? `${path} ${test}` : `${path}.${test}`;
  return { kind: "insert", at: topAnchor(first, "before"), code: answer === undefined ? code`if (${on}) return ${fromPackage("NextResponse", "next/server")}.next();` : code`if (${on}) return ${answer};` };
}

/** A list of addresses that need no session: `const publicRoutes = ["/", "/api/webhooks"]`. */
function publicList(tree: ts.SourceFile): ts.ArrayLiteralExpression | undefined {
  let found: ts.ArrayLiteralExpression | undefined;
  walk(tree, (node) => {
    if (found || !ts.isVariableDeclaration(node) || !node.initializer || !/unauth|public|no_?auth|without_?auth|allow|white_?list|bypass|open_?(?:routes|paths)/i.test(node.name.getText())) return;
    const list = bare(node.initializer);
    if (ts.isArrayLiteralExpression(list) && list.elements.length > 0 && list.elements.every((one) => ts.isStringLiteralLike(one))) found = list;
  });
  return found;
}

/** One more string at the end of a list, on a line of its own where the others are. */
export function element(list: ts.ArrayLiteralExpression, value: string): Edit {
  const tree = list.getSourceFile();
  const last = list.elements.at(-1);
  const wide = last !== undefined && /\n[ \t]*$/.test(tree.text.slice(0, last.getStart(tree)));
  return { kind: "splice", at: { file: tree.fileName, offset: last?.end ?? list.getStart(tree) + 1 }, remove: "", code: last ? code`,${wide ? "\n" : " "}"${value}"` : code`"${value}"` };
}

/** Whether it sends strangers away: it redirects or refuses, and not only below addresses it names. */
function isBlocking(app: App, fn: Fn): boolean {
  const called: string[] = [];
  walk(fn, (node) => {
    const value = ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? valueOf(app, node.expression) : undefined;
    if (value && isFn(value) && value !== fn) called.push(value.getText());
  });
  const text = [fn.getText(), ...called].join("\n");
  if (!/\bredirect\(|\brewrite\(|status:\s*40[13]|intlMiddleware|I18n/.test(text)) return false;
  if (/protected(?:Routes?|Paths?|Pages?|Prefixes)|isProtected|startsWith\(["'`]\/(?:dashboard|app|account|admin|settings)/i.test(text)) return false;
  return !/startsWith\(["'`]\/api\/?["'`]\)/.test(text);
}
