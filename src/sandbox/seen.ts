import type { Credyt } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import { customerView } from "./customers.ts";
import { eventView } from "./events.ts";
import { encode } from "./json.ts";
import type { EventRecord } from "./records.ts";
import type { Customer, Delivery } from "./state.ts";
import { accountId, available } from "./wallet.ts";
import { accountsOf } from "./wallets.ts";

/** A customer as people and tests see it: Credyt's members and the balances. */
export interface SeenCustomer {
  readonly id: string;
  readonly external_id?: string;
  readonly name: string;
  readonly email?: string;
  readonly created_at: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly subscriptions: readonly {
    readonly id: string;
    readonly status: string;
    readonly started_at?: string;
    readonly products: readonly { readonly id: string; readonly code: string; readonly version: number }[];
    readonly required_actions?: readonly { readonly type: string; readonly redirect_url: string }[];
  }[];
  readonly accounts: readonly { readonly id: string; readonly name: string; readonly asset: string; readonly available: number }[];
  readonly event_count: number;
}

/** An event as people and tests see it: Credyt's members, and why it was not billed. */
export interface SeenEvent {
  readonly id: string;
  readonly customer_id: string;
  readonly event_type: string;
  readonly occurred_at: string;
  readonly created_at: string;
  readonly subject?: string;
  readonly description?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly costs?: readonly { readonly id?: string; readonly vendor_id?: string; readonly vendor_external_id?: string; readonly amount: number; readonly currency: string }[];
  readonly fees: readonly { readonly amount: number; readonly asset: string; readonly product_code: string; readonly product_version: number; readonly price_name: string }[];
  readonly warnings?: readonly string[];
}

/** A webhook on its way to one destination, as people and tests see it. */
export interface SeenDelivery {
  readonly id: string;
  readonly envelope: string;
  readonly topic: string;
  readonly url: string;
  readonly outcome: Delivery["outcome"];
  readonly created_at: string;
  readonly attempts: readonly { readonly at: string; readonly status?: number; readonly error?: string }[];
  readonly data: Readonly<Record<string, unknown>>;
}

/** Shows a customer. */
export function seeCustomer(customer: Customer, credyt: Credyt): SeenCustomer {
  const now = credyt.clock.now();
  const accounts = accountsOf(credyt.state, customer.id).map((account) => ({ id: accountId(account), name: account.name, asset: account.asset, available: available(account, now) }));
  return plain<SeenCustomer>({ ...customerView(customer, credyt), accounts, event_count: credyt.ledger.events.count(customer.id) });
}

/** Shows an event. */
export function seeEvent(event: EventRecord): SeenEvent {
  return plain<SeenEvent>({ ...eventView(event), warnings: event.warnings });
}

/** Shows a webhook. */
export function seeDelivery(delivery: Delivery, credyt: Credyt): SeenDelivery {
  const { id, envelope, topic, destination, outcome, created, attempts, body } = delivery;
  const url = credyt.state.destinations.get(destination)?.url ?? "(gone)";
  return plain<SeenDelivery>({ id, envelope, topic, url, outcome, created_at: timestamp(created), attempts: attempts.map((one) => ({ ...one, at: timestamp(one.at) })), data: (JSON.parse(body) as { data: unknown }).data });
}

function plain<T>(value: unknown): T {
  return JSON.parse(encode(value)) as T;
}
