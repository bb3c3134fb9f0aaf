// https://api-docs.deepseek.com
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({ title: "DeepSeek", packages: [], host: /api\.deepseek\.com/, calls: [], hosts: SHAPED_HOSTS });
