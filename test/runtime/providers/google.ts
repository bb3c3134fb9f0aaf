import { frame, pieces, type Provider, type ProviderReply, type ProviderRequest } from "./provider.ts";

const candidate = (text: string, done: boolean) => ({
  content: { role: "model", parts: [{ text }] },
  index: 0,
  ...(done ? { finishReason: "STOP" } : {}),
});

/** `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`; every chunk of a stream carries the usage so far. */
function generate({ path, text, usage }: ProviderRequest, streamed: boolean): ProviderReply {
  const modelVersion = /models\/([^:]+):/.exec(path)?.[1];
  const counts = (output: number) => ({ promptTokenCount: usage.input, candidatesTokenCount: output, totalTokenCount: usage.input + output });
  if (!streamed) return { kind: "json", endpoint: "generateContent", body: { candidates: [candidate(text, true)], usageMetadata: counts(usage.output), modelVersion } };
  const all = pieces(text);
  const chunk = (piece: string, index: number) => {
    const done = index === all.length - 1;
    return frame({ candidates: [candidate(piece, done)], usageMetadata: counts(done ? usage.output : Math.min(index + 1, usage.output)), modelVersion });
  };
  return { kind: "stream", endpoint: "streamGenerateContent", frames: all.map(chunk) };
}

/** Google's Gemini API, as `@google/genai` calls it. */
export const google: Provider = {
  name: "google",
  env: (base) => ({ GOOGLE_GEMINI_BASE_URL: base, GEMINI_API_KEY: "stub" }),
  error: (status, message) => ({ error: { code: status, message, status: "UNAVAILABLE" } }),
  answer: (request) => {
    if (request.method !== "POST") return undefined;
    if (request.path.endsWith(":generateContent")) return generate(request, false);
    return request.path.endsWith(":streamGenerateContent") ? generate(request, true) : undefined;
  },
};
