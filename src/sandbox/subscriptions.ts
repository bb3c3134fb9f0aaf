import { ownAccount } from "./accounts.ts";
import { assetOf } from "./assets.ts";
import type { Credyt } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import type { Fact } from "./facts.ts";
import { newId } from "./ids.ts";
import { type Money, total, zero } from "./money.ts";
import { upFront, versionOf } from "./pricing.ts";
import { notFound, refused } from "./problem.ts";
import { type ProductVersion, paidUpFront } from "./product-shape.ts";
import { productCoded } from "./products.ts";
import { type Check, integer, list, moment, object, oneOf, optional, text, url } from "./shape.ts";
import type { Customer, PaymentLink, SubscribedProduct, Subscription } from "./state.ts";
import { linkLife, sign } from "./tokens.ts";
import { announce } from "./webhooks.ts";

/** A product version as callers name it. */
export const versionAsked: Check<number | "default"> = (value, path, finding) => (value === "default" ? value : integer(1, 1_000_000)(value, path, finding));

/** A subscription as it is asked for, alone or within a new customer. */
export const newSubscription = object({
  products: list(object({ code: optional(text(64)), id: optional(text(64)), version: optional(versionAsked) }), 1, 50),
  return_url: optional(url),
  failure_url: optional(url),
  redirect_to: optional(oneOf("return_url", "portal")),
  starts_at: optional(moment),
  renews_at: optional(moment),
});
type Asked = ReturnType<typeof newSubscription>;

/** The subscription that was asked for: active at once, waiting for payment or for its start. Throws 422 naming `path`. */
export function buildSubscription(asked: Asked, customer: string, path: string, credyt: Credyt, now: number): Subscription {
  const found = asked.products.map((product, at) => subscribed(product, `${path}.products[${at}]`, credyt));
  const paid = found.some(({ version }) => paidUpFront(version));
  if (paid && asked.return_url === undefined) throw refused(`${path}.return_url`, "is required for a product with a fixed price");
  if (paid && asked.failure_url === undefined && credyt.strict) throw refused(`${path}.failure_url`, "is required for a product with a fixed price");
  const starts = asked.starts_at === undefined ? undefined : Date.parse(asked.starts_at);
  const later = starts !== undefined && starts > now;
  const { return_url, failure_url, renews_at } = asked;
  const draft: Subscription = {
    id: newId("sub"),
    status: paid ? "pending" : later ? "scheduled" : "active",
    products: found.map(({ product }) => product),
    created: now,
    redirect_to: asked.redirect_to ?? "return_url",
    ...(starts !== undefined && { starts }),
    ...(!paid && !later && { started: now }),
    ...(renews_at !== undefined && { renews_at }),
    ...(return_url !== undefined && { return_url }),
    ...(failure_url !== undefined && { failure_url }),
  };
  return paid ? withLink(draft, customer, credyt, now) : draft;
}

/** The published product version that was asked for. Throws 422 naming a member of `path`. */
export function subscribed(asked: Asked["products"][number], path: string, credyt: Credyt): { readonly product: SubscribedProduct; readonly version: ProductVersion } {
  if (asked.code === undefined && asked.id === undefined) throw refused(`${path}.code`, "is required");
  const product = asked.code === undefined ? credyt.state.products.get(asked.id ?? "") : productCoded(credyt.state, asked.code);
  const field = asked.code === undefined ? "id" : "code";
  if (!product) throw refused(`${path}.${field}`, "is not a product");
  const version = versionOf(product, asked.version);
  if (!version && asked.version !== undefined && asked.version !== "default") throw refused(`${path}.version`, "is not a version of the product");
  if (!version || version.status !== "published") throw refused(`${path}.${field}`, "has no published version to subscribe to");
  return { product: { id: product.id, code: product.code, version: version.version, asked: asked.version ?? "default" }, version };
}

function withLink(subscription: Subscription, customer: string, credyt: Credyt, now: number): Subscription {
  const expires = now + linkLife;
  const return_url = subscription.return_url ?? credyt.url;
  const ticket = { purpose: "subscription", customer, subject: subscription.id, return_url, failure_url: subscription.failure_url ?? return_url, expires } as const;
  return { ...subscription, link: { token: sign(ticket, credyt.ledger.secret(), ownAccount.account_id), expires } };
}

/** The facts that go with a subscription becoming active: accounts, credits that come with it, webhooks. */
export function activation(customer: Pick<Customer, "id">, subscription: Subscription, credyt: Credyt, now: number): readonly Fact[] {
  const versions = subscription.products.map((one) => credyt.state.products.get(one.id)?.versions.find(({ version }) => version === one.version)).filter((one) => one !== undefined);
  const codes = versions.flatMap((version) => [...version.prices.filter((price) => price.type === "usage_based").flatMap((price) => price.pricing.map((entry) => entry.asset)), ...version.entitlements.map((one) => one.asset)]);
  const assets = [...new Set(codes.map((code) => assetOf(credyt.state, code)?.code ?? code))];
  const opened = assets.map((asset): Fact => ({ kind: "open", customer: customer.id, name: "default", asset }));
  const credits = versions.flatMap((version) => version.entitlements.map((one) => scheduleOf(one, customer.id, credyt, now)));
  const paid = versions.some(paidUpFront);
  if (!paid && !credyt.switches.activatedForUsage) return [...opened, ...credits];
  const data = { customer_id: customer.id, subscription_id: subscription.id, occurred_at: timestamp(now) };
  return [...opened, ...credits, ...announce("subscription.activated", data, credyt, now)];
}

