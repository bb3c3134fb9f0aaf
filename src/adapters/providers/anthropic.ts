// https://docs.anthropic.com/en/api/messages
import type { App } from "../../source/app.ts";
import type { ts } from "../../source/typescript/parse.ts";
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLegacyStream } from "./record.legacy.ts";
import { recordFinal } from "./record.final.ts";
import { recordLoop } from "./record.loop.ts";
import { sumOf } from "./shape.chat.ts";

const MESSAGE = { total_tokens: "{usage.input_tokens} + {usage.output_tokens}", input_tokens: "usage.input_tokens", output_tokens: "usage.output_tokens", model: "model" };

/** A raw event stream tells the input at its start and the output, as a running total, at its end. */
const events = recordLoop({
  keep: { started: { value: "$.message", when: '$.type === "message_start"' }, ended: { value: "$.usage", when: '$.type === "message_delta"' } },
  meter: { total_tokens: "(started?.usage.input_tokens ?? 0) + (ended?.output_tokens ?? 0)", input_tokens: "started?.usage.input_tokens", output_tokens: "ended?.output_tokens", model: "started?.model" },
});

/** Models on Bedrock, Vertex AI and Foundry are paid there. */
function payee(call: ts.CallExpression, app: App): string | undefined {
  const origin = app.originOf(call.expression);
  const maker = origin?.kind === "package" ? `${origin.package} ${origin.path.join(".")}` : "";
  return /bedrock/i.test(maker) ? "bedrock" : /vertex/i.test(maker) ? "vertex" : /foundry/i.test(maker) ? "azure" : undefined;
}

const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({
  of: ["default", "Anthropic", "AnthropicBedrock", "AnthropicBedrockMantle", "AnthropicVertex", "AnthropicFoundry", "AnthropicAws"], method, eventType: "message", meter: MESSAGE, given: { model: "$model" }, paidTo: payee, ...rest,
});

export default defineProvider({
  title: "Anthropic",
  packages: ["@anthropic-ai/sdk", "@anthropic-ai/bedrock-sdk", "@anthropic-ai/vertex-sdk", "@anthropic-ai/foundry-sdk"],
  host: /api\.anthropic\.com/,
  calls: [
    ...["messages.create", "beta.messages.create", "messages.parse", "beta.messages.parse"].map((method) => on(method, { recordStream: recordLegacyStream(events) })),
    ...["messages.stream", "beta.messages.stream"].map((method) => on(method, { streams: true, recordStream: recordFinal({ method: "finalMessage", name: "message", event: "finalMessage" }) })),
    on("beta.messages.toolRunner", { streams: true }),
    ...["messages.batches.create", "beta.messages.batches.create"].map((method) =>
      on(method, { eventType: "batch", record: ({ call }) => ({ as: "none", reason: "a batch tells its usage when it is done: record it where its results are read", node: call }) })),
    on("completions.create", { eventType: "completion", meter: { model: "model" }, recordStream: recordLegacyStream(() => undefined) }),
  ],
  hosts: [
    { path: /^\/v1\/messages(?!\/)/, call: "POST messages", eventType: "message", meter: { total_tokens: sumOf("usage?.input_tokens", "usage?.output_tokens"), input_tokens: "usage?.input_tokens", output_tokens: "usage?.output_tokens", model: "model" } },
    { path: /^\/v1\/complete\b/, call: "POST complete", eventType: "completion", meter: { model: "model" } },
  ],
});
