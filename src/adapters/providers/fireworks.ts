// https://docs.fireworks.ai/api-reference
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({ title: "Fireworks AI", packages: [], host: /api\.fireworks\.ai/, calls: [], hosts: SHAPED_HOSTS });
