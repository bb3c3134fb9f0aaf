// https://ai.google.dev/gemini-api/docs
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLegacyStream } from "./record.legacy.ts";
import { recordFinal } from "./record.final.ts";
import { recordLoop } from "./record.loop.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

const usage = (at: string): Record<string, string> => ({ total_tokens: `${at}usageMetadata?.totalTokenCount`, input_tokens: `${at}usageMetadata?.promptTokenCount`, output_tokens: `${at}usageMetadata?.candidatesTokenCount` });

/** `@google/generative-ai` and Vertex AI: the answer stands in `response`; a stream's in the promise of that name. */
const OLD = usage("response.");
const lastChunk = { lastChunk: { value: "$", when: "$.usageMetadata" } };
const atEnd = recordFinal({ method: "response", isProperty: true, name: "finished", at: "stream" });
const inLoop = recordLoop({ keep: lastChunk, at: "stream" });
const oldStream = recordLegacyStream((context) => {
  const ended = atEnd(context);
  return ended && "place" in ended ? ended : inLoop(context);
});

const generative = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ package: ["@google/generative-ai"], of: ["GoogleGenerativeAI"], method, eventType: "text_generation", meter: OLD, given: { model: "$model" }, ...rest });
const vertex = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ package: ["@google-cloud/vertexai"], of: ["VertexAI", "default"], method, eventType: "text_generation", meter: OLD, given: { model: "$model" }, paidTo: () => "vertex", ...rest });
const genai = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ package: ["@google/genai"], of: ["GoogleGenAI"], method, eventType: "text_generation", meter: usage(""), given: { model: "$model" }, ...rest });

/** A stream's own answer is one level up: `finished.usageMetadata`. */
const streamed = { meter: usage(""), streams: true, recordStream: oldStream };

const MODELS = ["getGenerativeModel()", "getGenerativeModelFromCachedContent()"];
const VERTEX_MODELS = [...MODELS, "preview.getGenerativeModel()"];
const ANSWERS = ["generateContent", "startChat().sendMessage"];
const STREAMS = ["generateContentStream", "startChat().sendMessageStream"];

const joined = (owners: readonly string[], methods: readonly string[]): string[] => owners.flatMap((owner) => methods.map((method) => `${owner}.${method}`));

export default defineProvider({
  title: "Google Gemini",
  packages: ["@google/genai", "@google/generative-ai", "@google-cloud/vertexai"],
  host: /generativelanguage\.googleapis\.com|aiplatform\.googleapis\.com/,
  calls: [
    // Usage is told from 0.11 on.
    ...joined(MODELS, ANSWERS).map((method) => generative(method, { call: method.replace(/^.*\./, ""), since: "0.11" })),
    ...joined(MODELS, ANSWERS).map((method) => generative(method, { call: method.replace(/^.*\./, ""), meter: {} })),
    ...joined(MODELS, STREAMS).map((method) => generative(method, { call: method.replace(/^.*\./, ""), ...streamed, since: "0.11" })),
    ...joined(MODELS, STREAMS).map((method) => generative(method, { call: method.replace(/^.*\./, ""), ...streamed, meter: {} })),
    ...joined(MODELS, ["embedContent", "batchEmbedContents"]).map((method) => generative(method, { call: method.replace(/^.*\./, ""), eventType: "embedding", meter: {} })),
    ...joined(VERTEX_MODELS, ANSWERS).map((method) => vertex(method, { call: method.replace(/^.*\./, "") })),
    ...joined(VERTEX_MODELS, STREAMS).map((method) => vertex(method, { call: method.replace(/^.*\./, ""), ...streamed })),
    ...["models.generateContent", "chats.create().sendMessage"].map((method) => genai(method)),
    ...["models.generateContentStream", "chats.create().sendMessageStream"].map((method) => genai(method, { streams: true, recordStream: recordLoop({ keep: lastChunk }) })),
    ...["models.generateImages", "models.editImage", "models.upscaleImage"].map((method) => genai(method, { eventType: "image_generation", meter: { images: "generatedImages?.length" } })),
    genai("models.generateVideos", { eventType: "video_generation", meter: {} }),
    genai("models.embedContent", { eventType: "embedding", meter: {} }),
    genai("live.connect", { eventType: "realtime_session", meter: {}, record: ({ call }) => ({ as: "none", reason: "a live session tells its usage in its messages (usageMetadata)", node: call }) }),
  ],
  hosts: [
    { path: /:generateContent\b/, call: "POST generateContent", eventType: "text_generation", meter: usage("") },
    { path: /:streamGenerateContent\b/, call: "POST streamGenerateContent", eventType: "text_generation", meter: {}, record: ({ call }) => ({ as: "none", reason: "the answer is a stream, whose last part tells usageMetadata", node: call }) },
    { path: /:(?:embedContent|batchEmbedContents)\b/, call: "POST embedContent", eventType: "embedding", meter: {} },
    { path: /:predict\b/, call: "POST predict", eventType: "image_generation", meter: { images: "predictions?.length" } },
    ...SHAPED_HOSTS,
  ],
});
