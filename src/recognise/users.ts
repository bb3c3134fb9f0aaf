import type { UserExpression } from "../domain.ts";
import type { FrameworkAdapter, UserPattern } from "../adapters/define.ts";
import { raw } from "../code/code.ts";
import type { App } from "../source/app.ts";
import { ID, mostRead, requestReads, requestUserRead } from "../source/request-users.ts";
import { functionsAround, isFn, type Fn } from "../source/typescript/functions.ts";
import { pathOf } from "../source/typescript/origin.ts";
import { bare, ts, walk } from "../source/typescript/parse.ts";
import { visibleNames, type Binding } from "../source/typescript/scope.ts";
import { valueOf } from "../source/typescript/values.ts";
import { jobUser, parameterOf } from "./jobs.ts";
import { isPrompt } from "./prompts.ts";
import { isSent } from "./sent.ts";

/** A way to say who the user is at a place, and how much it is worth. */
interface Candidate extends UserExpression {
  readonly score: number;
}

const USERISH = /^(?:user|currentUser|authUser|dbUser|loggedInUser|sessionUser|existingUser|userData|userDetails|account|me|profile|principal|viewer|member)$/;
const SESSIONISH = /^(?:session|auth|authSession|token|payload|decoded|claims|decodedToken|metadata)$/;
const IDISH = /^(?:userId|user_id|userID|userid|uid|currentUserId|authUserId|accountId|ownerId|clerkId|clerkUserId)$/;

/**
 * Who the user is at `node`, by what is in scope there: results of the auth libraries' calls, then the request's user, then names and
 * parameters that say so. Never what the browser sent about itself. Undefined when nothing in scope says who the user is.
 */
export function userAt(app: App, node: ts.Node, patterns: readonly UserPattern[], framework: Pick<FrameworkAdapter, "isGuarded" | "isDeclaredOpen">): UserExpression | undefined {
  if (claimedUser(app, node, patterns) !== undefined) return undefined;
  const candidates = [...fromBindings(app, node, patterns), ...fromRequest(app, node, framework)];
  const best = candidates.sort((a, b) => b.score - a.score)[0];
  if (!best) return undefined;
  const { id, text, nullable } = best;
  return { id, text, ...(nullable === true && { nullable }) };
}

function fromBindings(app: App, node: ts.Node, patterns: readonly UserPattern[]): Candidate[] {
  const own = functionsAround(node);
  return visibleNames(node).flatMap((binding) => {
    if (!isReady(binding, node)) return [];
    const byPattern = byOrigin(app, binding, patterns, node);
    if (byPattern !== undefined) return byPattern;
    if (!isLocal(binding, own)) return [];
    return [...byJob(app, binding), ...(isSent(app, binding) ? [] : [...byName(app, binding, node), ...byOwner(binding, node)])];
  });
}

/** What a queue hands to a job. Names in scope that say who the user is stand before it. */
function byJob(app: App, binding: Binding): Candidate[] {
  const text = jobUser(app, binding);
  return text === undefined ? [] : [{ id: raw(text), text, nullable: text.includes("?."), score: 45 }];
}

/** A row whose owner the code around reads already: `bookmark.userId` in a worker. Only where nobody is signed in. */
function byOwner(binding: Binding, node: ts.Node): Candidate[] {
  if (REQUEST.test(binding.name) || SESSIONISH.test(binding.name)) return [];
  const scope = functionsAround(node).at(-1);
  const found = scope && new RegExp(`(?<![\\w$.])${binding.name.replace(/\$/g, "\\$")}[?!]?\\.(userId|user_id|ownerId|user\\.id)\\b`).exec(scope.getText());
  if (!found) return [];
  return [{ id: raw(found[0]), text: found[0], nullable: found[0].includes("?."), score: 30 }];
}

/** A binding can be used at `node` when it was declared before it, in a scope that has run. */
function isReady(binding: Binding, node: ts.Node): boolean {
  if (ts.isParameter(binding.node)) return true;
  return topDeclaration(binding.node).end <= node.getStart();
}

