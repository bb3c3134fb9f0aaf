import type { Code, Edit, Meter, Recording } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import { isAsync, isFn, isGenerator, type Fn } from "../../source/typescript/functions.ts";
import type { NotHeld } from "../../source/typescript/held.ts";
import { literalOf, propertyOf } from "../../source/typescript/options.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import type { CallContext } from "../define.ts";

/** The callback that a call makes at its end, and what it is told. */
export interface Ending {
  /** Names of the callback's option, the one to add first. One that is there is extended: a second would not be called, or displace it. */
  readonly names: readonly string[];
  /** Fields of the event: paths into the callback's argument (`usage.totalTokens`). */
  readonly meter: Readonly<Record<string, string>>;
  /** What the argument is called when it is a plain value and not an object of properties. */
  readonly plain?: string;
  /** A second callback that belongs beside an added one: what happens when the end never comes. Uses the same names as the first. */
  readonly beside?: { readonly name: string; readonly wanted: (options: ts.ObjectLiteralExpression) => boolean; readonly value: (statements: Code) => Code } | undefined;
}

/** Where the result is told: how a path into it is written there, and how statements get there. */
interface Sink {
  readonly value: (path: string) => Code;
  readonly place: (statements: Code) => readonly Edit[];
}

const no = (node: ts.Node, reason: string): NotHeld => ({ as: "none", reason, node });

/** Records in the callback of an options literal: added when there is none, extended when there is one, whatever its form. */
export function recordCallback(context: CallContext, literal: ts.ObjectLiteralExpression, ending: Ending): Recording | NotHeld {
  const spread = literal.properties.find((one) => ts.isSpreadAssignment(one) && mayHold(context, one.expression, ending.names));
  const name = ending.names.find((one) => propertyOf(literal, one));
  if (spread && name === undefined) return no(spread, `${ending.names[0] ?? "the callback"} may be among the options that are spread in here`);
  const sink = name === undefined ? added(literal, ending) : extended(context, literal, propertyOf(literal, name), ending);
  return "reason" in sink ? sink : { meter: meterAt(context, ending, sink), place: sink.place };
}

function meterAt(context: CallContext, ending: Ending, sink: Sink): Meter {
  const said = Object.entries(ending.meter).map(([field, path]) => [field, sink.value(path)] as const);
  return { ...Object.fromEntries(said), ...without(context.meterOf(() => undefined), ending.meter) };
}

const without = (meter: Meter, known: Readonly<Record<string, string>>): Meter => Object.fromEntries(Object.entries(meter).filter(([name]) => !(name in known)));

/** Whether an object that is spread in may hold one of the options: only one that is written in the code is known not to. */
function mayHold(context: CallContext, given: ts.Expression, names: readonly string[]): boolean {
  const node = bare(given);
  if (ts.isConditionalExpression(node)) return mayHold(context, node.whenTrue, names) || mayHold(context, node.whenFalse, names);
  if (ts.isBinaryExpression(node)) return mayHold(context, node.right, names);
  const literal = literalOf(context.app, node);
  return !literal || literal.properties.some((one) => (ts.isSpreadAssignment(one) ? mayHold(context, one.expression, names) : names.includes(one.name?.getText() ?? "")));
}

const headOf = (path: string): string => /^[\w$]+/.exec(path)?.[0] ?? "";

const headsOf = (ending: Ending): string[] => [...new Set(Object.values(ending.meter).map(headOf))];

const splice = (node: ts.Node, offset: number, text: Code): Edit => ({ kind: "splice", at: { file: node.getSourceFile().fileName, offset }, remove: "", code: text });

const below = (name: string, path: string): Code => raw(path === "" ? name : `${name}.${path}`);

/** A new last property. */
function added(literal: ts.ObjectLiteralExpression, ending: Ending): Sink {
  const last = literal.properties.at(-1);
  const file = literal.getSourceFile();
  const ownLine = last !== undefined && /\n[ \t]*$/.test(file.text.slice(literal.getStart(), last.getStart()));
  const parameter = ending.plain ?? `{ ${headsOf(ending).join(", ")} }`;
  const between = ownLine ? ",\n" : ", ";
  const second = ending.beside && !propertyOf(literal, ending.beside.name) && ending.beside.wanted(literal) ? ending.beside : undefined;
  const property = (statements: Code): Code =>
    joinCode([code`${ending.names[0] ?? "onFinish"}: async (${parameter}) => {\n  ${statements}\n}`, ...(second ? [code`${second.name}: ${second.value(statements)}`] : [])], between);
  const at = last ? last.end : literal.getStart() + 1;
  return {
    value: (path) => (ending.plain === undefined ? raw(path) : below(ending.plain, path)),
    place: (statements) => [splice(literal, at, last ? code`${between}${property(statements)}` : code` ${property(statements)} `)],
  };
}

