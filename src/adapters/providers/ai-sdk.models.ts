import type { App } from "../../source/app.ts";
import { optionOf } from "../../source/typescript/options.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";

const PACKAGES: Readonly<Record<string, string>> = {
  "@ai-sdk/amazon-bedrock": "bedrock", "@ai-sdk/google-vertex": "google", "@ai-sdk/togetherai": "together", "@ai-sdk/gateway": "vercel", "@ai-sdk/vercel": "vercel",
  "@openrouter/ai-sdk-provider": "openrouter", "workers-ai-provider": "cloudflare", "ollama-ai-provider": "ollama", "ollama-ai-provider-v2": "ollama",
};

/** Who is paid for a call by its `model` option: `anthropic("…")` of `@ai-sdk/anthropic`, `"openai/gpt-5"` through the gateway, a base URL of `createOpenAI`. */
export function payeeOfModel(call: ts.CallExpression, app: App): string | undefined {
  const option = optionOf(app, call, "model");
  return option && payeeOf(option, app);
}

/** The same for an agent, whose model is told where it is made. */
export function payeeOfAgent(call: ts.CallExpression, app: App): string | undefined {
  const agent = ts.isPropertyAccessExpression(call.expression) ? valueOf(app, call.expression.expression) : undefined;
  const option = agent && (ts.isNewExpression(agent) || ts.isCallExpression(agent)) ? optionOf(app, agent, "model") : undefined;
  return option && payeeOf(option, app);
}

/** The same for an agent that is among the options. */
export function payeeOfGivenAgent(call: ts.CallExpression, app: App): string | undefined {
  const given = optionOf(app, call, "agent");
  const agent = given && valueOf(app, given);
  const option = agent && (ts.isNewExpression(agent) || ts.isCallExpression(agent)) ? optionOf(app, agent, "model") : undefined;
  return option && payeeOf(option, app);
}

function payeeOf(option: ts.Expression, app: App): string | undefined {
  const model = bare(option);
  // A choice between makers is known only when it is made.
  if (ts.isConditionalExpression(model)) return payeeOf(model.whenTrue, app) === payeeOf(model.whenFalse, app) ? payeeOf(model.whenTrue, app) : undefined;
  if (ts.isStringLiteralLike(model)) return model.text.includes("/") ? "vercel" : undefined;
  const origin = app.originOf(model);
  if (origin?.kind !== "package") return undefined;
  const wrapper = origin.package === "ai" ? valueOf(app, model) : undefined;
  const inner = wrapper && ts.isCallExpression(wrapper) ? optionOf(app, wrapper, "model") : undefined;
  if (inner) return payeeOf(inner, app);
  const base = providerMade(model, app);
  if (base !== undefined) return base;
  return PACKAGES[origin.package] ?? /^@ai-sdk\/(?!openai-compatible)([\w-]+)$/.exec(origin.package)?.[1];
}

/** The address of `createOpenAI({ baseURL })("model")`. */
function providerMade(model: ts.Node, app: App): string | undefined {
  const value = ts.isCallExpression(model) ? model : valueOf(app, model);
  if (!value || !ts.isCallExpression(value)) return undefined;
  let callee: ts.Node = bare(value.expression);
  while (ts.isPropertyAccessExpression(callee)) callee = bare(callee.expression);
  const maker = ts.isCallExpression(callee) ? callee : valueOf(app, callee);
  const base = maker && ts.isCallExpression(maker) ? optionOf(app, maker, "baseURL") : undefined;
  const text = base && textValue(app, base);
  return text?.startsWith("http") ? text : undefined;
}
