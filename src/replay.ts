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

type Fields = Readonly<Record<string, unknown>>;

function bodiesIn(text: string): Fields[] {
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
  return Object.values(wrapper).flatMap((value) => (typeof value === "string" && value.includes(MARK) ? bodiesIn(value) : typeof value === "object" && value !== null ? within(value as Fields) : []));
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

/** Sends them again one after the other with the ids they had, so that what did arrive is billed once. */
export async function* replay(undelivered: readonly Undelivered[], api: Api): AsyncGenerator<Replayed> {
  for (const { ids, body } of undelivered) {
    try {
      const answer = await api("POST", "/events", body);
      if (answer.status >= 200 && answer.status < 300) yield { ids, outcome: "delivered", detail: "delivered" };
      else if (answer.status === 409) yield { ids, outcome: "known", detail: "Credyt has it already" };
      else yield { ids, outcome: "refused", detail: complaint(answer) };
    } catch (error) {
      yield { ids, outcome: "unreachable", detail: unreachable(error) };
    }
  }
}
