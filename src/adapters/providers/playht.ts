// https://docs.play.ht/reference
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "PlayHT",
  packages: [],
  host: /api\.play\.ht|play\.ht\/api/,
  calls: [],
  hosts: [{ path: /^\/(?:api\/)?v\d\/(?:tts|convert)\b/, method: "POST", call: "POST playht", eventType: "speech", meter: {}, given: { characters: "$text.length" } }],
});
