import type { AppSurvey, Handoff, Note, Verdict } from "../../domain.ts";
import { pasteText } from "../../report/paste.ts";
import { shownPath, verdictLines, type AreaReport } from "../../report/report.ts";
import type { Terminal } from "../terminal.ts";
import { diffLines, fileList } from "./diff.ts";
import { bullet, indented, widthOf } from "./layout.ts";

/** The head of an area: its place in the run, its name, its files. */
export function areaHead(terminal: Terminal, root: string, area: AreaReport, position?: string): string {
  const { paint, width } = terminal;
  const head = `\n  ${position === undefined ? "" : `${paint.dim(position)}   `}${paint.bold(area.title)}\n`;
  const titles = area.changes.flatMap(({ title, evidence }) => bullet(paint.dim("·"), title, width, evidence ? paint.dim(`${evidence.file}:${evidence.line}`) : ""));
  return `${head}${[...titles, ...(titles.length > 0 ? [""] : []), ...fileList(terminal, root, area.patch)].map((line) => `${line}\n`).join("")}`;
}

/** The diff of an area as lines. */
export const areaDiff = (terminal: Terminal, area: AreaReport): string[] => diffLines(terminal, area.patch);

/** What checking found, on one line where it fits. */
export function showVerdict({ paint, width }: Terminal, verdict: Verdict, handoffs: number): string {
  const marks = verdictLines(verdict).map(({ good, text }) => [good === undefined ? paint.yellow("!") : good ? paint.green("✔") : paint.red("✖"), text] as const);
  if (handoffs > 0) marks.push([paint.yellow("!"), `${handoffs} ${handoffs === 1 ? "handoff" : "handoffs"} (shown below)`]);
  const line = `  ${marks.map((mark) => mark.join(" ")).join("     ")}`;
  const text = widthOf(line) <= width ? `${line}\n` : marks.flatMap(([mark, said]) => bullet(mark, said, width)).map((one) => `${one}\n`).join("");
  const errors = [...verdict.newTypeErrors.slice(0, 5).map((one) => `${one.file}:${one.line} ${one.code} ${one.message}`)];
  return text + errors.map((error) => `${indented(error, 4, width)}\n`).join("");
}

/** What is left to a person: what was seen, why it is not done, the code to paste. */
export function showHandoffs(terminal: Terminal, app: AppSurvey, root: string, handoffs: readonly Handoff[]): string {
  const { paint, width } = terminal;
  return handoffs.map((handoff) => {
    const place = `${shownPath(app, handoff.evidence.file).file}:${handoff.evidence.line}`;
    const head = bullet(paint.yellow("!"), handoff.title, width, paint.dim(terminal.link(place, root, handoff.evidence.file))).join("\n");
    const paste = pasteText(handoff, app).trimEnd();
    const code = paste === "" ? "" : `${indented(`Paste into ${shownPath(app, handoff.file).file}:`, 4, width)}\n${paste.split("\n").map((line) => (line === "" ? "" : `      ${paint.cyan(line)}`)).join("\n")}\n`;
    return `\n${head}\n${indented(handoff.reason, 4, width)}\n${code}`;
  }).join("");
}

/** What is there already, is deliberately not billed, or is worth knowing. */
export function showNotes({ paint, width }: Terminal, app: AppSurvey, notes: readonly Note[]): string {
  return notes.map(({ kind, title, evidence }) => {
    const mark = kind === "wired" ? paint.green("✔") : paint.dim("·");
    const place = evidence ? ` (${shownPath(app, evidence.file).file}:${evidence.line})` : "";
    return `${bullet(mark, `${title}${place}`, width).join("\n")}\n`;
  }).join("");
}

/** What to try now that an area is in place. */
export function showTries({ paint, width }: Terminal, tries: readonly string[]): string {
  return tries.length === 0 ? "" : `\n  ${paint.bold("Try this")}\n${tries.map((text) => `${indented(text, 4, width)}\n`).join("")}`;
}
