/** The body of POST /products, as a product can be given to a sandbox. */
export type ProductSpec = Readonly<Record<string, unknown>>;

const usage = (name: string, event_type: string, calculation: Record<string, unknown>, values: Record<string, unknown>) => ({
  name,
  type: "usage_based",
  billing_model: { type: "real_time" },
  usage_calculation: { event_type, ...calculation },
  pricing: [{ asset: "USD", values: [values] }],
});
const tokens = (event_type: string) => usage(`${event_type} tokens`, event_type, { usage_type: "volume", volume_field: "total_tokens" }, { volume_rate: 0.002, package_size: 1000 });
const volume = (event_type: string, volume_field: string, volume_rate: number, package_size = 1) =>
  usage(event_type, event_type, { usage_type: "volume", volume_field }, { volume_rate, package_size });
const each = (event_type: string, unit_price: number) => usage(event_type, event_type, { usage_type: "unit" }, { unit_price });

/** Prices for the activities AI apps bill most; any other type of event costs a cent. */
const prices = [
  ...["chat_completion", "completion", "text_generation", "object_generation"].map(tokens),
  volume("embedding", "total_tokens", 0.0001, 1000),
  each("image", 0.04),
  each("image_generation", 0.04),
  volume("speech", "characters", 0.015, 1000),
  volume("transcription", "seconds", 0.0001),
  each("unit", 0.01),
  { ...each("*", 0.01), name: "any other activity" },
];

/** The usage-only product of a new sandbox. */
export const demo: ProductSpec = { code: "demo", name: "Demo", publish: true, prices };

/** The product of a new sandbox that is paid up front: 20 USD a month, plus usage. */
export const demoPro: ProductSpec = {
  code: "demo_pro",
  name: "Demo Pro",
  publish: true,
  prices: [
    { name: "Monthly fee", type: "fixed", billing_model: { type: "recurring", recurring: { interval: "month" } }, pricing: [{ asset: "USD", values: [{ unit_price: 20 }] }] },
    ...prices,
  ],
};

/**
 * The product that a `--product` option asks for: a whole one as it is, a bare code with the prices of the demo; `code:upfront` is
 * paid like Demo Pro, and behind `@` stands the asset of its usage prices where that is not USD.
 */
export function productSpec(asked: string | ProductSpec): ProductSpec {
  if (typeof asked !== "string") return { publish: true, ...asked };
  const [whole = "", asset] = asked.split("@");
  const [code = "", kind] = whole.split(":");
  const spec: ProductSpec = { ...(kind === "upfront" ? demoPro : demo), code, name: code };
  return asset === undefined ? spec : { ...spec, prices: listed(spec.prices).map((price) => (price.type === "usage_based" ? inAsset(price, asset) : price)) };
}

function inAsset(price: Record<string, unknown>, asset: string): Record<string, unknown> {
  return { ...price, pricing: listed(price.pricing).map((entry) => ({ ...entry, asset })) };
}

/** The assets that a product's prices and credits name, as far as it can be read before it is checked. */
export function assetsNamed(spec: ProductSpec): readonly string[] {
  const named = [...listed(spec.prices).flatMap((price) => listed(price.pricing)), ...listed(spec.entitlements)].map(({ asset }) => asset);
  return [...new Set(named.filter((asset): asset is string => typeof asset === "string"))];
}

function listed(value: unknown): readonly Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((one): one is Record<string, unknown> => typeof one === "object" && one !== null) : [];
}
