// https://docs.x.ai/docs/api-reference
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({ title: "xAI", packages: [], host: /api\.x\.ai/, calls: [], hosts: SHAPED_HOSTS });
