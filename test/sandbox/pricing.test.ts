import { expect, test } from "vitest";
import { bench, usage } from "./client.ts";

const unit = { usage_type: "unit" };
const volume = { usage_type: "volume", volume_field: "tokens" };
const both = { usage_type: "unit_and_volume", volume_field: "tokens" };

interface Case {
  readonly name: string;
  readonly prices: readonly unknown[];
  readonly events: readonly (readonly [type: string, data: Record<string, unknown> | undefined, fees: readonly number[]])[];
}

const model = (name: string) => ({ dimensions: { model: name } });

const cases: readonly Case[] = [
  { name: "unit", prices: [usage("a", unit, [{ unit_price: 0.25 }])], events: [["a", undefined, [0.25]], ["b", undefined, []]] },
  { name: "volume", prices: [usage("a", volume, [{ volume_rate: 0.1 }])], events: [["a", { tokens: 3 }, [0.3]], ["a", { tokens: 0 }, [0]], ["a", {}, []], ["a", { tokens: "many" }, []], ["a", { tokens: "4" }, [0.4]], ["a", { tokens: -3 }, []], ["a", { tokens: "-3" }, []]] },
  { name: "package", prices: [usage("a", volume, [{ volume_rate: 2, package_size: 1000 }])], events: [["a", { tokens: 1500 }, [3]], ["a", { tokens: 1 }, [0.002]]] },
  { name: "thirds are kept to 12 places", prices: [usage("a", volume, [{ volume_rate: 1, package_size: 3 }])], events: [["a", { tokens: 1 }, [0.333333333333]]] },
  { name: "unit and volume", prices: [usage("a", both, [{ unit_price: 1, volume_rate: 0.5 }])], events: [["a", { tokens: 2 }, [2]], ["a", undefined, [1]], ["a", { tokens: -2 }, [1]]] },
  { name: "unit and volume in two values", prices: [usage("a", both, [{ unit_price: 1 }, { volume_rate: 0.5 }])], events: [["a", { tokens: 2 }, [2]]] },
  { name: "bounds per event", prices: [usage("a", volume, [{ volume_rate: 1, min_amount: 2, max_amount: 5 }])], events: [["a", { tokens: 1 }, [2]], ["a", { tokens: 3 }, [3]], ["a", { tokens: 9 }, [5]]] },
  { name: "two prices, one fee each", prices: [usage("a", volume, [{ volume_rate: 1 }]), usage("a", { usage_type: "volume", volume_field: "out" }, [{ volume_rate: 4 }])], events: [["a", { tokens: 2, out: 1 }, [2, 4]], ["a", { out: 1 }, [4]]] },
  {
    name: "dimensions with a fallback",
    prices: [usage("a", { ...volume, billable_dimensions: ["model"] }, [{ ...model("*"), values: [{ volume_rate: 1 }] }, { ...model("large"), values: [{ volume_rate: 5 }] }])],
    events: [["a", { tokens: 2, model: "large" }, [10]], ["a", { tokens: 2, model: "other" }, [2]], ["a", { tokens: 2 }, [2]]],
  },
  {
    name: "dimensions without a fallback",
    prices: [usage("a", { ...unit, billable_dimensions: ["model", "fast"] }, [{ dimensions: { model: "large", fast: "true" }, values: [{ unit_price: 9 }] }, { dimensions: { model: "large", fast: "*" }, values: [{ unit_price: 4 }] }])],
    events: [["a", { model: "large", fast: true }, [9]], ["a", { model: "large", fast: false }, [4]], ["a", { model: "small", fast: true }, []]],
  },
  { name: "anything else", prices: [usage("*", unit, [{ unit_price: 0.01 }]), usage("a", unit, [{ unit_price: 1 }])], events: [["a", undefined, [1]], ["z", undefined, [0.01]]] },
  { name: "exact money", prices: [usage("a", volume, [{ volume_rate: 0.1 }])], events: [["a", { tokens: 3 }, [0.3]], ["a", { tokens: 0.7 }, [0.07]]] },
];

test.each(cases)("pricing: $name", async ({ prices, events }) => {
  const { call, customer, event, sandbox } = await bench({ products: [{ code: "p", name: "P", prices }] });
  await customer("u1", "p");
  for (const [type, data, fees] of events) {
    const id = await event("u1", type, data);
    expect([type, data, (await call("GET", `/events/${id}`)).body.fees.map((fee: { amount: number }) => fee.amount)]).toEqual([type, data, fees]);
  }
  const sum = events.flatMap(([, , fees]) => fees).reduce((total, fee) => total + Math.round(fee * 1e12), 0);
  expect(Math.round(Number(sandbox.balance("u1")) * 1e12)).toBe(-sum || 0);
});

