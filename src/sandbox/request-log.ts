import type { FaultKind } from "./faults.ts";

/** A request to the API as it came in and what became of it. `status` is absent when no answer went out. */
export interface LoggedRequest {
  readonly number: number;
  /** Sandbox time in milliseconds. */
  readonly at: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, cut at 16 000 characters. */
  readonly body: string;
  readonly status?: number;
  readonly fault?: FaultKind;
  /** What the answer said was wrong. */
  readonly problem?: string;
}

/** The last requests to the API, oldest first. */
export interface RequestLog {
  /** Notes a request; the returned function adds what became of it. */
  note(request: Omit<LoggedRequest, "number">): (outcome: Pick<LoggedRequest, "status" | "fault" | "problem">) => LoggedRequest;
  list(): readonly LoggedRequest[];
  /** How many requests there were, also those no longer listed. */
  count(): number;
  clear(): void;
}

const kept = 1000;

/** An empty log. The key's value is not kept. */
export function createRequestLog(): RequestLog {
  let entries: LoggedRequest[] = [];
  let last = 0;
  return {
    note(request) {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, name === "x-credyt-api-key" || name === "authorization" ? "(hidden)" : value]));
      const entry: LoggedRequest = { ...request, headers, body: request.body.slice(0, 16_000), number: ++last };
      entries.push(entry);
      if (entries.length > kept) entries.shift();
      return (outcome) => {
        const whole = { ...entry, ...outcome };
        const at = entries.indexOf(entry);
        if (at >= 0) entries[at] = whole;
        return whole;
      };
    },
    list: () => entries,
    count: () => last,
    clear() {
      entries = [];
      last = 0;
    },
  };
}