function scheduleOf(entitlement: ProductVersion["entitlements"][number], customer: string, credyt: Credyt, now: number): Fact {
  const { name, amount, purpose, priority, lifecycle } = entitlement;
  const asset = assetOf(credyt.state, entitlement.asset)?.code ?? entitlement.asset;
  const value = {
    name: `${name}:${newId("grt")}`, asset, amount: zero.plus(amount), purpose, ...(priority !== undefined && { priority }), interval: lifecycle.duration,
    count: lifecycle.duration_count ?? 1, ...(lifecycle.refresh && { refresh: lifecycle.refresh.strategy }), anchor: now, period: 0,
  };
  return { kind: "schedule", customer, value, at: now };
}

/** Does what became due: a scheduled start, a new payment link for one that expired. Returns the customer as it is now. */
export function bringUpToDate(credyt: Credyt, customer: Customer, now: number): Customer {
  const due = (one: Subscription) => (one.status === "scheduled" && (one.starts ?? 0) <= now) || (one.status === "pending" && (one.link?.expires ?? 0) <= now);
  if (!customer.subscriptions.some(due)) return customer;
  const subscriptions = customer.subscriptions.map((one) => (!due(one) ? one : one.status === "pending" ? withLink(one, customer.id, credyt, now) : { ...one, status: "active" as const, started: now }));
  const value = { ...customer, subscriptions };
  const started = subscriptions.filter((one, at) => one.status === "active" && customer.subscriptions[at]?.status === "scheduled");
  credyt.commit({ kind: "customer", value }, ...started.flatMap((one) => activation(value, one, credyt, now)));
  return value;
}

/** Makes a subscription active, as its payment does; nothing happens when it is active already. Throws 404. */
export function activate(credyt: Credyt, customer: Customer, id: string, now: number): void {
  const subscription = customer.subscriptions.find((one) => one.id === id);
  if (!subscription) throw notFound(`Subscription ${id}`);
  if (subscription.status === "active") return;
  const { link: _, ...rest } = subscription;
  const active: Subscription = { ...rest, status: "active", started: now };
  const paid = dueNow(credyt, subscription).filter((one) => one.asset === "USD").map((one) => one.amount);
  const value = { ...customer, subscriptions: customer.subscriptions.map((one) => (one.id === id ? active : one)) };
  const revenue: readonly Fact[] = paid.length === 0 ? [] : [{ kind: "revenue", customer: customer.id, day: timestamp(now).slice(0, 10), amount: total(paid) }];
  credyt.commit({ kind: "customer", value }, ...revenue, ...activation(value, active, credyt, now));
}

/** What must be paid to start a subscription, one line per fixed price. */
export function dueNow(credyt: Credyt, subscription: Subscription): readonly { readonly name: string; readonly asset: string; readonly amount: Money; readonly every?: string }[] {
  return subscription.products.flatMap((one) => {
    const product = credyt.state.products.get(one.id);
    const version = product?.versions.find(({ version: number }) => number === one.version);
    return version ? upFront(version).map((line) => ({ ...line, name: product?.name ?? one.code })) : [];
  });
}

/** Puts a changed subscription in the place of the old one. */
export function replace(credyt: Credyt, customer: Customer, subscription: Subscription): void {
  credyt.commit({ kind: "customer", value: { ...customer, subscriptions: customer.subscriptions.map((one) => (one.id === subscription.id ? subscription : one)) } });
}

/** A subscription as Credyt answers it: with the version as it was asked for, or as the number it stands for. */
export function subscriptionView(subscription: Subscription, credyt: Pick<Credyt, "switches" | "url">, version: "asked" | "read") {
  const { id, status, products, started, renews_at, link } = subscription;
  return {
    id,
    status: status === "pending" ? credyt.switches.waitingStatus : status,
    started_at: started === undefined ? undefined : timestamp(started),
    renews_at,
    products: products.map((one) => ({ id: one.id, code: one.code, version: version === "asked" ? one.asked : one.version })),
    ...(link && status === "pending" && { required_actions: [{ type: "payment", redirect_url: payUrl(credyt, link) }] }),
  };
}

/** The page where a subscription is paid. */
export function payUrl(credyt: Pick<Credyt, "url">, link: PaymentLink): string {
  return `${credyt.url}/billing/pay?token=${link.token}`;
}
