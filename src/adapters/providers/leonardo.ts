// https://docs.leonardo.ai/reference
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Leonardo.Ai",
  packages: [],
  host: /cloud\.leonardo\.ai/,
  calls: [],
  hosts: [{ path: /\/rest\/v\d\/(?:generations|variations)[\w-\/]*$/, method: "POST", call: "POST leonardo", eventType: "image_generation", meter: {} }],
});
