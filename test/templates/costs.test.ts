import { describe, expect, it } from "vitest";
import { kinds, world } from "./world.ts";

const tokens = { input_tokens: 1000, output_tokens: 500 };

describe.each(kinds)("costs, %s", (kind) => {
  let loaded: ReturnType<typeof world> | undefined;
  const once = () => (loaded ??= world(kind));
  const cost = async (provider: unknown, model: unknown, data: Record<string, unknown>) => (await once()).costsOf({ provider, model, data });

  it.each<[string, string, Record<string, unknown>, number]>([
    ["openai", "gpt-4o", tokens, 0.0075],
    ["openai", "gpt-4o-mini", tokens, 0.00045],
    ["openai", "gpt-4o-2024-08-06", tokens, 0.0075],
    ["openai", "gpt-4o-mini-2024-07-18", tokens, 0.00045],
    ["openai", "gpt-4o-2024-05-13", tokens, 0.0125],
    ["openai", "GPT-4o", tokens, 0.0075],
    ["openai", "gpt-4", tokens, 0.06],
    ["openai", "gpt-4-0613", tokens, 0.06],
    ["openai", "gpt-4-turbo-2024-04-09", tokens, 0.025],
    ["openai", "gpt-4.1-nano", tokens, 0.0003],
    ["openai", "gpt-5", tokens, 0.00625],
    ["openai", "gpt-5-mini-2025-08-07", tokens, 0.00125],
    ["openai", "gpt-3.5-turbo-0125", tokens, 0.00125],
    ["openai", "gpt-3.5-turbo-1106", tokens, 0.002],
    ["openai", "o1-2024-12-17", tokens, 0.045],
    ["openai", "o3-pro", tokens, 0.06],
    ["openai", "gpt-6.1-sol", { input_tokens: 300_000, cached_input_tokens: 100_000, output_tokens: 1000 }, 0.835],
    ["openai", "gpt-6.1-terra", tokens, 0.0035],
    ["openai", "gpt-5.6-terra", tokens, 0.008],
    ["anthropic", "claude-fable-5-2", tokens, 0.028],
    ["anthropic", "claude-sonnet-4-5", { input_tokens: 200_001, output_tokens: 0 }, 1.200006],
    ["google", "gemini-3.7-flash", tokens, 0.002625],
    ["mistral", "ministral-8b-latest", tokens, 0.000225],
    ["openai", "text-embedding-3-small", { total_tokens: 7 }, 0.00000014],
    ["openai", "text-embedding-3-small", { input_tokens: 7, total_tokens: 7 }, 0.00000014],
    ["openai", "dall-e-3", { images: 3 }, 0.12],
    ["openai", "tts-1", { characters: 1234 }, 0.01851],
    ["openai", "whisper-1", { seconds: 12.34 }, 0.001234],
    ["openai.responses", "gpt-4o", tokens, 0.0075],
    ["anthropic", "claude-sonnet-4-20250514", tokens, 0.0105],
    ["anthropic", "claude-sonnet-4-5-20250929", tokens, 0.0105],
    ["anthropic", "claude-opus-4-20250514", tokens, 0.0525],
    ["anthropic", "claude-opus-4-5-20251101", tokens, 0.0175],
    ["anthropic", "claude-opus-5-5", tokens, 0.014],
    ["anthropic", "claude-3-5-haiku-latest", tokens, 0.0028],
    ["bedrock", "us.anthropic.claude-3-5-sonnet-20240620-v1:0", tokens, 0.0105],
    ["vertex", "claude-3-5-sonnet@20240620", tokens, 0.0105],
    ["google.generative-ai", "gemini-2.5-flash", tokens, 0.00155],
    ["google", "models/gemini-2.0-flash-001", tokens, 0.0003],
    ["mistral", "mistral-large-latest", tokens, 0.00125],
    ["mistral", "mistral-large-2411", tokens, 0.005],
    ["groq", "llama-3.3-70b-versatile", tokens, 0.000985],
    ["groq", "openai/gpt-oss-120b", tokens, 0.00045],
    ["groq", "whisper-large-v3", { seconds: 3600 }, 0.111],
    ["replicate", "stability-ai/sdxl:39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b", { seconds: 4.2 }, 0.004095],
    ["replicate", "black-forest-labs/flux-schnell", { images: 4 }, 0.012],
    ["ai-sdk", "gpt-4o-mini", tokens, 0.00045],
    ["openrouter", "openai/gpt-4o", tokens, 0.0075],
    ["", "claude-haiku-4-5", tokens, 0.0035],
  ])("%s %s", async (provider, model, data, amount) => {
    expect((await cost(provider, model, data)).map((one) => [one.amount, one.currency])).toEqual([[amount, "USD"]]);
  });

  it("a vendor goes with its provider, and the maker's stands in where it has none", async () => {
    const vendor = async (provider: string, model: string) => (await cost(provider, model, { ...tokens, images: 1 })).map((one) => one.vendor_external_id);
    expect(await vendor("anthropic", "claude-opus-5")).toEqual(["anthropic"]);
    expect(await vendor("azure", "gpt-4o")).toEqual(["openai"]);
    expect(await vendor("replicate", "black-forest-labs/flux-dev")).toEqual(["replicate"]);
  });

  it("a host that is a vendor of its own gets the cost of another's model", async () => {
    const { costsOf } = await world(kind, { slots: { vendors: 'const vendors = { azure: { vendor_id: "vnd_azure" }, openai: { vendor_id: "vnd_openai" } };' } });
    const vendorOf = (provider: string) => costsOf({ provider, model: "gpt-4o", data: tokens }).map((one) => one.vendor_id);
    expect([vendorOf("azure"), vendorOf("openai"), vendorOf("ai-sdk")]).toEqual([["vnd_azure"], ["vnd_openai"], ["vnd_openai"]]);
  });

  it("cached input has its own price, and long requests theirs", async () => {
    const amount = async (model: string, data: Record<string, unknown>, provider = "openai") => (await cost(provider, model, data))[0]?.amount;
    expect(await amount("gpt-4o-mini", { input_tokens: 1000, cached_input_tokens: 400, output_tokens: 0 })).toBe(0.00012);
    expect(await amount("gpt-4o-mini", { input_tokens: 1000, cached_input_tokens: 4000 })).toBe(0.000075);
    expect(await amount("gpt-4-turbo", { input_tokens: 1000, cached_input_tokens: 400 })).toBe(0.01);
    expect(await amount("gemini-2.5-pro", { input_tokens: 200_000, output_tokens: 10 }, "google")).toBe(0.2501);
    expect(await amount("gemini-2.5-pro", { input_tokens: 200_001, output_tokens: 10 }, "google")).toBe(0.5001525);
  });

  it("sums are exact to twelve decimals", async () => {
    for (let i = 1; i <= 2000; i += 1) {
      const data = { input_tokens: i * 37, cached_input_tokens: i * 11, output_tokens: i * 7 };
      const exact = BigInt(i) * (26n * 150_000n + 11n * 75_000n + 7n * 600_000n);
      const digits = exact.toString().padStart(13, "0");
      const decimal = `${digits.slice(0, -12)}.${digits.slice(-12)}`;
      expect((await cost("openai", "gpt-4o-mini", data))[0]?.amount).toBe(Number(decimal));
    }
  });

  it.each([
    ["openai", "gpt-4o-mini-realtime-preview", tokens],
    ["openai", "gpt-4-32k", tokens],
    ["openai", "gpt-4-1106-preview", tokens],
    ["openai", "gpt-4.5", tokens],
    ["openai", "gpt-5-7", tokens],
    ["openai", "ft:gpt-4o-mini:acme::8x", tokens],
    ["openai", "chatgpt-4o-latest", tokens],
    ["anthropic", "claude-opus-4-9", tokens],
    ["together", "openai/gpt-oss-120b", tokens],
    ["together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", tokens],
    ["groq", "gpt-4o", tokens],
    ["openai", "gpt-4o", { total_tokens: 1500 }],
    ["openai", "gpt-4o", {}],
    ["openai", "gpt-4o", { input_tokens: -5, output_tokens: Number.NaN }],
    ["openai", "dall-e-3", tokens],
    ["openai", undefined, tokens],
    [undefined, undefined, tokens],
  ])("no price is guessed: %s %s", async (provider, model, data) => {
    expect(await cost(provider, model, data)).toEqual([]);
  });

  it("an unknown model is logged once", async () => {
    const { costsOf, lines } = await world(kind);
    for (const model of ["my-model", "other", "my-model"]) expect(costsOf({ provider: "openai", model, data: tokens })).toEqual([]);
    expect(lines).toEqual(["my-model", "other"].map((model) => `credyt: no cost known for this model {"provider":"openai","model":"${model}"}`));
  });

  it("vendors and prices are the app's own", async () => {
    const slots = { vendors: 'const vendors = { fal: { vendor_id: "vnd_fal" } };', prices: 'const prices = { fal: { "fal-ai/flux": { image: 0.05 } } };' };
    const { costsOf } = await world(kind, { slots });
    expect(costsOf({ provider: "fal", model: "fal-ai/flux", data: { images: 2 } })).toEqual([{ vendor_id: "vnd_fal", amount: 0.1, currency: "USD" }]);
    expect(costsOf({ provider: "openai", model: "gpt-4o", data: tokens })).toEqual([]);
  });
});
