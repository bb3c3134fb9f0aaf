import { type Call, type Credyt, type Route, json, noContent } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { Exact, type Money, exact } from "./money.ts";
import { newest, page, paging } from "./page.ts";
import { notFound, refused } from "./problem.ts";
import { integer, list, moment, object, optional, positive, read, text } from "./shape.ts";
import type { Asset, Rate, State } from "./state.ts";

const newAsset = object({
  code: text(16, /^[A-Za-z0-9_]+$/, "must be letters, digits and underscores"),
  name: text(200),
  precision: optional(integer(0, 12)),
  symbol: optional(text(8)),
  label: optional(text(200)),
  rates: optional(list(object({ source: text(16), rate: optional(positive), inverse_rate: optional(positive) }), 0, 50)),
});
const newRate = object({ source: text(16), rate: positive, valid_from: optional(moment), valid_to: optional(moment) });
const quoteRequest = object({ source: text(16), amount: positive, exchange_at: optional(moment) });

/** The operations on custom assets. */
export const assetRoutes: readonly Route[] = [
  { method: "POST", path: "/assets", answer: createAsset },
  { method: "GET", path: "/assets", query: paging, answer: (call, { state }) => json(200, page(call, newest(state.assets), state.assets.size, ({ code, name }) => ({ code, name }))) },
  { method: "GET", path: "/assets/:code", answer: (call, { state }) => json(200, assetView(customAsset(state, call))) },
  { method: "POST", path: "/assets/:code/rates", answer: addRate },
  { method: "POST", path: "/assets/:code/quote", answer: quote },
];

/** Every currency as an asset; it is there without being made. */
const currencies: ReadonlyMap<string, Asset> = new Map(
  Intl.supportedValuesOf("currency").map((code) => {
    const { maximumFractionDigits: precision = 2 } = new Intl.NumberFormat("en", { style: "currency", currency: code }).resolvedOptions();
    return [code, { code, name: code, precision, created: 0, fiat: true, rates: [] }];
  }),
);

/** The asset with this code in any case: a custom one, or a currency. */
export function assetOf(state: State, code: string): Asset | undefined {
  return state.assets.get(code.toLowerCase()) ?? currencies.get(code.toUpperCase());
}

/** What one unit of the asset costs in `source` at a time; undefined when no rate is known. */
export function rateOf(asset: Asset, source: string, at: number): Money | undefined {
  if (asset.fiat) return asset.code === source.toUpperCase() ? exact(1) : undefined;
  const valid = asset.rates.filter((rate) => rate.source === source.toUpperCase() && rate.from <= at && (rate.to === undefined || rate.to > at));
  return valid.sort((a, b) => b.from - a.from)[0]?.rate;
}

/** How many units `amount` of a currency buys, rounded down to the asset's precision; undefined without a rate. */
export function unitsFor(asset: Asset, source: string, amount: Money, at: number): Money | undefined {
  const rate = rateOf(asset, source, at);
  return rate?.isZero() === false ? amount.div(rate).toDecimalPlaces(asset.precision, Exact.ROUND_DOWN) : undefined;
}

function createAsset(call: Call, credyt: Credyt) {
  const asked = read(newAsset, call.body, credyt.strict);
  if (assetOf(credyt.state, asked.code)) throw refused("code", "is already in use");
  const rates = (asked.rates ?? []).map((rate, at): Rate => {
    if ((rate.rate === undefined) === (rate.inverse_rate === undefined)) throw refused(`rates[${at}]`, "must have either rate or inverse_rate");
    return { source: currency(rate.source, `rates[${at}].source`), rate: rate.rate !== undefined ? exact(rate.rate) : exact(1).div(exact(rate.inverse_rate ?? 1)), from: call.now };
  });
  const { code, name, symbol, label } = asked;
  credyt.commit({ kind: "asset", value: { code, name, precision: asked.precision ?? 0, ...(symbol !== undefined && { symbol }), ...(label !== undefined && { label }), created: call.now, fiat: false, rates } });
  return json(201, { code, created_at: timestamp(call.now) });
}

function addRate(call: Call, credyt: Credyt) {
  const asset = customAsset(credyt.state, call);
  const asked = read(newRate, call.body, credyt.strict);
  const source = currency(asked.source, "source");
  const from = asked.valid_from === undefined ? call.now : Date.parse(asked.valid_from);
  const closed = asset.rates.map((rate) => (rate.source === source && rate.from < from && (rate.to === undefined || rate.to > from) ? { ...rate, to: from } : rate));
  const to = asked.valid_to === undefined ? {} : { to: Date.parse(asked.valid_to) };
  credyt.commit({ kind: "asset", value: { ...asset, rates: [...closed, { source, rate: exact(asked.rate), from, ...to }] } });
  return noContent;
}

function quote(call: Call, credyt: Credyt) {
  const asset = customAsset(credyt.state, call);
  const asked = read(quoteRequest, call.body, credyt.strict);
  const source = currency(asked.source, "source");
  const at = asked.exchange_at === undefined ? call.now : Date.parse(asked.exchange_at);
  const rate = rateOf(asset, source, at);
  const units = unitsFor(asset, source, exact(asked.amount), at);
  if (!rate || !units) throw refused("source", `has no rate for ${asset.code}`);
  return json(200, { source, source_amount: exact(asked.amount), destination: asset.code, destination_amount: units, rate, inverse_rate: exact(1).div(rate).toDecimalPlaces(12) });
}

function currency(code: string, path: string): string {
  if (!currencies.has(code.toUpperCase())) throw refused(path, "must be a currency code such as USD");
  return code.toUpperCase();
}

function customAsset(state: State, call: Call): Asset {
  const asset = state.assets.get((call.params.code ?? "").toLowerCase());
  if (!asset) throw notFound(`Asset ${call.params.code ?? ""}`);
  return asset;
}

function assetView(asset: Asset) {
  const { code, name, precision, symbol, label, rates, created } = asset;
  const sources = [...new Set(rates.map((rate) => rate.source))];
  const schedule = (source: string) => rates.filter((rate) => rate.source === source).sort((a, b) => b.from - a.from).map(rateView);
  return { code, name, precision, symbol, label: label ?? code, rates: sources.map((source) => ({ source, schedule: schedule(source) })), created_at: timestamp(created) };
}

function rateView(rate: Rate) {
  return { valid_from: timestamp(rate.from), valid_to: rate.to === undefined ? undefined : timestamp(rate.to), rate: rate.rate, inverse_rate: exact(1).div(rate.rate).toDecimalPlaces(12) };
}
