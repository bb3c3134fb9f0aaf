// https://developers.cloudflare.com/workers-ai/
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Cloudflare Workers AI",
  packages: [],
  host: /api\.cloudflare\.com\/client\/v4\/accounts\/[^/]+\/ai/,
  calls: [],
  hosts: [
    { path: /^\/run\//, method: "POST", call: "POST run", eventType: "inference", meter: { total_tokens: "result?.usage?.total_tokens" } },
    { path: /^\/v1\/chat\/completions\b/, call: "POST chat/completions", eventType: "chat_completion", meter: { total_tokens: "usage?.total_tokens", input_tokens: "usage?.prompt_tokens", output_tokens: "usage?.completion_tokens", model: "model" } },
  ],
});
