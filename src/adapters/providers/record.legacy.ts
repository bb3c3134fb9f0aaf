import { code, raw } from "../../code/code.ts";
import type { Recording } from "../../domain.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { isHeld } from "../../source/typescript/held.ts";
import { literalOf } from "../../source/typescript/options.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import type { CallContext, Recorder } from "../define.ts";
import { recordCallback, type Ending } from "./record.callback.ts";

/** The end of `OpenAIStream` and its kin of AI SDK 2 and 3: only the text is told. */
const ENDING: Ending = { names: ["onCompletion", "onFinal"], plain: "completion", meter: { characters: "length" } };

/** Streams handed to `OpenAIStream(response, { onCompletion })`, `AnthropicStream` and the like; anything else is left to `otherwise`. */
export const recordLegacyStream = (otherwise: Recorder): Recorder => (context) => {
  const adapter = adapterOf(context);
  if (!adapter) return otherwise(context);
  const options = adapter.arguments[1];
  const literal = options && literalOf(context.app, options);
  if (literal && literal === bare(options)) return recordCallback(context, literal, ENDING);
  if (options) return { as: "none", reason: "the callbacks of its stream are not written here", node: options };
  return withCallback(context, adapter);
};

function adapterOf({ app, site, held }: CallContext): ts.CallExpression | undefined {
  const scope = functionsAround(site).at(-1);
  const name = isHeld(held) ? held.value("")?.parts.join("") : undefined;
  let found: ts.CallExpression | undefined;
  if (scope)
    walk(scope, (node) => {
      if (found || !ts.isCallExpression(node) || !/Stream$/.test(node.expression.getText()) || !node.arguments[0]) return;
      const given = bare(node.arguments[0]);
      const origin = app.originOf(node.expression);
      if (origin?.kind === "package" && origin.package === "ai" && (given === site || (name !== undefined && given.getText().split(".")[0] === name))) found = node;
    });
  return found;
}

/** `OpenAIStream(response)` gets its callbacks. */
function withCallback(context: CallContext, adapter: ts.CallExpression): Recording {
  const last = adapter.arguments.at(-1) ?? adapter;
  const at = { file: adapter.getSourceFile().fileName, offset: last.end };
  return {
    meter: { characters: raw("completion.length"), ...context.meterOf(() => undefined) },
    place: (statements) => [{ kind: "splice", at, remove: "", code: code`, {\n  onCompletion: async (completion) => {\n    ${statements}\n  },\n}` }],
  };
}
