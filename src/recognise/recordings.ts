import type { ActivityNamed, ByHand, Code, Evidence, Meter, Recording } from "../domain.ts";
import type { CallContext, CallPattern, HostPattern } from "../adapters/define.ts";
import { code, raw } from "../code/code.ts";
import type { App } from "../source/app.ts";
import type { Fn } from "../source/typescript/functions.ts";
import { caughtIn, givesNothingAfter, heldBy, isHeld, type Held, type NotHeld } from "../source/typescript/held.ts";
import { mayRead } from "../source/typescript/members.ts";
import { literalOf, optionOf, valueIn } from "../source/typescript/options.ts";
import { bare, ts, wrapped } from "../source/typescript/parse.ts";
import { valueOf } from "../source/typescript/values.ts";
import { carried, type Shared } from "./carried.ts";

/** A provider call as it stands in the code, before it is known where to bill it. */
export interface ProviderCall {
  readonly node: ts.CallExpression;
  readonly provider: string;
  readonly call: string;
  readonly pattern: CallPattern | HostPattern;
  readonly streaming: boolean;
  readonly version: number | undefined;
  /** The expression that holds the answer: the call itself, or the `.json()` that reads it. */
  readonly answer: ts.Expression;
  /** What stands before a path into the answer (`data` for axios); undefined when the answer's body is not read. */
  readonly body: string | undefined;
  /** The expression that made the client. */
  readonly made?: ts.Node;
  /** It is no provider's: the app's owner names the function that is called. */
  readonly named?: ActivityNamed;
  /** Why nobody is paid for it. */
  readonly free?: string;
  readonly reasons: readonly Evidence[];
  readonly confidence: number;
}

/** A function of the app on the way up, and the call of it that was followed. */
export interface Step {
  readonly fn: Fn;
  readonly call: ts.CallExpression;
  /** The call was followed to that very function, not found by its name. */
  readonly certain: boolean;
}

/** A place to bill: a call expression whose result and user we look at. */
export interface Level {
  /** The provider's own call, and the call at this level: the same, until a function of the app is left. */
  readonly provider: ts.CallExpression;
  readonly node: ts.CallExpression;
  /** From the provider's call up to this level. */
  readonly steps: readonly Step[];
  readonly answer: ts.Expression;
  readonly via: readonly Evidence[];
  /** True while the call at this level still gives the provider's own answer. */
  readonly transparent: boolean;
  readonly certain: boolean;
  /** True when this call charges for what runs inside it: one activity, however many calls of providers it holds. */
  readonly choke?: boolean;
  /** True when the provider's call is billed at this level alone. */
  readonly alone: boolean;
}

/** A provider's call at a level, and the provider's name where another one may answer in its place. */
export interface Lifted {
  readonly call: ProviderCall;
  readonly level: Level;
  readonly provider?: string;
  /** It only serves another call below the same call of the app. */
  readonly isPart?: boolean;
}

/** How a call is recorded at a level, or why it is not: from its result there, else from where it is made, carried up. */
export function recordingOf(lifted: Lifted, app: App, shared: Shared): Recording | NotHeld {
  const made = recordingAt(lifted, app, shared);
  const byHand = made.byHand && { byHand: { ...made.byHand, meter: volumesFirst(made.byHand.meter) } };
  return "meter" in made ? { ...made, meter: volumesFirst(made.meter), ...byHand } : { ...made, ...byHand };
}

/** Whether a call can tell of itself where it is made. */
export const tells = (lifted: Lifted, app: App): boolean => "meter" in recordedInside(lifted, app);

/** How several calls below one level are recorded as one activity; undefined where they cannot tell of themselves. */
export function recordingTogether(lifted: readonly Lifted[], app: App, shared: Shared): Recording | undefined {
  const [first] = lifted;
  const told = lifted.map((one) => ({ ...one, inner: recordedInside(one, app) }));
  if (!first || told.some(({ inner }) => !("meter" in inner))) return undefined;
  const made = carried(app, told as (Lifted & { readonly inner: Recording })[], kindOf(first.call), shared, nameOfUsage(app, first.level));
  return made && { ...made, meter: volumesFirst(made.meter) };
}

