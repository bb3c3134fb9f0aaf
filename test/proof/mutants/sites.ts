import { statementOf, swap, swaps, without, type Operator, type Statement } from "./operator.ts";

const ONCE = ": one use is one event";
const EMPTY = ": with an empty wallet";

/** `const balance = await checkBalance(…);` and the `if` that follows it. */
function gateOf(text: string): Statement | undefined {
  const check = statementOf(text, "checkBalance");
  if (check === undefined) return undefined;
  const [refusal = ""] = /^\n[ \t]*if \(!\w+\.allowed\)(?: \{[\s\S]*?\n[ \t]*\}| .*)/.exec(text.slice(check.end)) ?? [];
  return refusal === "" ? undefined : { start: check.start, end: check.end + refusal.length, text: check.text + refusal };
}

const refusalOf = /(\n[ \t]*)if \(!(\w+)\.allowed\)( \{[\s\S]*?\n[ \t]*\}| .*)/;

/** The event of an activity with nothing in it that is known only after the call. */
function blind(record: string): string | undefined {
  const user = /userId(?:: [^\n]+|),/.exec(record)?.[0];
  const type = /eventType: [^\n]+,/.exec(record)?.[0];
  return user === undefined || type === undefined ? undefined : `\nawait recordUsage({ ${user} ${type} data: { total_tokens: 100 } });`;
}

const inRecord = (change: (record: string) => string | undefined) => (text: string): string | undefined => {
  const record = statementOf(text, "recordUsage");
  const after = record && change(record.text);
  return record && after !== undefined && after !== record.text ? without(text, record, after) : undefined;
};

function gateLate(text: string): string | undefined {
  const gate = gateOf(text);
  const rest = gate && without(text, gate);
  const record = rest === undefined ? undefined : statementOf(rest.slice(gate?.start), "recordUsage");
  if (!gate || rest === undefined || !record) return undefined;
  const at = gate.start + record.start;
  return rest.slice(0, at) + gate.text + rest.slice(at);
}

function eventFirst(text: string): string | undefined {
  const record = statementOf(text, "recordUsage");
  const early = record && blind(record.text);
  const rest = record && without(text, record);
  const gate = rest === undefined ? undefined : gateOf(rest);
  return rest === undefined || early === undefined || !gate || (record?.start ?? 0) < gate.end ? undefined : rest.slice(0, gate.end) + early + rest.slice(gate.end);
}

