// https://platform.openai.com/docs/api-reference
import type { App } from "../../source/app.ts";
import type { ts } from "../../source/typescript/parse.ts";
import { defineProvider, type CallPattern, type Recorder } from "../define.ts";
import { recordLegacyStream } from "./record.legacy.ts";
import { recordFinal } from "./record.final.ts";
import { recordLoop } from "./record.loop.ts";
import { recordPolled } from "./record.polled.ts";
import { CHAT, CHAT_PARTS, EMBEDDING, SHAPED_HOSTS, chat } from "./shape.chat.ts";

const RESPONSE = { total_tokens: "usage?.total_tokens", input_tokens: "usage?.input_tokens", output_tokens: "usage?.output_tokens", model: "model" };
const ask = { name: "stream_options", value: "{ include_usage: true }", behind: "model" };

const later = (reason: string): Recorder => ({ call }) => ({ as: "none", reason, node: call });
const runs = recordPolled({ done: "completed", meter: CHAT, otherwise: { reason: "a run tells its usage when it is completed, which is not seen here" } });

/** `AzureOpenAI` and `BedrockOpenAI` are paid elsewhere; a base URL is seen by the engine. */
function payee(call: ts.CallExpression, app: App): string | undefined {
  const origin = app.originOf(call.expression);
  const maker = origin?.kind === "package" ? origin.path.join(".") : "";
  return /^(?:default\.)?AzureOpenAI\./.test(maker) ? "azure" : /^(?:default\.)?BedrockOpenAI\./.test(maker) ? "bedrock" : undefined;
}

const clients = { package: ["openai", "@openai/azure"], of: ["default", "OpenAI", "AzureOpenAI", "BedrockOpenAI"], paidTo: payee };
const on = (method: string, rest: Omit<CallPattern, "method">): CallPattern => ({ ...clients, method, given: { model: "$model" }, ...rest });
/** Version 3: `new OpenAIApi(configuration)`, results of axios. */
const v3 = (method: string, rest: Omit<CallPattern, "method">): CallPattern => ({ package: ["openai"], of: ["OpenAIApi"], method, given: { model: "$model" }, ...rest });
/** `openai-edge`: the same names, results of fetch. */
const edge = (method: string, rest: Omit<CallPattern, "method">): CallPattern => ({ package: ["openai-edge"], of: ["OpenAIApi"], method, answers: "response", given: { model: "$model" }, recordStream: recordLegacyStream(() => undefined), ...rest });

const within = (paths: Readonly<Record<string, string>>): Record<string, string> => Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, `data.${path}`]));
const images = { images: "data?.length" };

