import { frame, pieces, type Provider, type ProviderReply, type ProviderRequest } from "./provider.ts";

/** `POST /v1/messages`: input tokens in `message_start`, output tokens in `message_delta`, as the service streams them. */
function messages({ body, text, usage, nonce }: ProviderRequest): ProviderReply {
  const endpoint = "messages";
  const base = { id: `msg_${nonce || "plain"}`, type: "message", role: "assistant", model: body["model"] };
  const counts = { input_tokens: usage.input, cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  const end = { stop_reason: "end_turn", stop_sequence: null };
  if (body["stream"] !== true) {
    return { kind: "json", endpoint, body: { ...base, content: [{ type: "text", text }], ...end, usage: { ...counts, output_tokens: usage.output } } };
  }
  const event = (type: string, rest: object) => frame({ type, ...rest }, type);
  return {
    kind: "stream",
    endpoint,
    frames: [
      event("message_start", { message: { ...base, content: [], stop_reason: null, stop_sequence: null, usage: { ...counts, output_tokens: 1 } } }),
      event("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
      ...pieces(text).map((piece) => event("content_block_delta", { index: 0, delta: { type: "text_delta", text: piece } })),
      event("content_block_stop", { index: 0 }),
      event("message_delta", { delta: end, usage: { output_tokens: usage.output } }),
      event("message_stop", {}),
    ],
  };
}

/** Anthropic's messages. */
export const anthropic: Provider = {
  name: "anthropic",
  env: (base) => ({ ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: "sk-ant-stub" }),
  error: (status, message) => ({ type: "error", error: { type: status === 529 ? "overloaded_error" : "api_error", message } }),
  answer: (request) => (request.method === "POST" && request.path === "/v1/messages" ? messages(request) : undefined),
};
