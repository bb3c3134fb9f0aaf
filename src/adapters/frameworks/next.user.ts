import type { Code, Import, RepoPath } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { nextRouter } from "../../source/next-router.ts";
import { ID } from "../../source/request-users.ts";
import { carried } from "../../source/typescript/carry.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import type { CurrentUser } from "../define.ts";

/** One `const session = await getSession()` of the app, and how its value is read. */
interface Use {
  readonly declaration: ts.VariableDeclaration;
  readonly callee: ts.Expression;
  /** From the value to the id: `user.id`. */
  readonly path: string;
  /** False where the path is a guess: the code hands the whole user on. */
  readonly read: boolean;
  readonly count: number;
}

/**
 * Who is signed in on a route of Next.js, by the helper that the app's own routes and actions ask: `getUser()`, `requireSession()`.
 * `certain`: only where they read the id from what it gives.
 */
export function helperUser(app: App, certain: boolean): CurrentUser | undefined {
  const pages = nextRouter(app).kind === "pages";
  for (const use of usesOf(app, pages).filter(({ read }) => read || !certain)) {
    const call = bare(use.declaration.initializer as ts.Expression) as ts.CallExpression;
    const made = carried(app, call, pages ? { req: "req", res: "res", request: "req", response: "res" } : { req: "request", request: "request" });
    if (!made) continue;
    const wait = /^await\b/.test(use.declaration.initializer?.getText() ?? "") ? "await " : "";
    if (use.path === "userId" && ts.isObjectBindingPattern(use.declaration.name)) return { setup: joinCode([raw(`const { userId } = ${wait}`), made, raw(";")], ""), id: raw("userId"), nullable: true };
    const name = /session|auth|token|payload|claims/i.test(use.declaration.name.getText()) ? "session" : "user";
    const nullable = mayBeNobody(app, use.callee);
    const setup: Code = joinCode([raw(`const ${name} = ${wait}`), made, raw(";")], "");
    if (use.path === "") return { setup: joinCode([raw(`const userId = ${wait}`), made, raw(";")], ""), id: raw("userId"), nullable };
    return { setup, id: raw(nullable ? `${name}?.${use.path.split(".").join("?.")}` : `${name}.${use.path}`), nullable };
  }
  return pages || certain ? undefined : definedHelper(app);
}

/** A helper that the app exports and calls in other ways than `const session = await getSession()`: by what its text says it gives. */
function definedHelper(app: App): CurrentUser | undefined {
  for (const file of app.code.scripts) {
    if (!REQUEST.test(app.repo.text(file) ?? "") || /(?:^|\/)(?:middleware|proxy)\.[jt]s$/.test(file)) continue;
    for (const [name, value] of app.code.exports(file).named) {
      const fn = "node" in value && HELPER.test(name) ? valueOf(app, value.node) : undefined;
      if (!fn || !isFn(fn) || fn.parameters.some((one) => !one.questionToken && !one.initializer) || !readsRequest(app, fn)) continue;
      const text = fn.getText();
      const path = /\buser\b[^;]{0,40}\bid\b/.test(text) && /session|auth/i.test(name) ? "user.id" : /\buserId\b/.test(text) ? "userId" : /user/i.test(name) ? "id" : undefined;
      if (path === undefined) continue;
      const local = /user/i.test(name) ? "user" : "session";
      const needed: Import = { name, from: { file } };
      return { setup: code`const ${local} = await ${needed}();`, id: raw(`${local}?.${path.split(".").join("?.")}`), nullable: true };
    }
  }
  return undefined;
}

const HELPER = /^(?:get|require|fetch|load|current|check|validate|verify|ensure)?_?(?:Current|Server|Auth|Logged\w*|Signed\w*|My|Request)*_?(?:User|Session|Auth|Viewer)(?:Session|User|UserId|Id|Data|OrThrow|OrRedirect|From\w+|Of\w*|For\w+|Server)?$/i;

const known = new WeakMap<App, readonly Use[]>();
/** So many files that ask show how the app asks. */
const ENOUGH = 60;

/** Helpers that give the signed-in user, the most used first. */
function usesOf(app: App, pages: boolean): readonly Use[] {
  const hit = known.get(app);
  if (hit) return hit;
  const uses = new Map<string, Use>();
  for (const file of app.code.scripts.filter((one) => asks(app, one)).slice(0, ENOUGH)) {
    const tree = app.code.parse(file);
    if (tree)
      walk(tree, (node) => {
        const use = ts.isVariableDeclaration(node) ? useOf(app, node, pages) : undefined;
        if (!use) return;
        const key = `${use.callee.getText()}:${use.path}`;
        uses.set(key, { ...use, count: (uses.get(key)?.count ?? 0) + 1 });
      });
  }
  const found = [...uses.values()].sort((a, b) => b.count - a.count);
  known.set(app, found);
  return found;
}

