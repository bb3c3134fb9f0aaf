// https://www.assemblyai.com/docs/api-reference
import { defineProvider, type CallPattern } from "../define.ts";
import { recordPolled } from "./record.polled.ts";

const SECONDS = { seconds: "audio_duration" };
const TOKENS = { total_tokens: "{usage.input_tokens} + {usage.output_tokens}", input_tokens: "usage.input_tokens", output_tokens: "usage.output_tokens" };
const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["AssemblyAI", "default"], method, eventType: "transcription", meter: {}, streams: false, ...rest });
const job = recordPolled({ done: "completed", meter: SECONDS, otherwise: "start" });

export default defineProvider({
  title: "AssemblyAI",
  packages: ["assemblyai"],
  host: /api(?:\.eu)?\.assemblyai\.com/,
  calls: [
    on("transcripts.transcribe", { meter: SECONDS }),
    ...["transcripts.submit", "transcripts.create"].map((method) => on(method, { record: job })),
    ...["lemur.task", "lemur.summary", "lemur.questionAnswer", "lemur.actionItems"].map((method) => on(method, { eventType: "text_generation", meter: TOKENS, given: { model: "$final_model" } })),
    ...["realtime.transcriber", "streaming.transcriber"].map((method) =>
      on(method, { eventType: "realtime_session", record: ({ call }) => ({ as: "none", reason: "a live transcription lasts as long as its connection: record it where it closes", node: call }) })),
  ],
  hosts: [
    { path: /^\/v2\/transcript\/?$/, method: "POST", call: "POST transcript", eventType: "transcription", meter: {}, record: job },
    { path: /^\/lemur\/v3\/generate\//, method: "POST", call: "POST lemur", eventType: "text_generation", meter: { input_tokens: "usage?.input_tokens", output_tokens: "usage?.output_tokens" } },
  ],
});
