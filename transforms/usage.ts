import type { ActivityChoice, ActivityNamed, BillableCall, Code, Edit, Language, Meter } from "../src/domain.ts";
import { code, joinCode, raw, textOf } from "../src/code/code.ts";
import { customerEdits } from "./customers.ts";
import { activityKey, appEvidence, objectCode, ours, ownFileEdit, type Context, type Step, type Transform } from "./transform.ts";

/**
 * One event for each billable activity.
 * Before: `const completion = await openai.chat.completions.create(…);` After: the same, then
 * `await recordUsage({ userId: req.user.id, eventType: "chat_completion", data: { total_tokens: completion.usage?.total_tokens, … } });`
 */
export const usage: Transform = {
  area: "usage",
  title: "Usage events",
  questions: ({ app, choices }) =>
    billed(app.billables, { app, choices } as Context).map((call) => ({
      area: "usage", key: `activities.${activityKey(app, call)}.eventType`, message: `What is the event type of ${call.call} in ${call.symbol} (${call.file}:${call.line})?`, fallback: eventTypeOf({ app, choices } as Context, call),
    })),
  *steps(context) {
    for (const call of context.app.billables) yield* atCall(context, call);
    for (const one of context.choices.billable) if (!context.app.billables.some(({ named }) => named && isSame(named, one))) yield ofNamed(context, one);
    if (context.app.billables.length === 0) yield { note: { area: "usage", kind: "advice", title: "No paid call was found in this app", evidence: appEvidence(context) } };
  },
  tries: (context) => {
    const said = billed(context.app.billables, context).filter((call) => call.recording && call.user && context.app.library(call.file) === undefined).map((call) => `Use ${placeOf(call)} once, then look for one ${eventTypeOf(context, call)} event of that user.`);
    return [...new Set(said)].slice(0, 2);
  },
};

/** How a person finds an activity in the running app: its route, else its function and where that stands. */
export const placeOf = ({ handler, symbol, file, line }: Pick<BillableCall, "handler" | "symbol" | "file" | "line">): string => handler?.route ?? `${symbol} (${file}:${line})`;

/** What the user decided for an activity, if anything. */
export const choiceFor = ({ app, choices }: Context, call: BillableCall): ActivityChoice | undefined => choices.activities.find((one) => one.at === activityKey(app, call));

/** The event type of an activity: the user's, else the provider's usual one. */
export const eventTypeOf = (context: Context, call: BillableCall): string => choiceFor(context, call)?.eventType ?? call.eventType;

/** Whether an activity is billed: as the user decided, else unless there is a reason against it. */
export const isBilled = (context: Context, call: BillableCall): boolean => choiceFor(context, call)?.billed ?? (call.notBilled === undefined && call.confidence >= 0.5);

/** The billable calls that are to be billed. */
export const billed = (calls: readonly BillableCall[], context: Context): BillableCall[] => calls.filter((call) => isBilled(context, call));

/** Edits for `usage` and the files it stands on. */
export function usageEdits(context: Context): Edit[] {
  return [...customerEdits(context), ownFileEdit(context, "usage", { slots: context.app.edge ? edgeSlots(context.app.language) : {}, conditions: {} })];
}

/** What makes an event's id where Node's `crypto` is missing: the Web Crypto that is global there, which hashes asynchronously. */
export function edgeSlots(language: Language): Readonly<Record<"crypto" | "id" | "eventId", Code>> {
  const typed = language === "typescript";
  const why = ["Made before the first attempt and kept over all of them, so that Credyt bills", "the activity once. The same id of your own gives the same UUID."];
  const head = typed ? `${why.map((line) => `// ${line}\n`).join("")}async function eventId(externalId: string, { eventType, id }: Usage): Promise<string> {` : `/**\n${why.map((line) => ` * ${line}\n`).join("")} *\n * @param {string} externalId\n * @param {Usage} usage\n * @returns {Promise<string>}\n */\nasync function eventId(externalId, { eventType, id }) {`;
  const body = [
    "const own = toText(id);",
    "if (own === undefined) return crypto.randomUUID();",
    "if (UUID.test(own)) return own.toLowerCase();",
    "const name = JSON.stringify([externalId, eventType, own]);",
    'const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(name));',
    'const bytes = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));',
    'return bytes.join("").replace(SHA1, "$1-$2-5$3-8$4-$5");',
  ];
  return { crypto: raw(""), id: raw("const id = await eventId(externalId, usage);"), eventId: raw(`${head}\n  ${body.join("\n  ")}\n}`) };
}

