import type { Anchor, Code, Edit, RepoPath, StatementAnchor } from "../../domain.ts";
import { code } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { addElements } from "../../source/typescript/insertion.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { hasRoutes, joinPaths, prefixOf, registrationsOf, type Registered, type ServerKind } from "./server.registrations.ts";

/** Where a router of ours is mounted, and under which address. */
export interface MountPlace {
  readonly file: RepoPath;
  /** The node that stands for the router it is mounted on. */
  readonly on: ts.Node;
  /** The address in front of our own name: `/api/v1`; `inner` is the part of it that the mount itself has to say. */
  readonly base: string;
  readonly inner: string;
  /** Where the mount stands: what is registered before it applies to our routes. */
  readonly offset: number;
  /** The edit that mounts `child` under `base` plus `path`; absent where a router is found by where its file stands. */
  readonly mount?: (path: string, child: Code, guards: readonly string[]) => Edit;
  /** True where routers stand in a list: a new one says its whole address itself. */
  readonly isListed?: true;
}

/** A mount to be written; on a chain the receiver is empty. `guards` are names in scope there that must run in front. */
export interface Mount {
  readonly app: App;
  readonly receiver: string;
  readonly path: string;
  readonly child: Code;
  readonly guards: readonly string[];
}

/** How a framework writes a mount: `app.route("/billing", billing)`, without its last semicolon. */
export type SayMount = (mount: Mount) => Code;

interface Group {
  readonly on: ts.Node;
  readonly list: ts.Node;
  readonly members: Registered[];
}

/** The place where this app mounts its routers, the file with most of them; only on the router `on`, where that is given. */
export function mountPlace(app: App, kind: ServerKind, say: SayMount, on?: ts.Node): MountPlace | undefined {
  const score = ({ members }: Group): number => members.reduce((sum, one) => sum + (one.kind === "mount" ? (hasRoutes(app, kind, one.child) ? 10 : 0) : one.kind === "route" ? 1 : 0), 0);
  const best = groupsOf(app, kind).filter((group) => on === undefined || group.on === on).sort((a, b) => score(b) - score(a))[0];
  if (!best || score(best) === 0) return undefined;
  const members = [...best.members].sort((a, b) => a.call.end - b.call.end);
  const like = members.findLast((one) => one.kind === "mount" && hasRoutes(app, kind, one.child));
  const last = like ?? members.findLast((one) => one.kind === "route" && !isCatchAll(one.path));
  if (!last) return undefined;
  const inner = commonPath(app, kind, members);
  const base = joinPaths(prefixOf(app, kind, best.on), kind.ownPath(app, last.receiver), inner);
  if (last.kind === "mount" && last.list) return listedPlace(last, last.list, best.on, { base, inner });
  const mount = isChained(last) ? inChain(app, last, inner, say) : asStatement(app, last, like, inner, say);
  return { file: last.call.getSourceFile().fileName, on: best.on, base, inner, offset: statementOf(last.call)?.end ?? last.call.end, mount };
}

/** One more in the list that a loop registers. */
function listedPlace(last: Registered, list: ts.ArrayLiteralExpression, on: ts.Node, address: Pick<MountPlace, "base" | "inner">): MountPlace | undefined {
  const { fileName } = list.getSourceFile();
  const mount = (_path: string, child: Code): Edit => {
    const [edit, ...more] = addElements(list, [child]);
    // A comment behind the last element: the comma and the line are two edits.
    return edit && more.length === 0 ? edit : { kind: "splice", at: { file: fileName, offset: list.getStart() + 1 }, remove: "", code: code` ${child},` };
  };
  return { file: fileName, on, ...address, offset: last.call.end, mount, isListed: true };
}

function groupsOf(app: App, kind: ServerKind): Group[] {
  const groups: Group[] = [];
  for (const one of registrationsOf(app, kind).all) {
    const list = statementOf(one.call)?.parent;
    if (!list) continue;
    const known = groups.find((group) => group.on === one.on && group.list === list);
    if (known) known.members.push(one);
    else groups.push({ on: one.on, list, members: [one] });
  }
  return groups;
}

/** The statement of a registration in its list; none inside a callback's expression. */
function statementOf(call: ts.Node): ts.Statement | undefined {
  for (let at = call; at.parent; at = at.parent) {
    if (isFn(at)) return undefined;
    if (ts.isStatement(at) && (ts.isSourceFile(at.parent) || ts.isBlock(at.parent))) return at;
  }
  return undefined;
}

const isCatchAll = (path: string): boolean => /^\/?(?:\*|\(\.\*\)|\{\*\w+\}|:\w+\*)$/.test(path);

