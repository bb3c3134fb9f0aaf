import type { AppSurvey, Area, Survey } from "../domain.ts";
import { AREAS } from "../domain.ts";
import { isAnswered, type Answer } from "../choices.ts";
import { openChecker } from "../check.ts";
import { plan } from "../plan.ts";
import { shownPath, titleOf } from "../report/report.ts";
import { stage } from "../stage.ts";
import { loadTemplates } from "../templates.ts";
import { accessOf, readAccount, type Account } from "./account.ts";
import { askQuestions, withAnswers } from "./answers.ts";
import { openAsker, type Asker } from "./ask.ts";
import { refuseDirty } from "./git.ts";
import type { Options } from "./options.ts";
import { reviewArea, type Conversation, type Outcome } from "./review.ts";
import { Interrupted, isInterrupt, type Process } from "./run.ts";
import { homeOf, openSession, repeatCommand, type Session } from "./session.ts";
import { showNotes } from "./show/area.ts";
import { bullet, indented } from "./show/layout.ts";
import { headline, showScan } from "./show/scan.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** The main job in a terminal: scan, ask, and area by area show and apply. */
export async function converse(survey: Survey, options: Options, terminal: Terminal, around: Process, ask: Asker = openAsker({ input: around.stdin, output: around.stdout })): Promise<number> {
  terminal.out(headline(terminal, version(), survey));
  terminal.out(`${survey.apps.map((app) => showScan(terminal, survey, app, options.verbose)).join("\n")}\n`);
  const app = await chooseApp(survey, ask);
  const session = openSession(survey, app, options);
  const checker = openChecker(survey, app, { typecheck: options.typecheck });
  const applied: Area[] = [];
  const onInterrupt = (): void => {
    // Between prompts nobody reads the keyboard for us. Writing is not interrupted: it is one synchronous piece.
    checker.close();
    terminal.err(`\n${farewell(session, applied)}\n`);
    process.exit(130);
  };
  around.on("SIGINT", onInterrupt);
  try {
    return await talk(session, terminal, ask, around, checker, applied);
  } catch (error) {
    throw isInterrupt(error) ? new Interrupted(farewell(session, applied)) : error;
  } finally {
    around.off("SIGINT", onInterrupt);
    checker.close();
  }
}

async function talk(session: Session, terminal: Terminal, ask: Asker, around: Process, checker: Conversation["checker"], applied: Area[]): Promise<number> {
  const { survey, app, loaded } = session;
  const templates = loadTemplates();
  const every = plan(app, { ...loaded.choices, areas: AREAS }, templates);
  const busy = AREAS.filter((area) => every.changes.some((change) => change.area === area) || every.handoffs.some((handoff) => handoff.area === area));
  const usual = loaded.choices.areas.filter((area) => busy.includes(area));
  if (usual.length === 0) {
    const more = busy.length === 0 ? "" : ` ${busy.map(titleOf).join(", ")} can be added with --areas ${busy.join(",")}.`;
    terminal.out(`\n${showNotes(terminal, app, every.notes)}\n${indented(`Nothing to do: everything is wired.${more}`, 2, terminal.width)}\n`);
    return 0;
  }
  const areas = await chooseAreas(session, busy, ask);
  const answers = new Map<string, Answer>();
  const first = plan(app, { ...loaded.choices, areas }, templates);
  if (!session.options.allowDirty) refuseDirty(survey.root, app.dir, stage(first, new Set(first.changes.map(({ id }) => id))), homeOf(session));
  const account = await offered(around, terminal);
  await askQuestions(first, loaded, ask, terminal, account, answers);
  if (areas.join() !== usual.join() || session.options.areas) answers.set("areas", areas);
  const talk: Conversation = { session, terminal, ask, checker, account, templates, areas, answers, accepted: new Set(), written: { files: [] }, refused: 0 };
  const outcome = await areaByArea(talk, applied);
  terminal.out(goodbye(session, applied, outcome.stopped, terminal) + leftToDo(outcome.talk, applied));
  return outcome.talk.refused > 0 ? 1 : 0;
}