function* atCall(context: Context, call: BillableCall): Generator<Step> {
  const evidence = call.evidence[0] ?? { file: call.file, line: call.line, text: call.call };
  const title = `${call.symbol}: ${call.call}`;
  if (!isBilled(context, call)) {
    yield { note: { area: "usage", kind: "not-billed", title: `${title} is not billed: ${call.notBilled ?? "it is uncertain that this is a paid call"}`, evidence } };
  } else if (call.wired.includes("recordUsage") || call.wired.includes("recordStream")) {
    yield { note: { area: "usage", kind: "wired", title: `${title} is recorded already`, evidence } };
  } else if (call.recording && call.user) {
    const edits = [...call.recording.place(statement(context, call)), ...(call.user.edits ?? []), ...context.app.dialect.signedIn, ...usageEdits(context)];
    yield { change: { id: `usage.${call.file}:${call.line}:${call.call}`, area: "usage", title, evidence, edits, needs: [] } };
  } else {
    yield { handoff: { area: "usage", title, reason: `Not done here: ${call.reason ?? "the result or the user is out of reach"}.`, evidence, paste: byHand(context, call), file: call.file } };
  }
}

const isSame = (a: ActivityNamed, b: ActivityNamed): boolean => a.file === b.file && a.function === b.function;

/** A function that the config names and that no call of it was found for: where its event goes is left to a person. */
function ofNamed(context: Context, one: ActivityNamed): Step {
  const { app } = context;
  const file = app.dir === "" ? one.file : `${app.dir}/${one.file}`;
  const title = `${one.function} in ${one.file}, named in credyt.config.json`;
  const lines = (app.text(file) ?? "").split("\n");
  const line = lines.findIndex((text) => text.split(/[^\w$]+/).includes(one.function));
  const evidence = { file, line: line + 1, text: (lines[line] ?? "").trim() };
  if (line < 0) return { note: { area: "usage", kind: "advice", title: `${title}, is not there: mend "billable"`, evidence: appEvidence(context) } };
  const isSaid = (text: string): boolean => [`"${one.eventType}"`, `'${one.eventType}'`].some((said) => text.includes(said));
  const wired = Object.entries(app.calls).some(([by, names]) => names.includes("recordUsage") && isSaid(app.text(by) ?? ""));
  if (wired) return { note: { area: "usage", kind: "wired", title: `${title}, is recorded already`, evidence } };
  const paste = code`await ${ours(context, "usage", "recordUsage")}(${objectCode([["userId", raw("user.id")], ["eventType", raw(JSON.stringify(one.eventType))], ["data", raw("{ count: 1 }")]])});`;
  return { handoff: { area: "usage", title, reason: "No provider's call tells what was used: record it where this has succeeded and the user is known, with the numbers that its price measures.", evidence, paste, file } };
}

/**
 * What to paste: our statement, with the code around it that a stream or another odd place needs, and in front of the call how to ask who
 * is signed in, where the handler does not.
 */
function byHand(context: Context, given: BillableCall): Code {
  const { call, setup } = asked(context, given);
  const first = setup.length > 0 ? [raw("// In front of the call, once for this and the balance check:"), ...setup, raw("")] : [];
  if (call.byHand) return joinCode([...first, call.byHand.around(statement(context, call, call.byHand.meter))], "\n");
  return joinCode([...first, ...(first.length > 0 ? [raw("// After it:")] : []), ...taken(call), statement(context, call)], "\n");
}

/** A call whose user is asked for in its handler, and the statements that ask. */
export function asked({ app }: Context, call: BillableCall): { readonly call: BillableCall; readonly setup: readonly Code[] } {
  const user = call.user || !call.handler ? undefined : app.dialect.asks(call.handler);
  return user ? { call: { ...call, user }, setup: user.setup && user.setup.parts.length > 0 ? [user.setup] : [] } : { call, setup: [] };
}

/** What our statement reads of a result that is taken apart. */
function taken(call: BillableCall): readonly Code[] {
  if (call.recording?.inside) return [];
  const more = call.recording?.place(raw("")).flatMap((edit) => (edit.kind === "splice" && edit.remove === "" ? (/^,? ([\w$]+(?:: [\w$]+)?(?:, [\w$]+(?:: [\w$]+)?)*) ?$/.exec(textOf(edit.code))?.[1] ?? []) : [])) ?? [];
  return more.length > 0 ? [raw(`// Take these from the call's result as well: ${more.join(", ")}`)] : [];
}

/** `await recordUsage({ … });` with the volume fields and dimensions that the user kept. */
function statement(context: Context, call: BillableCall, known: Meter = call.recording?.meter ?? {}): Code {
  const choice = choiceFor(context, call);
  const wanted = choice?.volume === undefined && choice?.dimensions === undefined ? undefined : new Set([choice.volume, ...(choice.dimensions ?? [])]);
  const meter = Object.entries(known).filter(([name]) => wanted === undefined || wanted.has(name));
  const provider: [string, Code][] = wanted === undefined || wanted.has("provider") ? [["provider", raw(JSON.stringify(call.provider))]] : [];
  // Whichever of several providers answered: the call says which, or nobody knows.
  const said = meter.some(([name]) => name === "provider") || call.providers !== undefined || call.named ? [] : provider;
  const fields: [string, Code][] = [["userId", call.user?.id ?? raw("user.id")], ["eventType", raw(JSON.stringify(eventTypeOf(context, call)))], ["data", objectCode([...meter, ...said], 40)]];
  return code`await ${ours(context, "usage", "recordUsage")}(${objectCode(fields)});`;
}
