// https://clipdrop.co/apis/docs/text-to-image
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "Clipdrop",
  packages: [],
  host: /clipdrop-api\.co/,
  calls: [],
  hosts: [{ path: /^\/[\w-]+\/v\d/, method: "POST", call: "POST clipdrop", eventType: "image_generation", meter: {}, given: { images: "1" } }],
});
