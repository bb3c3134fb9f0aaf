// https://docs.together.ai/reference
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";
import { chat, CHAT, SHAPED_HOSTS } from "./shape.chat.ts";

const of = ["default", "Together"];
const stream = recordLoop({ keep: { lastChunk: { value: "$", when: "$.usage" } }, last: true });
const on = (method: string, rest: Omit<CallPattern, "method">): CallPattern => ({ of, method, given: { model: "$model" }, ...rest });

export default defineProvider({
  title: "Together AI",
  packages: ["together-ai"],
  host: /api\.together\.(?:xyz|ai)/,
  calls: [
    chat({ of, recordStream: stream }),
    on("completions.create", { eventType: "completion", meter: CHAT, recordStream: stream }),
    on("embeddings.create", { eventType: "embedding", meter: { model: "model" } }),
    ...["images.create", "images.generate"].map((method) => on(method, { eventType: "image_generation", meter: { images: "data.length", model: "model" } })),
    ...["audio.create", "audio.speech.create"].map((method) => on(method, { eventType: "speech", meter: {}, given: { characters: "$input.length", model: "$model" } })),
    ...["audio.transcriptions.create", "audio.translations.create"].map((method) => on(method, { eventType: "transcription", meter: {} })),
    on("videos.create", { eventType: "video_generation", meter: {} }),
    on("rerank.create", { eventType: "rerank", meter: { total_tokens: "usage?.total_tokens", model: "model" } }),
  ],
  hosts: [...SHAPED_HOSTS, { path: /\/v1\/rerank\b/, call: "POST rerank", eventType: "rerank", meter: { total_tokens: "usage?.total_tokens", model: "model" } }],
});