function eventOnFailure(text: string): string | undefined {
  const record = statementOf(text, "recordUsage");
  const early = record && blind(record.text);
  const failed = record && /catch(?: \(\w+(?:: \w+)?\))? \{/.exec(text.slice(record.end));
  const at = record && failed ? record.end + failed.index + failed[0].length : undefined;
  return at === undefined || early === undefined ? undefined : text.slice(0, at) + early + text.slice(at);
}

/** What people break where an activity is billed. */
const usage: readonly Operator[] = [
  { title: "no await before the usage event", role: "activity", mutate: swap(/await recordUsage\(/, "recordUsage("), points: [ONCE] },
  { title: "no usage event", role: "activity", mutate: inRecord(() => ""), points: [ONCE] },
  { title: "the event is sent twice", role: "activity", mutate: inRecord((record) => record + record), points: [ONCE] },
  { title: "the event is sent before the call, with guessed numbers", role: "activity", mutate: eventFirst, points: [ONCE, ": a provider that refuses"] },
  { title: "an event in the failure branch too", role: "activity", mutate: eventOnFailure, points: [": a provider that refuses", ": a stream that breaks off"] },
  { title: "billed to somebody else", role: "activity", mutate: inRecord(swap(/userId(?:: [^\n]+|),/, 'userId: "somebody-else",')), points: [ONCE] },
  { title: "billed to the event's name: arguments swapped", role: "activity", mutate: inRecord((record) => swap(/userId(?:: ([^\n]+)|),(\s+)eventType: ([^\n]+),/, (_all, user = "userId", gap = "", type = "") => `userId: ${type},${gap}eventType: String(${user}),`)(record)), points: [ONCE] },
  { title: "the event type is misspelt", role: "activity", mutate: inRecord(swap(/eventType: (["'])(\w+)\1/, "eventType: $1$2s$1")), points: [ONCE] },
  { title: "tokens are zero", role: "activity", mutate: inRecord(swap(/total_tokens: [^\n]+,/, "total_tokens: 0,")), points: [ONCE] },
  { title: "only the input is counted", role: "activity", mutate: inRecord((record) => { const input = /input_tokens: ([^\n]+),/.exec(record)?.[1]; return input === undefined ? undefined : record.replace(/total_tokens: [^\n]+,/, `total_tokens: ${input},`); }), points: [ONCE] },
  { title: "input and output swapped", role: "activity", mutate: inRecord(swap(/input_tokens: ([^\n]+),(\s+)output_tokens: ([^\n]+),/, "input_tokens: $3,$2output_tokens: $1,")), points: [ONCE] },
  { title: "a fixed number of tokens", role: "activity", mutate: inRecord(swap(/total_tokens: [^\n]+,/, "total_tokens: 1000,")), points: [ONCE] },
  { title: "images or tokens of another call: one too many", role: "activity", mutate: inRecord(swap(/(images|total_tokens): ([^\n]+),/, "$1: ($2 ?? 0) + 1,")), points: [ONCE] },
  { title: "the model is left out", role: "activity", mutate: inRecord(swap(/\n\s*model(?:: [^\n]+|),/, "")), points: [ONCE] },
  { title: "another provider's name", role: "activity", mutate: inRecord(swap(/provider: (["'])\w+\1/, "provider: $1azure$1")), points: [ONCE] },
  { title: "one event id for all", role: "activity", mutate: inRecord(swap(/recordUsage\(\{/, 'recordUsage({ id: "chat",')), points: [": two at the same moment", ONCE] },
  { title: "the event is dropped in silence on an unset flag", role: "activity", mutate: inRecord((record) => record.replace(/(\n[ \t]*)await/, "$1if (process.env.BILLING_ENABLED) await")), points: [ONCE] },
];

/** What people break where an activity is guarded. */
const gate: readonly Operator[] = [
  { title: "no balance check", role: "gated", mutate: (text) => { const found = gateOf(text); return found && without(text, found); }, points: [EMPTY] },
  { title: "the balance check comes after the call", role: "gated", mutate: gateLate, points: [EMPTY] },
  { title: "the check's answer is ignored", role: "gated", mutate: swap(refusalOf, ""), points: [EMPTY] },
  { title: "the check is inverted", role: "gated", mutate: swap(/if \(!(\w+)\.allowed\)/, "if ($1.allowed)"), points: [ONCE, EMPTY] },
  { title: "no await before the balance check", role: "gated", mutate: swap(/await checkBalance\(/, "checkBalance("), points: [ONCE, EMPTY] },
  { title: "a refusal is answered with 200", role: "gated", mutate: (text) => { const found = gateOf(text); return found?.text.includes("402") === true ? without(text, found, found.text.replace("402", "200")) : undefined; }, points: [EMPTY] },
  { title: "after the refusal it goes on", role: "gated", mutate: swaps(swap(/(if \(!\w+\.allowed\)) return /, "$1 ")), points: [EMPTY] },
  { title: "somebody else's balance is checked", role: "gated", mutate: swap(/checkBalance\([^,\n]+,/, 'checkBalance("somebody-else",'), points: [EMPTY, ONCE] },
  { title: "an activity is taken to cost nothing", role: "gated", mutate: swap(/atLeast: estimate\([^)]+\)/, "atLeast: 0"), points: [": with enough for one", EMPTY] },
  { title: "nobody's balance is checked", role: "gated", mutate: swap(/checkBalance\([^,\n]+,/, "checkBalance(undefined,"), points: [EMPTY] },
];

const SIGN_UP = "a sign-up by";

/** What people break where users sign up. */
const signUp: readonly Operator[] = [
  { title: "no customer at sign-up", role: "sign-up", mutate: (text) => { const found = statementOf(text, "ensureCustomer"); return found && without(text, found); }, points: [SIGN_UP] },
  { title: "no await before the customer", role: "sign-up", mutate: swap(/await ensureCustomer\(/, "ensureCustomer("), points: [SIGN_UP] },
  { title: "the customer's id is the address", role: "sign-up", mutate: swap(/externalId: ([^,\n]+), email(?:: ([^,\n]+))?,/, (_all, _id = "", email = "email") => `externalId: ${email}, email: ${email},`), points: [SIGN_UP] },
  { title: "the customer's id is a new one each time", role: "sign-up", mutate: swap(/externalId: [^,\n]+,/, "externalId: crypto.randomUUID(),"), points: [SIGN_UP] },
  { title: "the address is left out", role: "sign-up", mutate: swap(/, email(?:: [^,\n]+)?,/, ","), points: [SIGN_UP] },
  { title: "the sign-up fails when Credyt does", role: "sign-up", mutate: swap(/\n([ \t]*)await ensureCustomer\(([^\n]*)\)(;?)\n/, '\n$1if (!(await ensureCustomer($2)).customerId) throw new Error("No customer")$3\n'), points: ["a sign-up works while Credyt is away", "when Credyt answers a sign-up with 500"] },
];

export const siteOperators: readonly Operator[] = [...usage, ...gate, ...signUp];