function topDeclaration(node: ts.Node): ts.Node {
  let at = node;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isParameter(at) ? at.name : at;
}

/** The name that holds what the auth library says in one branch, and the sender's word in another: `let userId;`. Whom to bill there is not for us to say. */
export function claimedUser(app: App, node: ts.Node, patterns: readonly UserPattern[]): string | undefined {
  const isClaimed = (binding: Binding): boolean => ts.isVariableDeclaration(binding.node) && (binding.node.parent.flags & ts.NodeFlags.Const) === 0 && isReady(binding, node) && isSent(app, binding);
  return visibleNames(node).find((binding) => isClaimed(binding) && (byOrigin(app, binding, patterns, node) ?? []).length > 0)?.name;
}

/** Declared by a function around the node, not at the top of the file. */
const isLocal = (binding: Binding, own: readonly Fn[]): boolean => own.some((fn) => binding.node.pos >= fn.pos && binding.node.end <= fn.end);

/** By an auth library's call; an empty list when it is one that holds no id in this app. */
function byOrigin(app: App, binding: Binding, patterns: readonly UserPattern[], node: ts.Node): Candidate[] | undefined {
  if (ts.isFunctionDeclaration(binding.node) || ts.isClassDeclaration(binding.node) || ts.isImportSpecifier(binding.node) || ts.isImportClause(binding.node) || ts.isNamespaceImport(binding.node)) return undefined;
  const origin = app.originOf(binding.node);
  if (origin?.kind !== "package") return undefined;
  const path = pathOf(origin);
  for (const pattern of patterns) {
    if (!pattern.package.some((name) => name === origin.package || name === origin.specifier)) continue;
    const head = new RegExp(`^(?:${pattern.path})(?=\\.|$)`).exec(path)?.[0];
    if (head === undefined) continue;
    const whole = pattern.idIn ? pattern.idIn(app) : pattern.id;
    if (whole === undefined) return [];
    const done = path.slice(head.length).replace(/^\./, "");
    if (done !== "" && whole !== done && !whole.startsWith(`${done}.`)) continue;
    const rest = whole.slice(done.length).replace(/^\./, "");
    const open = pattern.nullable && !isGuarded(binding, node) && !isChecked(app, binding);
    // What the code around reads off the same value wins: an app may keep the id elsewhere.
    const own = done === "" ? usedPath(binding, node) : undefined;
    if (own !== undefined && plain(own) !== `${binding.name}.${whole}`) {
      const declared = topDeclaration(binding.node);
      const text = isTested(plain(own), declared.end, functionsAround(declared)[0], node) ? own.replaceAll("?.", ".") : own;
      return [{ id: raw(text), text, nullable: text.includes("?."), score: 97 }];
    }
    const text = read(binding.name, rest, open) + (!open && pattern.loose?.(app) === true && app.language === "typescript" ? "!" : "");
    return [{ id: raw(text), text, nullable: open, score: 100 - (rest === "" ? 0 : rest.split(".").length) }];
  }
  return undefined;
}

const plain = (text: string): string => text.replace(/[?!](?=\.)|!$/g, "");

/** Given by a function of the app that throws or leaves when nobody is signed in. */
function isChecked(app: App, { node }: Binding): boolean {
  const declaration = ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent) ? node.parent.parent : node;
  const call = ts.isVariableDeclaration(declaration) && declaration.initializer ? bare(declaration.initializer) : undefined;
  const fn = call && ts.isCallExpression(call) ? valueOf(app, call.expression) : undefined;
  return fn !== undefined && isFn(fn) && /\bthrow\b|\bredirect\(/.test(fn.getText()) && !NOBODY.test(fn.getText());
}

const NOBODY = /\breturn\s*(?:null|undefined)\b|\breturn\s*;|\?\?\s*null\b/;

