import type { ByHand, Code, Edit, Meter, Recording, StatementAnchor } from "../../domain.ts";
import { code, joinCode, raw, textOf } from "../../code/code.ts";
import { anchorAt } from "../../source/typescript/anchors.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { insert, isHeld, type NotHeld } from "../../source/typescript/held.ts";
import { optionLiterals, propertyOf } from "../../source/typescript/options.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import type { CallContext, Recorder } from "../define.ts";

/** What a stream's parts tell: what to keep of them, and how the event's fields are read from it. `$` stands for the part. */
export interface Parts {
  /** By name: what is kept, and of which parts. */
  readonly keep: Readonly<Record<string, { readonly value: string; readonly when?: string }>>;
  /** The event's fields from what was kept. When left out, the pattern's own paths are read from the first thing kept. */
  readonly meter?: Readonly<Record<string, string>>;
  /** Where in the result the stream is (`stream`), when it is not the result itself. */
  readonly at?: string;
  /** The option without which the stream does not tell its usage, and the option it belongs behind. */
  readonly ask?: { readonly name: string; readonly value: string; readonly behind: string };
  /** The usage comes at the very end, in a part without `choices`: the loop must get there, and must bear it. */
  readonly last?: boolean;
}

/**
 * Records a stream that is read to its end by `for await` in the same function: what the parts tell is kept in the loop, our
 * statements follow it. Whatever else is done with the stream is a handoff, with a generator to paste.
 */
export const recordLoop = (parts: Parts): Recorder => (context) => {
  const loop = loopOver(context, parts.at);
  if ("reason" in loop) return { ...loop, byHand: byHand(context, parts) };
  const made = recordingIn(context, parts, loop);
  return "reason" in made ? { ...made, byHand: byHand(context, parts) } : made;
};

const no = (node: ts.Node, reason: string): NotHeld => ({ as: "none", reason, node });

/** The `for await` that reads the call's stream. */
function loopOver({ site: call, held }: CallContext, at: string | undefined): ts.ForOfStatement | NotHeld {
  const { parent } = wrapped(call);
  if (ts.isForOfStatement(parent) && parent.awaitModifier) return parent;
  if (!isHeld(held)) return no(call, `its stream ${held.reason.replace(/^its result /, "")}`);
  if (held.as === "returned") return no(call, "its stream is returned, and read elsewhere");
  const value = held.value(at ?? "");
  const scope = functionsAround(call).at(-1);
  if (!value || !scope) return no(call, "its stream has no name here");
  const text = textOf(value);
  const root = /^\w+/.exec(text)?.[0] ?? "";
  let loop: ts.ForOfStatement | undefined;
  walk(scope, (node) => {
    if (loop || !ts.isForOfStatement(node) || !node.awaitModifier || node.pos < call.pos) return;
    const given = bare(node.expression);
    // `response.stream ?? []` reads the stream all the same.
    const read = ts.isBinaryExpression(given) ? bare(given.left) : given;
    if (read.getText().replace(/[!?]/g, "") === text && isSameName(root, read, call)) loop = node;
  });
  return loop ?? no(call, "its stream is handed on, and read elsewhere");
}

/** A name means the same at two places, or the first is where it is declared. */
function isSameName(name: string, read: ts.Node, call: ts.Node): boolean {
  const declared = lookup(name, read)?.node;
  return declared !== undefined && (declared === lookup(name, call)?.node || (declared.pos <= call.pos && call.end <= declared.end));
}

function recordingIn(context: CallContext, parts: Parts, loop: ts.ForOfStatement): Recording | NotHeld {
  const part = ts.isVariableDeclarationList(loop.initializer) ? loop.initializer.declarations[0]?.name : undefined;
  if (!part || !ts.isIdentifier(part)) return no(loop, "the loop over its stream takes the parts apart");
  const left = parts.last ? leaves(loop) : undefined;
  if (left) return no(left, "the loop over its stream is left before the last part, which tells the usage");
  const before = anchorAt(loop, "before");
  const after = anchorAt(loop, "after");
  const ask = askFor(context, parts);
  if (!before || !after || !ask) return no(loop, before && after ? "its options are not written here" : "no statement may be added beside the loop over its stream");
  const names = new Map(Object.keys(parts.keep).map((name) => [name, context.fresh(numbered(name, loop))]));
  return {
    meter: meterOf(context, parts, names),
    place: (statements) => [
      ...ask,
      ...(names.size === 0 ? [] : [...insert(before, joinCode([...names.values()].map((name) => raw(`let ${name};`)), "\n")), ...inBody(loop, keeping(parts, names, part.text, loop))]),
      ...insert(after as StatementAnchor, statements),
    ],
  };
}

/** The first loop of a function takes the plain name, later ones a number. */
function numbered(name: string, loop: ts.ForOfStatement): string {
  let before = 0;
  walk(functionsAround(loop).at(-1) ?? loop.getSourceFile(), (node) => void (ts.isForOfStatement(node) && node.awaitModifier && node.pos < loop.pos && before++));
  return before === 0 ? name : `${name}${before + 1}`;
}

