// https://docs.mistral.ai/api/
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";
import { CHAT, SHAPED_HOSTS } from "./shape.chat.ts";

const USAGE = { total_tokens: "usage.totalTokens", input_tokens: "usage.promptTokens", output_tokens: "usage.completionTokens", model: "model" };
const OLD = { total_tokens: "usage.total_tokens", input_tokens: "usage.prompt_tokens", output_tokens: "usage.completion_tokens", model: "model" };

/** Usage comes unasked in the last event. */
const stream = recordLoop({
  keep: { lastChunk: { value: "$.data", when: "$.data.usage" } },
  meter: { total_tokens: "lastChunk?.usage?.totalTokens", input_tokens: "lastChunk?.usage?.promptTokens", output_tokens: "lastChunk?.usage?.completionTokens", model: "lastChunk?.model" },
});
const oldStream = recordLoop({ keep: { lastChunk: { value: "$", when: "$.usage" } }, meter: { total_tokens: "lastChunk?.usage?.total_tokens", input_tokens: "lastChunk?.usage?.prompt_tokens", output_tokens: "lastChunk?.usage?.completion_tokens", model: "lastChunk?.model" } });

const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["Mistral"], method, eventType: "chat_completion", meter: USAGE, given: { model: "$model" }, streams: false, ...rest });
const old = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["default", "MistralClient"], method, eventType: "chat_completion", meter: OLD, given: { model: "$model" }, streams: false, until: 0, ...rest });

export default defineProvider({
  title: "Mistral",
  packages: ["@mistralai/mistralai"],
  host: /api\.mistral\.ai|codestral\.mistral\.ai/,
  calls: [
    ...["chat.complete", "chat.parse", "fim.complete", "agents.complete"].map((method) => on(method)),
    ...["chat.stream", "chat.parseStream", "fim.stream", "agents.stream"].map((method) => on(method, { streams: true, recordStream: stream })),
    on("embeddings.create", { eventType: "embedding" }),
    on("ocr.process", { eventType: "ocr", meter: { pages: "usageInfo.pagesProcessed", model: "model" } }),
    on("audio.transcriptions.complete", { eventType: "transcription", meter: { seconds: "usage.promptAudioSeconds", model: "model" } }),
    on("audio.speech.complete", { eventType: "speech", meter: {} }),
    ...["classifiers.moderate", "classifiers.moderateChat"].map((method) => on(method, { eventType: "moderation", meter: {}, notBilled: "moderation is not what the user came for" })),
    old("chat"),
    old("completion", { eventType: "completion" }),
    ...["chatStream", "completionStream"].map((method) => old(method, { streams: true, recordStream: oldStream })),
    old("embeddings", { eventType: "embedding" }),
  ],
  hosts: [
    { path: /\/v1\/ocr\b/, call: "POST ocr", eventType: "ocr", meter: { pages: "usage_info?.pages_processed", model: "model" } },
    { path: /\/v1\/(?:fim|agents)\/completions\b/, call: "POST completions", eventType: "completion", meter: CHAT },
    ...SHAPED_HOSTS,
  ],
});