/** `name.user.id`, with `?.` where it may be missing. */
const read = (name: string, rest: string, optional: boolean): string => (rest === "" ? name : optional ? `${name}?.${rest.split(".").join("?.")}` : `${name}.${rest}`);

/** Whether an `if (!name …) return/throw/redirect` stands between the binding and the node, or the node in an `if (name …)`. */
function isGuarded(binding: Binding, node: ts.Node): boolean {
  return isTested(binding.name, topDeclaration(binding.node).end, functionsAround(topDeclaration(binding.node))[0], node);
}

/** The same for any path, `req.user`, from an offset of a function on. */
function isTested(path: string, from: number, fn: Fn | undefined, node: ts.Node): boolean {
  const name = path.replace(/[$.()]/g, "\\$&").replace(/\\\./g, "[?!]?\\.");
  const missing = new RegExp(`!\\s*\\(?\\s*${name}\\b(?!\\s*\\()|(?<![\\w.])${name}\\b[\\w?.!]*\\s*===?\\s*(?:null|undefined)|\\bnot\\b`);
  const present = new RegExp(`(?<![!\\w.])${name}\\b`);
  for (let at: ts.Node | undefined = node; at?.parent && at !== fn; at = at.parent)
    if (ts.isIfStatement(at.parent) && at.parent.thenStatement === at && present.test(at.parent.expression.getText()) && !missing.test(at.parent.expression.getText())) return true;
  let guarded = false;
  if (fn)
    walk(fn, (at) => {
      if (!ts.isIfStatement(at) || at.pos < from || at.end > node.getStart() || !isPassed(at, node)) return;
      const leaves = /\b(?:return|throw|redirect|notFound|unauthorized|forbidden|permanentRedirect|error)\b/.test(at.thenStatement.getText());
      if (leaves && alternatives(at.expression).some((one) => missing.test(one.getText()))) guarded = true;
    });
  return guarded;
}

/** Whether every way to `node` leads over a statement in front of it: one in a branch, or in a loop, may never have run. */
function isPassed(statement: ts.Node, node: ts.Node): boolean {
  let list = statement.parent;
  while (ts.isBlock(list) && (ts.isBlock(list.parent) || (ts.isTryStatement(list.parent) && list.parent.tryBlock === list))) list = ts.isBlock(list.parent) ? list.parent : list.parent.parent;
  return list.pos <= node.pos && node.end <= list.end;
}

/** What is enough for a condition to hold, each by itself: of `!user || !chat` both, of `!user && !isOpen` neither. */
function alternatives(condition: ts.Expression): readonly ts.Node[] {
  const node = bare(condition);
  if (!ts.isBinaryExpression(node)) return [node];
  if (node.operatorToken.kind === ts.SyntaxKind.BarBarToken) return [...alternatives(node.left), ...alternatives(node.right)];
  return node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken ? [] : [node];
}

/** Whether a function asks of a name whether it holds anything. */
const isAsked = (name: string, fn: Fn | undefined): boolean => fn !== undefined && new RegExp(`\\bif\\s*\\(\\s*!?\\s*${name.replace(/\$/g, "\\$")}\\s*(?:\\)|&&|\\|\\|)`).test(fn.getText());