/** How calls that one call of the app hides are recorded behind it: once, whichever of them was made, with what is true of all of them. */
export function recordedOnce(recorded: readonly (Recording | NotHeld)[]): Recording | undefined {
  const made = recorded.flatMap((one) => ("place" in one ? [one] : []));
  const [first] = made;
  if (!first) return undefined;
  const isCommon = ([name, value]: [string, Code]): boolean => made.length === recorded.length && made.every(({ meter }) => meter[name]?.parts.join("") === value.parts.join(""));
  return { meter: Object.fromEntries(Object.entries(first.meter).filter(isCommon)), place: first.place };
}

/** Event types of one kind stand for each other: two providers' names for text that is written. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ["text", /^(?:chat_completion|completion|message|response|text_generation|object_generation|agent_run|assistant_run|generation|inference|rewrite|edit)$/],
  ["image", /^image_(?:generation|edit)$/],
  ["speech", /^speech(?:_generation)?$/],
];

/** What kind of activity a call is. */
export const kindOf = ({ pattern }: ProviderCall): string => KINDS.find(([, test]) => test.test(pattern.eventType))?.[0] ?? pattern.eventType;

const nameOfUsage = (app: App, level: Level): string => freeNames(app, level.node)("usage", "used", "aiUsage");

const recordedInside = ({ call, level }: Lifted, app: App): Recording | NotHeld => recordedHere(call, { ...level, node: call.node, answer: call.answer, via: [], steps: [], transparent: true, alone: true }, app);

/** What is counted stands before what it is counted by. */
function volumesFirst({ model, provider, ...volumes }: Meter): Meter {
  return { ...volumes, ...(model && { model }), ...(provider && { provider }) };
}

function recordingAt(lifted: Lifted, app: App, shared: Shared): Recording | NotHeld {
  const { call, level } = lifted;
  const here = recordedHere(call, level, app);
  if (level.steps.length === 0 || ("meter" in here && Object.values(here.meter).some((value) => !isLiteral(value)))) return here;
  const inner = recordedInside(lifted, app);
  // Where it is read says nothing when the provider's client does not tell at all.
  if (!("meter" in here) && !("meter" in inner) && UNTOLD.test(inner.reason)) return { ...here, reason: inner.reason };
  if (!("meter" in inner) || ("meter" in here && Object.values(inner.meter).every(isLiteral))) return here;
  return carried(app, [{ ...lifted, inner }], kindOf(call), shared, nameOfUsage(app, level)) ?? here;
}

const UNTOLD = /^streams of this version/;

