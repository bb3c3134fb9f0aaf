// https://developer.ideogram.ai/api-reference
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Ideogram",
  packages: [],
  host: /api\.ideogram\.ai/,
  calls: [],
  hosts: [{ path: /^\/(?:v\d\/ideogram-v3\/)?(?:generate|edit|remix|reframe|replace-background|upscale)\b/, method: "POST", call: "POST ideogram", eventType: "image_generation", meter: { images: "data?.length" } }],
});