/** What the mounted paths have in common, their own names left out: `/api/v1` of `/api/v1/users` and `/api/v1/teams`. */
function commonPath(app: App, kind: ServerKind, members: readonly Registered[]): string {
  const mounts = members.filter((one) => one.kind === "mount" && hasRoutes(app, kind, one.child)) as (Registered & { readonly kind: "mount" })[];
  const mounted = mounts.map(({ path }) => path).filter((path) => path !== "*" && joinPaths(path) !== "");
  if (mounts.length > 0 && mounted.length === 0) return /^\/api(?:\/v\d+)?(?=\/|$)/.exec(usualAddress(app, kind, mounts))?.[0] ?? "";
  const paths = mounted.length > 0 ? mounted : members.filter(({ kind, path }) => kind === "route" && !isCatchAll(path)).map(({ path }) => path);
  // A router mounted right under `/api` beside `/api/users` shares it; two that are called `/api` and `/auth` share nothing.
  const isBase = (path: string): boolean => /^\/api(?:\/v\d+)?\/?$/.test(path) && (paths.length === 1 || paths.some((one) => one.startsWith(`${joinPaths(path)}/`)));
  const dirs = paths.map((path) => (isBase(path) && mounted.length > 0 ? path : path.slice(0, Math.max(0, path.lastIndexOf("/")))).split("/").filter((part) => part !== ""));
  if (mounted.length === 0) return dirs.length > 0 && dirs.filter(([head]) => head === "api").length > dirs.length * 0.6 ? "/api" : "";
  const [head = [], ...rest] = dirs;
  const shared = head.filter((part, i) => !/[:*{]/.test(part) && rest.every((dir) => dir.slice(0, i + 1).join("/") === head.slice(0, i + 1).join("/")));
  return shared.length > 0 ? `/${shared.join("/")}` : "";
}

/** The beginning that the routes of most routers share, where they are mounted without a path of their own. */
function usualAddress(app: App, kind: ServerKind, mounts: readonly (Registered & { readonly kind: "mount" })[]): string {
  const routes = registrationsOf(app, kind).all.filter((one) => one.kind === "route" && mounts.some(({ child }) => child === one.on));
  const starts = routes.map((one) => /^\/api(?:\/v\d+)?(?=\/|$)/.exec(joinPaths(kind.ownPath(app, one.receiver), one.path))?.[0] ?? "");
  return starts.find((start) => starts.filter((one) => one === start).length > starts.length / 2) ?? "";
}

/** Whether other registrations are chained to this one: `new Hono().route(a).route(b)`. */
const isChained = ({ receiver }: Registered): boolean => ts.isCallExpression(receiver) || ts.isNewExpression(receiver);

function inChain(app: App, last: Registered, inner: string, say: SayMount): NonNullable<MountPlace["mount"]> {
  const { call } = last;
  const tree = call.getSourceFile();
  const dot = (call.expression as ts.PropertyAccessExpression).expression.end;
  const gap = /^\s*/.exec(tree.text.slice(dot))?.[0].replace(/\n[ \t]*/, "\n  ") ?? "";
  const at: Anchor = { file: tree.fileName, offset: call.end };
  return (path, child, guards) => ({ kind: "splice", at, remove: "", code: code`${gap.includes("\n") ? indentedGap(call) : ""}${say({ app, receiver: "", path: `${inner}${path}`, child, guards })}` });
}

/** The line break and indentation in front of a chained call, less what its line has already: the writer adds that. */
function indentedGap(call: ts.CallExpression): string {
  const { text } = call.getSourceFile();
  const indentOf = (offset: number): string => /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
  const name = (call.expression as ts.PropertyAccessExpression).name.getStart();
  return `\n${indentOf(name).slice(indentOf(call.end).length)}`;
}

function asStatement(app: App, last: Registered, like: Registered | undefined, inner: string, say: SayMount): NonNullable<MountPlace["mount"]> {
  const statement = statementOf(last.call) as ts.Statement;
  // A first mount after a route of several lines stands apart from it.
  const gap = like === undefined && statement.getText().includes("\n") && statement.getStart() === statement.getSourceFile().getLineStarts().findLast((start) => start <= statement.getStart()) ? "\n" : "";
  const awaited = like !== undefined && ts.isAwaitExpression(like.call.parent) ? "await " : "";
  return (path, child, guards) => ({ kind: "insert", at: beside(statement, "after"), code: code`${gap}${awaited}${say({ app, receiver: last.receiver.getText(), path: `${inner}${path}`, child, guards })};` });
}

/** An anchor for statements without `await` of their own beside a statement, its comment included. */
export function beside(statement: ts.Statement, place: "before" | "after"): StatementAnchor {
  const tree = statement.getSourceFile();
  const start = place === "before" ? commentedStart(statement) : statement.getStart(tree);
  return { file: tree.fileName, offset: place === "before" ? start : statement.end, place, start, block: [statement.parent.getStart(tree), statement.parent.end] };
}

function commentedStart(statement: ts.Statement): number {
  const { text } = statement.getSourceFile();
  let start = statement.getStart();
  for (const range of [...(ts.getLeadingCommentRanges(text, statement.pos) ?? [])].reverse()) {
    if (!/(?:^|\n)[ \t]*$/.test(text.slice(0, range.pos)) || !/^[ \t]*\r?\n?[ \t]*$/.test(text.slice(range.end, start))) break;
    start = range.pos;
  }
  return start;
}

export { statementOf as listStatement };
