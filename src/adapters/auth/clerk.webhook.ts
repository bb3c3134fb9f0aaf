import type { Code, Edit, Signup, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { afterAnchor } from "../../source/typescript/anchors.ts";
import { functionsAround, isFn, type Fn } from "../../source/typescript/functions.ts";
import { heldBy, insert, isHeld } from "../../source/typescript/held.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { wiredBy } from "./hook.extend.ts";
import { placeName } from "./place.name.ts";
import { storesModel } from "./model.stored.ts";
import { atEnd, branchesOf, declaredBefore, type Branch } from "./webhook.branch.ts";

/** The event, as the code around names it, and whether its type is known there to be a new user's. */
interface Event {
  readonly type: string;
  readonly data: string;
  readonly narrowed: boolean;
}

const EVENT = "user.created";

/** Handlers of Clerk's `user.created`: after the app has stored its own row, where it does. */
export function webhookSignups(app: App, model: UserModel | undefined): readonly Signup[] {
  const files = app.code.mentioning(EVENT).filter((file) => !/(?:^|\/)convex\//.test(file) && /clerk|svix|email_addresses/i.test(app.repo.text(file) ?? ""));
  return files.flatMap((file) => {
    const tree = app.code.parse(file);
    return tree ? branchesOf(tree, EVENT).flatMap((branch) => signupIn(app, model, branch)) : [];
  });
}

/** What the code calls the event and its data, from the expression whose value is the event's type. */
function eventOf(type: ts.Node, tested: boolean): Event | undefined {
  const at = bare(type);
  if (ts.isPropertyAccessExpression(at) && at.name.text === "type") {
    const owner = at.expression.getText().replace(/\?$/, "");
    return { type: at.getText(), data: `${owner}.data`, narrowed: tested };
  }
  if (!ts.isIdentifier(at)) return undefined;
  const declared = lookup(at.text, at)?.node;
  if (declared && ts.isVariableDeclaration(declared) && declared.initializer) return { ...(eventOf(declared.initializer, false) ?? { type: at.text, data: "" }), narrowed: false };
  if (!declared || !ts.isBindingElement(declared) || !ts.isObjectBindingPattern(declared.parent) || !ts.isVariableDeclaration(declared.parent.parent)) return undefined;
  const data = declared.parent.elements.find((one) => (one.propertyName ?? one.name).getText() === "data" && ts.isIdentifier(one.name));
  // A union that is taken apart narrows with it.
  return data ? { type: at.text, data: data.name.getText(), narrowed: tested } : { type: at.text, data: `${declared.parent.parent.initializer?.getText() ?? ""}.data`, narrowed: false };
}

function signupIn(app: App, model: UserModel | undefined, { body, tested, alone }: Branch): Signup[] {
  const event = eventOf(tested, alone);
  if (!event || event.data === "" || event.data === ".data") return [];
  const stored = storingCall(body);
  // What another function stores is found there.
  if (stored && model && storesElsewhere(app, stored, model)) return [];
  const place = stored ? afterStoring(stored) : atEnd(body);
  const at = stored ?? body;
  const tree = body.getSourceFile();
  const fn = functionsAround(body)[0];
  const scope = stored ?? body.statements.at(-1) ?? body;
  const isFree = event.narrowed || /\.[cm]?jsx?$/.test(tree.fileName);
  const user = userOf(scope, event.data, isFree);
  // The type of the event's data is known only next to a test of the event's own type.
  const guarded = (statements: Code): Code => (isFree || user.taken ? statements : code`if (${event.type.includes(".") ? event.type : `${event.data.replace(/\.data$/, "")}.type`} === "${EVENT}") {\n  ${statements}\n}`);
  return [{
    file: tree.fileName, line: lineOf(tree, at.getStart(tree)), symbol: placeName(body), kind: "webhook", tool: "clerk", hook: "extend",
    confidence: 0.95, evidence: [app.at(at)], wired: fn ? wiredBy(body) : [], user: user.is,
    ...(place ? { place: (statements: Code): readonly Edit[] => place(guarded(statements)) } : { reason: "no statement may be added where the new user is known" }),
  }];
}

const STORING = /(?:^|[.\s])(?:create|insert|upsert|save|sync|register|store|add|handle|findOrCreate|findOneAndUpdate|findByIdAndUpdate)\w*(?:<[^>]*>)?$/i;
const OTHERS = /\b(?:clerkClient|stripe|console|logger|resend|posthog|inngest|analytics|mail\w*|email\w*)\b/i;

/** The first call of the branch that stores the user: `prisma.user.create(…)`, `await createUser(…)`, `user.save()`. */
function storingCall(body: ts.Node): ts.CallExpression | undefined {
  let found: ts.CallExpression | undefined;
  walk(body, (node) => {
    if (isFn(node)) return false;
    const isAwaited = ts.isCallExpression(node) && isKept(node);
    if (!found && isAwaited && calleeTexts(node).some((text) => STORING.test(text) && !OTHERS.test(text))) found = node;
    return undefined;
  });
  return found;
}

/** The whole chain is waited for: `await db.insert(users).values(…)`. */
function isKept(call: ts.CallExpression): boolean {
  return ts.isAwaitExpression(call.parent);
}

function calleeTexts(call: ts.CallExpression): string[] {
  const texts: string[] = [];
  for (let at: ts.Node = call; ; ) {
    if (ts.isCallExpression(at)) {
      texts.push(at.expression.getText());
      at = at.expression;
    } else if (ts.isPropertyAccessExpression(at)) at = at.expression;
    else return texts;
  }
}

/** The call goes to a function of the app that stores the user's row itself. */
function storesElsewhere(app: App, call: ts.CallExpression, model: UserModel): boolean {
  const origin = app.originOf(call.expression);
  return origin?.kind === "function" && "body" in origin.node && storesModel((origin.node as Fn).getText(), model);
}

function afterStoring(call: ts.CallExpression): ((statements: Code) => readonly Edit[]) | undefined {
  const held = heldBy(call, { fresh: "stored" });
  if (isHeld(held)) return held.place;
  const after = afterAnchor(call);
  return after && ((statements) => insert(after, statements));
}

/** The new user's fields in the names that the code around has for them; `taken` when no other field is read. */
function userOf(at: ts.Node, data: string, isFree: boolean): { readonly is: Signup["user"]; readonly taken: boolean } {
  const names = namesOf(at, data);
  const root = names.get("") ?? data;
  const field = (name: string): string => names.get(name) ?? `${root}.${name}`;
  const email = named(at, /^(?:primary_?)?email(?:_?address)?$/i) ?? `${field("email_addresses")}[0]?.email_address`;
  const name = named(at, /^(?:full_?|display_?)?name$/i) ?? `[${field("first_name")}, ${field("last_name")}].filter(Boolean).join(" ")`;
  const taken = ![field("id"), email].some((text) => text.startsWith(`${data}.`));
  const nameless = !isFree && taken && name.includes(`${data}.`);
  return { is: { id: raw(field("id")), email: raw(email), name: nameless ? null : raw(name) }, taken };
}

/** Names for fields of the event's data: `const { id, email_addresses } = evt.data`, and `""` for the data itself (`const u = evt.data`). */
function namesOf(at: ts.Node, data: string): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const take = (declared: ts.VariableDeclaration): void => {
    const from = declared.initializer && bare(declared.initializer).getText().replace(/\?\./g, ".");
    if (from === undefined || (from !== data && from !== names.get(""))) return;
    if (ts.isIdentifier(declared.name)) names.set("", declared.name.text);
    else if (ts.isObjectBindingPattern(declared.name))
      for (const one of declared.name.elements) if (ts.isIdentifier(one.name) && !one.dotDotDotToken) names.set((one.propertyName ?? one.name).getText(), one.name.text);
  };
  for (const declared of declaredBefore(at)) take(declared);
  return names;
}

/** A text of the function that says what it is: `const email = email_addresses[0].email_address`. */
const named = (at: ts.Node, name: RegExp): string | undefined => declaredBefore(at).find((one) => ts.isIdentifier(one.name) && name.test(one.name.text) && one.initializer && /email|name|\$\{/i.test(one.initializer.getText()))?.name.getText();
