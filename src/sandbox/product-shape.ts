import type { Numeric } from "./money.ts";
import { type Check, type Finding, flag, integer, list, map, note, object, oneOf, optional, positive, text, unsigned } from "./shape.ts";

/** A price of an asset: per event, per volume, or both; bounds hold per event. */
export interface Value {
  readonly name?: string | undefined;
  readonly unit_price?: Numeric | undefined;
  readonly volume_rate?: Numeric | undefined;
  readonly package_size?: Numeric | undefined;
  readonly min_amount?: Numeric | undefined;
  readonly max_amount?: Numeric | undefined;
  readonly quantity?: Numeric | undefined;
  readonly dimensions?: Readonly<Record<string, string>> | undefined;
  readonly values?: readonly Value[] | undefined;
}

const flat = {
  name: optional(text()),
  unit_price: optional(unsigned),
  volume_rate: optional(unsigned),
  package_size: optional(positive),
  min_amount: optional(unsigned),
  max_amount: optional(unsigned),
  quantity: optional(positive),
};
const value = object({ ...flat, dimensions: optional(map(text(200))), values: optional(list(object(flat), 1, 100)) });

const interval = oneOf("day", "week", "month", "year");
const anything: Check<unknown> = (given) => given;

const price = object({
  id: optional(text(64)),
  name: text(200),
  type: oneOf("usage_based", "fixed"),
  billing_model: object({
    type: oneOf("real_time", "recurring", "one_time"),
    recurring: optional(object({ interval, interval_count: optional(integer(1, 1000)) })),
    one_time: optional(object({ service_period: optional(text(40)) })),
    real_time: optional(anything),
  }),
  usage_calculation: optional(
    object({
      event_type: text(200),
      usage_type: oneOf("unit", "volume", "unit_and_volume"),
      unit_aggregation: optional(text()),
      volume_field: optional(text(200)),
      volume_aggregation: optional(text()),
      billable_dimensions: optional(list(text(200), 0, 20)),
      source_reference_field: optional(text(200)),
    }),
  ),
  pricing: list(object({ asset: text(16), values: list(value, 1, 1000) }), 1, 20),
  pricing_model: optional(oneOf("flat")),
  collection: optional(anything),
  funding_destination: optional(anything),
});

const entitlement = object({
  name: text(200),
  asset: text(16),
  amount: positive,
  purpose: oneOf("bundled", "promotion"),
  lifecycle: object({
    duration: interval,
    duration_count: optional(integer(1, 1000)),
    refresh: optional(object({ strategy: oneOf("expire_and_replace", "rollover") })),
  }),
  accounting: optional(object({ revenue_basis: unsigned, cost_basis: oneOf("auto") })),
  priority: optional(integer(-1_000_000, 1_000_000)),
});

type Of<C> = C extends Check<infer T> ? T : never;

/** A price as it was asked for; stored prices have an id. */
export type Price = Of<typeof price>;

/** Credits that come with a product. */
export type Entitlement = Of<typeof entitlement>;

/** One version of a product. `created` is in milliseconds. */
export interface ProductVersion {
  readonly version: number;
  readonly status: "draft" | "published" | "archived";
  readonly created: number;
  readonly prices: readonly Price[];
  readonly entitlements: readonly Entitlement[];
}

const checkedPrice: Check<Price> = (given, path, finding) => {
  const parsed = price(given, path, finding);
  if (parsed.type === "usage_based") checkUsage(parsed, path, finding);
  if (parsed.type === "fixed") checkFixed(parsed, path, finding);
  return parsed;
};

const content = { prices: list(checkedPrice, 1, 200), entitlements: optional(list(entitlement, 0, 100)), publish: optional(flag) };

/** The body of POST /products. */
export const newProduct = object({ ...content, name: text(200), code: text(64, /^[a-z0-9_]+$/, "must be lower-case letters, digits and underscores"), description: optional(note(4000)) });

/** The body of POST /products/{product_id}. */
export const newVersion = object({ ...content, name: optional(text(200)), description: optional(note(4000)) });

/** The body of PATCH /products/{product_id}/{version}. */
export const versionChange = object({ publish: optional(flag), make_default: optional(flag) });

function checkUsage(parsed: Price, path: string, finding: Finding): void {
  const usage = parsed.usage_calculation;
  if (!usage) return finding.refuse(`${path}.usage_calculation`, "is required for a usage-based price");
  if (usage.usage_type !== "unit" && usage.volume_field === undefined) finding.refuse(`${path}.usage_calculation.volume_field`, "is required to measure volume");
  if (parsed.billing_model?.type && parsed.billing_model.type !== "real_time") finding.refuse(`${path}.billing_model.type`, "must be real_time: the sandbox bills usage in real time only");
}

function checkFixed(parsed: Price, path: string, finding: Finding): void {
  if (parsed.usage_calculation) finding.refuse(`${path}.usage_calculation`, "must be absent from a fixed price");
  if (parsed.billing_model?.type === "real_time") finding.refuse(`${path}.billing_model.type`, "must be recurring or one_time for a fixed price");
  if (parsed.billing_model?.type === "recurring" && !parsed.billing_model.recurring) finding.refuse(`${path}.billing_model.recurring`, "is required");
  parsed.pricing?.forEach((entry, at) =>
    entry?.values?.forEach((one, position) => {
      if (one && one.unit_price === undefined) finding.refuse(`${path}.pricing[${at}].values[${position}].unit_price`, "is required");
    }),
  );
}

/** Whether a version must be paid before it is used. */
export function paidUpFront(version: ProductVersion): boolean {
  return version.prices.some((one) => one.type === "fixed");
}
