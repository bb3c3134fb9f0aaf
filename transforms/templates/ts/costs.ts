// What an activity costs you at its provider. Prices change: keep them up to date.

import { logCredyt } from "./client";
import type { Cost } from "./usage";

type Vendor = Pick<Cost, "vendor_id" | "vendor_external_id">;

// The vendor in Credyt for each provider: by its id there, or by your own.
// <slot vendors>
const vendors: Record<string, Vendor> = {
  openai: { vendor_external_id: "openai" },
  anthropic: { vendor_external_id: "anthropic" },
  google: { vendor_external_id: "google" },
  mistral: { vendor_external_id: "mistral" },
  groq: { vendor_external_id: "groq" },
  replicate: { vendor_external_id: "replicate" },
};
// </slot>

/** US dollars for a million tokens, 1,000 characters, an image, a second. */
interface Price {
  input?: number;
  /** Input tokens that the provider found in its cache. */
  cached?: number;
  output?: number;
  characters?: number;
  image?: number;
  second?: number;
  /** The prices of a request with more input tokens than `over`. */
  long?: Price & { over: number };
}

// List prices of November 2026, from the public price page of each provider.
// A date at the end of a model's name is ignored, unless it has a row of its own.
// <slot prices>
const prices: Record<string, Record<string, Price>> = {
  // https://openai.com/api/pricing
  openai: {
    "gpt-6.1-sol": {
      input: 2,
      cached: 0.1,
      output: 10,
      long: { over: 272_000, input: 4, cached: 0.2, output: 15 },
    },
    "gpt-6.1-terra": {
      input: 1,
      cached: 0.05,
      output: 5,
      long: { over: 272_000, input: 2, cached: 0.1, output: 7.5 },
    },
    "gpt-6-astra": {
      input: 10,
      cached: 1,
      output: 50,
      long: { over: 272_000, input: 20, cached: 2, output: 75 },
    },
    "gpt-6-sol": {
      input: 2,
      cached: 0.2,
      output: 10,
      long: { over: 272_000, input: 4, cached: 0.4, output: 15 },
    },
    "gpt-6-luna": {
      input: 0.1,
      cached: 0.01,
      output: 0.5,
      long: { over: 272_000, input: 0.2, cached: 0.02, output: 0.75 },
    },
    "gpt-5.6-sol": {
      input: 4,
      cached: 0.4,
      output: 20,
      long: { over: 272_000, input: 8, cached: 0.8, output: 30 },
    },
    "gpt-5.6-terra": {
      input: 2,
      cached: 0.2,
      output: 12,
      long: { over: 272_000, input: 4, cached: 0.4, output: 18 },
    },
    "gpt-5.6-luna": {
      input: 0.2,
      cached: 0.02,
      output: 1.2,
      long: { over: 272_000, input: 0.4, cached: 0.04, output: 1.8 },
    },
    "gpt-5.5": {
      input: 5,
      cached: 0.5,
      output: 30,
      long: { over: 272_000, input: 10, cached: 1, output: 45 },
    },
    "gpt-5.4": {
      input: 2.5,
      cached: 0.25,
      output: 15,
      long: { over: 272_000, input: 5, cached: 0.5, output: 22.5 },
    },
    "gpt-5.4-mini": { input: 0.75, cached: 0.075, output: 4.5 },
    "gpt-5.4-nano": { input: 0.2, cached: 0.02, output: 1.25 },
    "gpt-5.3-codex": { input: 1.75, cached: 0.175, output: 14 },
    "gpt-5.2": { input: 1.75, cached: 0.175, output: 14 },
    "gpt-5.1": { input: 1.25, cached: 0.125, output: 10 },
    "gpt-5": { input: 1.25, cached: 0.125, output: 10 },
    "gpt-5-mini": { input: 0.25, cached: 0.025, output: 2 },
    "gpt-5-nano": { input: 0.05, cached: 0.005, output: 0.4 },
    "gpt-5-pro": { input: 15, output: 120 },
    "gpt-4.1": { input: 2, cached: 0.5, output: 8 },
    "gpt-4.1-mini": { input: 0.4, cached: 0.1, output: 1.6 },
    "gpt-4.1-nano": { input: 0.1, cached: 0.025, output: 0.4 },
    "gpt-4o": { input: 2.5, cached: 1.25, output: 10 },
    "gpt-4o-2024-05-13": { input: 5, output: 15 },
    "gpt-4o-mini": { input: 0.15, cached: 0.075, output: 0.6 },
    "o4-mini": { input: 1.1, cached: 0.275, output: 4.4 },
    o3: { input: 2, cached: 0.5, output: 8 },
    "o3-pro": { input: 20, output: 80 },
    "o3-mini": { input: 1.1, cached: 0.55, output: 4.4 },
    o1: { input: 15, cached: 7.5, output: 60 },
    "gpt-4-turbo": { input: 10, output: 30 },
    "gpt-4": { input: 30, output: 60 },
    "gpt-3.5-turbo": { input: 0.5, output: 1.5 },
    "gpt-3.5-turbo-1106": { input: 1, output: 2 },
    "gpt-3.5-turbo-0613": { input: 1.5, output: 2 },
    "text-embedding-3-small": { input: 0.02 },
    "text-embedding-3-large": { input: 0.13 },
    "text-embedding-ada-002": { input: 0.1 },
    "dall-e-3": { image: 0.04 },
    "dall-e-2": { image: 0.02 },
    "tts-1": { characters: 0.015 },
    "tts-1-hd": { characters: 0.03 },
    "whisper-1": { second: 0.0001 },
    "gpt-4o-transcribe": { second: 0.0001 },
    "gpt-4o-mini-transcribe": { second: 0.00005 },
  },
  // https://claude.com/pricing
  anthropic: {
    "claude-fable-5-2": { input: 8, cached: 0.2, output: 40 },
    "claude-fable-5-1": { input: 10, cached: 0.25, output: 50 },
    "claude-fable-5": { input: 10, cached: 1, output: 50 },
    "claude-opus-5-5": { input: 4, cached: 0.2, output: 20 },
    "claude-opus-5": { input: 5, cached: 0.5, output: 25 },
    "claude-opus-4-8": { input: 5, cached: 0.5, output: 25 },
    "claude-opus-4-7": { input: 5, cached: 0.5, output: 25 },
    "claude-opus-4-6": { input: 5, cached: 0.5, output: 25 },
    "claude-opus-4-5": { input: 5, cached: 0.5, output: 25 },
    "claude-opus-4-1": { input: 15, cached: 1.5, output: 75 },
    "claude-opus-4-0": { input: 15, cached: 1.5, output: 75 },
    "claude-opus-4": { input: 15, cached: 1.5, output: 75 },
    "claude-sonnet-5-5": { input: 2, cached: 0.1, output: 10 },
    "claude-sonnet-5": { input: 2, cached: 0.2, output: 10 },
    "claude-sonnet-4-6": { input: 3, cached: 0.3, output: 15 },
    "claude-sonnet-4-5": {
      input: 3,
      cached: 0.3,
      output: 15,
      long: { over: 200_000, input: 6, cached: 0.6, output: 22.5 },
    },
    "claude-sonnet-4-0": { input: 3, cached: 0.3, output: 15 },
    "claude-sonnet-4": { input: 3, cached: 0.3, output: 15 },
    "claude-3-7-sonnet": { input: 3, cached: 0.3, output: 15 },
    "claude-3-5-sonnet": { input: 3, cached: 0.3, output: 15 },
    "claude-haiku-5-5": {
      input: 0.1,
      cached: 0.01,
      output: 0.5,
      long: { over: 100_000, input: 0.5, cached: 0.05, output: 2.5 },
    },
    "claude-haiku-4-5": { input: 1, cached: 0.1, output: 5 },
    "claude-3-5-haiku": { input: 0.8, cached: 0.08, output: 4 },
    "claude-3-haiku": { input: 0.25, cached: 0.03, output: 1.25 },
  },
  // https://ai.google.dev/gemini-api/docs/pricing
  google: {
    // These Flash models cost twice as much from January 2027.
    "gemini-3.8-flash": { input: 0.75, cached: 0.075, output: 3.75 },
    "gemini-3.7-flash": { input: 0.75, cached: 0.075, output: 3.75 },
    "gemini-3.6-flash": { input: 0.75, cached: 0.075, output: 3.75 },
    "gemini-3.5-flash": { input: 1.5, cached: 0.15, output: 9 },
    "gemini-3.5-flash-lite": { input: 0.3, cached: 0.03, output: 2.5 },
    "gemini-3.1-pro-preview": {
      input: 2,
      cached: 0.2,
      output: 12,
      long: { over: 200_000, input: 4, cached: 0.4, output: 18 },
    },
    "gemini-3.1-flash-lite": { input: 0.25, cached: 0.025, output: 1.5 },
    "gemini-3-pro-preview": {
      input: 2,
      cached: 0.2,
      output: 12,
      long: { over: 200_000, input: 4, cached: 0.4, output: 18 },
    },
    "gemini-3-flash-preview": { input: 0.5, cached: 0.05, output: 3 },
    "gemini-2.5-pro": {
      input: 1.25,
      cached: 0.125,
      output: 10,
      long: { over: 200_000, input: 2.5, cached: 0.25, output: 15 },
    },
    "gemini-2.5-flash": { input: 0.3, cached: 0.03, output: 2.5 },
    "gemini-2.5-flash-lite": { input: 0.1, cached: 0.01, output: 0.4 },
    "gemini-2.0-flash": { input: 0.1, cached: 0.025, output: 0.4 },
    "gemini-2.0-flash-lite": { input: 0.075, output: 0.3 },
    "gemini-embedding-001": { input: 0.15 },
  },
  // https://mistral.ai/pricing
  mistral: {
    "mistral-large-latest": { input: 0.5, output: 1.5 },
    "mistral-large-2512": { input: 0.5, output: 1.5 },
    "mistral-large-2411": { input: 2, output: 6 },
    "mistral-medium-2604": { input: 1.5, output: 7.5 },
    "mistral-medium-2508": { input: 0.4, output: 2 },
    "mistral-small-latest": { input: 0.15, output: 0.6 },
    "mistral-small-2603": { input: 0.15, output: 0.6 },
    "mistral-small-2506": { input: 0.1, output: 0.3 },
    "codestral-latest": { input: 0.3, output: 0.9 },
    "ministral-8b-latest": { input: 0.15, output: 0.15 },
    "open-mistral-nemo": { input: 0.15, output: 0.15 },
    "mistral-embed": { input: 0.1 },
  },
  // https://groq.com/pricing
  groq: {
    "llama-3.3-70b-versatile": { input: 0.59, output: 0.79 },
    "llama-3.1-8b-instant": { input: 0.05, output: 0.08 },
    "llama-4-scout-17b-16e-instruct": { input: 0.11, output: 0.34 },
    "gpt-oss-120b": { input: 0.15, cached: 0.075, output: 0.6 },
    "gpt-oss-20b": { input: 0.075, cached: 0.0375, output: 0.3 },
    "qwen3-32b": { input: 0.29, output: 0.59 },
    "whisper-large-v3-turbo": { second: 0.04 / 3600 },
    "whisper-large-v3": { second: 0.111 / 3600 },
  },
  // https://replicate.com/pricing
  replicate: {
    // Most models: by the second, at the price of their hardware.
    "stability-ai/sdxl": { second: 0.000975 },
    "black-forest-labs/flux-schnell": { image: 0.003 },
    "black-forest-labs/flux-dev": { image: 0.025 },
    "black-forest-labs/flux-1.1-pro": { image: 0.04 },
  },
};
// </slot>

