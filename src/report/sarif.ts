import type { Evidence } from "../domain.ts";
import { inWords, RULES, type Coverage, type Rule } from "./coverage.ts";
import { changeEvidence, type AppReport } from "./report.ts";

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
    ...changes.map((change): Result => ({ rule: "planned-change", level: "note", message: change.title, evidence: changeEvidence(app, change) })),
    ...handoffs.map((handoff): Result => ({ rule: "handoff", level: "warning", message: `${handoff.title}. ${handoff.reason}`, evidence: handoff.evidence })),
  ])), version);
}

function document(results: readonly Result[], version: string): string {
  const used = [...new Set(results.map(({ rule }) => rule))];
  const rules = used.map((id) => ({ id, shortDescription: { text: ALL[id] } }));
  const driver = { name: "credyt-integrate", semanticVersion: version, informationUri: "https://docs.credyt.ai", rules };
  const run = { tool: { driver }, columnKind: "utf16CodeUnits", originalUriBaseIds: { ROOT: { description: { text: "The root of the repository" } } }, results: results.map((one, i) => resultJson(one, used, results.slice(0, i))) };
  return `${JSON.stringify({ $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }, undefined, 2)}\n`;
}

function resultJson(result: Result, used: readonly string[], before: readonly Result[]): object {
  const { rule, level, message, evidence } = result;
  const uri = evidence.file.split("/").map(encodeURIComponent).join("/");
  return {
    ruleId: rule, ruleIndex: used.indexOf(rule), level, message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: { uri, uriBaseId: "ROOT" }, region: { startLine: Math.max(1, evidence.line), ...(evidence.text !== "" && { snippet: { text: evidence.text } }) } } }],
    partialFingerprints: { "place/v2": fingerprint(result) + repeat(result, before) },
  };
}

/** Lines move: what identifies a finding is its rule, what it says, its file and the text that stands there. */
const fingerprint = ({ rule, message, evidence }: Result): string => `${rule}:${evidence.file}:${evidence.text}:${message}`;

/** The same line twice in a function: two findings, not one that is told twice. */
function repeat(result: Result, before: readonly Result[]): string {
  const same = before.filter((one) => fingerprint(one) === fingerprint(result)).length;
  return same === 0 ? "" : `#${same + 1}`;
}
