import type { BillableCall, Code, Edit, Gate, StatementAnchor } from "../src/domain.ts";
import { code, joinCode, raw } from "../src/code/code.ts";
import { customerEdits } from "./customers.ts";
import { asked, billed, choiceFor, eventTypeOf, placeOf, usageEdits } from "./usage.ts";
import { freeName, ours, ownFileEdit, type Context, type Step, type Transform } from "./transform.ts";

/**
 * A balance check before money is spent.
 * Before: `const completion = await openai.chat.completions.create(…);` After, in front of it:
 * `const balance = await checkBalance(req.user.id, { atLeast: estimate("chat_completion") });`
 * `if (!balance.allowed) return res.status(402).json(paymentRequired(balance));`
 */
export const gate: Transform = {
  area: "gate",
  title: "Balance gate",
  questions: ({ choices }) => [
    { area: "gate", key: "asset", message: "Which asset do customers hold? (USD, EUR, or the code of a custom asset)", fallback: choices.asset },
    { area: "gate", key: "whenUnavailable", message: "When Credyt cannot be reached, may users go on?", options: [{ value: "allow", title: "yes, go on" }, { value: "block", title: "no, stop" }], fallback: choices.whenUnavailable },
  ],
  *steps(context) {
    const calls = billed(context.app.billables, context);
    const first = firstGates(context, calls);
    for (const call of calls) yield* atCall(context, call, first);
  },
  tries: (context) =>
    billed(context.app.billables, context).flatMap((call) => call.gates).slice(0, 1).map(({ handler, symbol, file, line }) => {
      const refused = handler.route !== undefined && /^(?:route|api-route)$/.test(handler.kind) ? "answers 402" : "is refused";
      return `With an empty wallet, ${placeOf({ handler, symbol, file, line })} ${refused} and the provider is not called.`;
    }),
};

/** Edits for `gate` and the files it stands on. */
function gateEdits(context: Context): Edit[] {
  const { app, choices } = context;
  const activities = [...new Map(billed(app.billables, context).map((call) => [eventTypeOf(context, call), choiceFor(context, call)?.estimate ?? 0.01])).entries()];
  const estimates = activities.map(([name, price]) => `  ${/^[a-z_$][\w$]*$/i.test(name) ? name : JSON.stringify(name)}: ${price},`);
  const type = app.language === "typescript" ? ": Record<string, number | ((input: number) => number)>" : "";
  const paymentPath = app.dialect.route("payment", app.home)?.url;
  const slots = {
    estimates: raw([`const estimates${type} = {`, ...estimates, "};"].join("\n")),
    unavailable: raw(`const allowWhenUnavailable = ${choices.whenUnavailable === "allow"};`),
    topUpPath: raw(`const topUpPath = ${JSON.stringify(choices.returnPath)};`),
    paymentPath: paymentPath === undefined ? undefined : raw(`const paymentPath = ${JSON.stringify(paymentPath)};`),
    answer: answerKey(context) === "error" ? undefined : raw(`return { ${answerKey(context)}: check.message, ...details };`),
  };
  const upfront = choices.billing === "upfront" && app.dialect.store ? (["customers"] as const) : false;
  const edits = [...customerEdits(context), walletEdit(context), ownFileEdit(context, "gate", { slots, conditions: { upfront } })];
  // `usage` mentions the gate once both are there.
  return app.home.existing.usage === undefined ? edits : [...edits, ...usageEdits(context)];
}

/** The edit for `wallet`, which `gate` and `balance` share. */
export function walletEdit(context: Context): Edit {
  const exported = context.app.language !== "typescript" && context.app.moduleSystem === "commonjs" ? "" : "export ";
  return ownFileEdit(context, "wallet", { slots: { asset: raw(`${exported}const asset = ${JSON.stringify(context.choices.asset)};`) }, conditions: {} });
}

