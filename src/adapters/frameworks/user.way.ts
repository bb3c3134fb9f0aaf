import type { Code, UserExpression } from "../../domain.ts";
import { code, joinCode, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { valueOf } from "../../source/typescript/values.ts";
import type { CurrentUser } from "../define.ts";
import { carried, type Renames } from "../../source/typescript/carry.ts";

/** How handlers of the app learn who is signed in: what a new handler is to write. */
export interface Way extends CurrentUser {
  /** Equal for ways that read alike. */
  readonly key: string;
  /** True where no handler reads the id off its holder: it is only likely that it is there, or is taken out of it. */
  readonly guessed?: boolean;
}

const ID = /^(?:id|_id|userId|uid|sub|user_id)$/;
const IDISH = /^(?:userId|user_id|userID|uid|currentUserId|authUserId|accountId|clerkId|clerkUserId)$/;
const USERISH = /^(?:user|currentUser|authUser|dbUser|loggedInUser|sessionUser|account|me|principal|viewer|session|auth|authSession|jwt|token|payload|decoded|claims)$/;
/** The session's own id is another one at every sign-in. */
const SESSION_ID = /\b[sS]ession[?!]?\._?id$/;
const SIGNED_IN = /user|auth|session|jwt|account|claims|viewer|principal|\.(?:var|state|locals|context)$/i;
/** What the request brings says nothing about who sent it. */
const SENT = /\.(?:body|params?|query|json|formData|cookies?|valid|searchParams|queries)\b|\b(?:read\w*Body|get\w*Query|getRouterParams?|getHeaders?|getCookie|parseCookies|formData)\b|headers\.get\(/;

/** The user of the request as `fn` reads it. `context` are the names it is given (`c`, `event`, `locals`), and what a new handler calls them. */
export function wayOf(app: App, fn: Fn, context: Renames): Way | undefined {
  return byRead(app, fn, context) ?? byName(app, fn, context) ?? byUser(app, fn, context);
}

/** `c.get("user").id`, or `user.id` of a `const user = …` that comes from the context. */
function byRead(app: App, fn: Fn, context: Renames): Way | undefined {
  let found: Way | undefined;
  walk(fn, (node) => {
    if (found || !ts.isPropertyAccessExpression(node) || !ID.test(node.name.text) || ts.isPropertyAccessExpression(node.parent) || SESSION_ID.test(node.getText())) return;
    const root = rootOf(node);
    if (!root) return;
    if (context[root.text] !== undefined) found = isUsers(app, node.getText()) ? way(app, fn, raw(""), node, context, root.text) : undefined;
    else if (USERISH.test(root.text)) {
      const setup = setupOf(app, fn, root, context);
      if (setup) found = way(app, fn, setup, node, { ...context, [root.text]: root.text }, root.text);
    }
  });
  return found;
}

/** `const userId = await requireUserId(request);`, `const { sub } = c.get("jwtPayload");` */
function byName(app: App, fn: Fn, context: Renames): Way | undefined {
  let found: Way | undefined;
  walk(fn, (node) => {
    if (found || !(ts.isVariableDeclaration(node) || ts.isBindingElement(node)) || !ts.isIdentifier(node.name) || !(IDISH.test(node.name.text) || (ts.isBindingElement(node) && ID.test(node.name.text)))) return;
    const setup = setupOf(app, fn, node.name, context);
    const read = setup && way(app, fn, setup, node.name, { ...context, [node.name.text]: node.name.text }, node.name.text);
    const part = read && !IDISH.test(node.name.text) ? { ...read, guessed: true } : read;
    if (part) found = ts.isVariableDeclaration(node) && givesNobody(app, node) ? { ...part, nullable: true } : part;
  });
  return found;
}

/** Whether the helper that an id comes from says that it may give none: by its type, or by what it returns. */
function givesNobody(app: App, { initializer }: ts.VariableDeclaration): boolean {
  const call = initializer && bare(initializer);
  const helper = call && ts.isCallExpression(call) ? valueOf(app, call.expression) : undefined;
  return helper !== undefined && isFn(helper) && (/\b(?:undefined|null)\b/.test(helper.type?.getText() ?? "") || /\breturn\s*(?:null|undefined)\b/.test(helper.getText()));
}

/** `const user = c.get("user");` whose id nobody reads: it may be missing, for all we know. */
function byUser(app: App, fn: Fn, context: Renames): Way | undefined {
  let found: Way | undefined;
  walk(fn, (node) => {
    if (found || !(ts.isVariableDeclaration(node) || ts.isBindingElement(node)) || !ts.isIdentifier(node.name) || !/^(?:user|currentUser|sessionUser|authUser)$/.test(node.name.text)) return;
    const setup = setupOf(app, fn, node.name, context);
    if (setup) found = { setup, id: raw(`${node.name.text}?.id`), nullable: true, key: `${textOf(setup)} ${node.name.text}?.id`, guessed: true };
  });
  return found;
}

const isUsers = (app: App, text: string): boolean => !SENT.test(text) && (SIGNED_IN.test(text) || isSetBySignIn(app, text));

/** `request.member`, where what answers 401 in this app puts `member` there. */
function isSetBySignIn(app: App, text: string): boolean {
  const names = [...text.matchAll(/\.(\w+)\b(?!\s*\()|\.get\(\s*["'](\w+)["']/g)].flatMap((match) => match[1] ?? match[2] ?? []);
  const sets = names.filter((name) => !ID.test(name)).map((name) => new RegExp(`\\.${name}\\s*=(?!=)|\\.set\\(\\s*["']${name}["']`));
  return sets.some((set) => app.code.mentioning("401").some((file) => set.test(app.repo.text(file) ?? "")));
}

/** The identifier at the start of a chain of members and calls. */
function rootOf(node: ts.Node): ts.Identifier | undefined {
  let at = bare(node);
  while (ts.isPropertyAccessExpression(at) || ts.isElementAccessExpression(at) || ts.isCallExpression(at)) at = bare(at.expression);
  return ts.isIdentifier(at) ? at : undefined;
}

/** The declaration of a name, as a new handler can write it: only where it leads from the context to a user. */
function setupOf(app: App, fn: Fn, name: ts.Identifier, context: Renames): Code | undefined {
  let at: ts.Node | undefined = ts.isVariableDeclaration(name.parent) || ts.isBindingElement(name.parent) ? name.parent : lookup(name.text, name)?.node;
  while (at && (ts.isBindingElement(at) || ts.isObjectBindingPattern(at))) at = at.parent;
  if (!at || !ts.isVariableDeclaration(at) || !at.initializer || at.pos < fn.pos || at.end > fn.end) return undefined;
  const text = at.initializer.getText();
  if (!Object.keys(context).some((one) => new RegExp(`\\b${one}\\b`).test(text)) || !isUsers(app, text)) return undefined;
  const value = carried(app, at.initializer, context);
  return value && code`const ${patternOf(at.name, name)} = ${value};`;
}

/** `{ user }` of `{ user, session }`: only the part that is used. */
function patternOf(declared: ts.BindingName, name: ts.Identifier): string {
  if (ts.isIdentifier(declared)) return declared.text;
  const own = ts.isObjectBindingPattern(declared) ? declared.elements.find((one) => ts.isIdentifier(one.name) && one.name.text === name.text) : undefined;
  return own && !own.dotDotDotToken ? `{ ${own.getText()} }` : declared.getText();
}

function way(app: App, fn: Fn, setup: Code, node: ts.Node, context: Renames, root: string): Way | undefined {
  const id = carried(app, node, context);
  if (!id) return undefined;
  const nullable = isChecked(fn, node, root);
  const read = nullable ? optional(id, setup.parts.length > 0) : id;
  return { setup, id: read, nullable, key: `${textOf(setup)} ${textOf(read)}` };
}

/** Whether the handler itself looks whether anybody is signed in. */
const isChecked = (fn: Fn, node: ts.Node, root: string): boolean => node.getText().includes("?.") || leavesWithout(fn, node.getText(), root);

/** Whether a handler leaves where a step on the way to the id is missing. */
function leavesWithout(fn: Fn, text: string, root: string): boolean {
  const steps = text.split(".").slice(0, -1).map((_, i, all) => all.slice(0, i + 1).join("."));
  const checked = steps.length > 0 ? steps : [root];
  const body = fn.body?.getText() ?? "";
  return checked.some((one) => new RegExp(`if\\s*\\([^{};]*!\\s*${one.replace(/[.*+?^$()[\]\\|]/g, "\\$&")}\\b[^{};]*\\)\\s*\\{?\\s*(?:await\\s+)?(?:return|throw|\\w*[eE]rror\\w*\\(|redirect\\(|abort\\()`).test(body));
}

/** `locals.user?.id`, and `session?.user?.id` where the session itself may be missing. */
function optional(id: Code, isLocal: boolean): Code {
  const dots = isLocal ? /(?<!\?)\.(?=\w)/g : /(?<!\?)\.(?=\w+$)/g;
  return { parts: id.parts.map((part) => (typeof part === "string" ? part.replace(/!(?=\.)/g, "").replace(dots, "?.") : part)) };
}

/** The way most handlers take; of two equally usual ones the one that reads the id, else the first. */
export function mostUsual<T extends { readonly key: string; readonly guessed?: boolean }>(ways: readonly T[]): T | undefined {
  const count = (key: string): number => ways.filter((one) => one.key === key).length;
  return [...new Map(ways.map((one) => [one.key, one])).values()].sort((a, b) => count(b.key) - count(a.key) || Number(a.guessed ?? false) - Number(b.guessed ?? false))[0];
}

/** The user as a handler's own context gives it, for a place inside that handler: the way it is read there, else the way the app reads it. */
export function readAt(app: App, fn: Fn, context: Renames, others: () => readonly Way[], node?: ts.Node): UserExpression | undefined {
  const own = byRead(app, fn, Object.fromEntries(Object.keys(context).map((name) => [name, name])));
  if (own && own.setup.parts.length === 0) return expression(own, {});
  const ways = others();
  const kept = node && keptHere(app, fn, context, ways, node);
  if (kept) return kept;
  const usual = mostUsual(ways.filter(({ setup }) => setup.parts.length === 0));
  const back = Object.fromEntries(Object.entries(context).map(([here, there]) => [there, here]));
  return usual && expression(usual, back);
}

/** What the handler keeps in front of `node` and others read the id off: `const session = await locals.getSession();` */
function keptHere(app: App, fn: Fn, context: Renames, ways: readonly Way[], node: ts.Node): UserExpression | undefined {
  const statements = fn.body && ts.isBlock(fn.body) ? fn.body.statements.filter((one) => one.end <= node.pos) : [];
  for (const { name, initializer } of statements.filter(ts.isVariableStatement).flatMap((one) => [...one.declarationList.declarations])) {
    const value = ts.isIdentifier(name) && initializer ? carried(app, initializer, context) : undefined;
    const setup = value && textOf(code`const ${name.getText()} = ${value};`);
    const way = setup === undefined ? undefined : mostUsual(ways.filter((one) => one.guessed !== true && textOf(one.setup) === setup));
    if (!way) continue;
    const plain = textOf(way.id).replace(/[?!](?=\.)/g, "");
    const isSure = leavesWithout(fn, plain, name.getText());
    const text = isSure ? plain : plain.replace(/\./g, "?.");
    return { id: raw(text), text, ...(!isSure && { nullable: true }) };
  }
  return undefined;
}

function expression(way: Way, names: Renames): UserExpression | undefined {
  const text = textOf(way.id);
  const [there, here] = Object.entries(names).find(([one]) => text.startsWith(one) && /^[?!]?\./.test(text.slice(one.length))) ?? [];
  if (there === undefined && Object.keys(names).length > 0) return undefined;
  const read = there === undefined ? text : `${here}${text.slice(there.length)}`;
  return { id: raw(read), text: read, ...(way.nullable && { nullable: true }) };
}

// ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const isName = (id: Code): boolean => id.parts.length === 1 && typeof id.parts[0] === "string" && /^\w+$/.test(id.parts[0]);

/** The user's id in a new handler, once `signedIn` stands in front. */
export const idOf = (user: CurrentUser): Code => (user.nullable && !isName(user.id) ? raw("userId") : user.id);

/** Statements that find out who is signed in; `deny` answers 401 and leaves. */
export function signedIn(user: CurrentUser, deny: Code): readonly Code[] {
  const setup = user.setup.parts.length > 0 ? [user.setup] : [];
  if (!user.nullable) return setup;
  const named = isName(user.id) ? [] : [code`const userId = ${user.id};`];
  const several = deny.parts.some((part) => typeof part === "string" && part.includes("\n"));
  return [...setup, ...named, several ? code`if (!${idOf(user)}) {\n  ${deny}\n}` : code`if (!${idOf(user)}) ${deny}`];
}

/** Statements as the lines of a block. */
export const lines = (statements: readonly Code[], indent = "  "): Code =>
  joinCode(statements.filter((one) => one.parts.length > 0).map((line) => joinCode([raw(indent), { parts: line.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, `\n${indent}`) : part)) }], "")), "\n");

/**
 * What a handler of ours takes where a framework gives one object: the parts of it that the code reads (`{ locals }`), or the object as it
 * is where that is handed on. `root` is the object's name in the code, `parts` are the members that may be taken out.
 */
export function parametersFor(statements: readonly Code[], root: string, parts: readonly string[]): { readonly parameter: string; readonly code: (one: Code) => Code } {
  const text = statements.map(textOf).join("\n");
  const member = `\\b${root}\\.(${parts.join("|")})\\b`;
  const used = [...new Set([...text.matchAll(new RegExp(member, "g"))].map((match) => match[1] ?? ""))];
  if (new RegExp(`\\b${root}\\b(?!\\.(?:${parts.join("|")})\\b)`).test(text)) return { parameter: root, code: (one) => one };
  const taken = new RegExp(`\\b${root}\\.(?=(?:${parts.join("|")})\\b)`, "g");
  return { parameter: used.length > 0 ? `{ ${used.join(", ")} }` : "", code: (one) => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(taken, "") : part)) }) };
}

/** The names that a handler takes from that object, and what they are on it: `{ request, locals: { user } }` is `args.request` and `args.locals.user`. */
export function contextOn(fn: Fn, root: string): Record<string, string> {
  const name = fn.parameters[0]?.name;
  return name ? namesIn(name, root) : {};
}

function namesIn(name: ts.BindingName, path: string): Record<string, string> {
  if (ts.isIdentifier(name)) return { [name.text]: path };
  if (!ts.isObjectBindingPattern(name)) return {};
  const parts = name.elements.filter((one) => !one.dotDotDotToken && (one.propertyName === undefined || ts.isIdentifier(one.propertyName)));
  return Object.assign({}, ...parts.map((one) => namesIn(one.name, `${path}.${(one.propertyName ?? one.name).getText()}`))) as Record<string, string>;
}
