import type { Interval } from "./clock.ts";
import type { Money } from "./money.ts";
import type { ProductVersion } from "./product-shape.ts";
import type { Wallets } from "./wallet.ts";
import type { Totals } from "./stats.ts";

/** A product of a subscription; `asked` is the version as the caller wrote it. */
export interface SubscribedProduct {
  readonly id: string;
  readonly code: string;
  readonly version: number;
  readonly asked: number | "default";
}

/** `pending` waits for payment, `scheduled` for its start, `inactive` was stopped. */
export type SubscriptionStatus = "pending" | "scheduled" | "active" | "inactive";

/** A link to a payment page: its token and when it ends, in milliseconds. */
export interface PaymentLink {
  readonly token: string;
  readonly expires: number;
}

/** A customer's subscription to one or several products, billed together. Times are in milliseconds. */
export interface Subscription {
  readonly id: string;
  readonly status: SubscriptionStatus;
  readonly products: readonly SubscribedProduct[];
  readonly created: number;
  readonly starts?: number;
  readonly started?: number;
  readonly renews_at?: string;
  readonly return_url?: string;
  readonly failure_url?: string;
  readonly redirect_to: "return_url" | "portal";
  readonly link?: PaymentLink;
}

/** A customer account. */
export interface Customer {
  readonly id: string;
  readonly external_id?: string;
  readonly name: string;
  readonly email?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly external_accounts: readonly { readonly provider: string; readonly provider_id: string }[];
  readonly created: number;
  readonly subscriptions: readonly Subscription[];
}

/** A product with all its versions, oldest first. */
export interface Product {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly defaultVersion: number;
  readonly versions: readonly ProductVersion[];
}

/** What one unit of an asset costs in a fiat currency during a time. */
export interface Rate {
  readonly source: string;
  readonly rate: Money;
  readonly from: number;
  readonly to?: number;
}

/** A unit of account: a currency or a custom credit. */
export interface Asset {
  readonly code: string;
  readonly name: string;
  readonly precision: number;
  readonly symbol?: string;
  readonly label?: string;
  readonly created: number;
  readonly fiat: boolean;
  readonly rates: readonly Rate[];
}

/** Someone who charges for the work behind an event. */
export interface Vendor {
  readonly id: string;
  readonly name: string;
  readonly external_id?: string;
  readonly created: number;
}

/** A connected account of a platform. */
export interface ConnectedAccount {
  readonly id: string;
  readonly name: string;
  readonly external_id?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly created: number;
}

/** Credyt's names for what becomes of a top-up. */
export type TopUpStatus = "initiated" | "pending" | "succeeded" | "failed" | "expired";

/** A payment by which a customer buys balance. */
export interface TopUp {
  readonly id: string;
  readonly customer_id: string;
  readonly amount: Money;
  readonly currency: string;
  readonly asset: string;
  readonly account: string;
  readonly units: Money;
  readonly status: TopUpStatus;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly return_url: string;
  readonly failure_url: string;
  readonly credit_expires?: number;
  readonly created: number;
  readonly link: PaymentLink;
}

/** Where webhooks go. */
export interface Destination {
  readonly id: string;
  readonly url: string;
  readonly topics: readonly string[];
  readonly connect: boolean;
  readonly enabled: boolean;
  readonly secret: string;
  readonly created: number;
  readonly updated: number;
}

/** One attempt to deliver a webhook. `at` is sandbox time. */
export interface Attempt {
  readonly at: number;
  readonly status?: number;
  readonly error?: string;
}

/** One webhook on its way to one destination; `body` is sent byte for byte in every attempt. */
export interface Delivery {
  readonly id: string;
  readonly envelope: string;
  readonly topic: string;
  readonly destination: string;
  readonly body: string;
  readonly created: number;
  readonly attempts: readonly Attempt[];
  readonly outcome: "waiting" | "delivered" | "failed";
}

/** Credits that come with a product, once or again and again. Times are in milliseconds. */
export interface Schedule {
  readonly name: string;
  readonly asset: string;
  readonly amount: Money;
  readonly purpose: string;
  readonly priority?: number;
  readonly interval: Interval;
  readonly count: number;
  readonly refresh?: "expire_and_replace" | "rollover";
  readonly anchor: number;
  readonly period: number;
}

/** All the sandbox knows, but for events and transactions, which stay in the journal. */
export interface State {
  readonly customers: Map<string, Customer>;
  readonly externalIds: Map<string, string>;
  readonly products: Map<string, Product>;
  readonly productCodes: Map<string, string>;
  readonly assets: Map<string, Asset>;
  readonly vendors: Map<string, Vendor>;
  readonly accounts: Map<string, ConnectedAccount>;
  readonly topUps: Map<string, TopUp>;
  readonly destinations: Map<string, Destination>;
  readonly deliveries: Map<string, Delivery>;
  readonly wallets: Map<string, Wallets>;
  readonly totals: Totals;
}
