import type { Code, Edit, Recording } from "../domain.ts";
import { code, joinCode, raw } from "../code/code.ts";
import type { App } from "../source/app.ts";
import type { Fn } from "../source/typescript/functions.ts";
import { ts, wrapped } from "../source/typescript/parse.ts";
import type { Level, Step } from "./recordings.ts";

/**
 * What was decided for functions that several callers or several providers' calls go through: the same edits for each of them, so
 * that they are made once, and the one kind of activity that a function tells of.
 */
export interface Shared {
  readonly edits: Map<ts.Node, readonly Edit[]>;
  readonly kinds: Map<Fn, string>;
  /** Calls that are given a function of ours: no other may be given to them. */
  readonly given: Set<ts.Node>;
}

/** A provider's call below a level, and how it is recorded where it stands. `provider` is said where another one may answer instead. */
export interface Told {
  readonly level: Level;
  readonly inner: Recording;
  readonly provider?: string;
}

/**
 * Records calls that functions of the app hide: they keep the provider's answer to themselves and give back something else. Each gets
 * a last parameter `onUsage`, which the innermost calls with the event's fields and the outermost caller gives a function of ours.
 * Several calls below one level are one activity, whichever of them is made. Undefined where a function's parameters or a call's
 * arguments are not ours to add to, or where a function on the way tells of another kind of activity.
 *
 * Before: `const text = await summarize(document);` After: `const text = await summarize(document, async (usage) => { … });`
 */
export function carried(app: App, told: readonly Told[], kind: string, shared: Shared, usage: string): Recording | undefined {
  const fns = told.flatMap(({ level }) => level.steps.map(({ fn }) => fn));
  if (fns.some((fn) => (shared.kinds.get(fn) ?? kind) !== kind)) return undefined;
  const ways = told.map((one) => ({ ...one, passages: one.level.steps.map((step) => passedThrough(app, step)) }));
  const last = ways[0]?.passages.at(-1);
  if (!last || ways.some(({ passages }) => passages.length === 0 || passages.includes(undefined))) return undefined;
  const outermost = ways[0]?.level.node;
  const between = told.flatMap(({ level }) => level.steps.slice(0, -1).map(({ call }) => call));
  if (!outermost || shared.given.has(outermost) || shared.edits.has(outermost) || between.some((call) => shared.given.has(call))) return undefined;
  shared.given.add(outermost);
  for (const fn of fns) shared.kinds.set(fn, kind);
  const once = (node: ts.Node, make: () => readonly Edit[]): readonly Edit[] => {
    const known = shared.edits.get(node) ?? make();
    shared.edits.set(node, known);
    return known;
  };
  const inside = ways.flatMap(({ level, inner, provider, passages }) => level.steps.flatMap(({ fn, call }, i) => [
    ...(i === 0 ? once(level.provider, () => inner.place(tellingCode(passages[0]?.name ?? "onUsage", inner, provider))) : []),
    ...once(fn, () => passages[i]?.parameter ?? []),
    ...(i < level.steps.length - 1 ? once(call, () => passages[i]?.argument(raw(passages[i + 1]?.name ?? "onUsage")) ?? []) : []),
  ]));
  const names = [...new Set(told.flatMap(({ inner, provider }) => [...Object.keys(inner.meter), ...(provider === undefined ? [] : ["provider"])]))];
  return {
    meter: Object.fromEntries(names.map((name) => [name, raw(`${usage}.${name}`)])),
    place: (statements) => [...new Set(inside), ...last.argument(code`async (${names.length > 0 ? usage : ""}) => {\n  ${statements}\n}`)],
    inside: true,
  };
}

/** `await onUsage?.({ total_tokens: response.usage?.total_tokens });` */
function tellingCode(name: string, { meter }: Recording, provider: string | undefined): Code {
  const said = provider === undefined ? meter : { ...meter, provider: raw(JSON.stringify(provider)) };
  const fields = Object.entries(said).map(([field, value]) => (value.parts.join("") === field ? value : code`${field}: ${value}`));
  if (fields.length === 0) return code`await ${name}?.({});`;
  return fields.length < 3 ? code`await ${name}?.({ ${joinCode(fields, ", ")} });` : code`await ${name}?.({\n  ${joinCode(fields, ",\n")},\n});`;
}

