// https://www.remove.bg/api
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "remove.bg",
  packages: [],
  host: /api\.remove\.bg/,
  calls: [],
  hosts: [{ path: /^\/v1\.0\/removebg\b/, method: "POST", call: "POST remove-bg", eventType: "image_edit", meter: {}, given: { images: "1" } }],
});
