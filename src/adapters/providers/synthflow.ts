// https://docs.synthflow.ai/api-reference
import { defineProvider } from "../define.ts";

/** A call is billed by its minutes, which come with the webhook at its end: what is recorded here is its start. */
export default defineProvider({
  title: "Synthflow",
  packages: [],
  host: /api\.(?:\w+\.)?synthflow\.ai|fine-tuner\.ai/,
  calls: [],
  hosts: [{ path: /^\/v2\/calls\/?$|\/v2_voice_agent_call\b/, method: "POST", call: "POST call", eventType: "voice_call", meter: {} }],
});
