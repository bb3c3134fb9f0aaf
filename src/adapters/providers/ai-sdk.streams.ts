import { code, joinCode, raw, textOf } from "../../code/code.ts";
import type { ByHand, Code, Edit } from "../../domain.ts";
import { afterAnchor } from "../../source/typescript/anchors.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { heldBy, isHeld, type NotHeld } from "../../source/typescript/held.ts";
import { literalOf, propertyOf } from "../../source/typescript/options.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import type { CallContext, Recorder } from "../define.ts";
import { recordCallback, type Ending } from "./record.callback.ts";

type Fields = Readonly<Record<string, string>>;

/** What `usage` is called inside, by the SDK's major version. */
const tokens = (usage: string, version: number): Fields =>
  version <= 4
    ? { total_tokens: `${usage}.totalTokens`, input_tokens: `${usage}.promptTokens`, output_tokens: `${usage}.completionTokens` }
    : { total_tokens: `${usage}.totalTokens`, input_tokens: `${usage}.inputTokens`, output_tokens: `${usage}.outputTokens` };

/** The end of `streamText`: in 5 and 6 `usage` is the last step's and `totalUsage` the sum, in 7 `usage` is the sum and `onEnd` the name. */
export function textEnding(version: number): Ending {
  if (version >= 7) return { names: ["onEnd", "onFinish"], meter: { ...tokens("usage", version), model: "finalStep.response.modelId" }, beside: aborted(["usage"], "finalStep") };
  if (version >= 5) return { names: ["onFinish"], meter: { ...tokens("totalUsage", version), model: "response.modelId" }, beside: aborted(["usage: totalUsage", "response"]) };
  return { names: ["onFinish"], meter: { ...tokens("usage", version), ...(version >= 4 && { model: "response.modelId" }) } };
}

/** The end of `streamObject`: one step, so `usage` is all of it. */
export const objectEnding = (version: number): Ending => ({ names: ["onFinish"], meter: { ...tokens("usage", version), ...(version >= 4 && { model: "response.modelId" }) } });

/** The end of `streamUI`, which does not tell the model. */
export const uiEnding = (version: number): Ending => ({ names: ["onFinish"], meter: tokens("usage", version) });

/** The end of each step of an agent's run: one event a step. */
export const stepEnding = (version: number): Ending => ({ names: version >= 7 ? ["onStepEnd", "onStepFinish"] : ["onStepFinish"], meter: { ...tokens("usage", version), model: "response.modelId" } });

/** A run that is aborted has no end: what its finished steps used is told to `onAbort`. One event a step. */
function aborted(read: readonly string[], step?: string): Ending["beside"] {
  const inside = (statements: Code): Code => (step === undefined ? statements : joinCode([raw(`const { ${read.join(", ")} } = ${step};`), statements], "\n"));
  const part = step ?? `{ ${read.join(", ")} }`;
  return {
    name: "onAbort",
    wanted: (options) => propertyOf(options, "abortSignal") !== undefined && ["tools", "stopWhen"].some((name) => propertyOf(options, name)),
    value: (statements) => code`async ({ steps }) => {\n  for (const ${part} of steps) {\n    ${inside(statements)}\n  }\n}`,
  };
}

/** Records in the options' callback of that ending. */
export const recordEnding = (ending: (version: number) => Ending): Recorder => (context) => {
  const said = ending(context.version ?? 6);
  const literal = optionsHere(context);
  const made = "reason" in literal ? literal : recordCallback(context, literal, said);
  return { ...made, byHand: byHand(context, said) };
};

/**
 * Records the end of a text stream, and sees to it that there is one: a stream that only a browser reads stops where the browser
 * leaves, while the provider charges for all of it. What may be aborted is left alone.
 */
export const recordText: Recorder = (context) => {
  const made = recordEnding(textEnding)(context);
  if (!made || "reason" in made || (context.version ?? 6) < 5) return made;
  const drain = drained(context);
  return drain.length === 0 ? made : { ...made, place: (statements) => [...made.place(statements), ...drain] };
};

const READ_TO_END = "// Reads to the end even when the browser leaves, so that the whole answer is counted.";

function drained({ call, site }: CallContext): Edit[] {
  const held = site === call ? heldBy(call, { fresh: "result" }) : undefined;
  const value = held && isHeld(held) && held.as === "name" ? held.value("") : undefined;
  const anchor = held && value && afterAnchor(held.node);
  if (!value || !anchor) return [];
  const name = textOf(value);
  const around = functionsAround(call)[0]?.getText() ?? "";
  const handedOver = new RegExp(`\\b${name.replaceAll("$", "\\$")}\\s*\\.\\s*(?:to\\w+Stream(?:Response)?|pipe\\w+)\\(`).test(around);
  if (!/^[\w$]+$/.test(name) || !handedOver || /\bconsumeStream\b|\babortSignal\b/.test(around)) return [];
  const { makeAsync: _, ...at } = anchor;
  return [{ kind: "insert", at, code: raw(`${READ_TO_END}\nvoid ${name}.consumeStream();`) }];
}

/** The call's options, where they are written in the function that makes the call. */
function optionsHere({ app, call, site }: CallContext): ts.ObjectLiteralExpression | NotHeld {
  const argument = call.arguments[0];
  const literal = argument && literalOf(app, argument);
  const elsewhere = (reason: string): NotHeld => ({ as: "none", reason, node: call });
  if (site !== call) return elsewhere(`its options are written in ${call.getSourceFile().fileName}, where the user is not known`);
  if (!argument || !literal) return elsewhere("its options are not written here");
  if (literal === bare(argument)) return literal;
  const name = bare(argument);
  const here = functionsAround(literal)[0] === functionsAround(call)[0] && ts.isIdentifier(name) && lookup(name.text, name) !== undefined;
  return here && uses(name) === 2 ? literal : elsewhere("its options are shared with other code");
}

/** How often a name stands in its function: once where it is declared, once where it is used. */
function uses(name: ts.Identifier): number {
  const text = (functionsAround(name)[0] ?? name.getSourceFile()).getText();
  return text.match(new RegExp(`\\b${name.text}\\b`, "g"))?.length ?? 0;
}

function byHand(context: CallContext, ending: Ending): ByHand {
  const heads = [...new Set(Object.values(ending.meter).map((path) => path.split(".")[0] ?? ""))];
  const told = Object.fromEntries(Object.entries(ending.meter).map(([name, path]) => [name, raw(path)]));
  return {
    meter: { ...context.meterOf(() => undefined), ...told },
    around: (statements) => code`// Among the options of the call:\n${ending.names[0] ?? "onFinish"}: async ({ ${heads.join(", ")} }) => {\n  ${statements}\n},`,
  };
}
