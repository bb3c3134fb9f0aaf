import type { Code, RepoPath } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { requestUserRead, usualRead } from "../../source/request-users.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import type { Origin } from "../../source/typescript/origin.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { carried } from "../../source/typescript/carry.ts";
import { valueOf } from "../../source/typescript/values.ts";
import type { CurrentUser } from "../define.ts";

/** Who is signed in on a route of ours, and the guard in front of it where only the file that mounts us knows it. */
export interface RequestUser extends CurrentUser {
  readonly mounted?: Code;
}

/** Where our router is mounted: what a file declares above that can stand in front of it there. */
export interface MountedAt {
  readonly file: RepoPath;
  readonly offset: number;
}

/** Who is signed in on an Express route: what most handlers read from the request, behind the middleware that stands in front of them. */
export function requestUser(app: App, at?: MountedAt): RequestUser | undefined {
  const usual = usualRead(app, "req") ?? usualRead(app, "request")?.replace(/^(\(?)request/, "$1req") ?? requestUserRead(app, "req");
  // A cast belongs to the place it was read at; what ours needs is found below.
  const read = usual?.replace(/^\(req as [\w.<>]+\)/, "req");
  if (read === undefined) return undefined;
  const first = propertyOn(read);
  const isSent = /^(?:body|headers|query|params|cookies)$/.test(first);
  const middleware = guardFor(app, isSent ? read.replace(/^req[?!]?\./, "").replace(/[?!]/g, "").replace(/\./g, "\\.") : first, at);
  // Without the middleware that overwrites it, what the browser sent would be believed.
  if (isSent && !middleware) return undefined;
  // The library's own guard is known to the library's adapter.
  if (first === "oidc" && !middleware) return undefined;
  const id = typed(app, first, read);
  if (id === undefined) return undefined;
  const plain = read.replace(/!/g, "");
  const guard = middleware && (middleware.isMounted ? { mounted: middleware.code } : { middleware: middleware.code });
  if (middleware && (!middleware.refuses || mayLackKey(app, first, read))) {
    const asked = typed(app, first, plain.replace(/(?<!\?)\.(\w+)$/, "?.$1"));
    if (asked) return { setup: raw(""), id: asked, ...guard, nullable: true };
  }
  if (middleware) return { setup: raw(""), id, ...guard, nullable: read.includes("?.") };
  // Without a middleware that refuses strangers nobody may be signed in; a session is always there.
  const open = plain.includes("?.") || /^req\.(?:\w+|session\.\w+)$/.test(plain) ? typed(app, first, plain) : typed(app, first, plain.replace(/\.(\w+)$/, "?.$1"));
  return open && { setup: raw(""), id: open, nullable: true };
}

/** The property with the user, of a read such as `req.user.id` or `res.locals.jwtData.id`: `user`, `locals.jwtData`. */
export const propertyOn = (read: string): string => /^res(?:ponse)?\.(locals\.\w+)/.exec(read)?.[1] ?? /^\w+[?!]?\.(\w+)/.exec(read)?.[1] ?? "user";

/** `(req as RequestWithUser).user.id` where only a type of the app's own knows the property. */
function typed(app: App, first: string, read: string): Code | undefined {
  if (app.language !== "typescript" || first.startsWith("locals.") || isDeclared(app, first)) return raw(read);
  const type = requestType(app, first);
  const rest = read.replace(/^req/, "");
  return type ? code`(req as ${type})${rest}` : code`(req as any)${rest}`;
}

/** Whether Express' own request type is widened by this property, by the app or by a library's types. */
function isDeclared(app: App, first: string): boolean {
  if (first === "user" && (app.uses("@types/passport") !== undefined || app.uses("@types/express-jwt") !== undefined)) return true;
  if (first === "session" && app.uses("@types/express-session") !== undefined) return true;
  if (first === "auth" && (app.uses("@clerk/express") !== undefined || app.uses("express-oauth2-jwt-bearer") !== undefined)) return true;
  if (first === "headers" || first === "body" || first === "oidc") return true;
  return app.files(/\.[cm]?ts$/).some((file) => {
    const text = app.repo.text(file) ?? "";
    return WIDENS.test(text) && new RegExp(`\\b${first}\\??\\s*:`).test(text);
  });
}

/** `user?: User` of the request type that the app widens, read without a `!`. */
export function isDeclaredOpen(read: string, app: App): boolean {
  const first = app.language === "typescript" ? /^\w+\.(\w+)\./.exec(read)?.[1] : undefined;
  return first !== undefined && app.code.mentioning(`${first}?:`).some((file) => WIDENS.test(app.repo.text(file) ?? ""));
}

const WIDENS = /namespace\s+Express\b|declare\s+module\s+["']express/;

/** Whether the app's own type for what stands on the request leaves its key open, as a class for rows not yet stored does: `id?: string`. */
function mayLackKey(app: App, first: string, read: string): boolean {
  const key = read.replace(/!$/, "").split(".").at(-1) ?? "id";
  if (app.language !== "typescript" || key === first) return false;
  const texts = app.files(/\.[cm]?ts$/).map((file) => app.repo.text(file) ?? "");
  const held = new Set(texts.filter((text) => /\bRequest\b/.test(text)).flatMap((text) => [...text.matchAll(new RegExp(`^[ \\t]+${first}\\??:\\s*([A-Z]\\w*)\\b`, "gm"))].map((match) => match[1] ?? "")));
  return [...held].some((name) => texts.some((text) => new RegExp(`\\b(?:class|interface)\\s+${name}\\b[^{]*\\{(?:(?!\\n\\}|\\()[\\s\\S])*?\\b${key}\\?\\s*:`).test(text)));
}

/** The type that most handlers which read the property give their request. */
function requestType(app: App, first: string): Code | undefined {
  const counts = new Map<string, { readonly type: ts.TypeNode; count: number }>();
  for (const file of app.code.mentioning(`.${first}`)) {
    const tree = app.code.parse(file);
    if (!tree) continue;
    walk(tree, (node) => {
      if (!ts.isParameter(node) || !node.type || !/^_?req(?:uest)?$/.test(node.name.getText()) || !new RegExp(`\\b${node.name.getText()}[?!]?\\.${first}\\b`).test(node.parent.getText())) return;
      const key = node.type.getText();
      if (/^(?:any|Request|express\.Request)$/.test(key)) return;
      const known = counts.get(key);
      counts.set(key, { type: known?.type ?? node.type, count: (known?.count ?? 0) + 1 });
    });
  }
  const best = [...counts.values()].sort((a, b) => b.count - a.count)[0];
  return best && carried(app, best.type);
}

interface Guards {
  readonly expressions: readonly ts.Expression[];
  /** Whether one of them puts the user on the request; others only check a token. */
  readonly complete: boolean;
  /** Whether one of them turns strangers away; others only look who is there. */
  readonly refuses: boolean;
  readonly count: number;
}

interface Guard {
  readonly code: Code;
  readonly refuses: boolean;
  /** It can stand in front of our router alone, in the file that mounts it. */
  readonly isMounted?: boolean;
}

/** The middleware in front of most routes that sets or checks the user: one, or several in their order. */
function guardFor(app: App, first: string, at: MountedAt | undefined): Guard | undefined {
  const counts = new Map<string, Guards>();
  for (const file of app.code.scripts) {
    if (!/\.(?:get|post|put|patch|delete|all|use)\s*\(/.test(app.repo.text(file) ?? "")) continue;
    const tree = app.code.parse(file);
    if (!tree) continue;
    walk(tree, (node) => {
      const guards = ts.isCallExpression(node) ? guardsIn(app, node, first) : [];
      if (guards.length === 0) return;
      const key = guards.map(callee).join(",");
      const known = counts.get(key);
      const of = known ?? { expressions: guards, complete: guards.some((one) => assigns(app, one, first)), refuses: guards.some((one) => refuses(app, one)), count: 0 };
      counts.set(key, { ...of, count: of.count + 1 });
    });
  }
  const usual = [...counts.values()].sort((a, b) => Number(b.complete) - Number(a.complete) || Number(b.refuses) - Number(a.refuses) || b.count - a.count || a.expressions.length - b.expressions.length);
  for (const { expressions, refuses } of usual) {
    const codes = expressions.map((one) => spelled(app, one));
    if (codes.every((one) => one !== undefined)) return { code: joinCode(codes, ", "), refuses };
    if (at && expressions.every((one) => isKnownAt(one, at))) return { code: raw(expressions.map((one) => one.getText()).join(", ")), refuses, isMounted: true };
  }
  return undefined;
}

/** Whether a guard's name is declared at the top of the file that mounts us, above the mount. */
function isKnownAt(guard: ts.Expression, { file, offset }: MountedAt): boolean {
  const name = ts.isCallExpression(guard) ? guard.expression : guard;
  const declared = ts.isIdentifier(name) && guard.getSourceFile().fileName === file ? lookup(name.text, name)?.node : undefined;
  return declared !== undefined && functionsAround(declared).length === 0 && (ts.isFunctionDeclaration(declared) || declared.end <= offset);
}

/** Sets the user on the request; `res.locals.user` is for views. */
const assignment = (first: string): RegExp => new RegExp(`(?<!\\blocals)\\.${first}\\s*=(?!=)`);

const assigns = (app: App, node: ts.Expression, first: string): boolean => runs(app, node).some((one) => assignment(first).test(one.getText()));

/** Whether a middleware turns away who is not signed in, if only with an answer of its own; one whose code is not here is taken to. */
const refuses = (app: App, node: ts.Expression): boolean => runs(app, node).some((one) => one === node || !isFn(one) || REFUSES.test(one.getText()) || /\.(?:json|send|end|render)\(/.test(one.getText()));

/** What a middleware runs: the function that its name, or the call that makes it, leads to; of a list (`[restoreUser, refuse]`) every one. */
function runs(app: App, node: ts.Expression): readonly ts.Node[] {
  const value = valueOf(app, ts.isCallExpression(node) ? node.expression : node) ?? node;
  return ts.isArrayLiteralExpression(value) ? value.elements.flatMap((one) => runs(app, one)) : [value];
}

const callee = (node: ts.Expression): string => (ts.isCallExpression(node) ? `${node.expression.getText()}()` : node.getText());

/** The middleware of one registration that finds out who is signed in: what stands in front of its handler, or all that `use` is given. */
export function guardsIn(app: App, node: ts.CallExpression, first: string): readonly ts.Expression[] {
  if (!ts.isPropertyAccessExpression(node.expression) || !/^(?:get|post|put|patch|delete|all|use)$/.test(node.expression.name.text)) return [];
  const isUse = node.expression.name.text === "use";
  const all = node.arguments.flatMap((one) => (ts.isArrayLiteralExpression(one) ? [...one.elements] : [one])).filter((one) => !ts.isStringLiteralLike(one));
  return (isUse ? all : all.slice(0, -1)).filter((one) => isGuard(app, one, first));
}

const LIBRARIES = /^(?:express-jwt|passport|express-oauth2-jwt-bearer|express-openid-connect|@clerk\/express|@clerk\/clerk-sdk-node|koa-jwt)$/;
const REFUSES = /\b40[13]\b|unauthori[sz]ed|forbidden|\bredirect\(|sendStatus\(|next\(\s*(?:new\b|\w*[eE]rr|\w+\.\w+\()|\bthrow\b|reject\(/i;
/** For people who are not signed in, or not only for those who are; role checks stand on another guard. */
const NOT_A_GUARD = /optional|maybe|guest|logged_?out|not_?logged|redirect_?if|initialize|limit|admin|moderator|role|permission|can[A-Z]/i;

/** Names of middleware that cannot be followed to its code. */
const GUARDISH = /(?:verify_?(?:token|jwt|user)|is_?auth\w*|(?:require|ensure|check)_?(?:auth\w*|login|user|sign\w*)|auth(?:enticate)?_?(?:token|user|jwt|middleware)?|protect(?:ed)?|jwt_?auth)$/i;

/** Whether a middleware finds out who is signed in: it sets `first` on the request, or refuses where that is missing. */
function isGuard(app: App, given: ts.Expression, first: string): boolean {
  const name = callee(given);
  if (NOT_A_GUARD.test(name) || /\.session\(\)|^session\(/.test(name)) return false;
  const node = bare(given);
  if (ts.isCallExpression(node)) {
    const origin = app.originOf(node.expression);
    if (makesSessions(origin)) return false;
    if (origin?.kind === "package" && LIBRARIES.test(origin.package)) return (/authenticate|require|jwt|auth/i.test(origin.path.join(".")) && !isSignIn(node)) || origin.package === "express-jwt";
  }
  const value = valueOf(app, ts.isCallExpression(node) ? node.expression : node);
  if (value && ts.isArrayLiteralExpression(value)) return value.elements.some((one) => isGuard(app, one, first));
  if (!value) return GUARDISH.test(name.replace(/\(\)$/, ""));
  const origin = ts.isCallExpression(value) ? app.originOf(value.expression) : undefined;
  if (makesSessions(origin)) return false;
  if (origin?.kind === "package" && LIBRARIES.test(origin.package)) return !/credentialsRequired:\s*false/.test(value.getText());
  const text = value.getText();
  const fn = isFn(value) || (ts.isCallExpression(value) && value.arguments.some((one) => isFn(bare(one))));
  if (!fn || text.length > 6000 || !/\bnext\b/.test(text)) return false;
  const sets = new RegExp(`\\.${first}\\s*=(?!=)|\\.${first}\\b|isAuthenticated\\(|\\.session\\b|passport\\.authenticate`).test(text);
  return sets && (REFUSES.test(text) || assignment(first).test(text));
}

/** `passport.authenticate("google")`: the way in, not a check of who is in. */
function isSignIn(node: ts.CallExpression): boolean {
  const [strategy] = node.arguments;
  return strategy !== undefined && ts.isStringLiteralLike(strategy) && SIGNS_IN.test(strategy.text) && !/jwt|bearer|token/i.test(strategy.text);
}

const SIGNS_IN = /^(?:local|google|facebook|github|gitlab|bitbucket|twitter|linkedin|apple|discord|microsoft|azure|slack|spotify|twitch|steam|auth0|oauth|oidc|openid|saml|kakao|naver|magic)/i;

/** `auth()` of express-openid-connect brings sessions and log-in routes to the whole app: no route has it in front a second time. */
const makesSessions = (origin: Origin | undefined): boolean => origin?.kind === "package" && origin.package === "express-openid-connect" && origin.path[0] === "auth";

/** The middleware as a file of ours writes it; the rights that a route asks for (`auth("manageUsers")`) are left out. */
function spelled(app: App, node: ts.Expression): Code | undefined {
  if (!ts.isCallExpression(node) || node.arguments.length === 0) return carried(app, node);
  const value = valueOf(app, node.expression);
  const needsNone = value && isFn(value) && value.parameters.every((one) => one.dotDotDotToken || one.questionToken || one.initializer);
  if (!needsNone) return functionsAround(node).length > 0 && /\breq\b/.test(node.getText()) ? undefined : carried(app, node);
  const made = carried(app, node.expression);
  return made && code`${made}()`;
}
