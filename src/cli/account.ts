import type { Question } from "../domain.ts";
import type { Offer } from "./ask.ts";

/** What an account in Credyt has to choose from. */
export interface Account {
  readonly products: readonly { readonly code: string; readonly name: string }[];
  readonly eventTypes: readonly string[];
  readonly volumes: readonly string[];
  readonly dimensions: readonly string[];
  readonly assets: readonly string[];
  readonly vendors: readonly { readonly id: string; readonly name: string; readonly externalId?: string }[];
}

/** Where the account is read from. */
export interface Access {
  readonly url: string;
  readonly key: string;
  /** Milliseconds for all requests together. */
  readonly patience?: number;
}

/** The access that the environment gives; undefined without a key, and then nothing touches the network. */
export function accessOf(env: Readonly<Record<string, string | undefined>>): Access | undefined {
  const key = env["CREDYT_API_KEY"];
  // A line `CREDYT_API_URL=` in an environment file is no address, as in the generated client.
  return key === undefined || key === "" ? undefined : { key, url: (env["CREDYT_API_URL"] || "https://api.credyt.ai").replace(/\/+$/, "") };
}

/** Reads products, assets and vendors; a text says why that was not possible, never with the key in it. */
export async function readAccount({ url, key, patience = 5000 }: Access): Promise<Account | string> {
  const signal = AbortSignal.timeout(patience);
  const get = async (path: string): Promise<unknown> => {
    const response = await fetch(url + path, { headers: { "X-Credyt-Api-Key": key, Accept: "application/json" }, signal });
    if (!response.ok) throw new Error(response.status === 401 ? "the key was not taken (401)" : `${path} answered ${response.status}`);
    return response.json();
  };
  try {
    const [products, assets, vendors] = await Promise.all([get("/products?limit=100").then(itemsOf), get("/assets?limit=100").then(itemsOf), get("/vendors?limit=100").then(itemsOf)]);
    const details = await Promise.all(products.slice(0, 20).map((one) => get(`/products/${encodeURIComponent(String(one["id"]))}`)));
    const usages = details.flatMap(usageCalculations);
    const all = (field: string): string[] => [...new Set(usages.flatMap((one) => [one[field]].flat()).filter((value): value is string => typeof value === "string" && value !== "*"))];
    return {
      products: products.map((one) => ({ code: String(one["code"]), name: String(one["name"] ?? one["code"]) })),
      eventTypes: all("event_type"), volumes: all("volume_field"), dimensions: all("billable_dimensions"),
      assets: assets.map((one) => String(one["code"])),
      vendors: vendors.map((one) => ({ id: String(one["id"]), name: String(one["name"] ?? one["id"]), ...(typeof one["external_id"] === "string" && { externalId: one["external_id"] }) })),
    };
  } catch (error) {
    const timedOut = error instanceof Error && error.name === "TimeoutError";
    return timedOut ? `no answer within ${patience / 1000} s` : error instanceof TypeError ? "it cannot be reached" : String((error as Error).message).replaceAll(key, "…");
  }
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

function itemsOf(page: unknown): readonly Fields[] {
  const items = isFields(page) ? page["items"] : page;
  return Array.isArray(items) ? items.filter(isFields) : [];
}

/** What the default version of a product measures. */
function usageCalculations(product: unknown): readonly Fields[] {
  const version = isFields(product) ? product["default_version"] : undefined;
  const prices = isFields(version) && Array.isArray(version["prices"]) ? version["prices"].filter(isFields) : [];
  return prices.map((price) => price["usage_calculation"]).filter(isFields);
}

/** What the account offers for a question; empty when it has nothing for it. */
export function offersFor({ key }: Question, account: Account | undefined): readonly Offer[] {
  if (!account) return [];
  const plain = (values: readonly string[]): Offer[] => values.map((value) => ({ value, title: value }));
  if (key === "products") return account.products.map(({ code, name }) => ({ value: code, title: code === name ? code : `${code} (${name})` }));
  if (key === "asset") return plain([...new Set(["USD", ...account.assets])]);
  if (key.endsWith(".eventType")) return plain(account.eventTypes);
  if (key.endsWith(".volume")) return plain(account.volumes);
  return key.endsWith(".dimensions") ? plain(account.dimensions) : [];
}
