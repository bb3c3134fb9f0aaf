// https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
import { defineProvider } from "../define.ts";

/** A model server of one's own or a rented one, known only by the variable that holds its address: `AI_IMAGE_URL`, `LLM_ENDPOINT`. */
export default defineProvider({
  title: "Own model server",
  packages: [],
  host: /\b(?:[A-Z\d]+_)*(?:AI|LLM|GPT|INFERENCE|DIFFUSION|WHISPER|RUNPOD|MODAL|VLLM)(?:_[A-Z\d]+)*_(?:URL|ENDPOINT|HOST|BASE)\b\}?/,
  calls: [],
  hosts: [
    { path: /\/chat\/completions\b/, method: "POST", call: "POST chat/completions", eventType: "chat_completion", meter: { total_tokens: "usage?.total_tokens", input_tokens: "usage?.prompt_tokens", output_tokens: "usage?.completion_tokens", model: "model" } },
    { path: /^(?!.*(?:health|status|ping|models)\b)/, method: "POST", call: "POST inference", eventType: "inference", meter: {} },
  ],
});