/** A `break` or `return` that leaves the loop once the model has finished: the part with the usage would follow. */
function leaves(loop: ts.ForOfStatement): ts.Node | undefined {
  let found: ts.Node | undefined;
  walk(loop.statement, (node) => {
    if (isFn(node)) return false;
    if (found || !(ts.isBreakStatement(node) || ts.isReturnStatement(node))) return undefined;
    const around = conditionOf(node, loop);
    if (around === undefined || /finish|\bstop|\bdone\b/i.test(around)) found = node;
    return undefined;
  });
  return found;
}

function conditionOf(node: ts.Node, loop: ts.Node): string | undefined {
  for (let at = node.parent; at !== loop; at = at.parent) {
    if (ts.isIfStatement(at)) return at.expression.getText();
    if (ts.isSwitchStatement(at) || ts.isIterationStatement(at, false)) return "";
  }
  return undefined;
}

/** Edits that make the stream tell its usage; none when it does already, undefined when the options are not ours to write. */
function askFor({ app, call }: CallContext, { ask }: Parts): Edit[] | undefined {
  if (!ask) return [];
  const literal = optionLiterals(app, call).find((one) => propertyOf(one, ask.behind));
  const behind = literal && propertyOf(literal, ask.behind);
  if (!literal || !behind) return undefined;
  if (propertyOf(literal, ask.name)) return /include_usage['"]?\s*:\s*true/.test(propertyOf(literal, ask.name)?.getText() ?? "") ? [] : undefined;
  const file = literal.getSourceFile();
  const ownLine = file.text.slice(0, behind.getStart()).endsWith("\n") || /\n[ \t]*$/.test(file.text.slice(literal.getStart(), behind.getStart()));
  return [{ kind: "splice", at: { file: file.fileName, offset: behind.end }, remove: "", code: raw(`,${ownLine ? "\n" : " "}${ask.name}: ${ask.value}`) }];
}

function keeping(parts: Parts, names: ReadonlyMap<string, string>, part: string, loop: ts.ForOfStatement): Code {
  const lines = Object.entries(parts.keep).map(([name, { value, when }]) => {
    const kept = `${names.get(name) ?? name} = ${value.replaceAll("$", part)};`;
    return when === undefined ? kept : `if (${when.replaceAll("$", part)}) ${kept}`;
  });
  // The part that tells the usage has no choices: code that reads the first one without `?.` would throw.
  const bears = !parts.last || !/choices\s*\[\s*0\s*\]\s*!?\.(?!\?)/.test(loop.statement.getText());
  return raw([...lines, ...(bears ? [] : [`if (${part}.choices.length === 0) continue;`])].join("\n"));
}

/** Statements at the start of a loop's body, which gets braces when it has none. */
function inBody(loop: ts.ForOfStatement, statements: Code): Edit[] {
  const { statement } = loop;
  const file = loop.getSourceFile();
  const first = ts.isBlock(statement) ? statement.statements[0] : undefined;
  const anchor = first && anchorAt(first, "before");
  if (anchor) return insert(anchor, statements);
  const splice = (offset: number, text: Code): Edit => ({ kind: "splice", at: { file: file.fileName, offset }, remove: "", code: text });
  if (ts.isBlock(statement)) return [splice(statement.getStart(file) + 1, code`\n  ${statements}`)];
  return [splice(statement.getStart(file), code`{\n  ${statements}\n  `), splice(statement.end, raw("\n}"))];
}

function meterOf(context: CallContext, parts: Parts, names: ReadonlyMap<string, string>): Meter {
  const renamed = (text: string): Code => raw([...names].reduce((said, [name, own]) => said.replace(new RegExp(`\\b${name}\\b`, "g"), own), text));
  const first = Object.keys(parts.keep)[0];
  if (first === undefined) return context.meterOf(() => undefined);
  if (!parts.meter) return context.meterOf((path) => renamed(`${first}?.${path}`));
  const said = context.meterOf(() => undefined);
  const kept = Object.entries(parts.meter).map(([name, text]) => [name, renamed(text)] as const);
  return { ...Object.fromEntries(kept), ...Object.fromEntries(Object.entries(said).filter(([name]) => !(name in (parts.meter ?? {})))) };
}

/** A generator that hands every part on and records at the end: for streams that leave the function. */
function byHand(context: CallContext, parts: Parts): ByHand {
  const plain = new Map(Object.keys(parts.keep).map((name) => [name, name]));
  const type = context.app.language === "typescript" ? ": AsyncIterable<any>" : "";
  const lines = Object.entries(parts.keep).map(([name, { value, when }]) => `    ${when === undefined ? "" : `if (${when.replaceAll("$", "part")}) `}${name} = ${value.replaceAll("$", "part")};`);
  const ask = parts.ask ? `// Call the provider with ${parts.ask.name}: ${parts.ask.value}, and read recorded(stream) in place of its stream.` : "// Read recorded(stream) in place of the provider's stream.";
  const kept = plain.size === 0 ? [] : [`  let ${[...plain.keys()].join(", ")};`];
  const head = [ask, `async function* recorded(stream${type}) {`, ...kept, "  for await (const part of stream) {", ...lines, "    yield part;", "  }", "  "].join("\n");
  return { meter: meterOf(context, parts, plain), around: (statements) => code`${raw(head)}${statements}\n}` };
}
