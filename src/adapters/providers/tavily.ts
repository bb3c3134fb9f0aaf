// https://docs.tavily.com/documentation/api-reference
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Tavily",
  packages: ["@tavily/core"],
  host: /api\.tavily\.com/,
  calls: [...["search", "searchQNA", "searchContext", "extract"].map((method) => ({ of: ["tavily"], method, eventType: "search", meter: {} }))],
  hosts: [{ path: /^\/(?:search|extract|crawl|map)\b/, method: "POST", call: "POST tavily", eventType: "search", meter: {} }],
});