/** A local variable or parameter whose name says that it is a user, a session or an id. */
function byName(app: App, binding: Binding, node: ts.Node): Candidate[] {
  const { name } = binding;
  if (IDISH.test(name)) return [{ id: raw(name), text: name, score: isRead(binding) ? 91 : name === "userId" ? 70 : 62 }];
  if (ID.test(name) && isTakenOut(binding)) return [{ id: raw(name), text: name, score: 91 }];
  if ((!USERISH.test(name) && !SESSIONISH.test(name)) || isPrompt(binding)) return [];
  const used = usedPath(binding, node);
  if (used !== undefined) {
    const isThere = isGuarded(binding, node);
    const isOpen = !isThere && isAsked(name, functionsAround(node).at(-1)) && used.startsWith(`${name}.`);
    const text = isThere ? used.replaceAll("?.", ".") : isOpen ? used.replace(".", "?.") : used;
    return [{ id: raw(text), text, nullable: text.includes("?."), score: USERISH.test(name) ? 66 : 60 }];
  }
  if (SESSIONISH.test(name)) return [];
  const key = selectedKey(binding) ?? (/^(?:account|profile|me|member)$/.test(name) ? usualKey(app, name) : "id");
  const text = key === undefined || key === "" ? undefined : read(name, key, mayBeMissing(app, binding) && !isGuarded(binding, node));
  return text === undefined ? [] : [{ id: raw(text), text, nullable: text.includes("?."), score: 50 }];
}

/** `const userId = req.user.id`: the signed-in user under a shorter name. */
function isRead({ name, node }: Binding): boolean {
  const declaration = ts.isVariableDeclaration(node) ? node : ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent) ? node.parent.parent : undefined;
  return /user/i.test(name) && /auth|session|token|decoded|payload|clerk|supabase|\b(?:req|request|ctx|c)\b/i.test(declaration?.initializer?.getText() ?? "");
}

