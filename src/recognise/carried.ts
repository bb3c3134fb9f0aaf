import type { Code, Edit, Recording } from "../domain.ts";
import { code, joinCode, raw } from "../code/code.ts";
import type { App } from "../source/app.ts";
import type { Fn } from "../source/typescript/functions.ts";
import { ts, wrapped } from "../source/typescript/parse.ts";
import type { Level, Step } from "./recordings.ts";

/** Edits in functions that several callers go through: the same ones for each of them, so that they are made once. */
export type SharedEdits = Map<ts.Node, readonly Edit[]>;

/**
 * Records a call that functions of the app hide: they keep the provider's answer to themselves and give back something else. Each gets
 * a last parameter `onUsage`, which the innermost calls with the event's fields and the outermost caller gives a function of ours.
 * Undefined where a function's parameters or a call's arguments are not ours to add to.
 *
 * Before: `const text = await summarize(document);` After: `const text = await summarize(document, async (usage) => { … });`
 */
export function carried(app: App, level: Level, inner: Recording, shared: SharedEdits, usage: string): Recording | undefined {
  const steps = level.steps.map((step) => passedThrough(app, step));
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last || steps.some((step) => step === undefined)) return undefined;
  const once = (node: ts.Node, make: () => readonly Edit[]): readonly Edit[] => {
    const known = shared.get(node) ?? make();
    shared.set(node, known);
    return known;
  };
  const inside = level.steps.flatMap(({ fn, call }, i) => [
    ...(i === 0 ? once(level.provider, () => inner.place(tellingCode(first.name, inner))) : []),
    ...once(fn, () => steps[i]?.parameter ?? []),
    ...(i < steps.length - 1 ? once(call, () => steps[i]?.argument(raw(steps[i + 1]?.name ?? first.name)) ?? []) : []),
  ]);
  const names = Object.keys(inner.meter);
  return {
    meter: Object.fromEntries(names.map((name) => [name, raw(`${usage}.${name}`)])),
    place: (statements) => [...inside, ...last.argument(code`async (${names.length > 0 ? usage : ""}) => {\n  ${statements}\n}`)],
  };
}

/** `await onUsage?.({ total_tokens: response.usage?.total_tokens });` */
function tellingCode(name: string, { meter }: Recording): Code {
  const fields = Object.entries(meter).map(([field, value]) => (value.parts.join("") === field ? value : code`${field}: ${value}`));
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
    argument: (value) => [argumentEdit(call, joinCode([...missing.map(raw), value], ", "))],
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
  const ownLine = /\n[ \t]*$/.test(file.text.slice(open.end, last.getStart(file)));
  return [splice(last.end, `,${ownLine ? "\n" : " "}${text}`)];
}

function argumentEdit(call: ts.CallExpression, value: Code): Edit {
  const file = call.getSourceFile();
  const last = call.arguments.at(-1);
  if (!last) return { kind: "splice", at: { file: file.fileName, offset: call.arguments.pos }, remove: "", code: value };
  const ownLine = /\n[ \t]*$/.test(file.text.slice(call.arguments.pos, last.getStart(file)));
  return { kind: "splice", at: { file: file.fileName, offset: last.end }, remove: "", code: code`,${raw(ownLine ? "\n" : " ")}${value}` };
}
