// https://docs.vapi.ai/api-reference/calls/create
import { defineProvider } from "../define.ts";

/** A call is billed by its minutes, which come with the end-of-call report: what is recorded here is its start. */
export default defineProvider({
  title: "Vapi",
  packages: ["@vapi-ai/server-sdk"],
  host: /api\.vapi\.ai/,
  calls: [
    { of: ["VapiClient"], method: "calls.create", eventType: "voice_call", meter: {} },
    { of: ["VapiClient"], method: "chats.create", eventType: "chat_completion", meter: {} },
  ],
  hosts: [{ path: /^\/call(?:\/(?:phone|web))?\/?$/, method: "POST", call: "POST call", eventType: "voice_call", meter: {} }],
});
