import type { App } from "../../source/app.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";

/** Who is paid, by the package or class a model comes from. */
const MAKERS: readonly (readonly [RegExp, string])[] = [
  [/ollama/i, "ollama"], [/azure/i, "azure"], [/bedrock|@langchain\/aws/i, "bedrock"], [/vertex/i, "vertex"], [/anthropic/i, "anthropic"], [/google|gemini/i, "google"], [/groq/i, "groq"], [/mistral/i, "mistral"], [/cohere/i, "cohere"],
  [/together/i, "together"], [/fireworks/i, "fireworks"], [/deepseek/i, "deepseek"], [/xai/i, "xai"], [/openrouter/i, "openrouter"], [/perplexity/i, "perplexity"], [/huggingface/i, "huggingface"], [/replicate/i, "replicate"], [/voyage/i, "voyage"], [/openai/i, "openai"],
];

const MODEL = /^(?:default\.)?(?:(?:Chat|BaseChat)\w+|AzureChatOpenAI|OpenAI|AzureOpenAI|OpenAIChat|VertexAI|HuggingFaceInference|Replicate|Cohere|Bedrock|MistralAI|\w*Embeddings)\.new|^(?:default\.)?initChatModel\.\(\)/;

/** The provider behind a model's origin; undefined when the value is no model. */
function makerOf(app: App, node: ts.Node): string | undefined {
  const origin = app.originOf(node);
  if (origin?.kind !== "package" || !/langchain/.test(origin.package) || !MODEL.test(pathOf(origin))) return undefined;
  return MAKERS.find(([test]) => test.test(`${origin.specifier} ${origin.path[0] ?? ""}`))?.[1] ?? "langchain";
}

/** Who is paid for a call of a model, or of a chain or agent that a model was given to. */
export function payeeOfChain(call: ts.CallExpression, app: App): string | undefined {
  if (!ts.isPropertyAccessExpression(call.expression)) return undefined;
  const given = call.arguments.map((argument) => makerOf(app, argument)).find((maker) => maker !== undefined);
  return makerOf(app, call.expression.expression) ?? given ?? modelWithin(app, call.expression.expression, 0);
}

/** The first model among what a chain is built from: its arguments, and those of what it is chained to. */
function modelWithin(app: App, given: ts.Node, depth: number): string | undefined {
  const node = valueOf(app, given) ?? bare(given);
  if (depth > 6) return undefined;
  let found: string | undefined;
  const visit = (at: ts.Node): boolean | void => {
    if (found !== undefined || ts.isFunctionLike(at)) return false;
    if (ts.isIdentifier(at) || ts.isNewExpression(at) || ts.isPropertyAccessExpression(at)) found = makerOf(app, at);
    if (found === undefined && ts.isIdentifier(at) && !ts.isPropertyAccessExpression(at.parent)) {
      const value = valueOf(app, at);
      if (value && (ts.isCallExpression(value) || ts.isNewExpression(value)) && value !== node) found = modelWithin(app, value, depth + 1);
    }
    return undefined;
  };
  walk(node, visit);
  return found;
}

/** Whether a model is the last step of a chain, so that its answer is the model's own message. */
export function endsInModel(call: ts.CallExpression, app: App): boolean {
  const chain = ts.isPropertyAccessExpression(call.expression) ? valueOf(app, call.expression.expression) : undefined;
  const last = chain && ts.isCallExpression(chain) && ts.isPropertyAccessExpression(chain.expression) && chain.expression.name.text === "pipe" ? chain.arguments[0] : undefined;
  const origin = last && app.originOf(last);
  return last !== undefined && makerOf(app, last) !== undefined && !(origin?.kind === "package" && origin.path.includes("withStructuredOutput"));
}

const PARTS = /^(?:addNode|createMiddleware|tool|DynamicTool|DynamicStructuredTool|RunnableLambda)$/;

/** A model that is called inside a graph's node, a middleware or a tool is a part of that agent's run. */
export function partOfRun(call: ts.CallExpression): string | undefined {
  const inside = functionsAround(call).some((fn) => {
    let at: ts.Node = wrapped(fn);
    while (ts.isPropertyAssignment(at.parent) || ts.isObjectLiteralExpression(at.parent) || (ts.isMethodDeclaration(at) && ts.isObjectLiteralExpression(at.parent))) at = at.parent;
    const taker = ts.isCallExpression(at.parent) || ts.isNewExpression(at.parent) ? at.parent.expression.getText().split(".").at(-1) : undefined;
    return taker !== undefined && PARTS.test(taker);
  });
  return inside ? "it is a part of an agent's run, which is billed as a whole" : undefined;
}
