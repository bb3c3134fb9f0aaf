import type { Edit, UserExpression } from "../domain.ts";
import { raw } from "../code/code.ts";
import type { App } from "../source/app.ts";
import { mostRead, usualRead } from "../source/request-users.ts";
import { functionsAround, isFn, type Fn } from "../source/typescript/functions.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { fieldsOf, type FieldsOf } from "../source/typescript/types.ts";
import { valueOf } from "../source/typescript/values.ts";

/**
 * The user that is offered to a function around `node` and not taken: `withTeam(async ({ req }) => …)`, where the type of what the wrapper
 * gives has a `session` too; `protectedProcedure.mutation(async ({ input }) => …)`, where others read `ctx.user.id`. One more name is
 * taken out of the parameter. Undefined where the types do not say it, or the name means something else there.
 */
export function offeredUser(app: App, node: ts.Node): UserExpression | undefined {
  for (const fn of functionsAround(node)) {
    const pattern = fn.parameters[0]?.name;
    if (!pattern || !ts.isObjectBindingPattern(pattern) || pattern.elements.length === 0 || pattern.elements.some((one) => one.dotDotDotToken)) continue;
    const found = inType(app, fn) ?? inContext(app, fn);
    if (found && !isTaken(fn, found.name)) return { id: raw(found.text), text: found.text, ...(found.text.includes("?.") && { nullable: true }), edits: taking(pattern, found.name) };
  }
  return undefined;
}

interface Offer {
  /** The member to take. */
  readonly name: string;
  /** The id, read from it. */
  readonly text: string;
}

const MEMBERS = ["userId", "user", "currentUser", "session"];

/** By the type of the function's parameter, as it is written or as whoever the function is given to says it. */
function inType(app: App, fn: Fn): Offer | undefined {
  const fields = fieldsGiven(app, fn);
  for (const name of MEMBERS) {
    const member = fields?.members.find((one): one is ts.PropertySignature => ts.isPropertySignature(one) && one.name.getText() === name);
    if (!member) continue;
    if (name === "userId") return isSure(member) ? { name, text: name } : undefined;
    const path = usualPath(app, name) ?? (name === "session" ? undefined : "id");
    return path === undefined ? undefined : { name, text: isSure(member) ? `${name}.${path}` : `${name}?.${path.split(".").join("?.")}` };
  }
  return undefined;
}

const isSure = (member: ts.PropertySignature): boolean => !member.questionToken && !/\b(?:null|undefined)\b/.test(member.type?.getText() ?? "");

/** `user.id`, as the app reads it from what it calls by this name; a session's own id is not the user's. */
function usualPath(app: App, name: string): string | undefined {
  const counts = new Map<string, number>();
  for (const file of app.code.mentioning(name))
    for (const match of (app.repo.text(file) ?? "").matchAll(new RegExp(`(?<![\\w$])${name}[?!]?\\.(user[?!]?\\.(?:id|_id|userId|uid)|(?:id|_id|userId|uid|sub))\\b`, "g"))) {
      const path = (match[1] ?? "").replace(/[?!]/g, "");
      if (name !== "session" || path.startsWith("user")) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
  return mostRead(counts);
}

/** The fields of a function's first parameter. */
function fieldsGiven(app: App, fn: Fn): FieldsOf | undefined {
  const written = fn.parameters[0]?.type;
  // What a server action is given comes from the browser, whatever its type says.
  if (written) return /["']use server["']/.test(fn.getSourceFile().text) ? undefined : fieldsOf(app, written);
  const { parent } = wrapped(fn);
  if (ts.isCallExpression(parent)) return ofFirst(app, takenBy(app, parent, wrapped(fn)));
  const object = ts.isPropertyAssignment(parent) ? wrapped(parent.parent) : undefined;
  if (!object || !ts.isPropertyAssignment(parent) || !ts.isCallExpression(object.parent)) return undefined;
  const type = takenBy(app, object.parent, object);
  const member = type && fieldsOf(app, type)?.members.find((one) => one.name?.getText() === parent.name.getText());
  if (member && ts.isMethodSignature(member)) return typeOf(app, member);
  return member && ts.isPropertySignature(member) ? ofFirst(app, member.type) : undefined;
}

/** The type that a function of the app wants of an argument. */
function takenBy(app: App, call: ts.CallExpression, argument: ts.Node): ts.TypeNode | undefined {
  const callee = valueOf(app, call.expression);
  return callee && isFn(callee) ? callee.parameters[call.arguments.indexOf(argument as ts.Expression)]?.type : undefined;
}

/** The fields of the first parameter of a function type: in place, or an interface that is called. */
function ofFirst(app: App, type: ts.TypeNode | undefined): FieldsOf | undefined {
  if (!type) return undefined;
  if (ts.isFunctionTypeNode(type)) return typeOf(app, type);
  const called = fieldsOf(app, type)?.members.find(ts.isCallSignatureDeclaration);
  return called && typeOf(app, called);
}

function typeOf(app: App, signature: ts.SignatureDeclaration): FieldsOf | undefined {
  const type = signature.parameters[0]?.type;
  return type && fieldsOf(app, type);
}

const GUARDED = /protected|auth|private|user|member|signed|logged|secure/i;

/** tRPC's procedures and safe actions give their context to everybody; of those for signed-in users the app reads the user from it. */
function inContext(app: App, fn: Fn): Offer | undefined {
  const { parent } = wrapped(fn);
  const callee = ts.isCallExpression(parent) ? bare(parent.expression) : undefined;
  if (!callee || !ts.isPropertyAccessExpression(callee) || !/^(?:mutation|query|subscription|action|handler)$/.test(callee.name.text)) return undefined;
  let root: ts.Node = callee;
  while (ts.isPropertyAccessExpression(root) || ts.isCallExpression(root)) root = bare(root.expression);
  const text = ts.isIdentifier(root) && GUARDED.test(root.text) && !/public|optional/i.test(root.text) ? usualRead(app, "ctx") : undefined;
  return text === undefined ? undefined : { name: "ctx", text };
}

/** Whether a function says a name already, for whatever it may mean there. */
function isTaken(fn: Fn, name: string): boolean {
  let taken = false;
  walk(fn, (at) => void (ts.isIdentifier(at) && at.text === name && !(ts.isPropertyAccessExpression(at.parent) && at.parent.name === at) && (taken = true)));
  return taken;
}

const made = new WeakMap<ts.ObjectBindingPattern, Map<string, readonly Edit[]>>();

/** One more name in the pattern: the same edit for every statement that needs it. */
function taking(pattern: ts.ObjectBindingPattern, name: string): readonly Edit[] {
  const known = made.get(pattern) ?? new Map<string, readonly Edit[]>();
  made.set(pattern, known);
  const hit = known.get(name);
  if (hit) return hit;
  const file = pattern.getSourceFile();
  const last = pattern.elements.at(-1) as ts.BindingElement;
  const own = /\n[ \t]*$/.test(file.text.slice(pattern.getStart(file) + 1, last.getStart(file)));
  const edits: readonly Edit[] = [{ kind: "splice", at: { file: file.fileName, offset: last.end }, remove: "", code: raw(`,${own ? "\n" : " "}${name}`) }];
  known.set(name, edits);
  return edits;
}
