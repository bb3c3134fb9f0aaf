import { expect } from "vitest";
import type { ProviderCall } from "../stub-providers.ts";
import { customersOf, eventsOf, type Due, type Visitor, type World } from "./world.ts";

/** What is known of an event from outside: its type, and what it measures. */
export interface Billed {
  readonly event_type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What an answered call must be billed as: the numbers that the stub reported for its nonce. */
function dataOf(call: ProviderCall, app: string): Billed["data"] {
  const { input, output } = call.usage;
  const { model } = call;
  const provider = app === "express-session-pg-fetch" && call.endpoint === "chat.completions" ? "groq" : call.provider;
  const tokens = { total_tokens: input + output, input_tokens: input, output_tokens: output };
  switch (call.endpoint) {
    case "embeddings": return { total_tokens: input, model, provider };
    case "images": return { images: Number(call.body["n"] ?? 1), model, provider };
    // A model that runs by its version: the app has the name of this one.
    case "predictions": return { model: model || `tencentarc/gfpgan:${String(call.body["version"])}`, provider };
    case "messages": return { ...tokens, model, provider };
    default: return { ...tokens, model, provider };
  }
}

const inOrder = (list: readonly Billed[]): readonly string[] =>
  list.map(({ event_type, data }) => JSON.stringify([event_type, Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))])).sort();

/** What is due, each under the type that was billed where several are possible. */
function dueOf(due: readonly Due[], billed: readonly Billed[], app: string): Billed[] {
  const left = [...billed];
  return due.filter(({ call }) => call.outcome === "answered").map(({ call, types }) => {
    const data = dataOf(call, app);
    const at = left.findIndex((one) => types.includes(one.event_type) && inOrder([{ ...one, data }])[0] === inOrder([one])[0]);
    const found = at < 0 ? undefined : left.splice(at, 1)[0];
    return { event_type: found?.event_type ?? types[0] ?? "", data };
  });
}

const seen = (world: World, visitor: Visitor): Billed[] => eventsOf(world, visitor).map(({ event_type, data }) => ({ event_type, data: data ?? {} }));

/** That a visitor's events are exactly those that answered calls ask for, once each. Waits for late ones. */
export async function expectBilled(world: World, visitor: Visitor): Promise<void> {
  const { name } = world.app;
  await expect.poll(() => {
    const billed = seen(world, visitor);
    return billed.length >= dueOf(visitor.due, billed, name).length;
  }, { timeout: 8_000, message: `an event is missing\n${world.app.logs().slice(-3000)}` }).toBe(true);
  const billed = seen(world, visitor);
  expect(inOrder(billed)).toEqual(inOrder(dueOf(visitor.due, billed, name)));
}

/** That no event tells a number which no answered call has told: nobody knows what a call that broke off would have used. */
export function expectNothingGuessed(world: World, visitor: Visitor): void {
  const told = visitor.due.filter(({ call }) => call.outcome === "answered").flatMap(({ call: { usage } }) => [usage.input, usage.input + usage.output]);
  expect(seen(world, visitor).filter(({ data }) => Number(data["total_tokens"] ?? 0) > 0 && !told.includes(Number(data["total_tokens"])))).toEqual([]);
}

const RATES: Readonly<Record<string, number>> = { chat_completion: 0.002, text_generation: 0.002, object_generation: 0.002, embedding: 0.0001 };

/** What the sandbox's demo product asks for an event, in trillionths of a dollar. */
function feeOf({ event_type, data }: Billed): number {
  const rate = RATES[event_type];
  if (rate !== undefined) return Math.round(Number(data["total_tokens"] ?? 0) * rate * 1e9);
  return event_type === "image_generation" ? 0.04e12 : 0.01e12;
}

/** What the demo product asks for one unit of an event that is not priced by tokens, in dollars. */
export const unitPrice = (event_type: string): number => (RATES[event_type] === undefined ? feeOf({ event_type, data: {} }) / 1e12 : 0);

/** That the wallet holds what was put in, less the price of every event. */
export function expectBalance(world: World, visitor: Visitor, funds: number): void {
  const spent = seen(world, visitor).reduce((sum, one) => sum + feeOf(one), 0);
  const [customer] = customersOf(world, visitor.account);
  expect(Number(world.sandbox.balance(customer?.id ?? ""))).toBe((funds * 1e12 - spent) / 1e12);
}

/** US dollars for a million tokens in and out, or an image, as the providers list them. */
const PRICES: Readonly<Record<string, readonly [vendor: string, input: number, output: number]>> = {
  "gpt-4o-mini": ["openai", 0.15, 0.6],
  "gpt-4.1-mini": ["openai", 0.4, 1.6],
  "text-embedding-3-small": ["openai", 0.02, 0],
  "claude-sonnet-4-5": ["claude", 3, 15],
  "llama-3.3-70b-versatile": ["groq", 0.59, 0.79],
};

/** The cost that an event must carry; none where the app's price table does not know the model. */
function costOf({ data }: Billed): readonly object[] {
  const price = PRICES[String(data["model"])];
  if (price === undefined) return [];
  const [vendor, input, output] = price;
  const tokens = [Number(data["input_tokens"] ?? data["total_tokens"]), Number(data["output_tokens"] ?? 0)] as const;
  return [{ vendor_external_id: vendor, amount: Math.round((tokens[0] * input + tokens[1] * output) * 1e6) / 1e12, currency: "USD" }];
}

/** That every event of a visitor carries what its model costs, under an id of its own. */
export function expectCosts(world: World, visitor: Visitor): void {
  for (const event of eventsOf(world, visitor)) {
    const costs = (event.costs ?? []).map(({ id, vendor_id: _, ...cost }) => {
      expect(id).toMatch(new RegExp(`^${event.id}:\\d$`));
      return cost;
    });
    expect(costs).toEqual(costOf({ event_type: event.event_type, data: event.data ?? {} }));
  }
}
