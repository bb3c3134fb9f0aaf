// https://console.groq.com/docs/api-reference
import { defineProvider, type CallPattern } from "../define.ts";
import { recordLoop } from "./record.loop.ts";
import { chat, EMBEDDING, SHAPED_HOSTS } from "./shape.chat.ts";

/** Groq tells the usage of a stream unasked, in a field of its own. */
const stream = recordLoop({
  keep: { lastChunk: { value: "$", when: "$.x_groq?.usage" } },
  meter: { total_tokens: "lastChunk?.x_groq?.usage?.total_tokens", input_tokens: "lastChunk?.x_groq?.usage?.prompt_tokens", output_tokens: "lastChunk?.x_groq?.usage?.completion_tokens", model: "lastChunk?.model" },
});

const of = ["default", "Groq"];
const on = (method: string, rest: Omit<CallPattern, "method">): CallPattern => ({ of, method, given: { model: "$model" }, ...rest });

export default defineProvider({
  title: "Groq",
  packages: ["groq-sdk"],
  host: /api\.groq\.com/,
  calls: [
    chat({ of, recordStream: stream }),
    on("embeddings.create", { eventType: "embedding", meter: EMBEDDING }),
    ...["audio.transcriptions.create", "audio.translations.create"].map((method) => on(method, { eventType: "transcription", meter: {} })),
    on("audio.speech.create", { eventType: "speech", meter: {}, given: { characters: "$input.length", model: "$model" } }),
  ],
  hosts: SHAPED_HOSTS,
});
