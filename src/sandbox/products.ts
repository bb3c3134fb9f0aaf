import { assetOf } from "./assets.ts";
import { type Call, type Credyt, type Route, json, noContent } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { newId } from "./ids.ts";
import { lookup, newest, page, paging } from "./page.ts";
import { priceEvent, versionOf, workings } from "./pricing.ts";
import { notFound, refused } from "./problem.ts";
import { type Price, type ProductVersion, newProduct, newVersion, versionChange } from "./product-shape.ts";
import { usageEvent } from "./event-shape.ts";
import { list, object, read } from "./shape.ts";
import type { Product, State } from "./state.ts";

/** The operations on products and their versions. */
export const productRoutes: readonly Route[] = [
  { method: "POST", path: "/products", answer: createProduct },
  { method: "GET", path: "/products", query: [...paging, "code"], answer: listProducts },
  { method: "GET", path: "/products/:id", answer: (call, { state }) => json(200, productView(productIn(state, call))) },
  { method: "POST", path: "/products/:id", answer: addVersion },
  { method: "DELETE", path: "/products/:id", answer: deleteProduct },
  { method: "GET", path: "/products/:id/subscribers", query: paging, answer: listSubscribers },
  { method: "GET", path: "/products/:id/:version", answer: (call, { state }) => json(200, versionView(productIn(state, call), versionIn(state, call))) },
  { method: "PATCH", path: "/products/:id/:version", answer: changeVersion },
  { method: "DELETE", path: "/products/:id/:version", answer: archiveVersion },
  { method: "POST", path: "/products/:id/:version/simulate-usage", answer: simulate },
];

/** The product with this code. */
export function productCoded(state: State, code: string): Product | undefined {
  return state.products.get(state.productCodes.get(code) ?? "");
}

/** A product built from the body of POST /products. Throws 422 when the body is refused or the code taken. */
export function buildProduct(body: unknown, credyt: Pick<Credyt, "state" | "strict">, now: number): Product {
  const asked = read(newProduct, body, credyt.strict);
  if (productCoded(credyt.state, asked.code)) throw refused("code", "is already in use");
  checkAssets(asked, credyt.state);
  const version: ProductVersion = { version: 1, status: asked.publish ? "published" : "draft", created: now, prices: asked.prices.map(withId), entitlements: asked.entitlements ?? [] };
  return { id: newId("prp"), code: asked.code, name: asked.name, defaultVersion: asked.publish ? 1 : 0, versions: [version] };
}

function createProduct(call: Call, credyt: Credyt) {
  const product = buildProduct(call.body, credyt, call.now);
  credyt.commit({ kind: "product", value: product });
  return json(201, reference(product, product.versions[0] as ProductVersion));
}

function addVersion(call: Call, credyt: Credyt) {
  const product = productIn(credyt.state, call);
  const asked = read(newVersion, call.body, credyt.strict);
  checkAssets(asked, credyt.state);
  const number = Math.max(...product.versions.map((one) => one.version)) + 1;
  const version: ProductVersion = { version: number, status: asked.publish ? "published" : "draft", created: call.now, prices: asked.prices.map(withId), entitlements: asked.entitlements ?? [] };
  const value = { ...product, name: asked.name ?? product.name, versions: [...product.versions, version], defaultVersion: firstDefault(product, version) };
  credyt.commit({ kind: "product", value });
  return json(201, reference(value, version));
}

function changeVersion(call: Call, credyt: Credyt) {
  const product = productIn(credyt.state, call);
  const version = versionIn(credyt.state, call);
  const asked = read(versionChange, call.body, credyt.strict);
  if (asked.publish === false && version.status === "published") throw refused("publish", "cannot be taken back");
  const changed: ProductVersion = asked.publish && version.status === "draft" ? { ...version, status: "published" } : version;
  if (asked.make_default && changed.status !== "published") throw refused("make_default", "needs a published version");
  const versions = product.versions.map((one) => (one.version === changed.version ? changed : one));
  credyt.commit({ kind: "product", value: { ...product, versions, defaultVersion: asked.make_default ? changed.version : firstDefault(product, changed) } });
  return noContent;
}

function archiveVersion(call: Call, credyt: Credyt) {
  const product = productIn(credyt.state, call);
  const version = versionIn(credyt.state, call);
  const versions = product.versions.map((one): ProductVersion => (one.version === version.version ? { ...one, status: "archived" } : one));
  credyt.commit({ kind: "product", value: { ...product, versions } });
  return noContent;
}

