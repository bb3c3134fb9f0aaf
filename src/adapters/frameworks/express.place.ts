import type { Anchor, Code, Edit, Import, RepoPath, StatementAnchor } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import { specifierFor } from "../../code/imports.ts";
import type { App } from "../../source/app.ts";
import { commentedStart } from "../../source/typescript/anchors.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";
import { joinPaths, prefixOf, registrationsOf, routerMade } from "./express.registrations.ts";

/** Where a router of ours is mounted, and under which address. */
export interface MountPlace {
  readonly file: RepoPath;
  /** The address of what is mounted there, in front of our own name: `/api/v1`. */
  readonly base: string;
  /** Where that is, when something may stand in front of a router there: a table has no place for it. */
  readonly offset?: number;
  /** The edit that mounts `router` under `base` plus `path`, behind a guard. */
  readonly mount: (path: string, router: Import, guard?: Code) => Edit;
}

/** One registration that stands in a list of statements. */
interface Member {
  readonly statement: ts.Statement;
  readonly call: ts.CallExpression;
  readonly path: string | undefined;
  readonly kind: "mount" | "route" | "tail" | "other";
}

interface Group {
  readonly receiver: ts.Expression;
  readonly members: Member[];
}

/** The place where this app mounts its routers: a table of routes, a chain, or the last `use` before the 404 and error handlers. */
export function mountPlace(app: App): MountPlace | undefined {
  const table = tablePlace(app);
  if (table) return table;
  const best = groupsOf(app).sort((a, b) => scoreOf(b) - scoreOf(a))[0];
  if (!best || scoreOf(best) === 0) return undefined;
  const outer = prefixOf(app, best.receiver);
  const inner = commonPrefix(app, best, outer);
  const address = joinPaths(outer, spoken(app, inner, best));
  const base = address === "/" ? "" : address;
  const file = best.receiver.getSourceFile().fileName;
  const chained = best.members.filter(({ kind }) => kind === "mount");
  if (new Set(chained.map(({ statement }) => statement)).size === 1 && chained.length > 1) return { file, base, ...chainEdit(best, inner) };
  return { file, base, ...statementEdit(app, best, inner) };
}

/** `defaultRoutes = [{ path: "/auth", route: authRoute }, …]`: an element more. */
function tablePlace(app: App): MountPlace | undefined {
  const entries = [...registrationsOf(app).mounts.values()].flatMap(({ node, receiver }) => (ts.isObjectLiteralExpression(node) && ts.isArrayLiteralExpression(node.parent) ? [{ node, receiver, list: node.parent }] : []));
  const last = entries.filter(({ list }) => entries.filter((one) => one.list === list).length > 1).findLast(({ node, list }) => list === entries[0]?.list && list.elements.at(-1) === node);
  if (!last) return undefined;
  const { node, receiver } = last;
  const tree = node.getSourceFile();
  const [path = "path", route = "route"] = node.properties.map((one) => one.name?.getText() ?? "");
  const isWide = node.getText().includes("\n");
  const at: Anchor = { file: tree.fileName, offset: node.end };
  const entry = (value: string, router: Import): Code => (isWide ? code`,\n{\n  ${path}: "${value}",\n  ${route}: ${router},\n}` : code`,\n{ ${path}: "${value}", ${route}: ${router} }`);
  return { file: tree.fileName, base: prefixOf(app, receiver), mount: (value, router) => ({ kind: "splice", at, remove: "", code: entry(value, router) }) };
}

function groupsOf(app: App): Group[] {
  const groups = new Map<string, Group>();
  const add = (receiver: ts.Expression, member: Member): void => {
    const list = member.statement.parent;
    // Two chains that begin with `Router()` are two routers.
    const key = `${list.getSourceFile().fileName}:${list.pos}:${receiver.getText()}:${ts.isCallExpression(receiver) ? receiver.pos : ""}`;
    const group = groups.get(key) ?? { receiver, members: [] };
    group.members.push(member);
    groups.set(key, group);
  };
  for (const { call, method, receiver } of registrationsOf(app).calls) {
    const statement = listStatement(call);
    if (statement) add(receiver, { statement, call, ...judge(app, call, method) });
  }
  for (const { call, receiver } of handedOver(app)) add(receiver, { statement: call.parent as ts.Statement, call, path: undefined, kind: judgeHandedOver(call.expression.getText()) });
  return [...groups.values()];
}

