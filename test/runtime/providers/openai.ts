import { frame, pieces, sampleOf, type Provider, type ProviderReply, type ProviderRequest } from "./provider.ts";

const CREATED = 1_760_000_000;

const idOf = (prefix: string, { nonce }: ProviderRequest): string => `${prefix}_${nonce || "plain"}`;

/** The text asked for, as JSON by the schema when the request names one. */
function contentOf(format: unknown, text: string): string {
  const at = (format ?? {}) as Record<string, unknown>;
  if (at["type"] === "json_object") return JSON.stringify({ answer: text });
  if (at["type"] !== "json_schema") return text;
  const nested = at["json_schema"] as Record<string, unknown> | undefined;
  return JSON.stringify(sampleOf(nested?.["schema"] ?? at["schema"], text));
}

const chatUsage = ({ usage }: ProviderRequest) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  prompt_tokens_details: { cached_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0 },
});

/** `POST /chat/completions`; a stream reports usage only when `stream_options.include_usage` asks for it, as the service does. */
function chat(request: ProviderRequest): ProviderReply {
  const { body, text } = request;
  const endpoint = "chat.completions";
  const content = contentOf(body["response_format"], text);
  const base = { id: idOf("chatcmpl", request), created: CREATED, model: body["model"] };
  if (body["stream"] !== true) {
    const choice = { index: 0, finish_reason: "stop", logprobs: null, message: { role: "assistant", content, refusal: null } };
    return { kind: "json", endpoint, body: { ...base, object: "chat.completion", choices: [choice], usage: chatUsage(request) } };
  }
  const withUsage = (body["stream_options"] as Record<string, unknown> | undefined)?.["include_usage"] === true;
  const chunk = (delta: object, finish_reason: string | null = null) =>
    frame({ ...base, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason }], ...(withUsage ? { usage: null } : {}) });
  return {
    kind: "stream",
    endpoint,
    frames: [
      chunk({ role: "assistant", content: "" }),
      ...pieces(content).map((piece) => chunk({ content: piece })),
      chunk({}, "stop"),
      ...(withUsage ? [frame({ ...base, object: "chat.completion.chunk", choices: [], usage: chatUsage(request) })] : []),
      frame("[DONE]"),
    ],
  };
}

const responseOf = (request: ProviderRequest, content: string, done: boolean) => ({
  id: idOf("resp", request),
  object: "response",
  created_at: CREATED,
  status: done ? "completed" : "in_progress",
  error: null,
  incomplete_details: null,
  model: request.body["model"],
  output: done ? [messageOf(request, content)] : [],
  service_tier: "default",
  usage: done
    ? {
        input_tokens: request.usage.input,
        input_tokens_details: { cached_tokens: 0 },
        output_tokens: request.usage.output,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: request.usage.input + request.usage.output,
      }
    : null,
});

const messageOf = (request: ProviderRequest, content: string) => ({
  id: idOf("msg", request),
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: content, annotations: [], logprobs: [] }],
});

/** `POST /responses`, plain or as the named events of its stream. */
function responses(request: ProviderRequest): ProviderReply {
  const endpoint = "responses";
  const content = contentOf((request.body["text"] as Record<string, unknown> | undefined)?.["format"], request.text);
  if (request.body["stream"] !== true) return { kind: "json", endpoint, body: responseOf(request, content, true) };
  const item = messageOf(request, content);
  const at = { item_id: item.id, output_index: 0, content_index: 0 };
  const events: readonly (readonly [string, object])[] = [
    ["response.created", { response: responseOf(request, content, false) }],
    ["response.output_item.added", { output_index: 0, item: { ...item, status: "in_progress", content: [] } }],
    ["response.content_part.added", { ...at, part: { type: "output_text", text: "", annotations: [] } }],
    ...pieces(content).map((delta) => ["response.output_text.delta", { ...at, delta, logprobs: [] }] as const),
    ["response.output_text.done", { ...at, text: content, logprobs: [] }],
    ["response.content_part.done", { ...at, part: item.content[0] }],
    ["response.output_item.done", { output_index: 0, item }],
    ["response.completed", { response: responseOf(request, content, true) }],
  ];
  return { kind: "stream", endpoint, frames: events.map(([type, rest], index) => frame({ type, sequence_number: index, ...rest }, type)) };
}

/** `POST /embeddings`: four numbers per input, in base64 when asked, as the SDK asks by default. */
function embeddings({ body, usage }: ProviderRequest): ProviderReply {
  const inputs = Array.isArray(body["input"]) ? body["input"] : [body["input"]];
  const vector = Float32Array.of(0.1, 0.2, 0.3, 0.4);
  const embedding = body["encoding_format"] === "base64" ? Buffer.from(vector.buffer).toString("base64") : [...vector];
  const data = inputs.map((_, index) => ({ object: "embedding", index, embedding }));
  return { kind: "json", endpoint: "embeddings", body: { object: "list", model: body["model"], data, usage: { prompt_tokens: usage.input, total_tokens: usage.input } } };
}

/** `POST /images/generations`: `n` images, by address when `response_format` is `url`, else in base64. */
function images({ body, text, usage, origin, nonce }: ProviderRequest): ProviderReply {
  const image = body["response_format"] === "url" ? { url: `${origin}/openai/v1/files/${nonce}.png` } : { b64_json: PIXEL.toString("base64") };
  const data = Array.from({ length: Number(body["n"] ?? 1) }, () => ({ ...image, revised_prompt: text }));
  const counts = { input_tokens: usage.input, output_tokens: usage.output, total_tokens: usage.input + usage.output };
  return { kind: "json", endpoint: "images", body: { created: CREATED, data, usage: { ...counts, input_tokens_details: { text_tokens: usage.input, image_tokens: 0 } } } };
}

/** A PNG of one pixel. */
export const PIXEL = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");

/** OpenAI, and any host that speaks its chat completions. */
export const openai: Provider = {
  name: "openai",
  env: (base) => ({ OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: "sk-stub" }),
  error: (status, message) => ({ error: { message, type: status === 429 ? "insufficient_quota" : "server_error", param: null, code: null } }),
  answer: (request) => {
    if (request.method === "GET" && request.path.startsWith("/v1/files/")) return { kind: "bytes", endpoint: "files", type: "image/png", bytes: PIXEL, free: true };
    if (request.method !== "POST") return undefined;
    if (request.path === "/v1/chat/completions") return chat(request);
    if (request.path === "/v1/responses") return responses(request);
    if (request.path === "/v1/embeddings") return embeddings(request);
    return request.path === "/v1/images/generations" ? images(request) : undefined;
  },
};
