// https://docs.x.ai/docs/api-reference
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({
  title: "xAI",
  packages: [],
  host: /api\.x\.ai/,
  calls: [],
  hosts: [
    { path: /\/v1\/tts\b/, method: "POST", call: "POST tts", eventType: "speech", meter: {} },
    { path: /\/v1\/videos\/(?:generations|edits)\b/, method: "POST", call: "POST videos", eventType: "video_generation", meter: {} },
    ...SHAPED_HOSTS,
  ],
});
