// https://docs.heygen.com/reference
import { defineProvider } from "../define.ts";

export default defineProvider({
  title: "HeyGen",
  packages: [],
  host: /api\.heygen\.com/,
  calls: [],
  hosts: [{ path: /^\/v\d\/(?:video\/generate|video_translate|streaming\.new|template\/[^\/]+\/generate)\b/, method: "POST", call: "POST heygen", eventType: "video_generation", meter: {} }],
});
