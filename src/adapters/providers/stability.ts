// https://platform.stability.ai/docs/api-reference
import { defineProvider } from "../define.ts";

const image = { eventType: "image_generation", method: "POST" } as const;

export default defineProvider({
  title: "Stability AI",
  packages: ["stability-client", "stability-ai"],
  host: /api\.stability\.ai|grpc\.stability\.ai/,
  calls: [],
  hosts: [
    { ...image, path: /^\/v1\/generation\//, call: "POST generation", meter: { images: "artifacts?.length" } },
    { ...image, path: /^\/v2beta\/stable-image\//, call: "POST stable-image", meter: {}, given: { images: "1" } },
    { ...image, path: /^\/v2beta\/(?:image-to-video|3d|audio)\b/, call: "POST generation", eventType: "generation", meter: {} },
  ],
});