/** A field that says the same of every call: the name of a model. */
const isLiteral = (value: Code): boolean => /^["'`\d]/.test(value.parts.join(""));

function recordedHere(call: ProviderCall, level: Level, app: App): Recording | NotHeld {
  const fresh = freeNames(app, level.node);
  const last = call.pattern.eventType.split("_").at(-1) ?? "result";
  const held = heldBy(level.answer, { fresh: fresh(last, "result", "answer", `${last}Result`) });
  if (isUncertainStream(app, call)) return { as: "none", reason: "the answer may or may not be a stream", node: level.node };
  const own = level.via.length === 0 || (level.transparent && level.alone) ? (call.streaming ? call.pattern.recordStream : call.pattern.record) : undefined;
  const context: CallContext = { app, call: call.node, site: level.node, pattern: call.pattern, held, version: call.version, meterOf: (value) => meterOf(app, call, level, value), fresh };
  const said = own?.(context);
  if (said) return said;
  if (call.streaming) {
    const reason = level.via.length === 0 ? "the answer is a stream, and it is not read to its end here" : `the answer is a stream that is made in ${call.node.getSourceFile().fileName} and read elsewhere`;
    return { as: "none", reason, node: level.node, ...partsByHand(app, call, level) };
  }
  const told = ({ value, place }: Pick<Held, "value" | "place">): Recording => ({ meter: meterOf(app, call, level, reader(app, call, level, value)), place });
  // What stands behind a `.catch` that goes on, or a function that swallows, runs after a failure as well, which nobody is billed for.
  const caught = caughtIn(level.answer);
  const isSwallowed = level.steps.some(({ fn }, i) => givesNothingAfter(level.steps[i - 1]?.call ?? level.provider, fn));
  if ((caught === "with-nothing" || isSwallowed) && isHeld(held) && held.as === "name") return told({ ...held, place: (statements) => held.place(code`if (${held.value("") ?? raw("")}) {\n  ${statements}\n}`) });
  // An arrow that is nothing but the call keeps its line: ours is chained to it. So it is in front of a `.catch` that gives another answer.
  const chainsBest = isHeld(held) && (ts.isArrowFunction(held.node) || caught !== undefined) && mayChain(level);
  if (isHeld(held) && !chainsBest) return told(held);
  const chained = held.as === "iterated" || !mayChain(level) ? undefined : chainedTo(level, fresh(last, "result", "answer", `${last}Result`));
  if (chained) return told(chained);
  return isHeld(held) ? told(held) : held;
}

/** For a stream of an HTTP API: its parts have the fields of a whole answer, and the last one that has them tells what was used. */
function partsByHand(app: App, call: ProviderCall, level: Level): { readonly byHand?: ByHand } {
  const { pattern } = call;
  const [head] = Object.values(pattern.meter).map((path) => path.split(/[?.]/)[0] ?? "").filter((one) => /usage/i.test(one));
  if (!("path" in pattern && pattern.path instanceof RegExp) || head === undefined) return {};
  const ask = /completions/.test(pattern.path.source) ? "Ask for stream_options: { include_usage: true } in the body. " : "";
  return {
    byHand: {
      meter: meterOf(app, call, level, (path) => raw(`lastPart?.${path}`)),
      around: (statements) => code`// ${ask}Of the parts that are read, keep the last one that has\n// ${head} (let lastPart; if (part.${head}) lastPart = part;), and when the stream has ended:\n${statements}`,
    },
  };
}

/** `stream: wanted`: which of the two the call gives is not known before it runs. */
function isUncertainStream(app: App, { node, pattern, streaming }: ProviderCall): boolean {
  const option = streaming && !("streams" in pattern && pattern.streams !== undefined) ? optionOf(app, node, "stream") : undefined;
  return option !== undefined && option.kind !== ts.SyntaxKind.TrueKeyword;
}

/** How a path into the provider's answer is written at a level; nowhere once a wrapper has made something else of it. */
function reader(app: App, call: ProviderCall, level: Level, value: Held["value"]): Held["value"] {
  const { body } = call;
  if (!level.transparent || body === undefined) return () => undefined;
  return (path) => {
    const whole = body === "" ? path : `${body}.${path}`;
    const head = /^[\w$]+/.exec(path)?.[0] ?? "";
    return "path" in call.pattern && call.pattern.path instanceof RegExp && !mayRead(app, level.answer, head) ? undefined : value(whole);
  };
}

/** Whether `.then(…)` may follow the call: it gives a promise, and nobody asks that promise for more. */
function mayChain({ answer, via }: Level): boolean {
  const { parent } = answer;
  if (!ts.isCallExpression(answer) || ts.isYieldExpression(parent)) return false;
  if (ts.isPropertyAccessExpression(parent)) return /^(?:then|catch|finally)$/.test(parent.name.text);
  return via.length === 0 || ts.isAwaitExpression(parent);
}

/** `call().then(async (result) => { …; return result; })`: for a result that is used where it stands. */
function chainedTo({ answer: node }: Level, name: string): Pick<Held, "value" | "place"> {
  const file = node.getSourceFile();
  const at = { file: file.fileName, offset: node.end };
  // A chain that has each step on a line of its own goes on like that.
  const lead = raw(/^\s*\n\s*\./.test(file.text.slice(node.end)) ? "\n" : "");
  return {
    value: (path) => raw(path === "" ? name : path.startsWith("[") || path.startsWith("?.") ? name + path : `${name}.${path}`),
    place: (statements) => [{ kind: "splice", at, remove: "", code: code`${lead}.then(async (${name}) => {\n  ${statements}\n  return ${name};\n})` }],
  };
}

/** Fields of the event: paths into the result where it is held, and what the call itself says (`$model` is its option `model`). */
function meterOf(app: App, call: ProviderCall, level: Level, value: (path: string) => Code | undefined): Meter {
  const fields: Record<string, Code> = {};
  for (const [name, text] of Object.entries(call.pattern.meter)) {
    const read = text.includes("{") ? filled(text, value) : value(text);
    if (read) fields[name] = read;
  }
  for (const [name, text] of Object.entries(call.pattern.given ?? {})) {
    const said = fields[name] ? undefined : text.startsWith("$") ? optionText(app, call, level, text.slice(1)) : text;
    if (said !== undefined) fields[name] = raw(said);
  }
  return fields;
}

/** `Number({duration})` with each path in braces written as it is read here. */
function filled(text: string, value: (path: string) => Code | undefined): Code | undefined {
  const parts = text.split(/[{}]/).map((part, i) => (i % 2 === 0 ? raw(part) : value(part)));
  return parts.every((part) => part !== undefined) ? { parts: parts.flatMap((part) => part.parts) } : undefined;
}

/** The text of an option or argument of the call, where repeating it is harmless and its names are in scope: a literal, or a plain name beside the call. */
function optionText(app: App, { node }: ProviderCall, level: Level, wanted: string): string | undefined {
  const [name = "", member] = wanted.split(".");
  const option = /^\d+$/.test(name) ? node.arguments[Number(name)] : (optionOf(app, node, name) ?? bodyOption(app, node, name) ?? ownersOption(app, node, name));
  const value = option && literalIn(app, option, name === "model");
  if (!value) return undefined;
  const said = member === undefined ? value.getText() : `${value.getText()}.${member}`;
  if (ts.isStringLiteralLike(value) || ts.isNumericLiteral(value)) return said;
  const beside = value.pos >= node.pos && value.end <= node.end && level.via.length === 0;
  return beside && isPlain(value) ? said : undefined;
}

/** A member of a request's body: `fetch(url, { body: JSON.stringify({ text }) })`. */
function bodyOption(app: App, node: ts.CallExpression, name: string): ts.Expression | undefined {
  for (const key of ["body", "data", "json"]) {
    const body = optionOf(app, node, key);
    const literal = body && literalOf(app, body);
    const value = literal && valueIn(literal, name);
    if (value) return value;
  }
  return undefined;
}

/** What the object was made with that the call is a method of: the model of `genAI.getGenerativeModel({ model })` or `new ChatOpenAI({ model })`. */
function ownersOption(app: App, node: ts.CallExpression, name: string): ts.Expression | undefined {
  let at: ts.Node | undefined = node;
  for (let depth = 0; depth < 4 && at && (ts.isCallExpression(at) || ts.isNewExpression(at)); depth++) {
    const callee: ts.Node = bare(at.expression);
    const owner: ts.Node | undefined = ts.isPropertyAccessExpression(callee) ? bare(callee.expression) : undefined;
    at = owner && (ts.isCallExpression(owner) ? owner : valueOf(app, owner));
    const found = at && (ts.isCallExpression(at) || ts.isNewExpression(at)) ? optionOf(app, at, name) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** `openai("gpt-4o")` says its model in its first argument; a name that stands for such a call is the model itself, and no text. */
function literalIn(app: App, option: ts.Expression, isModel: boolean): ts.Expression | undefined {
  const value = bare(option) as ts.Expression;
  const made = isModel && isPlain(value) ? valueOf(app, value) : undefined;
  const call = made && (ts.isCallExpression(made) || ts.isNewExpression(made)) ? made : value;
  const first = ts.isCallExpression(call) ? call.arguments[0] : undefined;
  if (first && ts.isStringLiteralLike(first)) return first;
  return call === value ? value : undefined;
}

const isPlain = (node: ts.Expression): boolean => ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && isPlain(node.expression));

/** Names that are free in the node's file. */
function freeNames(app: App, node: ts.Node): (...wished: readonly string[]) => string {
  const names = app.facts(node.getSourceFile().fileName)?.names;
  return (...wished) => wished.find((name) => !names?.has(name)) ?? `${wished[0] ?? "result"}${wrapped(node).getStart()}`;
}
