import type { Code, Edit, Signup } from "../../domain.ts";
import { code, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { anchorAt } from "../../source/typescript/anchors.ts";
import { symbolAt, type Fn } from "../../source/typescript/functions.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { atStart, hookFunction, hookValue, isTyped, wiredBy, type HookValue } from "./hook.extend.ts";
import { configProperty, findConfigs, hasOnlyCredentials, hasUnknown, isShared, objectIn, type AuthConfig, type ConfigProperty } from "./next-auth.config.ts";
import { sessionId } from "./next-auth.session.ts";
import { isFive } from "./next-auth.version.ts";

/** The places where Auth.js tells that it has stored a new user: `events.createUser`, there already or to be added. */
export function eventSignups(app: App): readonly Signup[] {
  const hit = known.get(app) ?? findEvents(app);
  known.set(app, hit);
  return hit;
}

const known = new WeakMap<App, readonly Signup[]>();

function findEvents(app: App): readonly Signup[] {
  const found = findConfigs(app).flatMap((config) => signupOf(app, config));
  return found.filter((one, i) => found.findIndex((other) => other.file === one.file && other.line === one.line) === i);
}

function signupOf(app: App, config: AuthConfig): Signup[] {
  const events = configProperty(app, config.main, "events");
  const literal = objectIn(app, events);
  const created = literal && configProperty(app, literal, "createUser");
  if (created) return [extended(app, created.property)];
  const signIn = literal && configProperty(app, literal, "signIn");
  const branch = signIn && newUserBranch(app, signIn.property);
  if (branch) return [branch];
  const adapter = configProperty(app, config.main, "adapter");
  if (!adapter || hasOnlyCredentials(app, config) || storesByHand(app, config)) return [];
  return [added(app, config, adapter, events, literal)];
}

/** The code of a row's id: Auth.js 5 types it as optional, though a stored user has one. */
function idOf(app: App, id: Code): Code {
  return app.language === "typescript" && isFive(app) && !declaresId(app) ? code`${id} as string` : id;
}

/** `declare module "next-auth" { interface User { id: string } }` */
export const declaresId = (app: App): boolean => [...app.code.mentioning("interface User"), ...app.files(/\.d\.ts$/)].some((file) => /declare module ["'](?:next-auth|@auth\/core\/types)["'][\s\S]*?interface User\b[^{]*\{[^}]*\bid: string\b/.test(app.repo.text(file) ?? ""));

function userOf(app: App, value: HookValue): Signup["user"] {
  return { id: idOf(app, value.of("id")), email: value.of("email"), name: value.of("name") };
}

const base = (app: App, node: ts.Node, symbol: string): Pick<Signup, "file" | "line" | "symbol" | "kind" | "tool" | "evidence"> => {
  const tree = node.getSourceFile();
  return { file: tree.fileName, line: lineOf(tree, node.getStart(tree)), symbol, kind: "auth-event", tool: "next-auth", evidence: [app.at(node)] };
};

/** `createUser` is there: our line is its first. */
function extended(app: App, property: ts.ObjectLiteralElementLike): Signup {
  const hook = hookFunction(app, property);
  const site = { ...base(app, "fn" in hook ? nodeOf(hook.fn, property) : property, "events.createUser"), hook: "extend" as const, confidence: 0.95 };
  const value = "fn" in hook ? hookValue(hook.fn, "user") : undefined;
  if ("reason" in hook || !value) return { ...site, wired: wiredBy(property), user: { id: raw("user.id"), email: raw("user.email"), name: raw("user.name") }, reason: "reason" in hook ? hook.reason : "the event's user is not in reach there" };
  const { fn } = hook;
  const user = userOf(app, value);
  const session = sessionId(app);
  const place = (statements: Code): readonly Edit[] => [...(atStart(fn, statements) ?? []), ...value.edits, ...session.edits];
  return { ...site, wired: wiredBy(fn), user, ...(atStart(fn, raw("")) ? { place } : { reason: "its type does not let it wait for a promise" }) };
}

/** A function that is declared elsewhere is shown there. */
const nodeOf = (fn: Fn, property: ts.Node): ts.Node => (fn.pos >= property.pos && fn.end <= property.end && fn.getSourceFile() === property.getSourceFile() ? property : fn);

/** The app itself asks in `events.signIn` whether the user is new: what follows there is its own welcome. */
function newUserBranch(app: App, property: ts.ObjectLiteralElementLike): Signup | undefined {
  const hook = hookFunction(app, property);
  if ("reason" in hook) return undefined;
  const { fn } = hook;
  let found: ts.IfStatement | undefined;
  walk(fn, (node) => {
    if (ts.isIfStatement(node) && /(?<!!)\bisNewUser\b|\bcreated(?:At|_at)\b/.test(node.expression.getText()) && ts.isBlock(node.thenStatement)) found ??= node;
  });
  const first = found && ts.isBlock(found.thenStatement) ? found.thenStatement.statements[0] : undefined;
  const anchor = first && anchorAt(first, "before", fn);
  if (!found || !anchor) return undefined;
  const row = /(?<![\w.])(\w+)\??\.created(?:At|_at)\b/.exec(found.expression.getText())?.[1];
  const given = hookValue(fn, "user");
  const value = row === undefined || (given && textOf(given.of("")) === row) ? given : undefined;
  const user = value ? userOf(app, value) : row === undefined ? undefined : rowOf(fn, row);
  if (!user) return undefined;
  const { makeAsync, ...at } = anchor;
  const async: readonly Edit[] = makeAsync ? [{ kind: "splice", at: makeAsync, remove: "", code: raw("async ") }] : [];
  const session = sessionId(app);
  const place = (statements: Code): readonly Edit[] => [...async, { kind: "insert", at, code: statements }, ...(value?.edits ?? []), ...session.edits];
  return { ...base(app, found, "events.signIn"), hook: "extend", confidence: 0.9, wired: wiredBy(fn), user, place };
}

/** A row that the event's function reads itself: only columns that it asks for. */
function rowOf(fn: Fn, row: string): Signup["user"] {
  const text = fn.getText();
  const has = (field: string): boolean => !/\bselect:/.test(text) || new RegExp(`\\b${field}: true\\b`).test(text);
  return { id: raw(`${row}.id`), email: has("email") ? raw(`${row}.email`) : null, name: has("name") ? raw(`${row}.name`) : null };
}

/** An account that is given to a user (`userId`, `providerAccountId`) is a way to sign in, and no user. */
const STORES = /\b(?:[uU]sers?(?:Service|Repository|Repo|Store|Model)?|accounts?(?![^;]{0,300}\b(?:userId|providerAccountId)\b))\s*\.\s*(?:create\w*|add|insert|insertOne|register\w*|upsert|save)\s*\(|\b(?:create|add|insert|register|save|upsert)(?:New)?User\w*\s*\(|\.insert\(\s*\w*[uU]sers?\b|\bnew\s+User\s*\(/;

/** `callbacks.signIn` stores the user itself, before Auth.js would: its event never comes. */
export function storesByHand(app: App, config: AuthConfig): boolean {
  const callbacks = objectIn(app, configProperty(app, config.main, "callbacks"));
  const signIn = callbacks && configProperty(app, callbacks, "signIn");
  const hook = signIn && hookFunction(app, signIn.property);
  return STORES.test((hook && "fn" in hook ? hook.fn : signIn?.property)?.getText() ?? "");
}

function added(app: App, config: AuthConfig, adapter: ConfigProperty, events: ConfigProperty | undefined, literal: ts.ObjectLiteralExpression | undefined): Signup {
  const own = literal && !isShared(app, literal) ? literal : undefined;
  const target = own ?? (isShared(app, adapter.literal) && !isShared(app, config.main) ? config.main : adapter.literal);
  const inherited = events && !own ? spreadWith(app, target, events) : undefined;
  const user = { id: idOf(app, raw("user.id")), email: raw("user.email"), name: raw("user.name") };
  const site = { ...base(app, own ?? target, "events.createUser"), hook: "add" as const, confidence: 0.9, wired: [], user };
  if (events && !own && inherited === undefined) return { ...site, reason: `the events of this configuration are not written out here (${symbolAt(target)})` };
  if (!own && hasUnknown(app, target)) return { ...site, reason: "part of this configuration is made elsewhere, and may have events of its own" };
  const parameter = app.language !== "typescript" || isTyped(target) ? code`{ user }` : code`{ user }: { user: ${{ name: "User", from: { package: app.uses("next-auth") === undefined ? "@auth/core/types" : "next-auth" }, typeOnly: true }} }`;
  const method = (statements: Code): Code => code`async createUser(${parameter}) {\n  ${statements}\n}`;
  const session = sessionId(app);
  const place = (statements: Code): readonly Edit[] => [
    ...(own ? addProperties(own, [method(statements)]) : addProperties(target, [code`events: {\n  ${inherited === undefined ? "" : `...${inherited}.events,\n  `}${method(statements)},\n}`])),
    ...session.edits,
  ];
  return { ...site, place };
}

/** The expression by which a configuration spreads the one that has `events`: `authConfig`. */
function spreadWith(app: App, target: ts.ObjectLiteralExpression, events: ConfigProperty): string | undefined {
  const spread = target.properties.find((one): one is ts.SpreadAssignment => ts.isSpreadAssignment(one) && objectFor(app, one) === events.literal);
  return spread?.expression.getText();
}

const objectFor = (app: App, spread: ts.SpreadAssignment): ts.ObjectLiteralExpression | undefined => {
  const origin = app.originOf(spread.expression);
  return origin?.kind === "object" ? origin.node : undefined;
};

