// https://docs.astria.ai
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Astria",
  packages: [],
  host: /api\.astria\.ai/,
  calls: [],
  hosts: [{ path: /\/(?:tunes|prompts|packs\/[^/]+\/tunes|p\/\d+\/tunes)\/?$/, method: "POST", call: "POST astria", eventType: "image_generation", meter: {} }],
});