async function areaByArea(start: Conversation, applied: Area[]): Promise<{ readonly talk: Conversation; readonly stopped: boolean }> {
  let talk = start;
  const { app, loaded } = start.session;
  const planned = plan(app, { ...withAnswers(loaded.choices, start.answers), areas: start.areas }, start.templates);
  const order = start.areas.filter((area) => planned.changes.some((change) => change.area === area) || planned.handoffs.some((handoff) => handoff.area === area));
  for (const [i, area] of order.entries()) {
    const outcome: Outcome = await reviewArea(talk, area, `${i + 1} of ${order.length}`);
    talk = outcome.talk;
    if (outcome.applied) applied.push(area);
    if (outcome.stop) return { talk, stopped: true };
  }
  return { talk, stopped: false };
}

async function chooseApp({ apps }: Survey, ask: Asker): Promise<AppSurvey> {
  const [only] = apps;
  if (only && apps.length === 1) return only;
  const dir = await ask.one("Which app?", apps.map((app) => ({ value: app.dir, title: `${app.dir || "."} (${app.framework.title})` })), only?.dir);
  return apps.find((app) => app.dir === dir) as AppSurvey;
}

/** Areas that the command line or the config names are not asked for. */
async function chooseAreas({ options, loaded }: Session, busy: readonly Area[], ask: Asker): Promise<readonly Area[]> {
  if (options.areas || isAnswered(loaded, "areas")) return loaded.choices.areas.filter((area) => busy.includes(area));
  const offers = AREAS.map((area) => ({ value: area, title: titleOf(area), checked: busy.includes(area) && loaded.choices.areas.includes(area), ...(!busy.includes(area) && { disabled: "(nothing to do)" }) }));
  const chosen = await ask.several("Which areas?", offers);
  return AREAS.filter((area) => chosen.includes(area));
}

/** What the account has to choose from, when its key is in the environment; otherwise nothing is asked of the network. */
async function offered({ env }: Process, terminal: Terminal): Promise<Account | undefined> {
  const access = accessOf(env);
  if (!access) return undefined;
  const progress = terminal.progress(`reading your account at ${access.url}`);
  const account = await readAccount(access);
  progress.done();
  if (typeof account !== "string") return account;
  terminal.err(`  Your Credyt account could not be read: ${account}. Going on without its products.\n`);
  return undefined;
}

function farewell(session: Session, applied: readonly Area[]): string {
  if (applied.length === 0) return "Stopped. Nothing was changed.";
  return `Stopped. Applied: ${applied.map(titleOf).join(", ")}.\nTake it back with npx credyt-integrate undo${session.app.dir === "" ? "" : ` ${session.app.dir}`}.`;
}

/** What only a person can do now, once more and in one place: it was said area by area, screens ago. */
function leftToDo(talk: Conversation, applied: readonly Area[]): string {
  const { session, terminal } = talk;
  const { app, loaded } = session;
  const { changes, notes, handoffs } = plan(app, { ...withAnswers(loaded.choices, talk.answers), areas: talk.areas }, talk.templates);
  const advice = notes.filter(({ kind, area }) => kind === "advice" && applied.includes(area));
  const places = handoffs.filter(({ area }) => applied.includes(area) || !changes.some((change) => change.area === area));
  if (advice.length + places.length === 0) return "";
  const rows = places.flatMap(({ title, evidence }) => bullet(terminal.paint.yellow("!"), title, terminal.width, terminal.paint.dim(`${shownPath(app, evidence.file).file}:${evidence.line}`)));
  const again = places.length === 0 ? "" : `${indented("npx credyt-integrate --dry-run shows the code to paste again.", 4, terminal.width)}\n`;
  return `\n  ${terminal.paint.bold("Left to you")}\n${showNotes(terminal, app, advice)}${rows.map((row) => `${row}\n`).join("")}${again}`;
}

function goodbye(session: Session, applied: readonly Area[], stopped: boolean, { paint, width }: Terminal): string {
  if (applied.length === 0) return "\n  Nothing was changed.\n";
  const undo = `npx credyt-integrate undo${session.app.dir === "" ? "" : ` ${session.app.dir}`}`;
  const command = (label: string, text: string): string => `\n  ${label}\n    ${paint.bold(text)}\n`;
  return `\n${indented(`${stopped ? "Stopped here." : "Done."} Applied: ${applied.map(titleOf).join(", ")}`, 2, width)}\n${command("Repeat it without questions", repeatCommand(session, applied))}${command("Take it back", undo)}${command("See it work", "npx credyt-integrate sandbox")}`;
}
