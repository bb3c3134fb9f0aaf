import type { AppSurvey, Question, Survey } from "../domain.ts";
import { openChecker } from "../check.ts";
import { plan } from "../plan.ts";
import { propose } from "../propose.ts";
import { unifiedDiff } from "../report/diff.ts";
import { dryRunAnnotations } from "../report/github.ts";
import { dryRunJson } from "../report/json.ts";
import { dryRunMarkdown } from "../report/markdown.ts";
import { reportOf, type AppReport } from "../report/report.ts";
import { dryRunSarif } from "../report/sarif.ts";
import { loadTemplates } from "../templates.ts";
import type { Report } from "./integrate.ts";
import type { Options } from "./options.ts";
import { openQuestions, openSession, withDefaults } from "./session.ts";
import { areaDiff, areaHead, showHandoffs, showNotes, showTries, showVerdict } from "./show/area.ts";
import { headline, showScan } from "./show/scan.ts";
import { columns, indented, type Row } from "./show/layout.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** `--dry-run`: the whole pipeline up to the last step. */
export async function dryRun(survey: Survey, options: Options, terminal: Terminal): Promise<Report> {
  const reports: AppReport[] = [];
  for (const app of survey.apps) reports.push(await look(survey, app, options, terminal));
  return { status: 0, text: format(survey, reports, options, terminal) };
}

async function look(survey: Survey, app: AppSurvey, options: Options, terminal: Terminal): Promise<AppReport> {
  const { loaded } = openSession(survey, app, options);
  const templates = loadTemplates();
  // What --yes would do: with the default answers to what the config does not say.
  const planned = plan(app, withDefaults(plan(app, loaded.choices, templates), loaded), templates);
  const progress = terminal.progress("checking the changes");
  const checker = openChecker(survey, app, { typecheck: options.typecheck, onProgress: (what) => progress.update(`checking ${what}`) });
  try {
    const report = reportOf(await propose(planned, planned.changes.map(({ id }) => id), checker));
    return { ...report, questions: openQuestions(planned, loaded) };
  } finally {
    checker.close();
    progress.done();
  }
}

function format(survey: Survey, reports: readonly AppReport[], options: Options, terminal: Terminal): string {
  switch (options.format) {
    case "diff": return reports.map(({ patch }) => unifiedDiff(patch)).join("");
    case "json": return dryRunJson(reports);
    case "markdown": return dryRunMarkdown(reports);
    case "sarif": return dryRunSarif(reports, version());
    case "github": return dryRunAnnotations(reports);
    case "text": return headline(terminal, version(), survey) + reports.map((report) => forPeople(survey, report, terminal, options.verbose)).join("\n");
  }
}

/** `chat_completion  app/api/chat/route.ts#POST`: an event type stands before its place, which may be long; other answers after their name. */
function answerRow({ key, fallback }: Question): Row {
  const answer = fallback === undefined ? "needed" : [fallback].flat().join(", ") || "none";
  const place = /^activities\.(.+)\.eventType$/s.exec(key)?.[1];
  return place === undefined ? { label: key, text: answer } : { label: "event type", text: `${answer} at ${place}` };
}

function forPeople(survey: Survey, report: AppReport, terminal: Terminal, verbose: boolean): string {
  const { app, areas, verdict, questions } = report;
  const { paint, width } = terminal;
  const busy = areas.filter(({ changes, handoffs }) => changes.length + handoffs.length > 0);
  const out = [showScan(terminal, survey, app, verbose)];
  for (const [i, area] of busy.entries()) {
    out.push(areaHead(terminal, survey.root, area, `${i + 1} of ${busy.length}`));
    if (area.changes.length > 0) out.push(`${areaDiff(terminal, area).join("\n")}\n`);
    out.push(showHandoffs(terminal, app, survey.root, area.handoffs), showTries(terminal, area.tries));
  }
  const notes = areas.flatMap((area) => area.notes);
  if (notes.length > 0) out.push(`\n${showNotes(terminal, app, notes)}`);
  if (questions.length > 0) out.push(`\n  ${paint.bold("Answers in use")}  ${paint.dim("change them in credyt.config.json")}\n`, `${columns(questions.map(answerRow), width - 2, paint.dim).map((row) => `  ${row}`).join("\n")}\n`);
  const changed = busy.some(({ changes }) => changes.length > 0);
  out.push(changed ? `\n${showVerdict(terminal, verdict, 0)}\n${indented(`Nothing was written. Apply with ${paint.bold("npx credyt-integrate")}, or with ${paint.bold("--yes")} where nobody can answer.`, 2, width)}\n` : "\n  Nothing to do: there is no change to make.\n");
  return out.join("");
}
