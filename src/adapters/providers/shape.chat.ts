import type { CallPattern, HostPattern, Recorder } from "../define.ts";
import { recordLoop, type Parts } from "./record.loop.ts";

/** Paths that OpenAI's chat completions have, and with them the many APIs of the same shape. */
export const CHAT = { total_tokens: "usage?.total_tokens", input_tokens: "usage?.prompt_tokens", output_tokens: "usage?.completion_tokens", model: "model" };
/** Paths of OpenAI's embeddings. */
export const EMBEDDING = { total_tokens: "usage.total_tokens", model: "model" };

/** The sum of two paths, each of which may be missing. */
export const sumOf = (one: string, other: string): string => `({${one}} ?? 0) + ({${other}} ?? 0)`;

/** The part that tells the usage comes last, when it is asked for. */
export const CHAT_PARTS: Parts = {
  keep: { lastChunk: { value: "$", when: "$.usage" } },
  ask: { name: "stream_options", value: "{ include_usage: true }", behind: "stream" },
  last: true,
};

/** `client.chat.completions.create` of an SDK in OpenAI's shape. */
export const chat = (rest: Partial<CallPattern> & { readonly recordStream?: Recorder } = {}): CallPattern => ({
  method: "chat.completions.create", eventType: "chat_completion", meter: CHAT, given: { model: "$model" }, recordStream: recordLoop(CHAT_PARTS), ...rest,
});

/** The same by HTTP: `POST …/chat/completions`. */
export const chatHost = (path = /\/chat\/completions\b/): HostPattern => ({ path, call: "POST chat/completions", eventType: "chat_completion", meter: CHAT });

/** The other endpoints of OpenAI's shape: completions, embeddings, images, audio. */
export const SHAPED_HOSTS: readonly HostPattern[] = [
  chatHost(),
  { path: /\/v\d\/responses\b/, method: "POST", call: "POST responses", eventType: "response", meter: { total_tokens: "usage?.total_tokens", input_tokens: "usage?.input_tokens", output_tokens: "usage?.output_tokens", model: "model" } },
  { path: /\/embeddings\b/, call: "POST embeddings", eventType: "embedding", meter: { total_tokens: "usage?.total_tokens", model: "model" } },
  { path: /\/images\/(?:generations|edits|variations)\b/, call: "POST images", eventType: "image_generation", meter: { images: "data?.length" }, given: { model: "$model" } },
  { path: /\/audio\/speech\b/, call: "POST audio/speech", eventType: "speech", meter: {} },
  { path: /\/audio\/(?:transcriptions|translations)\b/, call: "POST audio/transcriptions", eventType: "transcription", meter: { seconds: "duration" } },
  { path: /\/v\d\/completions\b|\/deployments\/[^/]+\/completions\b|\/engines\/[^/]+\/completions\b/, call: "POST completions", eventType: "completion", meter: CHAT },
  { path: /\/moderations\b/, call: "POST moderations", eventType: "moderation", meter: {}, notBilled: "moderation is free of charge" },
];
