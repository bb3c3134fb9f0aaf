// https://docs.api.nvidia.com/nim/reference/llm-apis
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({ title: "NVIDIA NIM", packages: [], host: /integrate\.api\.nvidia\.com/, calls: [], hosts: SHAPED_HOSTS });