/** `const { sub } = c.get("jwtPayload")`: the id alone, taken out of the token or user that a guard has left. */
function isTakenOut({ node }: Binding): boolean {
  const declaration = ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent) ? node.parent.parent : undefined;
  return /\bget\(\s*["'](?:\w*[uU]ser|auth|jwtPayload|token)["']\s*\)!?$|\.(?:var|locals|state|context)\.(?:\w*[uU]ser|auth|jwtPayload|token)!?$/.test(declaration?.initializer?.getText() ?? "");
}

/** The key that a query with a `select` asks for: `clerkId` of `select: { clerkId: true, credits: true }`; empty when it asks for none. */
function selectedKey({ node }: Binding): string | undefined {
  const selected = /\bselect:\s*\{([^{}]*)\}/.exec(ts.isVariableDeclaration(node) ? (node.initializer?.getText() ?? "") : "")?.[1];
  if (selected === undefined || /\bid\s*:\s*true/.test(selected)) return undefined;
  return /\b(clerkId|userId|user_id|authId|uid|_id)\s*:\s*true/.exec(selected)?.[1] ?? "";
}

/** `const user = await getUser()` may hold nobody; a parameter, and what a function gives or throws, does not. */
function mayBeMissing(app: App, { node }: Binding): boolean {
  const call = ts.isVariableDeclaration(node) && node.initializer ? bare(node.initializer) : undefined;
  if (!call || !ts.isCallExpression(call)) return false;
  const fn = valueOf(app, call.expression);
  if (fn && isFn(fn)) return NOBODY.test(fn.getText()) || /\[0\]|find(?:First|Unique|One)\b(?!OrThrow)/.test(fn.getText());
  return /(?:find\w*|get\w*|current\w*)$/i.test(call.expression.getText());
}

/** The key that the app reads from its profiles: `profile.user_id`. */
function usualKey(app: App, name: string): string | undefined {
  const counts = new Map<string, number>();
  for (const file of app.code.mentioning(name))
    for (const match of (app.repo.text(file) ?? "").matchAll(new RegExp(`\\b${name}[?!]?\\.(user_id|userId|uid|clerkId|authId|user\\.id)\\b`, "g"))) counts.set(match[1] ?? "", (counts.get(match[1] ?? "") ?? 0) + 1);
  return mostRead(counts);
}

/** The path to an id that the code around already reads from a name: `session.user.id`. */
function usedPath(binding: Binding, node: ts.Node): string | undefined {
  const scope = functionsAround(node).at(-1) ?? node.getSourceFile();
  const counts = new Map<string, number>();
  walk(scope, (at) => {
    if (!ts.isPropertyAccessExpression(at) || !ID.test(at.name.text)) return;
    const text = at.getText().replace(/[\s]/g, "");
    if (new RegExp(`^${binding.name.replace(/\$/g, "\\$")}[?!]?\\.`).test(text) && !/\(/.test(text)) counts.set(text, (counts.get(text) ?? 0) + 1);
  });
  return mostRead(counts);
}

const REQUEST = /^(?:req|request|ctx|context|c|_req)$/;
const RESPONSE = /^(?:res|response)$/;

/** The user that middleware put on the request, or on the response (`res.locals`): the way this handler reads it, else the way the app does. */
function fromRequest(app: App, node: ts.Node, framework: Pick<FrameworkAdapter, "isGuarded" | "isDeclaredOpen">): Candidate[] {
  const request = visibleNames(node).find((one) => REQUEST.test(one.name) && parameterOf(one.node) !== undefined);
  const parameter = request && parameterOf(request.node);
  if (!request || !parameter) return [];
  const handler = functionsAround(node).find((fn) => parameter.parent === fn);
  const response = handler?.parameters.map((one) => one.name.getText()).find((name) => RESPONSE.test(name));
  const here = handler && mostRead(new Map([request.name, ...(response === undefined ? [] : [response])].flatMap((name) => [...requestReads(app, handler.getText(), name)])));
  if (here !== undefined) {
    const open = here.includes("?.") ? (here.split("?.")[0] ?? here) : here.replace(/!?\.\w+!?$/, "");
    const isKnown = isTested(open, handler?.pos ?? 0, handler, node);
    const text = isKnown ? here.replaceAll("?.", ".") : handler && asksFor(open, handler) ? here.replace(/(?<!\?)\.(\w+)!?$/, "?.$1") : here;
    return [{ id: raw(text), text, nullable: text.includes("?."), score: 90 }];
  }
  const read = requestUserRead(app, request.name);
  const usual = read?.startsWith("res.") === true && response !== "res" ? undefined : read;
  const isGuarded = handler && framework.isGuarded?.(handler, app);
  if (usual === undefined || (handler && isGuarded === false && (standsAlone(handler) || !isEverywhere(app, usual)))) return [];
  const near = isGuarded === true || requestReads(app, node.getSourceFile().text, request.name).has(usual);
  // Nothing near here reads the user: nobody may be signed in, and a type that says so is not narrowed.
  const isSure = near && framework.isDeclaredOpen?.(usual, app) !== true;
  const text = isSure || usual.includes("?.") ? usual : usual.replace(/!?\.(\w+)$/, "?.$1").replace(/^(\w+)\?\./, "$1.");
  return [{ id: raw(text), text, nullable: !isSure || text.includes("?."), score: 40 }];
}

/** Whether a session brings the user to every address; what a guard puts on the request is there behind that guard alone. */
const isEverywhere = (app: App, usual: string): boolean => /^\w+[?!]?\.(?:session|oidc|auth|state)\b/.test(usual) || app.code.mentioning("passport.session(").length > 0;

/** `app.post("/webhook", async (req, res) => …)`, the handler in `asyncHandler(…)` or not: nothing runs between the address and it. */
function standsAlone(fn: Fn): boolean {
  let at: ts.Node = fn;
  while (ts.isCallExpression(at.parent) && ts.isIdentifier(at.parent.expression) && at.parent.arguments.includes(at as ts.Expression)) at = at.parent;
  return ts.isCallExpression(at.parent) && ts.isPropertyAccessExpression(at.parent.expression) && at.parent.arguments.length === 2;
}

/** `if (req.user)`, `req.user ? … : …`, `req.user && …`: a handler that serves people who are not signed in as well. */
function asksFor(path: string, handler: Fn): boolean {
  const name = path.replace(/[$.()]/g, "\\$&");
  return new RegExp(`\\bif\\s*\\(\\s*${name}\\s*\\)|(?<![!\\w.])${name}\\s*(?:\\?(?![.?])|&&)`).test(handler.getText());
}
