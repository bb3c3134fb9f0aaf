// https://docs.lumalabs.ai/docs/javascript
import { defineProvider } from "../define.ts";
import { recordPolled } from "./record.polled.ts";

const of = ["default", "LumaAI"];
const job = { eventType: "video_generation", meter: {}, given: { model: "$model" }, record: recordPolled({ done: "completed", meter: {}, otherwise: "start" }) };

export default defineProvider({
  title: "Luma AI",
  packages: ["lumaai"],
  host: /api\.lumalabs\.ai/,
  calls: [
    { of, method: "generations.create", ...job },
    { of, method: "generations.video.create", ...job },
    { of, method: "generations.image.create", ...job, eventType: "image_generation", given: { images: "1", model: "$model" } },
  ],
  hosts: [{ path: /\/generations(?:\/(?:image|video))?\/?$/, method: "POST", call: "POST generations", ...job }],
});
