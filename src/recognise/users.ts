import type { UserExpression } from "../domain.ts";
import type { UserPattern } from "../adapters/define.ts";
import { raw } from "../code/code.ts";
import type { App } from "../source/app.ts";
import { functionsAround, type Fn } from "../source/typescript/functions.ts";
import { pathOf } from "../source/typescript/origin.ts";
import { ts, walk } from "../source/typescript/parse.ts";
import { visibleNames, type Binding } from "../source/typescript/scope.ts";

/** A way to say who the user is at a place, and how much it is worth. */
interface Candidate extends UserExpression {
  readonly score: number;
}

const ID = /^(?:id|_id|userId|uid|sub|user_id)$/;
const USERISH = /^(?:user|currentUser|authUser|dbUser|loggedInUser|sessionUser|existingUser|account|me|profile|principal|viewer)$/;
const SESSIONISH = /^(?:session|auth|authSession|token|payload|decoded|claims)$/;
const IDISH = /^(?:userId|user_id|userID|uid|currentUserId|authUserId|accountId|ownerId|clerkId|clerkUserId)$/;

/**
 * Who the user is at `node`, by what is in scope there: results of the auth libraries' calls, then the request's user, then names and
 * parameters that say so. Undefined when nothing in scope says who the user is.
 */
export function userAt(app: App, node: ts.Node, patterns: readonly UserPattern[]): UserExpression | undefined {
  const candidates = [...fromBindings(app, node, patterns), ...fromRequest(app, node)];
  candidates.sort((a, b) => b.score - a.score);
  const best = candidates[0];
  if (!best) return undefined;
  const { id, text, nullable } = best;
  return { id, text, ...(nullable !== undefined && { nullable }) };
}

function fromBindings(app: App, node: ts.Node, patterns: readonly UserPattern[]): Candidate[] {
  const own = functionsAround(node);
  return visibleNames(node).flatMap((binding) => {
    if (!isReady(binding, node)) return [];
    const byPattern = byOrigin(app, binding, patterns, node);
    if (byPattern) return [byPattern];
    return isLocal(binding, own) ? byName(binding, node) : [];
  });
}

/** A binding can be used at `node` when it was declared before it, in a scope that has run. */
function isReady(binding: Binding, node: ts.Node): boolean {
  if (ts.isParameter(binding.node)) return true;
  const declaration = topDeclaration(binding.node);
  return declaration.end <= node.getStart();
}

function topDeclaration(node: ts.Node): ts.Node {
  let at = node;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return at;
}

/** Declared by a function around the node, not at the top of the file. */
const isLocal = (binding: Binding, own: readonly Fn[]): boolean => own.some((fn) => binding.node.pos >= fn.pos && binding.node.end <= fn.end);

function byOrigin(app: App, binding: Binding, patterns: readonly UserPattern[], node: ts.Node): Candidate | undefined {
  if (ts.isFunctionDeclaration(binding.node) || ts.isClassDeclaration(binding.node) || ts.isImportSpecifier(binding.node) || ts.isImportClause(binding.node)) return undefined;
  const origin = app.originOf(binding.node);
  if (origin?.kind !== "package") return undefined;
  const path = pathOf(origin);
  for (const pattern of patterns) {
    if (!pattern.package.some((name) => name === origin.package || name === origin.specifier)) continue;
    const head = new RegExp(`^${pattern.path}`).exec(path)?.[0];
    if (head === undefined) continue;
    const done = path.slice(head.length).replace(/^\./, "");
    if (done !== "" && pattern.id !== done && !pattern.id.startsWith(`${done}.`)) continue;
    const rest = pattern.id.slice(done.length).replace(/^\./, "");
    const text = read(binding.name, rest, pattern.nullable && !isGuarded(binding, node));
    return { id: raw(text), text, nullable: text.includes("?.") || (pattern.nullable && rest === "" && !isGuarded(binding, node)), score: 100 - rest.split(".").length };
  }
  return undefined;
}

/** `name.user.id`, with `?.` where it may be missing. */
const read = (name: string, rest: string, optional: boolean): string => (rest === "" ? name : optional ? `${name}?.${rest.split(".").join("?.")}` : `${name}.${rest}`);