/** How a function takes `onUsage`, and how its call gives it. */
interface Passage {
  readonly name: string;
  readonly parameter: readonly Edit[];
  readonly argument: (value: Code) => readonly Edit[];
}

function passedThrough(app: App, { fn, call, certain }: Step): Passage | undefined {
  const { parameters } = fn;
  const known = parameters.findIndex((one) => ts.isIdentifier(one.name) && /^onUsage\d*$/.test(one.name.text));
  const open = !parameters.some((one) => one.dotDotDotToken) && !call.arguments.some(ts.isSpreadElement);
  if (!certain || !open || !isOwn(fn)) return undefined;
  const index = known >= 0 ? known : parameters.length;
  if (call.arguments.length > index) return undefined;
  const missing = Array.from({ length: index - call.arguments.length }, () => "undefined");
  const name = known >= 0 ? (parameters[known]?.name.getText() ?? "onUsage") : nameIn(fn);
  return {
    name,
    parameter: known >= 0 ? [] : parameterEdits(fn, name, app.language === "typescript" || /\.[cm]?tsx?$/.test(fn.getSourceFile().fileName)),
    argument: (value) => argumentEdits(call, joinCode([...missing.map(raw), value], ", ")),
  };
}

/** Whether a function's parameters may be added to: nothing else says what they are, and it is called as it stands. */
function isOwn(fn: Fn): boolean {
  const value = wrapped(fn);
  if (ts.isCallExpression(value.parent) || ts.isNewExpression(value.parent)) return false;
  if ((ts.isVariableDeclaration(value.parent) || ts.isPropertyDeclaration(value.parent)) && value.parent.type) return false;
  if (!ts.isFunctionDeclaration(fn) && !ts.isMethodDeclaration(fn)) return ts.isFunctionExpression(fn) || ts.isArrowFunction(fn);
  const list = ts.isFunctionDeclaration(fn) && ts.isSourceFile(fn.parent) ? fn.parent.statements : [];
  return !list.some((one) => ts.isFunctionDeclaration(one) && one !== fn && one.name?.text === fn.name?.getText());
}

const nameIn = (fn: Fn): string => ["onUsage", "onUsage2"].find((name) => !new RegExp(`\\b${name}\\b`).test(fn.getText())) ?? "onUsage3";

function parameterEdits(fn: Fn, name: string, typed: boolean): Edit[] {
  const file = fn.getSourceFile();
  const text = typed ? `${name}?: (usage: Record<string, string | number | null | undefined>) => Promise<void>` : name;
  const splice = (offset: number, said: string): Edit => ({ kind: "splice", at: { file: file.fileName, offset }, remove: "", code: raw(said) });
  const last = fn.parameters.at(-1);
  const open = fn.getChildren(file).find((child) => child.kind === ts.SyntaxKind.OpenParenToken);
  if (!open) return last ? [splice(last.getStart(file), "("), splice(last.end, `, ${text})`)] : [];
  if (!last) return [splice(open.end, text)];
  return behind(last, open.end, raw(text));
}

function argumentEdits(call: ts.CallExpression, value: Code): Edit[] {
  const last = call.arguments.at(-1);
  if (last) return behind(last, call.arguments.pos, value);
  return [{ kind: "splice", at: { file: call.getSourceFile().fileName, offset: call.arguments.pos }, remove: "", code: value }];
}

/** One more in a list that starts at `start`, behind its last one and what a comment says of that one. */
function behind(last: ts.Node, start: number, value: Code): Edit[] {
  const file = last.getSourceFile();
  const splice = (offset: number, said: Code): Edit => ({ kind: "splice", at: { file: file.fileName, offset }, remove: "", code: said });
  const ownLine = /\n[ \t]*$/.test(file.text.slice(start, last.getStart(file)));
  const comment = ownLine ? /^[ \t]*\/\/[^\r\n]*/.exec(file.text.slice(last.end)) : null;
  if (comment) return [splice(last.end, raw(",")), splice(last.end + comment[0].length, code`${raw("\n")}${value}`)];
  return [splice(last.end, code`,${raw(ownLine ? "\n" : " ")}${value}`)];
}
