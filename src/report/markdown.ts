import type { Evidence } from "../domain.ts";
import { inWords, type Coverage } from "./coverage.ts";
import { fileDiffs, unifiedDiff } from "./diff.ts";
import { pasteText } from "./paste.ts";
import { verdictLines, type AppReport, type AreaReport } from "./report.ts";

/** A dry run as a comment on a pull request, or for `$GITHUB_STEP_SUMMARY`. GitHub cuts comments at 65,536 characters: long diffs are left out and named. */
export function dryRunMarkdown(reports: readonly AppReport[]): string {
  const whole = reports.map((report) => appMarkdown(report, true)).join("\n");
  return whole.length < 60_000 ? whole : reports.map((report) => appMarkdown(report, false)).join("\n");
}

function appMarkdown(report: AppReport, withDiffs: boolean): string {
  const { app, areas, verdict, questions } = report;
  const out = [`## Credyt billing in ${escape(app.name)}`, "", ...table(["Area", "Changes", "Files", "By hand"], areas.map(areaRow)), ""];
  out.push(...verdictLines(verdict).map(({ good, text }) => `- ${good === undefined ? "⚪" : good ? "✅" : "❌"} ${escape(text)}`), "");
  for (const area of areas) out.push(...areaMarkdown(report, area, withDiffs));
  if (questions.length > 0) out.push("### Answers in use", "", ...table(["Setting", "Question", "Default"], questions.map(({ key, message, fallback }) => [code(key), escape(message), fallback === undefined ? "**needed**" : code([fallback].flat().join(", ") || "none")])), "");
  out.push("Apply with `npx credyt-integrate`, or `npx credyt-integrate --yes` where nobody can answer.", "");
  return out.join("\n");
}

function areaRow({ title, changes, patch, handoffs }: AreaReport): string[] {
  const files = fileDiffs(patch);
  const fresh = files.filter(({ kind }) => kind === "create").length;
  const edited = files.length - fresh;
  return [escape(title), String(changes.length), [fresh > 0 ? `${fresh} new` : "", edited > 0 ? `${edited} edited` : ""].filter(Boolean).join(", ") || "none", handoffs.length === 0 ? "" : String(handoffs.length)];
}

function areaMarkdown({ app }: AppReport, area: AreaReport, withDiffs: boolean): string[] {
  const { title, changes, handoffs, patch, tries } = area;
  if (changes.length + handoffs.length === 0) return [];
  const out = [`### ${escape(title)}`, "", ...changes.map((change) => `- ${escape(change.title)}${at(change.evidence)}`)];
  for (const handoff of handoffs) {
    const paste = pasteText(handoff, app);
    out.push(`- **By hand:** ${escape(handoff.title)}${at(handoff.evidence)}. ${escape(handoff.reason)}`, ...(paste === "" ? [] : ["", fence(paste, languageOf(handoff.file)), ""]));
  }
  const diff = unifiedDiff(patch);
  if (diff !== "" && withDiffs) out.push("", `<details><summary>Diff, ${fileDiffs(patch).length} files</summary>`, "", fence(diff, "diff"), "", "</details>");
  if (tries.length > 0) out.push("", `Try this: ${tries.map(escape).join(" ")}`);
  return [...out, ""];
}

const at = (evidence: Evidence | undefined): string => (evidence ? ` (${code(`${evidence.file}:${evidence.line}`)})` : "");

/** `--check` as Markdown: tallies, then every gap with its place. */
export function checkMarkdown(coverages: readonly Coverage[]): string {
  return coverages.map(({ app, tallies, gaps, exempt }) => {
    const out = [`## Credyt billing in ${escape(app.name)}`, "", gaps.length === 0 ? "✅ Every billable activity and every sign-up is wired." : `❌ ${gaps.length} ${gaps.length === 1 ? "gap" : "gaps"}`, ""];
    out.push(...table(["", "Done"], tallies.map(({ label, done, of }) => [label, `${done} of ${of}`])), "");
    if (gaps.length > 0) out.push(...table(["Where", "What", "Mend"], gaps.map((gap) => [code(`${gap.evidence.file}:${gap.evidence.line}`), escape(inWords(gap)), gap.how === "run" ? "`npx credyt-integrate`" : "by hand"])), "");
    if (exempt.length > 0) out.push("<details><summary>Not billed</summary>", "", ...exempt.map(({ what, why, evidence }) => `- ${escape(what)} (${code(`${evidence.file}:${evidence.line}`)}): ${escape(why)}`), "", "</details>", "");
    return out.join("\n");
  }).join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replace(/\|/g, "\\|")).join(" | ")} |`;
  return rows.length === 0 ? [] : [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** A fence that is longer than any in the text. */
function fence(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
  const marks = "`".repeat(longest + 1);
  return `${marks}${language}\n${text.replace(/\n$/, "")}\n${marks}`;
}

const languageOf = (file: string): string => /\.([a-z]+)$/.exec(file)?.[1] ?? "";
const escape = (text: string): string => text.replace(/[\\`*_<>[\]]/g, "\\$&");
const code = (text: string): string => (text.includes("`") ? escape(text) : `\`${text}\``);
