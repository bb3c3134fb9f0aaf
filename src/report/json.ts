import type { AppSurvey, Change, Evidence, Verdict } from "../domain.ts";
import { isSecretFile } from "../secrets.ts";
import { inWords, type Coverage } from "./coverage.ts";
import { fileDiffs, gitDiff } from "./diff.ts";
import { pasteText } from "./paste.ts";
import { changeEvidence, shownPath, type AppReport } from "./report.ts";

/** `--dry-run --format json`: one document; of several apps each has its own in `apps`. */
export function dryRunJson(reports: readonly AppReport[]): string {
  const [only] = reports;
  const apps = reports.map(appJson);
  return `${JSON.stringify(only && reports.length === 1 ? { schemaVersion: 1, ...appJson(only) } : { schemaVersion: 1, apps }, undefined, 2)}\n`;
}

function appJson(report: AppReport): object {
  const { app, verdict } = report;
  return {
    app: { dir: app.dir === "" ? "." : app.dir, name: app.name, framework: app.framework.id, language: app.language },
    areas: report.areas.map(({ area, changes, handoffs, notes, tries }) => ({
      area,
      changes: changes.map((change) => changeJson(report, change)),
      handoffs: handoffs.map((handoff) => ({ title: handoff.title, reason: handoff.reason, evidence: shown(app, handoff.evidence), paste: pasteText(handoff, app), ...shownPath(app, handoff.file) })),
      notes: notes.map(({ kind, title, evidence }) => ({ kind, title, ...(evidence && { evidence: shown(app, evidence) }) })),
      tries,
    })),
    questions: report.questions.map(({ area, key, message, options, many, fallback }) => ({ area, key, message, ...(options && { options }), ...(many && { many }), ...(fallback !== undefined && { fallback }) })),
    verdict: verdictJson(app, verdict),
  };
}

function changeJson(report: AppReport, change: Change): object {
  const { app, verdict } = report;
  const patch = report.changePatch(change);
  const files = fileDiffs(patch).map(({ file, kind, hunks }, i) => {
    const one = patch.files[i];
    const secret = hunks.flatMap(({ lines }) => lines.map(({ text }) => `+${text}`)).join("\n");
    return { ...shownPath(app, file), kind, diff: isSecretFile(file) || !one ? `${secret}\n` : gitDiff(one) };
  });
  return { id: change.id, title: change.title, evidence: shown(app, changeEvidence(app, change)), files, verdict: verdict.typecheck };
}

const shown = (app: AppSurvey, { file, line, text }: Evidence): object => ({ ...shownPath(app, file), line, text });

function verdictJson(app: AppSurvey, verdict: Verdict): object {
  return {
    newTypeErrors: verdict.newTypeErrors.map((one) => ({ ...shown(app, one), code: one.code, message: one.message })),
    leaks: verdict.leaks.map(({ chain }) => ({ chain: chain.map((file) => shownPath(app, file).file) })),
    broken: verdict.broken.map((one) => shown(app, one)),
    typecheck: verdict.typecheck,
    oldTypeErrors: verdict.oldTypeErrors,
  };
}

/** `--check --format json`: what is wired and what is missing, app by app. */
export function checkJson(coverages: readonly Coverage[]): string {
  const apps = coverages.map(({ app, tallies, gaps, exempt }) => ({
    app: { dir: app.dir === "" ? "." : app.dir, name: app.name },
    tallies,
    gaps: gaps.map((gap) => ({ rule: gap.rule, area: gap.area, what: inWords(gap), how: gap.how, evidence: shown(app, gap.evidence) })),
    exempt: exempt.map(({ what, why, evidence }) => ({ what, why, evidence: shown(app, evidence) })),
  }));
  return `${JSON.stringify({ schemaVersion: 1, ok: coverages.every(({ gaps }) => gaps.length === 0), apps }, undefined, 2)}\n`;
}
