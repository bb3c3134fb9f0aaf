// https://inference-docs.cerebras.ai/api-reference
import { defineProvider } from "../define.ts";
import { chat, CHAT, SHAPED_HOSTS } from "./shape.chat.ts";

const of = ["default", "Cerebras"];

export default defineProvider({
  title: "Cerebras",
  packages: ["@cerebras/cerebras_cloud_sdk"],
  host: /api\.cerebras\.ai/,
  // Its types give the result as a union of a stream's part and an answer: the paths are not typed.
  calls: [chat({ of, meter: {} }), { of, method: "completions.create", eventType: "completion", meter: {} }],
  hosts: [{ path: /\/chat\/completions\b/, call: "POST chat/completions", eventType: "chat_completion", meter: CHAT }, ...SHAPED_HOSTS],
});
