import type { Evidence } from "../domain.ts";
import { inWords, RULES, type Coverage, type Rule } from "./coverage.ts";
import type { AppReport } from "./report.ts";

type Level = "error" | "warning" | "note";

interface Result {
  readonly rule: Rule | "planned-change" | "handoff";
  readonly level: Level;
  readonly message: string;
  readonly evidence: Evidence;
}

const ALL = { ...RULES, "planned-change": "A change that credyt-integrate would make", handoff: "Something that is left to a person" } as const;

/** Gaps of `--check` as SARIF 2.1.0, for code scanning; paths are relative to the repo's root. */
export function checkSarif(coverages: readonly Coverage[], version: string): string {
  return document(coverages.flatMap(({ gaps }) => gaps.map((gap): Result => ({ rule: gap.rule, level: "error", message: `${inWords(gap)}. ${gap.how === "run" ? "Run npx credyt-integrate to wire it." : "It must be wired by hand."}`, evidence: gap.evidence }))), version);
}

/** What a dry run would do, and leave undone, as SARIF 2.1.0. */
export function dryRunSarif(reports: readonly AppReport[], version: string): string {
  return document(reports.flatMap(({ areas, app }) => areas.flatMap(({ changes, handoffs }): Result[] => [
    ...changes.map((change): Result => ({ rule: "planned-change", level: "note", message: change.title, evidence: change.evidence ?? app.framework.evidence[0] ?? { file: "package.json", line: 1, text: "" } })),
    ...handoffs.map((handoff): Result => ({ rule: "handoff", level: "warning", message: `${handoff.title}. ${handoff.reason}`, evidence: handoff.evidence })),
  ])), version);
}

function document(results: readonly Result[], version: string): string {
  const used = [...new Set(results.map(({ rule }) => rule))];
  const rules = used.map((id) => ({ id, shortDescription: { text: ALL[id] } }));
  const driver = { name: "credyt-integrate", semanticVersion: version, informationUri: "https://docs.credyt.ai", rules };
  const run = { tool: { driver }, columnKind: "utf16CodeUnits", originalUriBaseIds: { ROOT: { description: { text: "The root of the repository" } } }, results: results.map((one) => resultJson(one, used)) };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, undefined, 2)}\n`;
}

function resultJson({ rule, level, message, evidence }: Result, used: readonly string[]): object {
  const uri = evidence.file.split("/").map(encodeURIComponent).join("/");
  return {
    ruleId: rule, ruleIndex: used.indexOf(rule), level, message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri, uriBaseId: "ROOT" }, region: { startLine: Math.max(1, evidence.line), ...(evidence.text !== "" && { snippet: { text: evidence.text } }) } } }],
    // Lines move: what identifies a finding is its rule, its file and the text that stands there.
    partialFingerprints: { "place/v1": `${rule}:${evidence.file}:${evidence.text}` },
  };
}
