import type { Patch, RepoPath } from "../domain.ts";
import { apply } from "../apply.ts";
import { openChecker } from "../check.ts";
import { withAnswer } from "../choices.ts";
import { plan } from "../plan.ts";
import { propose, type Proposal } from "../propose.ts";
import { reportOf } from "../report/report.ts";
import { loadTemplates } from "../templates.ts";
import { refuseDirty } from "./git.ts";
import { configPatch, defaultAnswers, homeOf, metaOf, type Session } from "./session.ts";
import { fileList } from "./show/diff.ts";
import { showHandoffs, showNotes, showTries, showVerdict } from "./show/area.ts";
import { indented } from "./show/layout.ts";
import { headline, showLeftAlone, showScan } from "./show/scan.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** `--yes`: applies all that passes the checks in one step, and lists the rest. */
export async function unattended(session: Session, terminal: Terminal): Promise<number> {
  const { survey, app, options, loaded } = session;
  const answers = defaultAnswers(plan(app, loaded.choices, loadTemplates()), loaded);
  const choices = [...answers].reduce((made, [key, answer]) => withAnswer(made, key, answer), loaded.choices);
  const planned = plan(app, choices, loadTemplates());
  terminal.out(headline(terminal, version(), survey) + (options.verbose ? `${showScan(terminal, survey, app, true)}\n` : ""));
  if (options.areas) answers.set("areas", options.areas);
  const progress = terminal.progress("checking the changes");
  const checker = openChecker(survey, app, { typecheck: options.typecheck, onProgress: (what) => progress.update(`checking ${what}`) });
  let proposal: Proposal;
  try {
    proposal = await propose(planned, planned.changes.map(({ id }) => id), checker);
  } finally {
    checker.close();
    progress.done();
  }
  const config = proposal.staged.files.length > 0 ? configPatch(session, answers) : undefined;
  const patch: Patch = { files: [...proposal.staged.files, ...(config ? [config] : [])] };
  if (!options.allowDirty) refuseDirty(survey.root, app.dir, patch, homeOf(session));
  if (patch.files.length > 0) await apply(survey.root, patch, metaOf(session, "all"));
  show(session, proposal, patch, terminal);
  return proposal.withdrawn.length > 0 ? 1 : 0;
}

function show({ survey, app }: Session, proposal: Proposal, patch: Patch, terminal: Terminal): void {
  const { out, paint } = terminal;
  const { areas, verdict } = reportOf(proposal);
  const handoffs = areas.flatMap((area) => area.handoffs);
  const notes = areas.flatMap((area) => area.notes);
  if (patch.files.length === 0) out(`  Nothing to do: ${handoffs.length > 0 ? "what is left is for a person." : "everything is wired."}\n`);
  else {
    const counts = areas.filter(({ changes }) => changes.length > 0).map(({ title }) => title).join(", ");
    out(`${indented(`${paint.bold("Applied:")} ${counts}`, 2, terminal.width)}\n\n${fileList(terminal, survey.root, patch).join("\n")}\n\n${showVerdict(terminal, verdict, handoffs.length)}`);
  }
  if (notes.length > 0) out(`\n${showNotes(terminal, app, notes)}`);
  out(showHandoffs(terminal, app, survey.root, handoffs) + showLeftAlone(terminal, app));
  if (patch.files.length === 0) return;
  out(showTries(terminal, areas.flatMap(({ tries }) => tries)));
  out(`\n  Take it back with ${paint.bold(`npx credyt-integrate undo${dirArgument(app.dir)}`)}.\n`);
}

const dirArgument = (dir: RepoPath): string => (dir === "" ? "" : ` ${dir}`);
