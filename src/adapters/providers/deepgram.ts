// https://developers.deepgram.com/reference
import { defineProvider, type CallPattern } from "../define.ts";

const on = (method: string, rest: Partial<CallPattern> = {}): CallPattern => ({ of: ["createClient", "Deepgram", "DeepgramClient"], method, eventType: "transcription", meter: {}, given: { model: "$model" }, streams: false, ...rest });

export default defineProvider({
  title: "Deepgram",
  packages: ["@deepgram/sdk"],
  host: /api\.deepgram\.com/,
  calls: [
    ...["listen.prerecorded.transcribeUrl", "listen.prerecorded.transcribeFile"].map((method) => on(method, { meter: { seconds: "result?.metadata.duration" } })),
    ...["listen.v1.media.transcribeUrl", "listen.v1.media.transcribeFile"].map((method) => on(method, { meter: { seconds: '"metadata" in {} ? {metadata.duration} : undefined' } })),
    on("transcription.preRecorded", { meter: { seconds: "metadata?.duration" } }),
    ...["speak.request", "speak.v1.audio.generate"].map((method) => on(method, { eventType: "speech", given: { characters: "$text.length", model: "$model" } })),
    ...["read.analyzeText", "read.analyzeUrl", "read.v1.text.analyze"].map((method) => on(method, { eventType: "text_analysis" })),
    ...["listen.live", "listen.v1.connect", "transcription.live", "speak.live", "agent"].map((method) =>
      on(method, { eventType: "realtime_session", record: ({ call }) => ({ as: "none", reason: "a live connection is billed by its length: record it where it closes", node: call }) })),
  ],
  hosts: [
    { path: /^\/v1\/listen\b/, method: "POST", call: "POST listen", eventType: "transcription", meter: { seconds: "metadata?.duration" } },
    { path: /^\/v1\/speak\b/, method: "POST", call: "POST speak", eventType: "speech", meter: {}, given: { characters: "$text.length" } },
  ],
});