/** Whether a file of the server calls something named like such a helper: told by its text, before it is parsed. */
function asks(app: App, file: RepoPath): boolean {
  const text = app.repo.text(file) ?? "";
  if (/^\s*["']use client["']/.test(text) || /(?:^|\/)(?:middleware|proxy)\.[jt]s$/.test(file)) return false;
  return [...text.matchAll(/=\s*(?:await\s+)?(\w*(?:[Uu]ser|[Ss]ession|[Aa]uth|[Vv]iewer)\w*)(?:<[^(]{0,60}>)?\(/g)].some((match) => HELPER.test(match[1] ?? ""));
}

function useOf(app: App, node: ts.VariableDeclaration, pages: boolean): Use | undefined {
  const call = node.initializer && bare(node.initializer);
  if (!call || !ts.isCallExpression(call) || !ts.isIdentifier(call.expression) || !HELPER.test(call.expression.text)) return undefined;
  if (!call.arguments.every((one) => isHarmless(one, pages))) return undefined;
  // Asked in the browser, which sends its cookies by itself: an endpoint of the Pages Router has to hand the request on.
  if (call.arguments.length === 0 && (pages || /from\s+["']next-auth\/(?:react|client)["']/.test(node.getSourceFile().text))) return undefined;
  const origin = valueOf(app, call.expression);
  // A helper of the app's own that reads the request, or a library's function given the app's options.
  if (origin && isFn(origin) && !readsRequest(app, origin)) return undefined;
  const path = /UserId$/i.test(call.expression.text) ? "" : pathRead(node);
  const guess = path ?? (handsUserOn(node) ? "user.id" : undefined);
  return guess === undefined ? undefined : { declaration: node, callee: call.expression, path: guess, read: path !== undefined, count: 1 };
}

/** Arguments that a new route has too: the request, its cookies and headers, constants of the app. */
function isHarmless(node: ts.Expression, pages: boolean): boolean {
  const text = bare(node).getText();
  if (/^(?:req|request|res|response)$/.test(text)) return pages || /^req/.test(text);
  if (pages && /^\{\s*req(?:,\s*res)?,?\s*\}$/.test(text)) return true;
  return /^(?:cookies|headers)\(\)$/.test(text) || /^[A-Za-z]\w*(?:Options|Config|Settings)$/.test(text);
}

const REQUEST = /\bcookies\(|\bheaders\(|\breq(?:uest)?\.|jwtVerify|\bverify\(|getIronSession|getServerSession|unsealData/;

/** Whether a function reads the cookie or the header that says who is there, itself or through one that it calls. */
function readsRequest(app: App, fn: ts.Node, depth = 0): boolean {
  if (REQUEST.test(fn.getText())) return true;
  let reads = false;
  if (depth < 3)
    walk(fn, (node) => {
      const inner = !reads && ts.isCallExpression(node) && ts.isIdentifier(node.expression) ? valueOf(app, node.expression) : undefined;
      if (inner && isFn(inner) && inner !== fn && readsRequest(app, inner, depth + 1)) reads = true;
    });
  return reads;
}

/** How the function around reads the id: `session.user.id` gives `user.id`; `{ userId }` taken apart gives `userId`. */
function pathRead(node: ts.VariableDeclaration): string | undefined {
  const { name } = node;
  const scope = functionsAround(node)[0] ?? node.getSourceFile();
  if (ts.isObjectBindingPattern(name)) {
    const direct = name.elements.map((one) => (one.propertyName ?? one.name).getText()).find((key) => /^(?:userId|uid)$/.test(key));
    if (direct !== undefined) return direct;
    const user = name.elements.find((one) => (one.propertyName ?? one.name).getText() === "user" && ts.isIdentifier(one.name));
    const key = user && new RegExp(`\\b${user.name.getText()}[?!]?\\.(id|_id|userId|uid|sub)\\b`).exec(scope.getText())?.[1];
    return key && `user.${key}`;
  }
  const found = new RegExp(`(?<![\\w$.])${name.getText()}((?:[?!]?\\.\\w+)+)`, "g");
  for (const match of scope.getText().matchAll(found)) {
    const keys = (match[1] ?? "").split(/[?!]?\./).filter((key) => key !== "");
    const end = keys.findIndex((key) => ID.test(key));
    if (end >= 0 && end <= 2) return keys.slice(0, end + 1).join(".");
  }
  return undefined;
}

/** A wrapper hands the whole user on: the id is read where it arrives. */
const handsUserOn = ({ name, parent }: ts.VariableDeclaration): boolean => ts.isIdentifier(name) && new RegExp(`(?<![\\w$.])${name.text}[?!]?\\.user\\b`).test((functionsAround(parent)[0] ?? parent.getSourceFile()).getText());

/** Whether a helper may give nobody: one that is called `require…` or leaves by itself does not. */
function mayBeNobody(app: App, callee: ts.Expression): boolean {
  const fn = valueOf(app, callee);
  if (/^(?:require|ensure)/i.test(callee.getText())) return false;
  if (!fn || !isFn(fn)) return true;
  return !/\bthrow\b|\bredirect\(/.test(fn.getText()) || /\breturn\s*(?:null|undefined)\b|\breturn\s*;/.test(fn.getText());
}