export default defineProvider({
  title: "OpenAI",
  packages: ["openai", "openai-edge"],
  host: /api\.openai\.com/,
  calls: [
    // Before 4.45 a stream could not be asked for its usage.
    chat({ ...clients, recordStream: recordLegacyStream(recordLoop(CHAT_PARTS)), since: "4.45" }),
    chat({ ...clients, recordStream: recordLegacyStream(later("streams of this version of openai do not tell their usage: update it to 4.45 or later")) }),
    ...["chat.completions.parse", "beta.chat.completions.parse"].map((method) => on(method, { eventType: "chat_completion", meter: CHAT })),
    ...["chat.completions.stream", "beta.chat.completions.stream"].map((method) =>
      on(method, { eventType: "chat_completion", meter: CHAT, streams: true, recordStream: recordFinal({ method: "finalChatCompletion", name: "completion", event: "finalChatCompletion", ask }) })),
    ...["chat.completions.runTools", "beta.chat.completions.runTools"].map((method) =>
      on(method, { eventType: "chat_completion", meter: { total_tokens: "total_tokens", input_tokens: "prompt_tokens", output_tokens: "completion_tokens" }, streams: true, recordStream: recordFinal({ method: "totalUsage", name: "usage", event: "totalUsage" }) })),
    on("responses.create", { eventType: "response", meter: RESPONSE, recordStream: recordLoop({ keep: { finished: { value: "$.response", when: '$.type === "response.completed"' } }, last: true }) }),
    on("responses.parse", { eventType: "response", meter: RESPONSE }),
    on("responses.stream", { eventType: "response", meter: RESPONSE, streams: true, recordStream: recordFinal({ method: "finalResponse", name: "finished", event: "response.completed", within: "response" }) }),
    on("completions.create", { eventType: "completion", meter: CHAT, recordStream: recordLegacyStream(recordLoop(CHAT_PARTS)) }),
    on("embeddings.create", { eventType: "embedding", meter: EMBEDDING }),
    ...["images.generate", "images.edit", "images.createVariation"].map((method) => on(method, { eventType: "image_generation", meter: images })),
    on("videos.create", { eventType: "video_generation", meter: { seconds: "Number({seconds})" } }),
    on("audio.speech.create", { eventType: "speech", meter: {}, given: { characters: "$input.length", model: "$model" } }),
    ...["audio.transcriptions.create", "audio.translations.create"].map((method) => on(method, { eventType: "transcription", meter: { seconds: '{usage}?.type === "duration" ? {usage}.seconds : undefined' }, since: 6 })),
    ...["audio.transcriptions.create", "audio.translations.create"].map((method) => on(method, { eventType: "transcription", meter: {} })),
    on("moderations.create", { eventType: "moderation", meter: {}, notBilled: "moderation is free of charge" }),
    on("batches.create", { eventType: "batch", meter: {}, record: later("a batch tells its usage when it is done: record it where its results are read") }),
    on("fineTuning.jobs.create", { eventType: "fine_tuning", meter: {}, record: later("a fine-tuning job tells its tokens when it is done") }),
    ...["realtime.sessions.create", "beta.realtime.sessions.create", "realtime.clientSecrets.create"].map((method) => on(method, { eventType: "realtime_session", meter: {}, record: later("a realtime session tells its usage in its response.done events") })),
    ...["beta.threads.runs.createAndPoll", "beta.threads.createAndRunPoll"].map((method) => on(method, { eventType: "assistant_run", meter: CHAT, streams: false })),
    ...["beta.threads.runs.create", "beta.threads.createAndRun"].map((method) => on(method, { eventType: "assistant_run", meter: CHAT, record: runs })),
    ...["beta.threads.runs.stream", "beta.threads.createAndRunStream", "beta.threads.runs.createAndStream"].map((method) => on(method, { eventType: "assistant_run", meter: CHAT, streams: true, recordStream: recordFinal({ method: "finalRun", name: "run" }) })),
    { package: ["@openai/agents", "@openai/agents-core"], function: ["run"], eventType: "agent_run", meter: {} },
    { package: ["chatgpt"], of: ["ChatGPTAPI"], method: "sendMessage", eventType: "chat_completion", meter: {} },
    v3("createChatCompletion", { eventType: "chat_completion", meter: within(CHAT) }),
    v3("createCompletion", { eventType: "completion", meter: within(CHAT) }),
    v3("createEdit", { eventType: "edit", meter: within(EMBEDDING) }),
    v3("createEmbedding", { eventType: "embedding", meter: within(EMBEDDING) }),
    ...["createImage", "createImageEdit", "createImageVariation"].map((method) => v3(method, { eventType: "image_generation", meter: { images: "data.data.length" } })),
    ...["createTranscription", "createTranslation"].map((method) => v3(method, { eventType: "transcription", meter: {}, given: { model: "$1" } })),
    v3("createModeration", { eventType: "moderation", meter: {}, notBilled: "moderation is free of charge" }),
    edge("createChatCompletion", { eventType: "chat_completion", meter: CHAT }),
    edge("createCompletion", { eventType: "completion", meter: CHAT }),
    edge("createEmbedding", { eventType: "embedding", meter: EMBEDDING }),
    edge("createImage", { eventType: "image_generation", meter: { images: "data.length" } }),
    edge("createTranscription", { eventType: "transcription", meter: {}, given: { model: "$1" } }),
    edge("createModeration", { eventType: "moderation", meter: {}, notBilled: "moderation is free of charge" }),
  ],
  hosts: SHAPED_HOSTS,
});

