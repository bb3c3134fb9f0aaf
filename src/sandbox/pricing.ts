import { type Money, booked, exact, zero } from "./money.ts";
import type { Price, ProductVersion, Value } from "./product-shape.ts";
import { isNumeric } from "./shape.ts";
import type { Product } from "./state.ts";

/** What pricing looks at in an event. */
export interface Usage {
  readonly id: string;
  readonly event_type: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** A fee that a price asks for an event, before it has an id. */
export interface Charge {
  readonly price: Price;
  readonly asset: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly volume?: Money;
  readonly value: Value;
  readonly amount: Money;
}

/** What an event costs under one version of a product, and why a price that fits its type asked for nothing. */
export interface Quote {
  readonly charges: readonly Charge[];
  readonly warnings: readonly string[];
}

/** Prices an event: every price of its type asks a fee; a price of type `*` stands in when there is none. */
export function priceEvent(event: Usage, version: ProductVersion): Quote {
  const usage = version.prices.filter((price) => price.type === "usage_based");
  const named = usage.filter((price) => price.usage_calculation?.event_type === event.event_type);
  const fitting = named.length > 0 ? named : usage.filter((price) => price.usage_calculation?.event_type === "*");
  const charges: Charge[] = [];
  const warnings: string[] = [];
  for (const price of fitting) {
    const charge = chargeOf(price, event);
    if (typeof charge === "string") warnings.push(charge);
    else charges.push(charge);
  }
  if (fitting.length === 0) warnings.push(`No price is set for event type ${event.event_type}.`);
  return { charges, warnings };
}

/** A charge, or the reason there is none. */
function chargeOf(price: Price, event: Usage): Charge | string {
  const pricing = price.pricing[0];
  const usage = price.usage_calculation;
  if (!pricing || !usage) return `Price ${price.name} has no pricing.`;
  const matched = match(pricing.values, event.data ?? {});
  if (!matched) return `Price ${price.name} has no value for ${(usage.billable_dimensions ?? []).map((name) => `${name}=${String(event.data?.[name])}`).join(", ") || "these dimensions"}.`;
  const volume = usage.usage_type === "unit" ? undefined : volumeOf(event, usage.volume_field ?? "");
  if (usage.usage_type === "volume" && volume === undefined) return `Price ${price.name} needs a number from 0 in data.${usage.volume_field ?? ""}.`;
  let amount = zero;
  for (const value of matched.values) amount = amount.plus(amountOf(value, usage.usage_type !== "volume", volume));
  const dimensions = matched.dimensions && { dimensions: matched.dimensions };
  return { price, asset: pricing.asset, ...dimensions, ...(volume && { volume }), value: matched.values[0] ?? {}, amount: booked(amount) };
}

function amountOf(value: Value, units: boolean, volume: Money | undefined): Money {
  let amount = units ? exact(value.unit_price ?? 0) : zero;
  if (volume) amount = amount.plus(volume.times(exact(value.volume_rate ?? 0)).div(exact(value.package_size ?? 1)));
  if (value.min_amount !== undefined && amount.lt(exact(value.min_amount))) amount = exact(value.min_amount);
  if (value.max_amount !== undefined && amount.gt(exact(value.max_amount))) amount = exact(value.max_amount);
  return amount;
}

/** The volume of an event. One below 0 is none: its fee would be a credit that nobody granted. */
function volumeOf(event: Usage, field: string): Money | undefined {
  const value = event.data?.[field];
  if (isNumeric(value)) return exact(value).lt(0) ? undefined : exact(value);
  return typeof value === "string" && /^\d{1,30}(\.\d{1,30})?$/.test(value) ? exact(value) : undefined;
}

interface Match {
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly values: readonly Value[];
}

/** The flat values, or those of the dimensional entry with the fewest `*` among the ones that fit. */
function match(values: readonly Value[], data: Readonly<Record<string, unknown>>): Match | undefined {
  const plain = values.filter((value) => !value.dimensions);
  const fitting = values
    .filter((value) => value.dimensions && Object.entries(value.dimensions).every(([name, wanted]) => wanted === "*" || wanted === String(data[name])))
    .sort((a, b) => wildcards(a) - wildcards(b));
  const best = fitting[0];
  if (best?.dimensions) return { dimensions: matchedDimensions(best.dimensions, data), values: best.values ?? [best] };
  return plain.length > 0 ? { values: plain } : undefined;
}

function wildcards(value: Value): number {
  return Object.values(value.dimensions ?? {}).filter((wanted) => wanted === "*").length;
}

function matchedDimensions(wanted: Readonly<Record<string, string>>, data: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, data[name] === undefined ? "*" : String(data[name])]));
}

/** The fields of a fee that say how it was worked out, as Credyt names them. */
export function workings(charge: Charge): Record<string, unknown> {
  const usage = charge.price.usage_calculation;
  return {
    price_id: charge.price.id,
    price_name: charge.price.name,
    currency: charge.asset,
    asset: charge.asset,
    dimensions: charge.dimensions,
    usage_type: usage?.usage_type,
    volume_field: usage?.usage_type === "unit" ? undefined : usage?.volume_field,
    input_volume: charge.volume,
    unit_price: charge.value.unit_price,
    volume_rate: charge.value.volume_rate,
    package_size: charge.value.package_size,
    amount: charge.amount,
  };
}

/** What the fixed prices of a version ask up front, per asset. */
export function upFront(version: ProductVersion): readonly { readonly asset: string; readonly amount: Money; readonly every?: string }[] {
  return version.prices
    .filter((price) => price.type === "fixed")
    .map((price) => {
      const amount = (price.pricing[0]?.values ?? []).reduce((sum, value) => sum.plus(exact(value.unit_price ?? 0).times(exact(value.quantity ?? 1))), zero);
      const every = price.billing_model.recurring;
      const span = every && (every.interval_count && every.interval_count > 1 ? `${every.interval_count} ${every.interval}s` : every.interval);
      return { asset: price.pricing[0]?.asset ?? "USD", amount, ...(span !== undefined && { every: span }) };
    });
}

/** The version of a product that a number or `default` names. */
export function versionOf(product: Product, asked: number | "default" | undefined): ProductVersion | undefined {
  const wanted = asked === undefined || asked === "default" ? product.defaultVersion : asked;
  return product.versions.find((one) => one.version === wanted);
}
