import type { Evidence } from "../domain.ts";
import { inWords, type Coverage } from "./coverage.ts";
import { changeEvidence, type AppReport } from "./report.ts";

/** Gaps of `--check` as workflow commands: GitHub shows each at its line of the pull request. */
export function checkAnnotations(coverages: readonly Coverage[]): string {
  return lines(coverages.flatMap(({ gaps }) => gaps.map((gap) => command("error", gap.evidence, "Credyt billing", `${inWords(gap)}. ${gap.how === "run" ? "Run npx credyt-integrate to wire it." : "It must be wired by hand."}`))));
}

/** Changes and handoffs of a dry run as workflow commands. */
export function dryRunAnnotations(reports: readonly AppReport[]): string {
  return lines(reports.flatMap(({ areas, app }) => areas.flatMap(({ title, changes, handoffs }) => [
    ...changes.map((change) => command("notice", changeEvidence(app, change), `Credyt: ${title}`, change.title)),
    ...handoffs.map((handoff) => command("warning", handoff.evidence, `Credyt: ${title}`, `${handoff.title}. ${handoff.reason}`)),
  ])));
}

const lines = (all: readonly string[]): string => all.map((line) => `${line}\n`).join("");

function command(level: "error" | "warning" | "notice", evidence: Evidence | undefined, title: string, message: string): string {
  const place = evidence ? [`file=${property(evidence.file)}`, `line=${Math.max(1, evidence.line)}`] : [];
  return `::${level} ${[...place, `title=${property(title)}`].join(",")}::${data(message)}`;
}

const data = (text: string): string => text.replace(/%/g, "%25").replace(/\r/g, "%0D").replace(/\n/g, "%0A");
const property = (text: string): string => data(text).replace(/:/g, "%3A").replace(/,/g, "%2C");
