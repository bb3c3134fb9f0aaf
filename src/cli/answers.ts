import type { AppSurvey, Plan, Question } from "../domain.ts";
import { withAnswer, type Answer, type Loaded } from "../choices.ts";
import { offersFor, type Account } from "./account.ts";
import type { Asker, Offer } from "./ask.ts";
import { asAnswer, openQuestions } from "./session.ts";
import { columns } from "./show/layout.ts";
import type { Terminal } from "./terminal.ts";

const OTHER = "\0other";

/**
 * Asks what a plan wants to know and the config does not say. Event types are shown together and asked one by one only on request.
 * `answers` grows with what was answered.
 */
export async function askQuestions(plan: Plan, loaded: Loaded, ask: Asker, terminal: Terminal, account: Account | undefined, answers: Map<string, Answer>): Promise<void> {
  const open = openQuestions(plan, loaded);
  const types = open.filter(({ key }) => key.startsWith("activities."));
  const given = new Map<string, Answer>();
  for (const question of open.filter((one) => !types.includes(one))) given.set(question.key, await askOne(plan.app, question, ask, account));
  await askTypes(plan.app, types, ask, terminal, account, given);
  // In the order of the plan, whatever order they were asked in: the config reads the same as that of --yes.
  for (const { key } of open) answers.set(key, given.get(key) ?? "");
}

/** Asks every question of an area again, the present answers as defaults. */
export async function askAgain(plan: Plan, area: Question["area"], ask: Asker, terminal: Terminal, account: Account | undefined, answers: Map<string, Answer>): Promise<void> {
  const questions = plan.questions.filter((one) => one.area === area);
  if (questions.length === 0) terminal.out("  This area asks nothing.\n");
  for (const question of questions) {
    const known = answers.get(question.key);
    const fallback = typeof known === "string" || Array.isArray(known) ? { fallback: known as string | readonly string[] } : {};
    answers.set(question.key, await askOne(plan.app, { ...question, ...fallback }, ask, account));
  }
}

async function askTypes(app: AppSurvey, questions: readonly Question[], ask: Asker, terminal: Terminal, account: Account | undefined, answers: Map<string, Answer>): Promise<void> {
  if (questions.length === 0) return;
  const rows = questions.map(({ key, fallback }) => ({ label: String(fallback ?? ""), text: key.replace(/^activities\./, "").replace(/\.eventType$/, "") }));
  terminal.out(`\n${columns(rows, terminal.width, terminal.paint.dim).join("\n")}\n`);
  const reply = await ask.key("Keep these event types?  (Y) yes  (c) change", ["y", "c"]);
  for (const question of questions) answers.set(question.key, reply === "y" && question.fallback !== undefined ? asAnswer(app, question.key, question.fallback) : await askOne(app, question, ask, account));
}

async function askOne(app: AppSurvey, question: Question, ask: Asker, account: Account | undefined): Promise<Answer> {
  const { key, message, options, many, fallback } = question;
  if (key === "vendors") return askVendors([fallback ?? []].flat(), ask, account);
  const offers = options ?? offersFor(question, account);
  const first = [fallback ?? []].flat();
  if (many === true && offers.length > 0) return asAnswer(app, key, await ask.several(message, offers.map((one) => ({ ...one, checked: first.includes(one.value) }))));
  if (many === true) return asAnswer(app, key, listOf(await ask.text(message, first.join(", "))));
  if (options) return asAnswer(app, key, await ask.one(message, options, first[0]));
  const known: Offer[] = [...offers, ...(first[0] !== undefined && !offers.some(({ value }) => value === first[0]) ? [{ value: first[0], title: `${first[0]} (default)` }] : [])];
  const picked = offers.length > 0 ? await ask.one(message, [...known, { value: OTHER, title: "another one" }], first[0]) : OTHER;
  return asAnswer(app, key, picked === OTHER ? await ask.text(message, first[0], pathProblem(key)) : picked);
}

const listOf = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");

const pathProblem = (key: string) => (text: string): string | undefined => (/Path$/.test(key) && !text.startsWith("/") ? "Write a path of the app that begins with /." : undefined);

async function askVendors(providers: readonly string[], ask: Asker, account: Account | undefined): Promise<Answer> {
  const vendors: Record<string, { vendor_id: string } | { vendor_external_id: string }> = {};
  for (const provider of providers) {
    const message = `Which vendor in Credyt is ${provider}?`;
    const known = account?.vendors ?? [];
    const like = known.find(({ name, externalId }) => [name, externalId].some((one) => one?.toLowerCase() === provider.toLowerCase()));
    const picked = known.length > 0 ? await ask.one(message, [...known.map(({ id, name }) => ({ value: id, title: name })), { value: OTHER, title: "another one" }], like?.id) : OTHER;
    const id = picked === OTHER ? await ask.text(`${message} (its id, vnd_…, or your own id of it)`, provider) : picked;
    vendors[provider] = id.startsWith("vnd_") ? { vendor_id: id } : { vendor_external_id: id };
  }
  return vendors;
}

/** Choices with all answers. */
export const withAnswers = (choices: Loaded["choices"], answers: ReadonlyMap<string, Answer>): Loaded["choices"] => [...answers].reduce((made, [key, answer]) => withAnswer(made, key, answer), choices);
