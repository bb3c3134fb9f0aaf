import { complaint, unreachable, type Api } from "./credyt.ts";

/** Events of one customer that were logged because they could not be delivered: the body of POST /events. */
export interface Undelivered {
  readonly ids: readonly string[];
  readonly body: Readonly<Record<string, unknown>>;
}

/** What became of one of them. */
export interface Replayed {
  readonly ids: readonly string[];
  readonly outcome: "delivered" | "known" | "refused" | "unreachable";
  readonly detail: string;
}

const MARK = "credyt.undelivered";

/** Undelivered events in the lines of a log, also where a logger wrapped the line in JSON; the same events are found once. */
export function findUndelivered(log: string): Undelivered[] {
  const found = new Map<string, Undelivered>();
  for (const line of log.split("\n")) {
    if (!line.includes(MARK)) continue;
    for (const body of bodiesIn(line)) {
      const events = Array.isArray(body["events"]) ? (body["events"] as readonly { readonly id?: unknown }[]) : [];
      const ids = events.map(({ id }) => String(id));
      if (ids.length > 0) found.set(ids.join(), { ids, body });
    }
  }
  return [...found.values()];
}

/** The numbers of the lines that hold an undelivered event which cannot be read any more, such as one that a logger cut off. */
export function unreadable(log: string): number[] {
  return log.split("\n").flatMap((line, at) => (line.includes(MARK) && line.includes("{") && bodiesIn(line).length === 0 ? [at + 1] : []));
}

type Fields = Readonly<Record<string, unknown>>;

/** The bodies in a line; a table of a log service (CSV) has every quotation mark twice. */
function bodiesIn(text: string): Fields[] {
  const found = bodiesAsWritten(text);
  return found.length > 0 || !text.includes('""') ? found : bodiesAsWritten(text.replaceAll('""', '"'));
}

function bodiesAsWritten(text: string): Fields[] {
  const at = text.indexOf(`${MARK} {`);
  const direct = at < 0 ? undefined : parseFields(objectAt(text, at + MARK.length + 1));
  if (direct) return [direct];
  // A logger's own JSON around the line: look in its texts, and for the mark as a message beside the fields.
  const start = text.indexOf("{");
  const wrapper = start < 0 ? undefined : parseFields(objectAt(text, start));
  return wrapper ? within(wrapper) : [];
}

function within(wrapper: Fields): Fields[] {
  if (Array.isArray(wrapper["events"]) && Object.values(wrapper).includes(MARK)) return [Object.fromEntries(Object.entries(wrapper).filter(([key]) => ["customer_id", "customer_external_id", "events"].includes(key)))];
  return Object.values(wrapper).flatMap((value) => (typeof value === "string" && value.includes(MARK) ? bodiesAsWritten(value) : typeof value === "object" && value !== null ? within(value as Fields) : []));
}

/** The text of the object that begins at an offset, up to its closing brace. */
function objectAt(text: string, start: number): string {
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return text.slice(start, i + 1);
  }
  return "";
}

function parseFields(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** How often an event is tried while Credyt has no time for it, and the milliseconds before the second try, doubled for each further one. */
const TRIES = 4;
const BACK_OFF = 500;
const BUSY = [408, 429, 500, 502, 503, 504];

/**
 * Sends them again one after the other with the ids they had, so that what did arrive is billed once. Where Credyt is busy it waits,
 * as long as Credyt asks; once one event found nobody, the others are tried once.
 */
export async function* replay(undelivered: readonly Undelivered[], api: Api, wait: (milliseconds: number) => Promise<void> = pause): AsyncGenerator<Replayed> {
  let tries = TRIES;
  for (const { ids, body } of undelivered) {
    const result = await deliver(body, api, tries, wait);
    if (result.outcome === "unreachable") tries = 1;
    yield { ids, ...result };
  }
}

async function deliver(body: Undelivered["body"], api: Api, tries: number, wait: (milliseconds: number) => Promise<void>): Promise<Omit<Replayed, "ids">> {
  for (let attempt = 1; ; attempt++) {
    const answer = await api("POST", "/events", body).catch((error: unknown) => unreachable(error));
    const again = typeof answer === "string" || BUSY.includes(answer.status);
    if (again && attempt < tries) {
      const asked = typeof answer === "string" ? 0 : Math.min(answer.retryAfter ?? 0, 60) * 1000;
      await wait(Math.max(asked, BACK_OFF * 2 ** (attempt - 1)));
      continue;
    }
    if (typeof answer === "string") return { outcome: "unreachable", detail: answer };
    if (answer.status >= 200 && answer.status < 300) return { outcome: "delivered", detail: "delivered" };
    return answer.status === 409 ? { outcome: "known", detail: "Credyt has it already" } : { outcome: "refused", detail: complaint(answer) };
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
