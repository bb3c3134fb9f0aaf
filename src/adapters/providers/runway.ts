// https://docs.dev.runwayml.com/api
import { defineProvider, type CallPattern } from "../define.ts";

/** Tasks are queued, and billed at their start. */
const on = (method: string, eventType: string, given: Readonly<Record<string, string>> = {}): CallPattern => ({ of: ["default", "RunwayML"], method: `${method}.create`, eventType, meter: {}, given: { ...given, model: "$model" } });

export default defineProvider({
  title: "Runway",
  packages: ["@runwayml/sdk"],
  host: /api\.dev\.runwayml\.com/,
  calls: [
    ...["imageToVideo", "textToVideo", "videoToVideo", "characterPerformance", "videoUpscale"].map((method) => on(method, "video_generation", { seconds: "$duration" })),
    on("textToImage", "image_generation", { images: "1" }),
    ...["textToSpeech", "speechToSpeech", "soundEffect", "voiceDubbing", "voiceIsolation"].map((method) => on(method, "speech")),
  ],
  hosts: [{ path: /^\/v1\/(?:\w+_to_\w+|character_performance|video_upscale|sound_effect)\b/, method: "POST", call: "POST task", eventType: "generation", meter: {}, given: { model: "$model" } }],
});