/** Whether an `if (!name …) return/throw/redirect` stands between the binding and the node. */
function isGuarded(binding: Binding, node: ts.Node): boolean {
  const from = topDeclaration(binding.node).end;
  const to = node.getStart();
  const fn = functionsAround(topDeclaration(binding.node))[0];
  let guarded = false;
  if (fn)
    walk(fn, (at) => {
      if (!ts.isIfStatement(at) || at.pos < from || at.end > to) return;
      const leaves = /\b(?:return|throw|redirect|notFound|unauthorized|forbidden|error)\b/.test(at.thenStatement.getText());
      if (leaves && new RegExp(`![(\\s]*${binding.name}\\b|\\b${binding.name}\\b[\\w?.!]*\\s*===?\\s*(?:null|undefined)`).test(at.expression.getText())) guarded = true;
    });
  return guarded;
}

/** A local variable or parameter whose name says that it is a user, a session or an id. */
function byName(binding: Binding, node: ts.Node): Candidate[] {
  const { name } = binding;
  if (IDISH.test(name)) return [{ id: raw(name), text: name, score: name === "userId" ? 70 : 62 }];
  if (!USERISH.test(name) && !SESSIONISH.test(name)) return [];
  const used = usedPath(binding, node);
  if (used) return [{ id: raw(used), text: used, score: USERISH.test(name) ? 66 : 60 }];
  if (!USERISH.test(name) || /^(?:account|profile|me)$/.test(name)) return [];
  return [{ id: raw(`${name}.id`), text: `${name}.id`, score: 50 }];
}

/** The path to an id that the code around already reads from a name: `session.user.id`. */
function usedPath(binding: Binding, node: ts.Node): string | undefined {
  const scope = functionsAround(node).at(-1) ?? node.getSourceFile();
  const counts = new Map<string, number>();
  walk(scope, (at) => {
    if (!ts.isPropertyAccessExpression(at) || !ID.test(at.name.text) || ts.isPropertyAccessExpression(at.parent)) return;
    const text = at.getText().replace(/[!\s]/g, "");
    if (text.startsWith(`${binding.name}.`) || text.startsWith(`${binding.name}?.`)) counts.set(text, (counts.get(text) ?? 0) + 1);
  });
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}

const REQUEST = /^(?:req|request|ctx|context|c)$/;
const ON_REQUEST = /\b(req|request|ctx|context)((?:\??\.(?:state|locals|session|auth|user|currentUser|account|passport))+)\??!?\.(id|_id|userId|uid|sub|user_id)\b|\b(req|request|ctx)\??\.(userId|user_id|uid)\b/g;

/** The user that middleware put on the request: the way this handler reads it, else the way the app does. */
function fromRequest(app: App, node: ts.Node): Candidate[] {
  const request = visibleNames(node).find((one) => ts.isParameter(one.node) && REQUEST.test(one.name));
  if (!request) return [];
  const handler = functionsAround(node).find((fn) => request.node.parent === fn);
  const here = handler ? expressionsIn(handler.getText(), request.name) : [];
  if (here[0] !== undefined) return [{ id: raw(here[0]), text: here[0], score: 90 }];
  const usual = usualExpression(app, request.name);
  return usual === undefined ? [] : [{ id: raw(usual), text: usual, score: 40, nullable: true }];
}

/** Expressions for the user's id in a text, most frequent first, `!` left out. */
function expressionsIn(text: string, name: string): string[] {
  const counts = new Map<string, number>();
  for (const match of text.matchAll(ON_REQUEST)) {
    if ((match[1] ?? match[4]) !== name) continue;
    const found = match[0].replace(/!/g, "");
    counts.set(found, (counts.get(found) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1]).map(([found]) => found);
}

const usual = new WeakMap<App, Map<string, string | undefined>>();

function usualExpression(app: App, name: string): string | undefined {
  const table = usual.get(app) ?? new Map<string, string | undefined>();
  usual.set(app, table);
  if (!table.has(name)) {
    const all = app.code.scripts.flatMap((file) => expressionsIn(app.repo.text(file) ?? "", name));
    const counts = new Map<string, number>();
    for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
    table.set(name, [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]);
  }
  return table.get(name);
}