function extended(context: CallContext, literal: ts.ObjectLiteralExpression, property: ts.ObjectLiteralElementLike | undefined, ending: Ending): Sink | NotHeld {
  if (property && ts.isMethodDeclaration(property)) return inFunction(property, ending);
  if (property && ts.isShorthandPropertyAssignment(property)) return around(context, property.name, ending, true);
  const value = property && ts.isPropertyAssignment(property) ? bare(property.initializer) : undefined;
  if (value && isFn(value)) return inFunction(value, ending);
  if (value && (ts.isIdentifier(value) || ts.isPropertyAccessExpression(value))) return around(context, value, ending, false);
  return no(property ?? literal, `${property?.name?.getText() ?? "its callback"} is made by an expression that we cannot write into`);
}

/** `onFinish: save` becomes `onFinish: async (event) => { …; return save(event); }`. */
function around(context: CallContext, node: ts.Expression, ending: Ending, shorthand: boolean): Sink {
  const event = context.fresh(ending.plain ?? "event", "finished", "ending");
  const certain = context.app.originOf(node)?.kind === "function";
  const head = (statements: Code): Code => code`async (${event}) => {\n  ${statements}\n  return `;
  const call = `${certain ? "" : "?."}(${event});\n}`;
  return {
    value: (path) => below(event, path),
    place: (statements) => shorthand
      ? [splice(node, node.end, code`: ${head(statements)}${node.getText()}${call}`)]
      : [splice(node, node.getStart(), head(statements)), splice(node, node.end, raw(call))],
  };
}

function inFunction(fn: Fn, ending: Ending): Sink | NotHeld {
  if (isGenerator(fn) || !fn.body) return no(fn, "the callback is a generator");
  const parameter = fn.parameters[0];
  const value = parameter ? readFrom(fn, parameter, ending) : { read: (path: string) => (ending.plain === undefined ? raw(path) : below(ending.plain, path)), edits: [splice(fn, afterParenthesis(fn), raw(ending.plain ?? `{ ${headsOf(ending).join(", ")} }`))] };
  if (!value) return no(fn, "the callback's parameter has a type of its own, which does not tell the usage");
  const async = isAsync(fn) ? [] : [splice(fn, ts.isMethodDeclaration(fn) ? fn.name.getStart() : fn.getStart(), raw("async "))];
  return { value: value.read, place: (statements) => [...async, ...value.edits, ...atStart(fn, statements)] };
}

function afterParenthesis(fn: Fn): number {
  const open = fn.getChildren().find((child) => child.kind === ts.SyntaxKind.OpenParenToken);
  return open?.end ?? fn.parameters.pos;
}

interface Reading {
  readonly read: (path: string) => Code;
  readonly edits: readonly Edit[];
}

/** How the callback's argument is read, and what its parameter needs for that. */
function readFrom(fn: Fn, parameter: ts.ParameterDeclaration, ending: Ending): Reading | undefined {
  const { name } = parameter;
  if (ts.isIdentifier(name)) return { read: (path) => below(name.text, path), edits: [] };
  if (ts.isArrayBindingPattern(name) || parameter.type || ending.plain !== undefined) return undefined;
  const locals = new Map<string, string>();
  const missing: string[] = [];
  for (const head of headsOf(ending)) {
    const present = name.elements.find((one) => (one.propertyName ?? one.name).getText() === head && ts.isIdentifier(one.name));
    const local = present ? present.name.getText() : freeIn(fn, head);
    locals.set(head, local);
    if (!present) missing.push(local === head ? head : `${head}: ${local}`);
  }
  return { read: (path) => raw(`${locals.get(headOf(path)) ?? headOf(path)}${path.slice(headOf(path).length)}`), edits: widened(name, missing) };
}

/** A name that the function does not use for something else. */
function freeIn(fn: Fn, name: string): string {
  const taken = new Set((fn.body?.getText() ?? "").match(/[A-Za-z_$][\w$]*/g) ?? []);
  return [name, `final${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`, `${name}Told`].find((one) => !taken.has(one)) ?? `${name}$`;
}

function widened(pattern: ts.ObjectBindingPattern, missing: readonly string[]): Edit[] {
  const last = pattern.elements.at(-1);
  if (missing.length === 0) return [];
  if (!last) return [splice(pattern, pattern.getStart() + 1, raw(` ${missing.join(", ")} `))];
  if (last.dotDotDotToken) return [splice(pattern, last.getStart(), raw(`${missing.join(", ")}, `))];
  return [splice(pattern, last.end, raw(`, ${missing.join(", ")}`))];
}

/** Our statements come first: the callback may return early, and what it does must not decide whether usage is recorded. */
function atStart(fn: Fn, statements: Code): Edit[] {
  const { body } = fn;
  if (!body) return [];
  if (!ts.isBlock(body)) return [splice(fn, body.getStart(), code`{\n  ${statements}\n  return `), splice(fn, body.end, raw(";\n}"))];
  const first = body.statements[0];
  if (!first) return [splice(fn, body.getStart() + 1, code`\n  ${statements}\n`)];
  const start = first.getStart();
  return [{ kind: "insert", at: { file: fn.getSourceFile().fileName, offset: start, place: "before", start, block: [body.getStart(), body.end] }, code: statements }];
}
