// https://docs.cohere.com/reference/chat
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";
import { sumOf } from "./shape.chat.ts";

/** Version 1 of the API tells tokens in `meta`, version 2 in `usage`. */
const V1 = { total_tokens: sumOf("meta?.tokens?.inputTokens", "meta?.tokens?.outputTokens"), input_tokens: "meta?.tokens?.inputTokens", output_tokens: "meta?.tokens?.outputTokens" };
const V2 = { total_tokens: sumOf("usage?.tokens?.inputTokens", "usage?.tokens?.outputTokens"), input_tokens: "usage?.tokens?.inputTokens", output_tokens: "usage?.tokens?.outputTokens" };
const EMBED = { total_tokens: "meta?.billedUnits?.inputTokens" };

const v1 = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["CohereClient"], method, eventType: "chat_completion", meter: V1, given: { model: "$model" }, streams: false, ...rest });
const v2 = (method: string, rest: Partial<CallPattern> = {}): CallPattern[] =>
  [{ of: ["CohereClientV2"], method }, { of: ["CohereClient"], method: `v2.${method}` }].map((where) => ({ ...where, call: method, eventType: "chat_completion", meter: V2, given: { model: "$model" }, streams: false, ...rest }));

export default defineProvider({
  title: "Cohere",
  packages: ["cohere-ai"],
  host: /api\.cohere\.(?:com|ai)/,
  calls: [
    v1("chat"),
    v1("chatStream", { streams: true, recordStream: recordLoop({ keep: { finished: { value: "$.response", when: '$.eventType === "stream-end"' } } }) }),
    v1("generate", { eventType: "text_generation", meter: { input_tokens: "meta?.billedUnits?.inputTokens", output_tokens: "meta?.billedUnits?.outputTokens" } }),
    v1("generateStream", { eventType: "text_generation", meter: {}, streams: true, recordStream: recordLoop({ keep: {} }) }),
    v1("embed", { eventType: "embedding", meter: EMBED }),
    v1("rerank", { eventType: "rerank", meter: {} }),
    ...["classify", "summarize"].map((method) => v1(method, { eventType: method === "classify" ? "classification" : "summary", meter: {} })),
    ...v2("chat"),
    ...v2("chatStream", { streams: true, recordStream: recordLoop({ keep: { finished: { value: "$.delta", when: '$.type === "message-end"' } } }) }),
    ...v2("embed", { eventType: "embedding", meter: EMBED }),
    ...v2("rerank", { eventType: "rerank", meter: {} }),
  ],
  hosts: [
    { path: /^\/(?:v\d\/)?chat\b/, method: "POST", call: "POST chat", eventType: "chat_completion", meter: { input_tokens: "usage?.tokens?.input_tokens", output_tokens: "usage?.tokens?.output_tokens" } },
    { path: /^\/(?:v\d\/)?generate\b/, method: "POST", call: "POST generate", eventType: "text_generation", meter: { input_tokens: "meta?.billed_units?.input_tokens", output_tokens: "meta?.billed_units?.output_tokens" } },
    { path: /^\/(?:v\d\/)?(?:embed|rerank|classify|summarize)\b/, method: "POST", call: "POST embed", eventType: "embedding", meter: { total_tokens: "meta?.billed_units?.input_tokens" } },
  ],
});
