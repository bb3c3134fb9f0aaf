import type { Evidence } from "../../domain.ts";
import type { Coverage, Gap } from "../../report/coverage.ts";
import { shownPath } from "../../report/report.ts";
import type { Terminal } from "../terminal.ts";
import { columns, indented, type Row } from "./layout.ts";

/** `--check` for people: tallies, every gap with its place and how to close it, what is deliberately not billed. */
export function showCoverage(terminal: Terminal, root: string, { app, tallies, gaps, exempt }: Coverage): string {
  const { paint, width } = terminal;
  const done = tallies.filter(({ of }) => of > 0).map(({ label, done, of }) => `${label} ${(done === of ? paint.green : paint.red)(`${done} of ${of}`)}`);
  const head = `\n  ${paint.bold(app.dir === "" ? app.name : app.dir)}   ${done.join(", ")}\n`;
  const row = (label: string, text: string, evidence: Evidence, note: string): Row => {
    // What belongs to no place of the app has the framework as its evidence.
    if (evidence === app.framework.evidence[0]) return { label, text, note };
    const place = `${shownPath(app, evidence.file).file}:${evidence.line}`;
    return { label, text, place, shown: terminal.link(place, root, evidence.file), note };
  };
  const missing = bySubject(gaps).map((group) => {
    const [first] = group as [Gap];
    const lacks = group.map((gap) => gap.lacks + (gap.how === "hand" && gap.lacks !== "" ? " (by hand)" : "")).filter(Boolean).join(", ");
    return row(paint.red("✖"), lacks === "" ? first.subject : `${first.subject}: ${lacks}`, first.evidence, "");
  });
  const left = exempt.map(({ what, why, evidence }) => row(paint.dim("·"), what, evidence, `not billed: ${why}`));
  const rows = [...missing, ...left];
  const advice = gaps.length === 0 ? `  ${paint.green("✔")} Nothing is missing.\n`
    : `\n${indented(`${gaps.length} ${gaps.length === 1 ? "gap" : "gaps"}. ${gaps.some(({ how }) => how === "run") ? "Run npx credyt-integrate to wire what it can." : `Wire ${gaps.length === 1 ? "it" : "them"} by hand; --dry-run shows the code to paste.`} Is an activity not to be billed? Say so in credyt.config.json: "billed": false.`, 2, width)}\n`;
  return `${head}${rows.length > 0 ? `\n${columns(rows, width, paint.dim).join("\n")}\n` : ""}${advice}`;
}

/** Gaps of one site together, in the order of the first. */
function bySubject(gaps: readonly Gap[]): Gap[][] {
  const groups = new Map<string, Gap[]>();
  for (const gap of gaps) {
    const key = `${gap.evidence.file}:${gap.evidence.line} ${gap.subject}`;
    groups.set(key, [...(groups.get(key) ?? []), gap]);
  }
  return [...groups.values()];
}
