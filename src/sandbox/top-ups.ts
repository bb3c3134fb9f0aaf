import { ownAccount } from "./accounts.ts";
import { assetOf, unitsFor } from "./assets.ts";
import { type Call, type Credyt, type Route, json } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { newId } from "./ids.ts";
import { Exact, type Money, booked, exact } from "./money.ts";
import { notFound, refused } from "./problem.ts";
import { map, moment, note, object, optional, positive, read, text, url } from "./shape.ts";
import type { TopUp, TopUpStatus } from "./state.ts";
import { linkLife, sign } from "./tokens.ts";
import { newGrant } from "./wallets.ts";

const newTopUp = object({
  customer_id: text(64),
  amount: positive,
  currency: text(3),
  return_url: url,
  failure_url: url,
  description: optional(note(1000)),
  destination: optional(object({ asset: optional(text(16)), account_name: optional(text(50)), exchange_rate: optional(positive) })),
  credit_expires_at: optional(moment),
  metadata: optional(map(text(1000))),
});
type Asked = ReturnType<typeof newTopUp>;

/** The operations on top-ups, by which customers buy balance. */
export const topUpRoutes: readonly Route[] = [
  { method: "POST", path: "/top-ups", answer: initiate },
  { method: "GET", path: "/top-ups/:id", answer: getTopUp },
];

function initiate(call: Call, credyt: Credyt) {
  const topUp = buildTopUp(read(newTopUp, call.body, credyt.strict), credyt, call.now);
  credyt.commit({ kind: "top-up", value: topUp });
  const { id, status, created, link } = topUp;
  return json(201, { id, status, redirect_url: topUpUrl(credyt, topUp), created_at: timestamp(created), expires_at: timestamp(link.expires) });
}

/** The page where a top-up is paid. */
export function topUpUrl(credyt: Credyt, topUp: TopUp): string {
  return `${credyt.url}/billing/top-up?token=${topUp.link.token}`;
}

/** A top-up that waits for its payment. Throws 422 when something it names is not here. */
export function buildTopUp(asked: Asked, credyt: Credyt, now: number): TopUp {
  if (!credyt.state.customers.has(asked.customer_id)) throw refused("customer_id", "is not the id of a customer");
  const currency = assetOf(credyt.state, asked.currency);
  if (!currency?.fiat) throw refused("currency", "must be a currency code such as USD");
  const asset = assetOf(credyt.state, asked.destination?.asset ?? asked.currency);
  if (!asset) throw refused("destination.asset", "is not a currency or a known asset");
  const amount = booked(exact(asked.amount));
  const units = asset.code === currency.code ? amount : unitsFor(asset, currency.code, amount, now);
  if (!units || units.isZero()) throw refused("destination.asset", units ? "would get less than its smallest unit" : `has no rate for ${currency.code}`);
  if (asked.destination?.exchange_rate !== undefined) credyt.log("top-up: destination.exchange_rate was ignored, its direction is not documented");
  const id = newId("top");
  const { customer_id, return_url, failure_url, description, metadata, credit_expires_at } = asked;
  const expires = now + linkLife;
  const token = sign({ purpose: "top-up", customer: customer_id, subject: id, return_url, failure_url, expires }, credyt.ledger.secret(), ownAccount.account_id);
  return {
    id, customer_id, amount, currency: currency.code, asset: asset.code, account: asked.destination?.account_name ?? "default", units, status: "initiated", return_url, failure_url,
    ...(description !== undefined && { description }), ...(metadata && { metadata }), ...(credit_expires_at !== undefined && { credit_expires: Date.parse(credit_expires_at) }),
    created: now, link: { token, expires },
  };
}

/** The top-up's status at `now`: one that was not paid in time is expired. */
export function statusOf(topUp: TopUp, now: number): TopUpStatus {
  return (topUp.status === "initiated" || topUp.status === "pending") && topUp.link.expires <= now ? "expired" : topUp.status;
}

/** Ends a top-up: paid, its units reach the wallet; declined, nothing does. Returns false when it had ended before. */
export function finish(credyt: Credyt, topUp: TopUp, outcome: "succeeded" | "failed", now: number): boolean {
  if (statusOf(topUp, now) !== "initiated") return false;
  const value: TopUp = { ...topUp, status: outcome };
  const grant = () => newGrant(topUp.units, "paid", now, { expires: topUp.credit_expires && Math.max(topUp.credit_expires, now + 1) });
  if (outcome === "failed") credyt.commit({ kind: "top-up", value });
  else credyt.commit({ kind: "top-up", value }, { kind: "credit", customer: topUp.customer_id, name: topUp.account, asset: topUp.asset, grant: grant() });
  credyt.changed({ kind: "customer", id: topUp.customer_id });
  return true;
}

/** Puts balance into a wallet as if it had been bought; for people and tests, no part of the API. */
export function fund(credyt: Credyt, customer: string, amount: Money, asset: string, now: number): void {
  const found = assetOf(credyt.state, asset);
  if (!found) throw refused("asset", "is not a currency or a known asset");
  credyt.commit({ kind: "credit", customer, name: "default", asset: found.code, grant: newGrant(new Exact(amount), "paid", now) });
  credyt.changed({ kind: "customer", id: customer });
}

function getTopUp(call: Call, { state }: Credyt) {
  const topUp = state.topUps.get(call.params.id ?? "");
  if (!topUp) throw notFound(`Top-up ${call.params.id ?? ""}`);
  const { id, customer_id, amount, currency, asset, account, description, metadata, created, link } = topUp;
  const status = statusOf(topUp, call.now);
  return json(200, { id, customer_id, amount, currency, destination: { asset, account_name: account }, status, description, metadata, created_at: timestamp(created), expires_at: timestamp(link.expires) });
}
