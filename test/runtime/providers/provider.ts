/** What a provider reports for one call, in tokens. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}

/** One request as a provider's stub sees it. */
export interface ProviderRequest {
  readonly method: string;
  /** Below the provider's prefix, without the query, with a leading slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** The parsed JSON body, `{}` when there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Ties the request to one run, `""` when the prompt carried none. */
  readonly nonce: string;
  /** What the answer must say. */
  readonly text: string;
  /** What the answer must report. */
  readonly usage: Usage;
  /** The stub's own origin, for addresses inside answers. */
  readonly origin: string;
}

/** One answer: a JSON body, or the frames of a server-sent stream, each sent as it stands. */
export type ProviderReply =
  | { readonly kind: "json"; readonly endpoint: string; readonly status?: number; readonly body: unknown; readonly free?: boolean }
  | { readonly kind: "stream"; readonly endpoint: string; readonly frames: readonly string[] }
  | { readonly kind: "bytes"; readonly endpoint: string; readonly type: string; readonly bytes: Buffer; readonly free: true };

/** The stub of one provider: where it answers, what it answers, how it says no. */
export interface Provider {
  readonly name: "openai" | "anthropic" | "replicate" | "google";
  /** The environment variables with which the provider's own SDK is sent to the stub. */
  readonly env: (base: string) => Readonly<Record<string, string>>;
  /** The answer to a request, or nothing when the provider has no such endpoint. */
  readonly answer: (request: ProviderRequest) => ProviderReply | undefined;
  readonly error: (status: number, message: string) => unknown;
}

/** One server-sent event: `data:` alone, or with an `event:` line before it. */
export const frame = (body: unknown, event?: string): string =>
  `${event === undefined ? "" : `event: ${event}\n`}data: ${typeof body === "string" ? body : JSON.stringify(body)}\n\n`;

/** A text cut into the pieces a stream would bring, whose concatenation is the text. */
export const pieces = (text: string): readonly string[] => text.match(/\S+\s*/g) ?? [text];

/** A value that a JSON schema accepts, with `text` for every free string. */
export function sampleOf(schema: unknown, text: string): unknown {
  const at = (schema ?? {}) as Record<string, unknown>;
  if (at["const"] !== undefined) return at["const"];
  if (Array.isArray(at["enum"])) return at["enum"][0];
  const union = at["anyOf"] ?? at["oneOf"];
  if (Array.isArray(union)) return sampleOf(union[0], text);
  const type = Array.isArray(at["type"]) ? at["type"][0] : at["type"];
  if (type === "object") return Object.fromEntries(Object.entries((at["properties"] ?? {}) as object).map(([key, part]) => [key, sampleOf(part, text)]));
  if (type === "array") return Array.from({ length: Math.max(1, Number(at["minItems"] ?? 1)) }, () => sampleOf(at["items"], text));
  if (type === "integer" || type === "number") return Number(at["minimum"] ?? 1);
  if (type === "boolean") return true;
  return type === "null" ? null : text;
}
