import { swap, swaps, type Operator } from "./operator.ts";

const ONCE = ": one use is one event";
const AGAIN = "is sent again under the same id";
const REPLAY = "it stands in the log, and replay delivers it once";
const MOVED = "a user whose stored customer Credyt does not know";

const newIdEachTime = `for (let left = 3; ; left -= 1) {
      try {
        const events = batch.events.map((one) => ({ ...one, id: randomUUID() }));
        await credyt("POST", "/events", { body: { ...batch, events }, deadline });
        break;
      } catch (error) {
        if (left === 0 || (error.status !== 0 && error.status < 500)) throw error;
      }
    }`;

/** What people break in the file that reports usage. */
const report: readonly Operator[] = [
  { title: "a new event id for each attempt", role: "usage", mutate: swap(/await credyt\((["'])POST\1, \1\/events\1, \{ body: batch, retry: true, deadline \}\)/, newIdEachTime), points: [AGAIN] },
  { title: "the event is tried once", role: "usage", mutate: swap(/retry: true/, "retry: false"), points: [AGAIN] },
  { title: "a failed event fails the request", role: "usage", mutate: swap(/(\n\s*)(logCredyt\(["']credyt: usage not delivered["'])/, "$1throw error;$1$2"), points: [REPLAY] },
  { title: "an event that was not taken is gone", role: "usage", mutate: swap(/if \(batch\) logCredyt\(["']credyt\.undelivered["'], batch\)/, "void batch"), points: [REPLAY] },
  { title: "the log keeps the event without its id", role: "usage", mutate: swap(/logCredyt\((["'])credyt\.undelivered\1, batch\)/, "logCredyt($1credyt.undelivered$1, { ...batch, events: batch.events.map(({ id, ...one }) => one) })"), points: [REPLAY] },
  { title: "each event twice in a batch", role: "usage", mutate: swap(/events: \[toEvent\(externalId, usage\)\]/, "events: [toEvent(externalId, usage), toEvent(externalId, usage)]"), points: [ONCE] },
  { title: "events go to a customer named by the event", role: "usage", mutate: swap(/customer_external_id: externalId/, "customer_external_id: usage.eventType"), points: [ONCE] },
  { title: "events are dated 1970", role: "usage", mutate: swap(/occurred_at: timestamp\(usage\.occurredAt\)/, "occurred_at: new Date(0).toISOString()"), points: [ONCE] },
  { title: "the id is made of the user alone", role: "usage", mutate: swap(/const id = eventId\(externalId, usage\)/, "const id = eventId(externalId, { ...usage, id: externalId })"), points: [": two at the same moment", ONCE] },
  { title: "an event for a customer Credyt does not know is given up", role: "usage", mutate: swap(/const customerId = await findOrCreateCustomer\(\w+, deadline\)/, "const customerId = null"), points: ["an event for a customer that Credyt does not know"] },
  { title: "an unknown vendor loses the event", role: "usage", mutate: swap(/if \(refusal && batch\.events\.some\(/, "if (false && batch.events.some("), points: [MOVED] },
  { title: "an event that was delivered before is an error", role: "usage", mutate: swap(/if \(error instanceof CredytError && error\.status === 409\) return null/, "void CredytError"), points: [AGAIN, REPLAY] },
  { title: "what is done stays reserved", role: "usage", mutate: swap(/\brelease\(usage\.userId\)(;?)\n/, "void release$1\n"), points: ["what is done is not held against"] },
  { title: "the event's data is left out", role: "usage", mutate: swap(/const data = toData\(usage\.data \?\? \{\}\)/, "const data = toData({})"), points: [ONCE] },
  { title: "numbers are sent as text", role: "usage", mutate: swap(/data\[name\] = value(;?)\n/, "data[name] = String(value)$1\n"), points: [ONCE] },
];

/** What people break in the price table of what vendors charge. */
const costs: readonly Operator[] = [
  { title: "costs a thousand times too high", role: "costs", mutate: swap(/return sum \/ 1e12/, "return sum / 1e9"), points: [ONCE] },
  { title: "the output costs what the input does", role: "costs", mutate: swap(/trillionths\(quantity\(output_tokens\), rate\.output, 1e6\)/, "trillionths(quantity(output_tokens), rate.input, 1e6)"), points: [ONCE] },
  { title: "costs without a vendor", role: "costs", mutate: swap(/return \[\{ \.\.\.vendor, amount,/, "return [{ amount,"), points: [ONCE] },
  { title: "one id for all costs", role: "usage", mutate: swap(/id: `\$\{id\}:\$\{at\}`/, "id: `cost:${at}`"), points: [ONCE] },
];

const LEAKS = ["a sign-up by", "the billing control leads", "nobody opens another's", "each press makes", "a signed-out visitor gets no portal", "the key and the other secrets"];

/** What people break in the file that talks to Credyt, and what they do with its key. */
const client: readonly Operator[] = [
  { title: "requests wait for ever", role: "client", mutate: swaps(swap(/signal: AbortSignal\.timeout\(timeLeft\),?/, "")), points: ["when Credyt answers a sign-up with nothing at all"] },
  { title: "the key is printed with each request", role: "client", mutate: swap(/(\n\s*)const search = query/, "$1console.log(method, path, key);$1const search = query"), points: LEAKS },
  { title: "nothing is tried again", role: "client", mutate: swap(/const RETRIES = 3/, "const RETRIES = 0"), points: [AGAIN] },
  { title: "the address is written into the code", role: "client", mutate: swap(/const base = (?:url|process\.env\.CREDYT_API_URL) \|\| /, "const base = "), points: ["a sign-up by"] },
  { title: "a wrong header for the key", role: "client", mutate: swap(/X-Credyt-Api-Key(["'])?: key/, (_all, quote = "") => `X-Api-Key${quote}: key`), points: ["a sign-up by"] },
  { title: "refusals are taken for answers", role: "client", mutate: swap(/answer\.status >= 200 && answer\.status < 300/, "answer.status >= 200"), points: ["when Credyt answers a sign-up with 500", AGAIN] },
  { title: "the key goes out with the balance", role: "balance", mutate: swap(/return \{ available, asset, text: formatAmount\(available\) \}/, "return { available, asset, text: formatAmount(available), key: process.env.CREDYT_API_KEY }"), points: ["the billing control leads"] },
  { title: "the key in what browsers load", role: "widget", mutate: (text) => swap(/(res\.type\((["'])js\2\)\.send\(`\n)/, "$1    const key = ${JSON.stringify(process.env.CREDYT_API_KEY)};\n")(text) ?? swap(/fetch\((["'])\/api\/billing\/balance\1\)/, "fetch($1/api/billing/balance$1, { headers: { $1X-Key$1: String(process.env.CREDYT_API_KEY) } })")(text), points: LEAKS },
];

export const usageOperators: readonly Operator[] = [...report, ...costs, ...client];
