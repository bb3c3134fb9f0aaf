// https://docs.voyageai.com/reference
import { defineProvider } from "../define.ts";

const of = ["VoyageAIClient"];
const USAGE = { total_tokens: "usage?.totalTokens", model: "model" };

export default defineProvider({
  title: "Voyage AI",
  packages: ["voyageai"],
  host: /api\.voyageai\.com/,
  calls: [
    { of, method: "embed", eventType: "embedding", meter: USAGE },
    { of, method: "rerank", eventType: "rerank", meter: USAGE },
  ],
  hosts: [{ path: /^\/v1\/(?:embeddings|multimodalembeddings|rerank)\b/, call: "POST embeddings", eventType: "embedding", meter: { total_tokens: "usage?.total_tokens", model: "model" } }],
});
