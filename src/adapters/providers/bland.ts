// https://docs.bland.ai/api-v1/post/calls
import { defineProvider } from "../define.ts";

/** A call is billed by its minutes, which come with the webhook at its end: what is recorded here is its start. */
export default defineProvider({
  title: "Bland AI",
  packages: [],
  host: /(?:us\.)?api\.bland\.ai/,
  calls: [],
  hosts: [{ path: /^\/v1\/calls\/?$/, method: "POST", call: "POST call", eventType: "voice_call", meter: {} }],
});