/** The key of the error text in most answers of this app: of a nested one (`error.message`) the inner key. */
function answerKey({ app }: Context): string {
  const keys = app.billables.flatMap((call) => call.handler?.errorKey?.split(".").at(-1) || []);
  return keys.sort((a, b) => keys.filter((key) => key === b).length - keys.filter((key) => key === a).length)[0] ?? "error";
}

/** Of the gates of all calls those that no earlier one stands in front of, wherever their calls are written. */
function firstGates(context: Context, calls: readonly BillableCall[]): ReadonlySet<Gate> {
  const open = calls.filter((call) => !call.wired.includes("checkBalance")).flatMap((call) => call.gates.filter((gate) => !gate.wired && context.app.dialect.refuse(gate.handler, "balance") !== undefined));
  const first: Gate[] = [];
  for (const gate of open.sort((a, b) => a.file.localeCompare(b.file) || a.before.offset - b.before.offset)) if (!first.some((one) => dominates(one.before, gate.before))) first.push(gate);
  return new Set(first);
}

function* atCall(context: Context, call: BillableCall, first: ReadonlySet<Gate>): Generator<Step> {
  const evidence = call.evidence[0] ?? { file: call.file, line: call.line, text: call.call };
  const title = `${call.symbol}: balance before ${call.call}`;
  if (call.wired.includes("checkBalance")) yield { note: { area: "gate", kind: "wired", title: `${call.symbol} checks the balance already`, evidence } };
  else if (call.gates.length > 0) for (const place of call.gates) yield* atGate(context, call, place, first);
  else yield handoff(context, call, title, call.user ? (call.handler ? "no statement may stand in front of this call" : "where requests for it come in is not clear; check in the handler that calls it") : "no signed-in user is in reach of this call");
}

function* atGate(context: Context, call: BillableCall, place: Gate, first: ReadonlySet<Gate>): Generator<Step> {
  if (place.wired) return;
  const check = freeName(context.app.facts(place.file), "balance", "balanceCheck", "credytBalance");
  const refuse = context.app.dialect.refuse(place.handler, check);
  if (!refuse) {
    yield handoff(context, call, `${place.symbol}: balance before ${call.call}`, "how this handler answers is not clear");
    return;
  }
  if (!first.has(place)) return;
  const { before } = place;
  const async: Edit[] = before.makeAsync ? [{ kind: "splice", at: before.makeAsync, remove: "", code: raw("async ") }] : [];
  const edits: Edit[] = [...async, { kind: "insert", at: before, code: statements(context, call, place.user.id, check, refuse) }, ...(place.user.edits ?? []), ...context.app.dialect.signedIn, ...gateEdits(context)];
  const evidence = { file: place.file, line: place.line, text: call.evidence[0]?.text ?? call.call };
  yield { change: { id: `gate.${place.file}:${place.line}`, area: "gate", title: `${place.symbol}: balance before ${call.call}`, evidence, edits, needs: [] } };
}

function handoff(context: Context, call: BillableCall, title: string, reason: string): Step {
  const evidence = call.evidence[0] ?? { file: call.file, line: call.line, text: call.call };
  const refuse = (call.handler && context.app.dialect.refuse(call.handler, "balance")) ?? raw("if (!balance.allowed) throw new Error(balance.message);");
  const { call: known, setup } = asked(context, call);
  const paste = joinCode([...setup, statements(context, call, known.user?.id ?? raw("user.id"), "balance", refuse)], "\n");
  return { handoff: { area: "gate", title, reason: `Not done here: ${call.reason ?? reason}.`, evidence, paste, file: call.file } };
}

/** A guard covers what comes after it in its own block. */
const dominates = (guard: StatementAnchor, later: StatementAnchor): boolean => guard.file === later.file && guard.offset <= later.offset && later.offset <= guard.block[1];

function statements(context: Context, call: BillableCall, user: Code, check: string, refuse: Code): Code {
  const ask = code`const ${check} = await ${ours(context, "gate", "checkBalance")}(${user}, { atLeast: ${ours(context, "gate", "estimate")}(${JSON.stringify(eventTypeOf(context, call))}) });`;
  return joinCode([ask, refuse], "\n");
}
