import { randomUUID } from "node:crypto";
import { PIXEL } from "./openai.ts";
import type { Provider, ProviderReply, ProviderRequest } from "./provider.ts";

/** Seconds of compute that every finished prediction reports. */
export const PREDICT_SECONDS = 2.5;

/** One prediction: `starting` when made, `succeeded` from the first time it is asked for, with one image as output. */
function prediction(request: ProviderRequest, id: string, done: boolean, model: string, input: unknown): object {
  const base = `${request.origin}/replicate`;
  return {
    id,
    model,
    version: "stub",
    input,
    logs: "",
    error: null,
    status: done ? "succeeded" : "starting",
    output: done ? [`${base}/files/${id}.png`] : null,
    metrics: done ? { predict_time: PREDICT_SECONDS, total_time: PREDICT_SECONDS + 0.5 } : {},
    created_at: "2026-01-01T00:00:00.000Z",
    started_at: done ? "2026-01-01T00:00:00.500Z" : null,
    completed_at: done ? "2026-01-01T00:00:03.000Z" : null,
    urls: { get: `${base}/v1/predictions/${id}`, cancel: `${base}/v1/predictions/${id}/cancel` },
  };
}

function create(request: ProviderRequest): ProviderReply {
  const named = /^\/v1\/models\/([^/]+\/[^/]+)\/predictions$/.exec(request.path)?.[1];
  if (named === undefined && request.path !== "/v1/predictions") return { kind: "json", endpoint: "none", status: 404, body: replicate.error(404, "not found"), free: true };
  const model = named ?? String(request.body["model"] ?? request.body["version"] ?? "");
  return { kind: "json", endpoint: "predictions", status: 201, body: prediction(request, `p-${request.nonce || "plain"}-${randomUUID().slice(0, 8)}`, false, model, request.body["input"]) };
}

/** Replicate's predictions: made by POST, polled by GET; polls and files cost nothing and are not counted as calls. */
export const replicate: Provider = {
  name: "replicate",
  env: (base) => ({ REPLICATE_BASE_URL: `${base}/v1`, REPLICATE_API_TOKEN: "r8_stub" }),
  error: (status, message) => ({ title: "Error", detail: message, status }),
  answer: (request) => {
    if (request.method === "POST") return create(request);
    if (request.path.startsWith("/files/")) return { kind: "bytes", endpoint: "files", type: "image/png", bytes: PIXEL, free: true };
    const id = /^\/v1\/predictions\/([^/]+)$/.exec(request.path)?.[1];
    return id === undefined ? undefined : { kind: "json", endpoint: "predictions.get", free: true, body: prediction(request, id, true, "stub", {}) };
  },
};
