import type { Clock } from "./clock.ts";
import type { Fact } from "./facts.ts";
import type { Ledger } from "./ledger.ts";
import type { State } from "./state.ts";
import type { Switches } from "./switches.ts";

/** The Credyt being imitated: what every answer is worked out from. */
export interface Credyt {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly strict: boolean;
  readonly state: State;
  readonly switches: Switches;
  /** Where the sandbox is reached, without a slash at the end. */
  readonly url: string;
  /** Lets facts happen and sends the webhooks among them on their way. */
  commit(...facts: readonly Fact[]): void;
  /** Writes a line for the person who runs the sandbox. */
  log(line: string): void;
  /** Tells whoever watches that something changed. */
  changed(what: Change): void;
}

/** What a watcher is told: the kind of thing and its id, enough to read it again. */
export interface Change {
  readonly kind: "customer" | "event" | "delivery" | "request" | "other";
  readonly id: string;
}

/** A request to the API after it was understood. */
export interface Call {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** Sandbox time of the request in milliseconds. */
  readonly now: number;
}

/** What the API answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One operation of the API. Path parameters are written `:name`; `query` names the parameters it knows. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: readonly string[];
  readonly answer: (call: Call, credyt: Credyt) => Answer;
}

/** An answer without a body. */
export const noContent: Answer = { status: 204 };

/** An answer with a body. */
export function json(status: number, body: unknown): Answer {
  return { status, body };
}