// Other hosts sell the models of these at the same prices.
const MAKERS = ["openai", "anthropic", "google", "mistral"];

// What may follow a name in the table: a date or a revision of the same model.
const DATED = /^(-latest|[-@]\d{3,}(-\d\d-\d\d)?|-v\d(:\d)?|:[0-9a-f]{8,})*$/;

const unpriced = new Set<string>();

/**
 * The costs of an activity, from its model and what it used: `input_tokens` (of
 * which `cached_input_tokens`), `output_tokens`, `characters`, `images`, `seconds`.
 * None when the price is unknown, which is logged once for each model.
 */
export function costsOf(activity: {
  provider?: unknown;
  model?: unknown;
  data: Record<string, unknown>;
}): Cost[] {
  const model = String(activity.model ?? "").toLowerCase();
  const name = String(activity.provider ?? "").toLowerCase();
  // "openai.responses" is OpenAI.
  const provider = name.replace(/\..*$/, "");
  for (const seller of prices[provider] ? [provider] : MAKERS) {
    const vendor = vendors[provider] ?? vendors[seller];
    const price = priceOf(model, prices[seller] ?? {});
    const amount = price ? amountOf(price, activity.data) : 0;
    if (vendor && amount > 0) return [{ ...vendor, amount, currency: "USD" }];
  }
  if (!unpriced.has(model) && unpriced.size < 1000) {
    unpriced.add(model);
    logCredyt("credyt: no cost known for this model", { provider, model });
  }
  return [];
}