/** `auth(app);` and `require("./routes/auth")(app);`: functions that put their routes on the app they are given. */
function handedOver(app: App): { readonly call: ts.CallExpression; readonly receiver: ts.Identifier }[] {
  const receivers = new Map<ts.Node, Set<string>>();
  for (const file of app.code.mentioning("(app)").concat(app.code.mentioning("(router)"))) {
    const tree = app.code.parse(file);
    if (tree) receivers.set(tree, new Set(["app", "router"]));
  }
  return [...receivers.keys()].flatMap((tree) => {
    const found: { call: ts.CallExpression; receiver: ts.Identifier }[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression) && !ts.isPropertyAccessExpression(node.expression.expression)) {
        const [first] = node.expression.arguments;
        const made = first && app.originOf(first);
        if (first && ts.isIdentifier(first) && made?.kind === "package" && made.package === "express") found.push({ call: node.expression, receiver: first });
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
    return found;
  });
}

const judgeHandedOver = (callee: string): Member["kind"] => (/error|404|not.?found/i.test(callee) ? "tail" : /passport|session|config|middleware|swagger|docs|logg|secur|database|\bdb\b/i.test(callee) ? "other" : "mount");

/** The statement of a registration in its list; out of the callback of a `forEach` over routers. */
function listStatement(call: ts.CallExpression): ts.Statement | undefined {
  for (let at: ts.Node = call; at.parent; at = at.parent) {
    if (isFn(at) && !(ts.isCallExpression(at.parent) && /\.forEach$/.test(at.parent.expression.getText()))) return undefined;
    const list = at.parent;
    if (!ts.isStatement(at) || !(ts.isSourceFile(list) || ts.isBlock(list))) continue;
    const around = functionsAround(at)[0];
    if (around && ts.isCallExpression(around.parent) && /\.forEach$/.test(around.parent.expression.getText())) continue;
    return at;
  }
  return undefined;
}

const CATCH_ALL = /^(?:\*|\/\*\w*|\/?\{\*\w+\}|\/\{\*\w+\}|\(\.\*\)|\/\(\.\*\))$/;

function judge(app: App, call: ts.CallExpression, method: string): Pick<Member, "path" | "kind"> {
  const [first] = call.arguments;
  const last = call.arguments.at(-1);
  const literal = first && ts.isStringLiteralLike(first) ? first.text : undefined;
  const value = last && valueOf(app, last);
  if (first && ts.isRegularExpressionLiteral(first)) return { path: undefined, kind: first.text.includes(".*") ? "tail" : "route" };
  if (literal !== undefined && CATCH_ALL.test(literal)) return { path: literal, kind: "tail" };
  if (method !== "USE") return { path: literal, kind: "route" };
  if (last && routerMade(app, last)) return { path: literal ?? templateOf(first) ?? "", kind: "mount" };
  const origin = last && app.originOf(last);
  if (literal !== undefined && last && !isFn(bare(last)) && (origin === undefined || origin.kind === "parameter")) return { path: literal, kind: "mount" };
  // A middleware without a path that never goes on answers 404; one with four parameters answers errors.
  const ends = value && isFn(value) && (value.parameters.length === 4 || (literal === undefined && !/\bnext\s*\(\s*\)/.test(value.getText()) && !/\bnext\b\s*[,)]/.test(value.body?.getText() ?? "") && /\.(?:json|send|render|sendFile|end|sendStatus)\(|\bnext\(/.test(value.getText())));
  return { path: literal, kind: ends ? "tail" : "other" };
}

/** `${PREFIX}/users` as it is written: what every mount begins with can be written once more without knowing its value. */
const templateOf = (path: ts.Expression | undefined): string | undefined => (path && ts.isTemplateExpression(path) && !path.getText().includes("\n") ? path.getText().slice(1, -1) : undefined);

/** The same path as the app answers under it. */
function spoken(app: App, path: string, { members }: Group): string {
  const spans = members.flatMap(({ call: { arguments: [first] } }) => (first && ts.isTemplateExpression(first) ? first.templateSpans : []));
  return path.replace(/\$\{([^}]*)\}/g, (_, name: string) => textValue(app, spans.find((one) => one.expression.getText() === name)?.expression as ts.Expression));
}

/** Mounts count most: the file with the app's routers, not one of the routers. */
const scoreOf = ({ members }: Group): number => members.reduce((sum, { kind }) => sum + (kind === "mount" ? 10 : kind === "route" ? 1 : 0), 0);

