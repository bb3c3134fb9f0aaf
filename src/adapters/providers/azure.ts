// https://learn.microsoft.com/en-us/azure/ai-services/openai/reference
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLegacyStream } from "./record.legacy.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

const USAGE = { total_tokens: "usage?.totalTokens", input_tokens: "usage?.promptTokens", output_tokens: "usage?.completionTokens" };

/** `@azure/openai` before 2.0, with a client of its own; 2.0 is the `openai` package with `AzureOpenAI`. The first argument names the deployment. */
const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ package: ["@azure/openai"], of: ["OpenAIClient"], method, eventType: "chat_completion", meter: USAGE, given: { model: "$0" }, streams: false, ...rest });

export default defineProvider({
  title: "Azure AI",
  packages: ["@azure/openai"],
  host: /[\w*-]+\.openai\.azure\.com|[\w*-]+\.cognitiveservices\.azure\.com|[\w*-]+\.services\.ai\.azure\.com|api(?:\.\w+)?\.cognitive\.microsofttranslator\.com/,
  calls: [
    on("getChatCompletions"),
    on("getCompletions", { eventType: "completion" }),
    ...["streamChatCompletions", "streamCompletions", "listChatCompletions"].map((method) => on(method, { streams: true, recordStream: recordLegacyStream(() => undefined) })),
    on("getEmbeddings", { eventType: "embedding", meter: { total_tokens: "usage.totalTokens" } }),
    on("getImages", { eventType: "image_generation", meter: { images: "data.length" } }),
    ...["getAudioTranscription", "getAudioTranslation"].map((method) => on(method, { eventType: "transcription", meter: {} })),
  ],
  hosts: [
    { path: /^\/translate\b/, method: "POST", call: "POST translate", eventType: "translation", meter: {} },
    { path: /\/vision\/v[\d.]+\//, method: "POST", call: "POST vision", eventType: "image_analysis", meter: {}, given: { images: "1" } },
    ...SHAPED_HOSTS,
  ],
});