function priceOf(model: string, table: Record<string, Price>) {
  // "openai/gpt-4o" and "us.anthropic.claude-..." hold the maker's own name.
  const ids = [model, model.replace(/^.*(\/|anthropic\.)/, "")];
  const names = Object.keys(table)
    .filter((name) => ids.some((id) => isRevision(id, name)))
    .sort((one, other) => other.length - one.length);
  return table[names[0] ?? ""];
}

function isRevision(id: string, name: string): boolean {
  return id.startsWith(name) && DATED.test(id.slice(name.length));
}

function amountOf(price: Price, data: Record<string, unknown>): number {
  const { input_tokens, cached_input_tokens, output_tokens } = data;
  const { total_tokens, characters, images, seconds } = data;
  // Embeddings have no output: all their tokens are input.
  const total = price.output === undefined ? quantity(total_tokens) : 0;
  const input = quantity(input_tokens) || total;
  const cached = Math.min(quantity(cached_input_tokens), input);
  const rate = price.long && input > price.long.over ? price.long : price;
  const sum =
    trillionths(input - cached, rate.input, 1e6) +
    trillionths(cached, rate.cached ?? rate.input, 1e6) +
    trillionths(quantity(output_tokens), rate.output, 1e6) +
    trillionths(quantity(characters), rate.characters, 1e3) +
    trillionths(quantity(images), rate.image, 1) +
    trillionths(quantity(seconds), rate.second, 1);
  return sum / 1e12;
}

function quantity(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

// Whole trillionths of a dollar, because sums of fractions would not be exact.
function trillionths(used: number, price = 0, per = 1): number {
  return Math.round((used * price * 1e12) / per);
}
