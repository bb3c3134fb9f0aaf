// https://docs.perplexity.ai/api-reference
import { defineProvider } from "../define.ts";
import { recordLoop } from "./record.loop.ts";
import { chat, SHAPED_HOSTS } from "./shape.chat.ts";

export default defineProvider({
  title: "Perplexity",
  packages: ["@perplexity-ai/perplexity_ai"],
  host: /api\.perplexity\.ai/,
  calls: [
    chat({ of: ["default", "Perplexity"], recordStream: recordLoop({ keep: { lastChunk: { value: "$", when: "$.usage" } } }) }),
    { of: ["default", "Perplexity"], method: "search.create", eventType: "search", meter: {} },
  ],
  hosts: [{ path: /^\/(?:v\d\/)?chat\/completions\b/, call: "POST chat/completions", eventType: "chat_completion", meter: { total_tokens: "usage?.total_tokens", input_tokens: "usage?.prompt_tokens", output_tokens: "usage?.completion_tokens", model: "model" } }, ...SHAPED_HOSTS],
});