/** What the mounted paths have in common, their own names left out: `/api/v1` of `/api/v1/users` and `/api/v1/teams`. */
function commonPrefix(app: App, { members }: Group, outer: string): string {
  const mounted = members.filter(({ kind, path }) => kind === "mount" && path !== undefined).map(({ path }) => path ?? "");
  const paths = mounted.some((path) => path !== "") || outer !== "" ? mounted : [...registrationsOf(app).handlers.values()].filter(({ method }) => method !== "USE").map((one) => joinPaths(prefixOf(app, one.receiver), one.path));
  const dirs = paths.map((path) => (/^\/api(?:\/v\d+)?\/?$/.test(path) ? path : path.slice(0, Math.max(0, path.lastIndexOf("/")))).split("/").filter((part) => part !== ""));
  if (paths !== mounted) return dirs.length > 0 && dirs.filter(([head]) => head === "api").length > dirs.length * 0.6 ? "/api" : "";
  const [head = [], ...rest] = dirs;
  const shared = head.filter((part, i) => !part.includes(":") && rest.every((dir) => dir.slice(0, i + 1).join("/") === head.slice(0, i + 1).join("/")));
  return shared.length > 0 ? `/${shared.join("/")}`.replace(/^\/(?=\$\{)/, "") : "";
}

/** A statement after the last route that comes before everything that catches the rest. */
function statementEdit(app: App, { receiver, members }: Group, inner: string): Pick<MountPlace, "mount" | "offset"> {
  const ordered = [...members].sort((a, b) => a.statement.pos - b.statement.pos);
  const tail = ordered.findIndex(({ kind }, i) => kind === "tail" && ordered.slice(0, i).some((one) => one.kind === "mount" || one.kind === "route"));
  const before = tail < 0 ? ordered : ordered.slice(0, tail);
  const routes = before.filter(({ kind }) => kind === "mount" || kind === "route");
  const last = (routes.findLast(({ kind }) => kind === "mount") ?? routes.at(-1) ?? before.at(-1) ?? ordered[0])?.statement;
  const at = topAnchor(last ?? (receiver as unknown as ts.Statement), "after");
  // Routes written over several lines stand apart from each other.
  const gap = last?.getText().includes("\n") ? "\n" : "";
  return { offset: at.offset, mount: (path, router, guard) => ({ kind: "insert", at, code: code`${gap}${receiver.getText()}.use(${quoted(inner + path)}, ${behind(guard)}${routerAt(app, at, router)});` }) };
}

/**
 * A router of ours as a mount names it. In CommonJS an import line goes below the last `require`: a mount above that one has its
 * `require` in the line itself.
 */
export function routerAt(app: App, at: StatementAnchor, router: Import): Code {
  const facts = app.facts(at.file);
  const last = facts?.imports.filter((one) => one.kind === "require").at(-1);
  const isInner = facts?.text.slice(0, at.block[0]).trim() !== "" && at.block[0] > 0;
  if (facts?.moduleSystem !== "commonjs" || !last || last.end < at.offset || isInner || !("file" in router.from)) return code`${router}`;
  return raw(`require("${specifierFor(at.file, router.from.file, { ...app.imports, moduleSystem: "commonjs" })}")${router.as === "named" ? `.${router.name}` : ""}`);
}

/** One more `.use(…)` at the end of `Router().use(a).use(b)`. */
function chainEdit({ members }: Group, inner: string): Pick<MountPlace, "mount" | "offset"> {
  const last = [...members].sort((a, b) => b.call.end - a.call.end)[0]?.call as ts.CallExpression;
  const tree = last.getSourceFile();
  const dot = (last.expression as ts.PropertyAccessExpression).expression.end;
  const gap = /^\s*\n/.test(tree.text.slice(dot)) ? "\n" : "";
  return { offset: last.end, mount: (path, router, guard) => ({ kind: "splice", at: { file: tree.fileName, offset: last.end }, remove: "", code: code`${gap}.use(${quoted(inner + path)}, ${behind(guard)}${router})` }) };
}

const behind = (guard: Code | undefined): Code => (guard ? code`${guard}, ` : raw(""));

const quoted = (path: string): string => (path.includes("${") ? `\`${path}\`` : `"${path}"`);

/** An anchor for statements without `await`, at the top level of a file or in any block. */
export function topAnchor(statement: ts.Statement, place: "before" | "after"): StatementAnchor {
  const tree = statement.getSourceFile();
  const start = place === "before" ? commentedStart(statement) : statement.getStart(tree);
  return { file: tree.fileName, offset: place === "before" ? start : statement.end, place, start, block: [statement.parent.getStart(tree), statement.parent.end] };
}
