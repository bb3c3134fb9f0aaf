import type { Clock } from "./clock.ts";
import type { Deed } from "./checkout.ts";
import type { Fault, FaultSpec } from "./faults.ts";
import type { Disguise } from "./postman.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { SeenCustomer, SeenDelivery, SeenEvent } from "./seen.ts";
import type { Switches } from "./switches.ts";

/** A running sandbox, and a handle on all that goes on in it. */
export interface Sandbox {
  /** Where it is reached, without a slash at the end; what `CREDYT_API_URL` is set to. */
  readonly url: string;
  readonly port: number;
  /** What `CREDYT_API_KEY` is set to. */
  readonly key: string;
  /** Stops listening, lets go of the data file. */
  close(): Promise<void>;

  /** All customers, the first one created first. */
  customers(): readonly SeenCustomer[];
  /** The customer with this Credyt id or external id. */
  customer(id: string): SeenCustomer | undefined;
  /** The balance of a customer, by Credyt id or external id, as a decimal number in text; `0` without an account. */
  balance(customer: string, asset?: string): string;
  /** All events, or one customer's by Credyt id or external id, in the order they came in; only the `last` ones if a number is given. */
  events(customer?: string, last?: number): readonly SeenEvent[];
  /** The last thousand requests to the API, in the order they came in. */
  requests(): readonly LoggedRequest[];
  /** Webhooks with their attempts, in the order they were caused. */
  deliveries(): readonly SeenDelivery[];

  /** Puts balance into a customer's wallet as a paid top-up does. The amount is a number or decimal text, the asset USD unless given. */
  fund(customer: string, amount: number | string, asset?: string): void;
  /** Does to a subscription or top-up, by its id, what its customer or time does. Throws when there is none. */
  bill(id: string, deed: Deed): void;
  /** Adds a webhook destination and returns its id and secret. */
  webhook(url: string, secret?: string): { readonly id: string; readonly secret: string };
  /** Sends a webhook once more, now, as it should be or disguised; resolves with the answer's status or the reason there was none. */
  resend(delivery: string, as?: Disguise): Promise<{ readonly status?: number; readonly error?: string }>;
  /** Resolves when no webhook is on its way. */
  settled(): Promise<void>;

  readonly faults: { add(spec: FaultSpec): Fault; list(): readonly Fault[]; clear(id?: number): void };
  readonly clock: Pick<Clock, "now"> & {
    /** Moves the clock on by milliseconds or by text such as `10m` or `1y`. */
    advance(by: number | string): void;
    /** Sets the clock to a timestamp or to milliseconds since 1970. */
    set(to: number | string): void;
    /** Returns to real time. */
    reset(): void;
  };
  /** The switches, after applying changes if there are any. Throws a RangeError on an unknown one. */
  switches(changes?: Partial<Switches>): Switches;
  /** Whether the sandbox is strict, after setting it if a value is given. */
  strict(on?: boolean): boolean;
  /** Forgets everything and starts as the sandbox first did. */
  reset(): void;
  /** Writes the data file anew, without what later facts made useless. */
  compact(): void;
}
