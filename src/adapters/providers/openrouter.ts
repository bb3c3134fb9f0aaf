// https://openrouter.ai/docs/api-reference
import { defineProvider, type CallPattern } from "../define.ts";
import { recordFinal } from "./record.final.ts";
import { recordLoop } from "./record.loop.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

const USAGE = { total_tokens: "usage?.totalTokens", input_tokens: "usage?.promptTokens", output_tokens: "usage?.completionTokens", model: "model" };
const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["OpenRouter"], method, eventType: "chat_completion", meter: USAGE, given: { model: "$model" }, ...rest });

export default defineProvider({
  title: "OpenRouter",
  packages: ["@openrouter/sdk"],
  host: /openrouter\.ai/,
  calls: [
    on("chat.send", { recordStream: recordLoop({ keep: { lastChunk: { value: "$.data", when: "$.data.usage" } } }) }),
    on("callModel", { eventType: "response", meter: { total_tokens: "usage?.totalTokens", input_tokens: "usage?.inputTokens", output_tokens: "usage?.outputTokens" }, streams: true, recordStream: recordFinal({ method: "getResponse", name: "finished", at: "getTextStream()" }) }),
    on("embeddings.generate", { eventType: "embedding", meter: {} }),
  ],
  hosts: SHAPED_HOSTS,
});
