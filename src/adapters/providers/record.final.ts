import type { Edit, Recording } from "../../domain.ts";
import { code, joinCode, raw, textOf } from "../../code/code.ts";
import { afterAnchor, anchorAt } from "../../source/typescript/anchors.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { heldBy, insert, isHeld, type Held, type NotHeld } from "../../source/typescript/held.ts";
import { optionLiterals, propertyOf } from "../../source/typescript/options.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import type { CallContext, Recorder } from "../define.ts";

/** A stream object that gives its whole result at the end. */
export interface Final {
  /** The method that waits for the result (`finalMessage`), or the property that is its promise, and what the result is called. */
  readonly method: string;
  readonly isProperty?: boolean;
  /** Where in the call's result the stream is that loops read, when it is not the result itself. */
  readonly at?: string;
  readonly name: string;
  /** The event that brings the result to a listener, and where in the event it is. */
  readonly event?: string;
  readonly within?: string;
  /** The option without which the stream does not tell its usage, and the option it belongs behind. */
  readonly ask?: { readonly name: string; readonly value: string; readonly behind: string };
}

/**
 * Records a stream object at its end: where its result is awaited already, else after the loop that reads it, else in a listener,
 * which does not care where the stream goes.
 */
export const recordFinal = (final: Final): Recorder => (context) => {
  const ask = askFor(context, final);
  const awaited = awaitedResult(context, final);
  const made = awaited ?? afterLoop(context, final) ?? listened(context, final);
  if ("reason" in made || ask.length === 0) return made;
  return { meter: made.meter, place: (statements) => [...ask, ...made.place(statements)] };
};

function askFor({ app, call }: CallContext, { ask }: Final): Edit[] {
  const literal = ask && optionLiterals(app, call).find((one) => propertyOf(one, ask.behind));
  const behind = literal && propertyOf(literal, ask.behind);
  if (!ask || !literal || !behind || propertyOf(literal, ask.name)) return [];
  const file = literal.getSourceFile();
  const ownLine = /\n[ \t]*$/.test(file.text.slice(literal.getStart(), behind.getStart()));
  return [{ kind: "splice", at: { file: file.fileName, offset: behind.end }, remove: "", code: raw(`,${ownLine ? "\n" : " "}${ask.name}: ${ask.value}`) }];
}

/** What the stream is called in its function; `.on(…)` belongs to it. */
function nameOf({ site }: CallContext): { readonly name: string; readonly node: ts.Node } | undefined {
  const held = heldBy(site, { fresh: "stream", chain: /^(?:on|once)$/ });
  const name = isHeld(held) && held.as === "name" ? held.value("") : undefined;
  return name && isHeld(held) ? { name: textOf(name), node: held.node } : undefined;
}

/** `const message = await stream.finalMessage();` further down, or on the call itself. */
function awaitedResult(context: CallContext, final: Final): Recording | undefined {
  const scope = functionsAround(context.site).at(-1);
  const name = nameOf(context)?.name;
  let found: Recording | undefined;
  if (scope)
    walk(scope, (node) => {
      const read = ts.isCallExpression(node) ? node.expression : final.isProperty ? node : undefined;
      if (found || !read || !ts.isPropertyAccessExpression(read) || read.name.text !== final.method || !ts.isExpression(node)) return;
      const owner = bare(read.expression);
      if (owner !== context.site && owner.getText() !== name) return;
      const held = heldBy(node, { fresh: context.fresh(final.name, `${final.name}Result`) });
      if (isHeld(held)) found = held.as === "discarded" ? named(context, final, held) : { meter: context.meterOf(held.value), place: held.place };
    });
  return found;
}

/** `await stream.finalMessage();` gives its result a name. */
function named(context: CallContext, final: Final, held: Held): Recording {
  const name = context.fresh(final.name, `${final.name}Result`);
  const file = held.node.getSourceFile();
  const statement = ts.isExpressionStatement(held.node.parent) ? held.node.parent : held.node;
  return {
    meter: context.meterOf((path) => raw(`${name}.${path}`)),
    place: (statements) => [{ kind: "splice", at: { file: file.fileName, offset: statement.getStart(file) }, remove: "", code: raw(`const ${name} = `) }, ...held.place(statements)],
  };
}

function afterLoop(context: CallContext, final: Final): Recording | undefined {
  const stream = nameOf(context);
  const scope = functionsAround(context.site).at(-1);
  let loop: ts.ForOfStatement | undefined;
  const read = stream && (final.at === undefined ? stream.name : `${stream.name}.${final.at}`);
  if (scope && read !== undefined) walk(scope, (node) => void (ts.isForOfStatement(node) && node.awaitModifier && bare(node.expression).getText() === read && (loop ??= node)));
  const after = loop && anchorAt(loop, "after");
  if (!stream || !after) return undefined;
  const name = context.fresh(final.name, `${final.name}Result`);
  return {
    meter: context.meterOf((path) => raw(`${name}.${path}`)),
    place: (statements) => insert(after, joinCode([raw(`const ${name} = await ${stream.name}.${final.method}${final.isProperty ? "" : "()"};`), statements], "\n")),
  };
}

function listened(context: CallContext, final: Final): Recording | NotHeld {
  const { call, site } = context;
  if (final.event === undefined || site !== call) return { as: "none", reason: "its stream is handed on, and read elsewhere", node: site };
  const name = context.fresh(final.within === undefined ? final.name : "event", `${final.name}Result`);
  const from = final.within === undefined ? name : `${name}.${final.within}`;
  const meter = context.meterOf((path) => raw(`${from}.${path}`));
  const stream = nameOf(context);
  const after = stream && afterAnchor(stream.node);
  const event = final.event;
  if (stream && after) return { meter, place: (statements) => insert(after, code`${stream.name}.on("${event}", async (${name}) => {\n  ${statements}\n});`) };
  return { meter, place: (statements) => [{ kind: "splice", at: { file: call.getSourceFile().fileName, offset: call.end }, remove: "", code: code`.on("${event}", async (${name}) => {\n  ${statements}\n})` }] };
}
