import type { Area, Change, Patch, Plan } from "../domain.ts";
import { apply } from "../apply.ts";
import type { Checker } from "../check.ts";
import type { Answer } from "../choices.ts";
import { plan } from "../plan.ts";
import { between, propose, type Proposal } from "../propose.ts";
import { reportOf, type AreaReport } from "../report/report.ts";
import { stage } from "../stage.ts";
import type { Templates } from "../templates.ts";
import type { Account } from "./account.ts";
import { askAgain, withAnswers } from "./answers.ts";
import type { Asker } from "./ask.ts";
import { configPatch, metaOf, type Session } from "./session.ts";
import { areaDiff, areaHead, showHandoffs, showNotes, showTries, showVerdict } from "./show/area.ts";
import { diffLines } from "./show/diff.ts";
import { bullet } from "./show/layout.ts";
import type { Terminal } from "./terminal.ts";

/** Where a run in a terminal stands. `accepted` is on the disk as `written` says, in files before and after. */
export interface Conversation {
  readonly session: Session;
  readonly terminal: Terminal;
  readonly ask: Asker;
  readonly checker: Checker;
  readonly account: Account | undefined;
  readonly templates: Templates;
  readonly areas: readonly Area[];
  readonly answers: Map<string, Answer>;
  readonly accepted: ReadonlySet<string>;
  readonly written: Patch;
  /** How many changes a check refused. */
  readonly refused: number;
}

/** What became of an area. */
export interface Outcome {
  readonly talk: Conversation;
  readonly applied: boolean;
  readonly stop: boolean;
}

/** Shows one area and does what is answered. Nothing is written before a yes. */
export async function reviewArea(talk: Conversation, area: Area, position: string): Promise<Outcome> {
  const { session, terminal, ask } = talk;
  const planned = planOf(talk);
  const ids = planned.changes.filter((change) => change.area === area).map(({ id }) => id);
  const proposal = await checked(talk, planned, ids);
  const report = reportOf(proposal).areas.find((one) => one.area === area);
  const shown: AreaReport = { ...(report ?? emptyReport(area)), patch: between(talk.written, proposal.staged) };
  terminal.out(areaHead(terminal, session.survey.root, shown, position));
  if (shown.changes.length > 0) {
    await page(talk, areaDiff(terminal, shown));
    terminal.out(`\n${showVerdict(terminal, proposal.verdict, shown.handoffs.length)}`);
  }
  terminal.out(showHandoffs(terminal, session.app, session.survey.root, shown.handoffs));
  const notes = shown.notes.filter(({ kind }) => kind !== "wired");
  if (notes.length > 0) terminal.out(`\n${showNotes(terminal, session.app, notes)}`);
  const seen: Conversation = { ...talk, refused: talk.refused + proposal.withdrawn.length };
  if (shown.changes.length === 0) {
    if (shown.handoffs.length === 0) terminal.out("  Nothing can be done here without an area that was left out.\n");
    return { talk: seen, applied: false, stop: false };
  }
  terminal.out("\n");
  switch (await ask.key("Apply?  (Y) yes  (n) skip  (c) change answers  (o) one by one  (q) stop here", ["y", "n", "c", "o", "q"])) {
    case "y": return { talk: await write(seen, proposal, area, shown.tries), applied: true, stop: false };
    case "o": return oneByOne(seen, planned, area, shown);
    case "q": return { talk: seen, applied: false, stop: true };
    case "n": return { talk: seen, applied: false, stop: false };
    default: {
      await askAgain(planned, area, ask, terminal, talk.account, talk.answers);
      return reviewArea(talk, area, position);
    }
  }
}

const emptyReport = (area: Area): AreaReport => ({ area, title: area, changes: [], handoffs: [], notes: [], tries: [], patch: { files: [] } });

const planOf = ({ session, answers, areas, templates }: Conversation): Plan => plan(session.app, { ...withAnswers(session.loaded.choices, answers), areas }, templates);

async function checked({ terminal, checker, accepted }: Conversation, planned: Plan, ids: readonly string[]): Promise<Proposal> {
  const progress = terminal.progress("checking the changes");
  try {
    return await propose(planned, ids, checker, accepted);
  } finally {
    progress.done();
  }
}

/** Asks for each change of an area by itself; what was said yes to is checked together and written. */
async function oneByOne(talk: Conversation, planned: Plan, area: Area, shown: AreaReport): Promise<Outcome> {
  const { terminal, ask, session } = talk;
  const wanted: string[] = [];
  for (const change of shown.changes) {
    const before = stage(planned, new Set([...talk.accepted, ...wanted]));
    const own = between(before, stage(planned, new Set([...talk.accepted, ...wanted, change.id])));
    terminal.out(`\n${bullet("·", change.title, terminal.width, change.evidence ? terminal.paint.dim(`${change.evidence.file}:${change.evidence.line}`) : "").join("\n")}\n`);
    if (own.files.length === 0) {
      terminal.out(`  It needs ${missingNeeds(planned, change, [...talk.accepted, ...wanted])}, which was not taken.\n`);
      continue;
    }
    await page(talk, diffLines(terminal, own));
    const reply = await ask.key("This one?  (Y) yes  (n) no  (q) none of the rest", ["y", "n", "q"]);
    if (reply === "q") break;
    if (reply === "y") wanted.push(change.id);
  }
  const proposal = await checked(talk, planned, wanted);
  const seen = { ...talk, refused: talk.refused + proposal.withdrawn.length };
  const refused = reportOf(proposal).areas.find((one) => one.area === area)?.handoffs.filter(({ reason }) => reason.startsWith("Withdrawn.")) ?? [];
  terminal.out(showHandoffs(terminal, session.app, session.survey.root, refused));
  if (between(talk.written, proposal.staged).files.length === 0) return { talk: seen, applied: false, stop: false };
  return { talk: await write(seen, proposal, area, shown.tries), applied: true, stop: false };
}

function missingNeeds(planned: Plan, change: Change, taken: readonly string[]): string {
  const missing = change.needs.filter((id) => !taken.includes(id));
  return missing.map((id) => planned.changes.find((one) => one.id === id)?.title ?? id).join(" and ") || "a change";
}

/** Writes what an area adds to what is on the disk, and the answers that led there. */
async function write(talk: Conversation, proposal: Proposal, area: Area, tries: readonly string[]): Promise<Conversation> {
  const { session, terminal, answers } = talk;
  const config = configPatch(session, answers);
  const staged: Patch = { files: [...proposal.staged.files, ...(config ? [config] : [])] };
  await apply(session.survey.root, between(talk.written, staged), metaOf(session, area));
  terminal.out(`  ${terminal.paint.green("✔")} applied\n${showTries(terminal, tries)}`);
  return { ...talk, accepted: proposal.accepted, written: staged };
}

/** Shows lines a screen at a time when they are many. */
async function page({ terminal, ask }: Conversation, lines: readonly string[]): Promise<void> {
  const room = Math.max(10, terminal.rows - 6);
  let at = 0;
  for (;;) {
    const end = lines.length - at <= room * 1.5 ? lines.length : at + room;
    terminal.out(`${lines.slice(at, end).join("\n")}\n`);
    at = end;
    if (at >= lines.length) return;
    const reply = await ask.key(`${lines.length - at} more lines  (Y) go on  (a) all  (s) skip them`, ["y", "a", "s"]);
    if (reply === "s") return;
    if (reply === "a") {
      terminal.out(`${lines.slice(at).join("\n")}\n`);
      return;
    }
  }
}
