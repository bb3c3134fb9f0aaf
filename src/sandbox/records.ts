import type { Numeric } from "./money.ts";
import type { Profit } from "./stats.ts";
import type { Grant } from "./wallet.ts";

/** What a vendor charged for the work behind an event. */
export interface Cost {
  readonly id?: string | undefined;
  readonly vendor_id?: string | undefined;
  readonly vendor_external_id?: string | undefined;
  readonly category?: string | undefined;
  readonly amount: Numeric;
  readonly currency?: string | undefined;
}

/** What a price asked for an event. */
export interface Fee {
  readonly id: string;
  readonly product_id: string;
  readonly product_code: string;
  readonly product_version: number;
  readonly price_id: string;
  readonly price_name: string;
  readonly currency: string;
  readonly asset: string;
  readonly amount: Numeric;
  readonly [working: string]: unknown;
}

/** A usage event as it stands in the journal. `created` is in milliseconds. `id` and `customer_id` come first: the index reads them by position. */
export interface EventRecord {
  readonly id: string;
  readonly customer_id: string;
  readonly event_type: string;
  readonly occurred_at: string;
  readonly created: number;
  readonly subject?: string | undefined;
  readonly description?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly costs?: readonly Cost[] | undefined;
  readonly fees: readonly Fee[];
  readonly stats: Readonly<Record<keyof Omit<Profit, "currency">, Numeric>> & { readonly currency: string };
  readonly warnings?: readonly string[] | undefined;
}

/** A booking by hand as it stands in the journal; `amount` is negative when it takes out. */
export interface TransactionRecord {
  readonly id: string;
  readonly customer_id: string;
  readonly answer_id: string;
  readonly type: "adjustment" | "charge";
  readonly reason?: string | undefined;
  readonly account_name: string;
  readonly asset: string;
  readonly amount: Numeric;
  readonly description?: string | undefined;
  readonly subject?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly created: number;
  readonly grant?: Omit<Grant, "amount" | "rest"> | undefined;
}
