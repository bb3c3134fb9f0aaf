// https://docs.retellai.com/api-references/create-phone-call
import { defineProvider } from "../define.ts";

/** A call is billed by its minutes, which come with the webhook at its end: what is recorded here is its start. */
export default defineProvider({
  title: "Retell AI",
  packages: ["retell-sdk"],
  host: /api\.retellai\.com/,
  calls: ["createPhoneCall", "createWebCall"].map((name) => ({ of: ["default", "Retell"], method: `call.${name}`, eventType: "voice_call", meter: {} })),
  hosts: [{ path: /^(?:\/v2)?\/create-(?:phone|web)-call\b/, method: "POST", call: "POST call", eventType: "voice_call", meter: {} }],
});