test("a fee tells how it came about", async () => {
  const { call, customer, event } = await bench({ products: [{ code: "p", name: "P", prices: [usage("a", { ...volume, billable_dimensions: ["model"] }, [{ ...model("*"), values: [{ volume_rate: 2, package_size: 1000 }] }])] }] });
  const id = await customer("u1", "p");
  const [fee] = (await call("GET", `/events/${await event("u1", "a", { tokens: 1500, model: "m" })}`)).body.fees;
  const product = (await call("GET", "/products?code=p")).body.items[0].id;
  const { price_id, id: fee_id, ...rest } = fee;
  expect([typeof price_id, typeof fee_id]).toEqual(["string", "string"]);
  expect(rest).toEqual({
    product_id: product, product_code: "p", product_version: 1, price_name: "a", currency: "USD", asset: "USD", dimensions: { model: "m" }, usage_type: "volume", volume_field: "tokens", input_volume: 1500, volume_rate: 2, package_size: 1000, amount: 3,
  });
  expect((await call("GET", `/customers/${id}/wallet/default%3AUSD`)).body).toEqual({ id: "default:USD", name: "default", asset: "USD", available: -3, pending_in: 0, pending_out: 0 });
});

test("usage is simulated without a customer and without a trace", async () => {
  const { call, sandbox } = await bench();
  const product = (await call("GET", "/products?code=demo")).body.items[0].id;
  const event = { id: "0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c20", event_type: "chat_completion", occurred_at: "2026-06-02T09:14:03Z", data: { total_tokens: 2000 } };
  const { status, body } = await call("POST", `/products/${product}/default/simulate-usage`, { events: [event, { ...event, id: "0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c21", data: {} }] });
  expect([status, body.fees.length, body.fees[0].usage_id, body.fees[0].amount]).toEqual([200, 1, event.id, 0.004]);
  expect(body.warnings).toEqual(["0b9d2c64-7a1e-4c3f-9e52-6d1f8a7b3c21: Price chat_completion tokens needs a number from 0 in data.total_tokens."]);
  expect(sandbox.events()).toEqual([]);
});

test("a product that makes no sense is refused", async () => {
  const { call } = await bench();
  const price = usage("a", unit, [{ unit_price: 1 }]);
  const refused = async (body: Record<string, unknown>) => (await call("POST", "/products", { name: "P", code: "p", publish: true, prices: [price], ...body })).body.errors;
  expect(await refused({ code: "Not Good" })).toEqual({ code: ["must be lower-case letters, digits and underscores"] });
  expect(await refused({ code: "demo" })).toEqual({ code: ["is already in use"] });
  expect(await refused({ prices: [] })).toEqual({ prices: ["must have at least 1 entry"] });
  expect(await refused({ prices: [{ ...price, pricing: [{ asset: "GOLD", values: [{ unit_price: 1 }] }] }] })).toEqual({ "prices[0].pricing[0].asset": ["is not a currency or a known asset"] });
  expect(await refused({ prices: [{ ...price, usage_calculation: { event_type: "a", usage_type: "volume" } }] })).toEqual({ "prices[0].usage_calculation.volume_field": ["is required to measure volume"] });
  expect(await refused({ prices: [{ ...price, type: "fixed" }] })).toEqual({ "prices[0].usage_calculation": ["must be absent from a fixed price"], "prices[0].billing_model.type": ["must be recurring or one_time for a fixed price"] });
  expect(await refused({ prices: [{ ...price, pricing: [{ asset: "USD", values: [{ unit_price: -1 }] }] }] })).toEqual({ "prices[0].pricing[0].values[0].unit_price": ["must not be negative"] });
});

test("a draft can be subscribed to once it is published", async () => {
  const { call } = await bench();
  const { body: product } = await call("POST", "/products", { name: "P", code: "p", prices: [usage("a", unit, [{ unit_price: 1 }])] });
  expect(product).toEqual({ id: product.id, code: "p", version: 1, status: "draft", is_default: false });
  const subscribe = (external: string) => call("POST", "/customers", { name: "A", external_id: external, subscriptions: [{ products: [{ code: "p" }] }] });
  expect((await subscribe("u1")).body.errors).toEqual({ "subscriptions[0].products[0].code": ["has no published version to subscribe to"] });
  expect((await call("PATCH", `/products/${product.id}/1`, { publish: true })).status).toBe(204);
  expect((await subscribe("u1")).status).toBe(201);
  const read = (await call("GET", `/products/${product.id}`)).body;
  expect([read.code, read.default_version.version, read.default_version.prices[0].usage_calculation.event_type, read.versions.map((one: { status: string }) => one.status)]).toEqual(["p", 1, "a", ["published"]]);
  expect((await call("GET", `/products/${product.id}/subscribers`)).body.total_count).toBe(1);
  expect((await call("DELETE", `/products/${product.id}`)).status).toBe(204);
  expect((await call("GET", `/products/${product.id}/1`)).body.status).toBe("archived");
  expect((await subscribe("u2")).status).toBe(422);
});
