import { existsSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import type { AppSurvey, Choices, FilePatch, Plan, RepoPath, Survey } from "../domain.ts";
import { CONFIG, isAnswered, loadChoices, saveChoices, withAnswer, type Answer, type Loaded } from "../choices.ts";
import { nearest } from "../choices/nearest.ts";
import { UserError } from "../errors.ts";
import { findHome, journalHome, newRun } from "../journal.ts";
import { recover } from "../undo.ts";
import { version } from "./version.ts";
import type { Options } from "./options.ts";
import type { Terminal } from "./terminal.ts";

/** One run of the main command on one app. */
export interface Session {
  readonly survey: Survey;
  readonly app: AppSurvey;
  readonly loaded: Loaded;
  readonly options: Options;
  /** The run's name in the journal. */
  readonly run: string;
}

/** Commands that a folder's name may be a mistyped one of. */
const COMMANDS = ["scan", "undo", "sandbox", "verify", "replay"];

/**
 * Makes sure that a folder was named.
 * @throws UserError that takes a name of no folder for a mistyped command, where it is like one.
 */
export function mustBeFolder(dir: string, hint = "Name the folder that holds your app's package.json."): void {
  if (existsSync(dir) && statSync(dir).isDirectory()) return;
  const command = existsSync(dir) ? undefined : nearest(dir, COMMANDS);
  throw new UserError(existsSync(dir) ? `${dir} is a file, not a folder` : `There is no folder ${dir}`, command === undefined ? hint : `Did you mean the command ${command}? Otherwise ${hint.replace("N", "n")}`);
}

/**
 * Reads the app and says how long it takes. A run that was killed while it wrote is put in order first, when this one may write.
 * @throws UserError as `scan` does.
 */
export async function survey(dir: string, options: Pick<Options, "app"> & Partial<Pick<Options, "mode" | "config">>, terminal: Terminal): Promise<Survey> {
  mustBeFolder(dir);
  // A mistake in the answers is told before anything takes time.
  loadChoices(dir, options.config);
  if (options.mode === "ask" || options.mode === "yes") putInOrder(dir, terminal);
  const progress = terminal.progress("reading the app");
  try {
    const { scan } = await import("../scan.ts");
    const named = (root: string, app: RepoPath): Choices["billable"] => loadChoices(join(root, app), options.config).choices.billable;
    return await scan(dir, { named, ...(options.app !== undefined && { app: options.app }) });
  } finally {
    progress.done();
  }
}

function putInOrder(dir: string, terminal: Terminal): void {
  const home = findHome(dir);
  const files = home && recover(home);
  if (files) terminal.err(`A run was interrupted while it wrote; ${files.length === 0 ? "nothing had to be put back" : `put back: ${files.join(", ")}`}.\n`);
}

/** Opens a session for one app of a survey: its answers, and areas where the command line names them. */
export function openSession(survey: Survey, app: AppSurvey, options: Options): Session {
  const loaded = loadChoices(join(survey.root, app.dir), options.config);
  const choices: Choices = options.areas ? { ...loaded.choices, areas: options.areas } : loaded.choices;
  return { survey, app, options, loaded: { ...loaded, choices }, run: newRun(new Date()) };
}

/** Where this app's journals are. */
export const homeOf = ({ survey, app }: Session): ReturnType<typeof journalHome> => journalHome(survey.root, app.dir);

/** Questions of a plan that the config does not answer, each once. */
export const openQuestions = ({ questions }: Plan, loaded: Loaded): Plan["questions"] => questions.filter(({ key }, i) => questions.findIndex((one) => one.key === key) === i && !isAnswered(loaded, key));

/**
 * The default answers to a plan's questions.
 * @throws UserError that names the key of a question that has no default.
 */
export function defaultAnswers(plan: Plan, loaded: Loaded): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  const unanswered = openQuestions(plan, loaded).filter(({ fallback }) => fallback === undefined);
  if (unanswered.length > 0) throw new UserError(`An answer is needed:\n${unanswered.map(({ key, message }) => `  ${key}: ${message}`).join("\n")}`, `Write ${unanswered.length === 1 ? "it" : "them"} into ${CONFIG}, or run npx credyt-integrate in a terminal.`);
  for (const { key, fallback } of openQuestions(plan, loaded)) if (fallback !== undefined) answers.set(key, asAnswer(plan.app, key, fallback));
  return answers;
}

/** Choices with the default answer to every question that has one. */
export function withDefaults(plan: Plan, loaded: Loaded): Choices {
  return openQuestions(plan, loaded).reduce((made, { key, fallback }) => (fallback === undefined ? made : withAnswer(made, key, asAnswer(plan.app, key, fallback))), loaded.choices);
}

/** An answer in the form in which the config holds it: pages relative to the app, vendors by provider. */
export function asAnswer(app: AppSurvey, key: string, given: string | readonly string[]): Answer {
  if (key === "vendors") return Object.fromEntries([given].flat().map((one) => vendorOf(one)));
  if (key.startsWith("pages.") && typeof given === "string") return app.dir !== "" && given.startsWith(`${app.dir}/`) ? given.slice(app.dir.length + 1) : given;
  return given;
}

/** `openai=vnd_1` or `openai`. */
function vendorOf(text: string): [string, { vendor_id: string } | { vendor_external_id: string }] {
  const [provider = text, vendor = provider] = text.split("=").map((part) => part.trim());
  return [provider, vendor.startsWith("vnd_") ? { vendor_id: vendor } : { vendor_external_id: vendor }];
}

/** The config with these answers, as one more file of a patch; undefined when it would not change or another file was named. */
export function configPatch({ survey, app, loaded, options }: Session, answers: ReadonlyMap<string, Answer>): FilePatch | undefined {
  const file: RepoPath = app.dir === "" ? CONFIG : `${app.dir}/${CONFIG}`;
  if (options.config !== undefined && resolve(options.config) !== join(survey.root, file)) return undefined;
  const filled = new Map([...answers].filter(([key, answer]) => !(key.startsWith("pages.") && answer === "")));
  if (filled.size === 0) return undefined;
  const after = saveChoices(loaded.text, filled);
  return after === loaded.text ? undefined : { file, after, ...(loaded.text !== undefined && { before: loaded.text }) };
}

/** The command that repeats a run where nobody can answer. */
export function repeatCommand({ survey, app, options }: Session, areas: readonly string[]): string {
  const here = relative(process.cwd(), join(survey.root, app.dir));
  const config = options.config === undefined ? "" : ` --config ${options.config}`;
  return `npx credyt-integrate --yes --areas ${areas.join(",")}${config}${here === "" ? "" : ` ${here}`}`;
}

/** What steps of this run carry in the journal. */
export const metaOf = ({ app, run }: Session, area: string): { app: RepoPath; area: string; run: string; tool: string } => ({ app: app.dir, area, run, tool: version() });