/** A product that is in use is archived instead. */
function deleteProduct(call: Call, credyt: Credyt) {
  const product = productIn(credyt.state, call);
  const used = subscribers(credyt.state, product).length > 0;
  const archived = { ...product, versions: product.versions.map((one): ProductVersion => ({ ...one, status: "archived" })) };
  credyt.commit(used ? { kind: "product", value: archived } : { kind: "gone", of: "product", id: product.id });
  return noContent;
}

function listProducts(call: Call, credyt: Credyt) {
  const { state } = credyt;
  const entry = ({ id, code, name }: Product) => ({ id, code, name });
  const wanted = call.query.code;
  if (wanted === undefined) return json(200, page(call, newest(state.products), state.products.size, entry));
  return lookup(call, credyt, productCoded(state, wanted), { entry, whole: productView }, `A product with code ${wanted}`);
}

function listSubscribers(call: Call, { state }: Credyt) {
  return json(200, page(call, subscribers(state, productIn(state, call)), undefined, (one) => one));
}

const simulation = object({ events: list(usageEvent, 1, 1000) });

function simulate(call: Call, credyt: Credyt) {
  const version = versionIn(credyt.state, call);
  const { events } = read(simulation, call.body, credyt.strict);
  const quotes = events.map((event) => ({ event, quote: priceEvent(event, version) }));
  const fees = quotes.flatMap(({ event, quote }) => quote.charges.map((charge) => ({ usage_id: event.id, event_type: event.event_type, ...workings(charge) })));
  return json(200, { fees, warnings: quotes.flatMap(({ event, quote }) => quote.warnings.map((warning) => `${event.id}: ${warning}`)) });
}

function subscribers(state: State, product: Product) {
  return newest(state.customers).flatMap((customer) =>
    customer.subscriptions.flatMap((subscription) =>
      subscription.products.filter((one) => one.id === product.id).map((one) => ({
        customer_id: customer.id,
        customer_name: customer.name,
        external_id: customer.external_id,
        email: customer.email,
        subscription_id: subscription.id,
        subscription_status: subscription.status,
        started_at: timestamp(subscription.started ?? subscription.created),
        renews_at: subscription.renews_at,
        product_rate_plan_id: `${product.id}:${one.version}`,
        version: one.version,
      })),
    ),
  );
}

function productIn(state: State, call: Call): Product {
  const product = state.products.get(call.params.id ?? "");
  if (!product) throw notFound(`Product ${call.params.id ?? ""}`);
  return product;
}

function versionIn(state: State, call: Call): ProductVersion {
  const product = productIn(state, call);
  const asked = call.params.version ?? "";
  const version = versionOf(product, asked === "default" ? "default" : Number(asked));
  if (!version) throw notFound(`Version ${asked} of product ${product.code}`);
  return version;
}

/** The first published version is the default until another is made so. */
function firstDefault(product: Product, version: ProductVersion): number {
  return product.defaultVersion === 0 && version.status === "published" ? version.version : product.defaultVersion;
}

function withId(price: Price): Price {
  return { ...price, id: price.id ?? newId("prc") };
}

function checkAssets(asked: { readonly prices: readonly Price[]; readonly entitlements?: ProductVersion["entitlements"] | undefined }, state: State): void {
  asked.prices.forEach((price, at) =>
    price.pricing.forEach((entry, position) => {
      if (!assetOf(state, entry.asset)) throw refused(`prices[${at}].pricing[${position}].asset`, "is not a currency or a known asset");
    }),
  );
  (asked.entitlements ?? []).forEach((one, at) => {
    if (!assetOf(state, one.asset)) throw refused(`entitlements[${at}].asset`, "is not a known asset");
  });
}

function reference(product: Product, version: ProductVersion) {
  return { id: product.id, code: product.code, version: version.version, status: version.status, is_default: product.defaultVersion === version.version };
}

function productView(product: Product) {
  const { id, code, name } = product;
  const shownVersion = versionOf(product, "default") ?? product.versions.at(-1);
  const versions = [...product.versions].reverse().map(({ version, created, status }) => ({ version, created_at: timestamp(created), status }));
  return { id, code, name, default_version: { version: shownVersion?.version, entitlements: shownVersion?.entitlements, prices: shownVersion?.prices }, versions };
}

function versionView(product: Product, version: ProductVersion) {
  const { prices, entitlements } = version;
  return { ...reference(product, version), name: product.name, prices, entitlements };
}
