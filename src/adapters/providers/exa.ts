// https://docs.exa.ai/reference
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Exa",
  packages: ["exa-js"],
  host: /api\.exa\.ai/,
  calls: [...["search", "searchAndContents", "findSimilar", "findSimilarAndContents", "getContents", "answer"].map((method) => ({ of: ["default", "Exa"], method, eventType: "search", meter: {} }))],
  hosts: [{ path: /^\/(?:search|contents|answer|findSimilar)\b/, method: "POST", call: "POST exa", eventType: "search", meter: {} }],
});
