import type { App } from "../source/app.ts";
import { isFn, type Fn } from "../source/typescript/functions.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { lookup, type Binding } from "../source/typescript/scope.ts";

const KEYS = "userId|user_id|ownerId|accountId|uid";
const KEY = new RegExp(`^(?:${KEYS})$`);
/** What queues and job runners hand to a job, and what only a job's own function makes sure of. */
const HANDED = /^(?:job|event|payload|task)$/;
const MAYBE_HANDED = /^(?:data|message|msg|input)$/;
const RUNNER = /(?:\bWorker|\.process|\.createFunction|(?:^|\.)(?:task|schemaTask|work|consume|defineJob))$/;

/** Whom a job works for, by what it was handed: `job.data.userId`, `event.data.userId`, `payload.userId`. The app itself puts that there. */
export function jobUser(app: App, binding: Binding): string | undefined {
  const parameter = parameterOf(binding.node);
  const fn = parameter?.parent;
  if (!parameter || !fn || !isFn(fn) || !(HANDED.test(binding.name) || (MAYBE_HANDED.test(binding.name) && isJob(fn)))) return undefined;
  const name = binding.name;
  const text = fn.getText();
  const read = new RegExp(`(?<![\\w$.])${name}[?!]?\\.(?:(?:data|payload)[?!]?\\.)?(?:${KEYS}|user[?!]?\\.id)\\b`).exec(text)?.[0];
  if (read !== undefined) return read;
  const taken = new RegExp(`\\{([^{}]*)\\}(?:\\s*:[^=;]+)?\\s*=\\s*${name}((?:\\.(?:data|payload))?)\\b(?!\\.)`).exec(text);
  const within = `${name}${taken?.[2] ?? ""}`;
  const key = taken ? keysIn(taken[1] ?? "").find((one) => KEY.test(one) || isQueuedUser(app, one)) : undefined;
  if (key !== undefined) return `${within}.${key}`;
  const cast = new RegExp(`(?<![\\w$.])${name}((?:\\.data)?)\\s+as\\s+\\{[^{}]*?\\b((?:${KEYS})\\b|\\w+Id\\b)\\??\\s*:`).exec(text);
  if (cast && (KEY.test(cast[2] ?? "") || isQueuedUser(app, cast[2] ?? ""))) return `${name}${cast[1] ?? ""}.${cast[2] ?? ""}`;
  return typedUser(parameter, fn, name);
}

/** The parameter a name is, or is taken out of: `({ ctx, input }) => …`. */
export function parameterOf(node: ts.Node): ts.ParameterDeclaration | undefined {
  let at = node;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at)) at = at.parent;
  return ts.isParameter(at) ? at : undefined;
}

const keysIn = (pattern: string): string[] => pattern.split(",").map((one) => one.split(/[:=]/)[0]?.trim() ?? "");

/** The function that a queue's worker or a job runner is given. */
function isJob(fn: Fn): boolean {
  let { parent } = wrapped(fn);
  while (ts.isPropertyAssignment(parent) || ts.isObjectLiteralExpression(parent)) parent = parent.parent;
  return (ts.isNewExpression(parent) || ts.isCallExpression(parent)) && RUNNER.test(parent.expression.getText());
}

/** `payload: { userId: string }`, `job: Job<{ userId: string }>`, `new Worker<Data>("…", async (job) => …)` with `Data` in the same file. */
function typedUser(parameter: ts.ParameterDeclaration, fn: Fn, name: string): string | undefined {
  const { parent } = wrapped(fn);
  const runner = (ts.isNewExpression(parent) || ts.isCallExpression(parent)) && RUNNER.test(parent.expression.getText()) ? parent.typeArguments?.[0] : undefined;
  const own = parameter.type && ts.isTypeReferenceNode(parameter.type) && parameter.type.typeArguments?.[0];
  const held = own || runner;
  const type = held || parameter.type;
  const key = type && keyIn(type);
  if (key === undefined) return undefined;
  return `${name}${held && name === "job" ? ".data" : ""}.${key}`;
}

function keyIn(type: ts.TypeNode): string | undefined {
  const named = ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? lookupType(type.typeName.text, type.getSourceFile()) : type.getText();
  return named === undefined ? undefined : new RegExp(`\\b(${KEYS})\\??\\s*:`).exec(named)?.[1];
}

const lookupType = (name: string, file: ts.SourceFile): string | undefined => file.statements.find((one) => (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.name.text === name)?.getText();

const SIGNED_IN = /\b(?:user|session|auth)\w*[?!]?\.(?:user[?!]?\.)?id\b|\buserId\b/;

/** Whether a job's field is given the id of who is signed in where the job is queued: `queue.add("grade", { teacherId })`. */
function isQueuedUser(app: App, key: string): boolean {
  if (!/Id$/.test(key)) return false;
  return app.code.mentioning(key).some((file) => {
    const tree = /\.(?:add|send|trigger|enqueue|publishJSON|dispatch)\s*\(/.test(app.repo.text(file) ?? "") ? app.code.parse(file) : undefined;
    let found = false;
    if (tree)
      walk(tree, (node) => {
        if (!ts.isCallExpression(node) || !/\.(?:add|send|trigger|enqueue|publishJSON|dispatch)$/.test(node.expression.getText())) return;
        for (const argument of node.arguments) if (ts.isObjectLiteralExpression(argument) && givesUser(argument, key)) found = true;
      });
    return found;
  });
}

function givesUser(literal: ts.ObjectLiteralExpression, key: string): boolean {
  return literal.properties.some((one) => {
    if (ts.isPropertyAssignment(one) && ts.isObjectLiteralExpression(one.initializer)) return givesUser(one.initializer, key);
    if (one.name?.getText() !== key) return false;
    const value = ts.isPropertyAssignment(one) ? one.initializer : one.name;
    const declared = ts.isIdentifier(value) ? lookup(value.text, literal)?.node : undefined;
    const from = declared && ts.isVariableDeclaration(declared) && declared.initializer ? bare(declared.initializer) : value;
    return SIGNED_IN.test(from.getText());
  });
}
