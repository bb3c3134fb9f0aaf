import type { Code, Edit, Signup, SignupKind } from "../domain.ts";
import type { Creation } from "../adapters/define.ts";
import type { App } from "../source/app.ts";
import { code } from "../code/code.ts";
import { callersOf, type Caller } from "../source/typescript/callers.ts";
import { functionsAround, isFn, lastName, symbolAt, type Fn } from "../source/typescript/functions.ts";
import { isHeld, type NotHeld } from "../source/typescript/held.ts";
import { valueIn } from "../source/typescript/options.ts";
import { bare, lineOf, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";
import { handlerAround, userOf, type Recognition } from "./context.ts";
import { storedField } from "./fields.ts";
import { unfinished } from "./unfinished.ts";
import { isForNobody, judge } from "./judge.ts";
import { givenBack, joinPaths, keep, transactionAround, type KeepOptions, type Kept, type Reach } from "./keep.ts";
import { wiredIn } from "./wired.ts";

/** Every place where a new account has just been stored: creations in the app's own code, and hooks of its auth libraries. */
export function findSignups(recognition: Recognition): readonly Signup[] {
  const hooks = recognition.auth.flatMap(({ adapter }) => adapter.signups?.(recognition.app, recognition.userModel) ?? []);
  const keeper = hooks.find(({ tool }) => KEEPS_USERS.test(tool));
  const stored = recognition.datastores.flatMap(({ id, adapter }) => adapter.creations(recognition.app, recognition.userModel).flatMap((creation) => sitesOf({ recognition, tool: id, creation, ...(keeper && { keeper }) })));
  // A hook that runs at every sign-in meets the accounts of all other places as well.
  const everySignIn = hooks.find((hook) => hook.kind === "auth-event" && /signIn/i.test(hook.symbol));
  const others = everySignIn ? stored.map((site) => ({ ...site, confidence: Math.min(site.confidence, 0.45), evidence: [...site.evidence, ...everySignIn.evidence] })) : stored;
  return dedupe([...hooks, ...others]).sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** Auth libraries that store every user in the app's own tables before anybody is signed in. */
const KEEPS_USERS = /^(?:better-auth|next-auth)$/;

/** One site for each statement: a hook that an auth library knows better than the data store wins. */
function dedupe(sites: readonly Signup[]): Signup[] {
  const seen = new Map<string, Signup>();
  for (const site of sites) {
    const key = `${site.file}:${site.line}`;
    if (!seen.has(key)) seen.set(key, site);
  }
  return [...seen.values()];
}

/** A creation, and what is needed to speak of it. */
interface Found {
  readonly recognition: Recognition;
  readonly tool: string;
  readonly creation: Creation;
  /** The hook of an auth library that stores users itself. */
  readonly keeper?: Signup;
}

/** A call whose result leads to the new user: the creation itself, the transaction around it, or a call of the function it stands in. */
interface Source {
  readonly node: ts.Expression;
  readonly kept: Kept | NotHeld;
  readonly reach: Reach;
  readonly by: "creation" | Caller["by"];
  /** The calls from here down to the creation, this one first: arguments stand for parameters. */
  readonly calls: readonly (ts.CallExpression | ts.NewExpression)[];
}

/** How a result is kept, by the rules this app is compiled with. */
const keepIn = ({ recognition: { app } }: Found, call: ts.Expression, options: KeepOptions): Kept | NotHeld => keep(call, { ...options, isChecked: isIndexChecked(app) });

const isIndexChecked = (app: App): boolean => app.language === "typescript" && /"noUncheckedIndexedAccess"\s*:\s*true/.test(app.repo.text(app.path("tsconfig.json")) ?? "");

const keyOf = ({ recognition }: Found): string => recognition.userModel?.id.name ?? "id";

function sitesOf(found: Found): Signup[] {
  const { creation } = found;
  const reach: Reach = { row: creation.row, id: creation.id };
  const node = creation.call as ts.Expression;
  const own: Source = { node, reach, by: "creation", calls: [], kept: keepIn(found, node, { reach, chain: creation.chain, self: creation.self, callback: creation.callback }) };
  const outside = alongChain(found, behindTransaction(found, own));
  const lifted = isHandler(found, outside.node) ? [] : throughCallers(found, outside, 0);
  return (lifted.length > 0 ? lifted : [outside]).map((source) => toSite(found, source));
}

/** Whether the innermost named function around a node is one that the framework calls. */
const isHandler = ({ recognition }: Found, node: ts.Node): boolean => {
  const owner = functionsAround(node)[0];
  return owner !== undefined && handlerAround(recognition, node)?.fn === owner;
};

/** A creation inside `$transaction(async (tx) => …)` is billed behind it: the row is not there before, and the lock must not wait for us. */
function behindTransaction(found: Found, own: Source): Source {
  const around = transactionAround(own.node);
  if (!around) return listed(found, own) ?? own;
  const given = givenFrom(own, around.fn, keyOf(found));
  const node = around.call as ts.Expression;
  if (!given) return { ...own, kept: { as: "none", reason: "the user is stored in a transaction that does not give the user back", node } };
  return { ...own, node, reach: given, kept: keepIn(found, node, { reach: given }) };
}

/** `.then(() => { … return user.save(); }).then((saved) => …)`: the next callback of the chain is given the user. */
function alongChain(found: Found, source: Source): Source {
  const owner = functionsAround(source.node)[0];
  const at = owner && wrapped(owner);
  const then = at && ts.isCallExpression(at.parent) && at.parent.arguments[0] === at && /\.then$/.test(at.parent.expression.getText()) ? at.parent : undefined;
  if (!then || !isHeld(source.kept) || source.kept.as !== "returned") return source;
  const kept = keepIn(found, then, { reach: source.reach });
  return isHeld(kept) && kept.as === "chained" ? { ...source, kept } : source;
}

/** `const [user] = await prisma.$transaction([prisma.user.create(…), …])`: the list's place of the creation. */
function listed(found: Found, own: Source): Source | undefined {
  const at = wrapped(own.node);
  const list = ts.isArrayLiteralExpression(at.parent) ? at.parent : undefined;
  const call = list && ts.isCallExpression(list.parent) && /(?:\$transaction|Promise\.all|batch)$/.test(list.parent.expression.getText()) ? list.parent : undefined;
  if (!list || !call) return undefined;
  const reach = below(`[${list.elements.indexOf(at as ts.Expression)}]`, own.reach);
  return { ...own, node: call, reach, kept: keepIn(found, call, { reach }) };
}

const below = (head: string, { row, id }: Reach): Reach => ({ row: row === undefined ? undefined : joinPaths(head, row), id: id === undefined ? undefined : joinPaths(head, id) });

/** What a function gives back of the user that `source` stores in it. */
function givenFrom(source: Source, fn: Fn, key: string): Reach | undefined {
  if (!isHeld(source.kept)) return undefined;
  if (source.kept.as === "returned") return source.reach;
  const name = source.reach.row === undefined ? source.kept.read("") : source.kept.read(source.reach.row);
  const text = name?.parts.length === 1 && typeof name.parts[0] === "string" ? name.parts[0] : undefined;
  const shape = text === undefined ? undefined : givenBack(fn, text, key);
  if (!shape) return undefined;
  return source.reach.row === undefined ? below(shape.row ?? "", source.reach) : shape;
}

/** The calls of the function a user is stored in, where they are the better place: see `isPassedOn`. */
function throughCallers(found: Found, source: Source, depth: number): Source[] {
  const owner = functionsAround(source.node)[0];
  const given = owner && givenFrom(source, owner, keyOf(found));
  if (!owner || !given || depth > 3 || (found.creation.widen && owner.type)) return [];
  const callers = callersOf(found.recognition.app.code, found.recognition.app.originOf, owner).filter(({ call }) => ts.isCallExpression(call) && !isBrowser(call));
  if (!isPassedOn(found, source, owner, callers)) return [];
  return callers.flatMap(({ call, by }): Source[] => {
    const kept = keepIn(found, call, { reach: given });
    const next: Source = { node: call, kept, reach: given, by: source.by === "named" ? "named" : by, calls: [call, ...source.calls] };
    const further = isHeld(kept) && !isHandler(found, call) ? throughCallers(found, next, depth + 1) : [];
    return further.length > 0 ? further : isHeld(kept) ? [next] : [];
  });
}

const isBrowser = (node: ts.Node): boolean => /^\s*(?:\/\/[^\n]*\n\s*)*["']use client["']/.test(node.getSourceFile().text);

/**
 * Whether the function that stores the user only hands it on: it returns the call itself, does nothing else, belongs to the data
 * layer, or also serves callers that are no sign-up.
 */
function isPassedOn({ recognition: { app } }: Found, source: Source, owner: Fn, callers: readonly Caller[]): boolean {
  if (alsoGivesKnown(owner, source.node)) return false;
  if (isHeld(source.kept) && source.kept.as === "returned") return true;
  const statements = owner.body && ts.isBlock(owner.body) ? owner.body.statements.length : 1;
  if (statements <= 2 || /(?:repositor(?:y|ies)|queries|(?:^|\/)daos?\/|\.dao|data-?access)/i.test(owner.getSourceFile().fileName)) return true;
  const forNobody = callers.filter(({ call }) => isForNobody(app, call)).length;
  return forNobody > 0 && forNobody < callers.length;
}

/** Find or create: another `return existing` gives a user who is there already, and callers cannot tell the two apart. */
function alsoGivesKnown(owner: Fn, created: ts.Node): boolean {
  let known = false;
  if (owner.body)
    walk(owner.body, (node) => {
      if (isFn(node)) return false;
      const given = ts.isReturnStatement(node) && node.expression ? bare(node.expression) : undefined;
      const value = given && ts.isElementAccessExpression(given) ? bare(given.expression) : given;
      const declared = value && ts.isIdentifier(value) ? lookup(value.text, value)?.node : undefined;
      const first = declared && ts.isVariableDeclaration(declared) && declared.end <= created.pos && declared.initializer ? bare(declared.initializer) : undefined;
      if (first && ts.isCallExpression(first) && /find|get|select|query|fetch|lookup|by[A-Z]/i.test(lastName(first.expression))) known = true;
      return undefined;
    });
  return known;
}

/** Whether a new row's key is read from an auth library's session: `.values({ id: session.user.id })`. */
function isSignedIn(found: Found): boolean {
  const { creation: { fields }, recognition: { app, auth } } = found;
  const given = fields && valueIn(fields, keyOf(found));
  const origin = given && app.originOf(given);
  return origin?.kind === "package" && origin.path.includes("()") && auth.some(({ adapter }) => adapter.packages.includes(origin.package));
}

/** Whether somebody's session was asked for above a creation. */
const isBySomebody = ({ recognition }: Found, node: ts.Node): boolean => /^\w*(?:session|currentUser)\b/i.test(userOf(recognition, node)?.text ?? "");

function toSite(found: Found, source: Source): Signup {
  const { recognition: { app, userModel }, creation, tool } = found;
  const { node, kept, reach } = source;
  const tree = node.getSourceFile();
  const around = handlerAround(found.recognition, node);
  const symbol = around?.handler.symbol ?? strategyAround(node) ?? symbolAt(node);
  const judged = judge(app, node, symbol, around?.handler.route);
  const row = (column: string): Code | undefined => (isHeld(kept) && reach.row !== undefined && (creation.columns?.includes(column) ?? true) ? kept.read(joinPaths(reach.row, column)) : undefined);
  const given = (column: string | undefined): Code | undefined => storedField(creation, source.calls, column, kept.node);
  const givenId = given(keyOf(found));
  const id = givenId ?? (isHeld(kept) && reach.id !== undefined ? kept.read(reach.id) : row(keyOf(found)));
  // Where the key is known anyway, nothing is asked of a result that the code throws away.
  const isThrownAway = givenId !== undefined && isHeld(kept) && kept.as === "discarded";
  const named = (column: string | undefined): Code | null => given(column) ?? (column === undefined || isThrownAway ? undefined : row(column)) ?? null;
  // A row under the key of somebody who is signed in mends what is missing: the library stored that user before, and its hook knew.
  // So is an account that somebody who is signed in makes for another: a pupil's, a colleague's.
  const mends = found.keeper && (isSignedIn(found) || isBySomebody(found, node)) ? found.keeper : undefined;
  return {
    file: tree.fileName,
    line: lineOf(tree, node.getStart(tree)),
    symbol,
    kind: kindOf(around?.handler.kind, symbol, tree.fileName),
    tool,
    user: { id: id ? inType(found, id) : null, email: named(userModel?.email), name: named(userModel?.displayName) },
    confidence: Math.min(judged.confidence, source.by === "named" ? 0.6 : 1, mends ? 0.4 : 1),
    evidence: [app.at(node), ...(node === creation.call ? [] : [app.at(creation.call)]), ...judged.evidence, ...(mends ? mends.evidence : [])],
    wired: wiredIn(node),
    group: `${creation.call.getSourceFile().fileName}:${creation.call.getStart()}`,
    ...(around && { handler: around.handler }),
    ...unfinished(app, node, around?.fn),
    ...placement(source, givenId ? [] : (creation.widen ?? []), id),
  };
}

/** `GoogleStrategy` for the callback of `new GoogleStrategy(options, async (…) => …)`. */
function strategyAround(node: ts.Node): string | undefined {
  const made = functionsAround(node).map((fn) => wrapped(fn).parent).find((parent): parent is ts.NewExpression => ts.isNewExpression(parent) && /Strategy$/.test(parent.expression.getText()));
  return made?.expression.getText();
}

/** Mongoose types a key as `unknown` or as an object: text is what the type of a customer's user id takes. */
function inType({ recognition: { app, userModel } }: Found, id: Code): Code {
  return userModel?.id.type === "objectid" && app.language === "typescript" ? code`String(${id})` : id;
}

function placement({ kept }: Source, widen: readonly Edit[], id: Code | undefined): Pick<Signup, "place" | "reason"> {
  if (!isHeld(kept)) return { reason: kept.reason };
  if (!id) return { reason: "the new row's id is not known here" };
  return { place: (statements) => [...widen, ...kept.place(statements)] };
}

function kindOf(handler: string | undefined, symbol: string, file: string): SignupKind {
  if (/webhook/i.test(file)) return "webhook";
  if (/passport|strategy/i.test(file) || /strategy|passport/i.test(symbol)) return "passport-strategy";
  if (handler === "server-action") return "server-action";
  if (handler === "route" || handler === "api-route" || handler === "procedure") return /callback/i.test(file) ? "auth-callback" : "route-handler";
  return "service-function";
}
