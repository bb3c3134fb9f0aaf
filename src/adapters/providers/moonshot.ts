// https://platform.moonshot.ai/docs
import { defineProvider } from "../define.ts";
import { SHAPED_HOSTS } from "./shape.chat.ts";

/** By its API in OpenAI's shape: with OpenAI's client pointed at it, or by HTTP. */
export default defineProvider({ title: "Moonshot AI", packages: [], host: /api\.moonshot\.(?:ai|cn)/, calls: [], hosts: SHAPED_HOSTS });
