import type { AppSurvey, BillableCall, Evidence, Finding, LeftAlone, RepoPath, Survey } from "../../domain.ts";
import { shownPath } from "../../report/report.ts";
import type { Terminal } from "../terminal.ts";
import { bullet, columns, pad, widthOf, type Row } from "./layout.ts";

/** The first line of a run: who we are, what was read and how long it took. */
export function headline({ paint, width }: Terminal, version: string, { stats }: Survey): string {
  const left = `  ${paint.bold("credyt-integrate")} ${version}`;
  const right = `read ${stats.read} files in ${(stats.milliseconds / 1000).toFixed(1)} s`;
  return `\n${pad(left, Math.max(widthOf(left) + 2, width - widthOf(right)))}${paint.dim(right)}\n\n`;
}

/** What was found in an app, a row for each thing, with its place; `verbose` adds how sure that is, and the lines it was seen by. */
export function showScan(terminal: Terminal, survey: Survey, app: AppSurvey, verbose = false): string {
  const { paint } = terminal;
  const heading = survey.apps.length > 1 ? `  ${paint.bold(app.dir === "" ? app.name : app.dir)}\n` : "";
  const rows = rowsOf(app, verbose).map((row) => ({ ...row, ...(row.place !== undefined && row.file !== undefined && { shown: terminal.link(row.place, survey.root, row.file) }) }));
  return `${heading}${columns(withoutRepeats(rows), terminal.width, paint.dim).join("\n")}\n`;
}

interface PlacedRow extends Row {
  readonly file?: RepoPath;
}

function rowsOf(app: AppSurvey, verbose: boolean): PlacedRow[] {
  const at = (label: string, text: string, evidence: Pick<Evidence, "file" | "line"> | undefined, note?: string): PlacedRow => ({
    label, text, ...(note !== undefined && { note }),
    ...(evidence && { file: evidence.file, place: `${shownPath(app, evidence.file).file}:${evidence.line}` }),
  });
  const none = (label: string, text: string): PlacedRow => ({ label, text });
  const why = (label: string, { confidence, evidence }: AppSurvey["signups"][number] | BillableCall): PlacedRow[] =>
    verbose ? [none(label, `${Math.round(confidence * 100)} % sure, seen by`), ...evidence.map((one) => at(label, `· ${one.text}`, one))] : [];
  const model = app.datastore?.userModel;
  return [
    at("Framework", named(app.framework), app.framework.evidence[0]),
    ...(app.auth.length > 0 ? app.auth.map((one) => at("Auth", named(one), one.evidence[0])) : [none("Auth", "none found")]),
    ...(app.datastore ? [at("Data", named(app.datastore) + (model ? `, users in ${model.name}` : ""), model ?? app.datastore.evidence[0])] : [none("Data", "none found")]),
    ...(app.env.module ? [at("Env", `${app.env.module.id}, declares its variables`, app.env.module)] : []),
    ...(app.signups.length > 0 ? app.signups.flatMap((one) => [at("Sign-up", `${one.symbol}${one.hook === "add" ? ", a hook to add" : ""}`, one, one.wired.includes("ensureCustomer") ? "wired" : one.confidence < 0.5 ? "uncertain" : undefined), ...why("Sign-up", one)]) : [none("Sign-up", "none found")]),
    ...(app.billables.length > 0 ? app.billables.flatMap((one) => [at("Billable", `${one.call} in ${one.symbol}`, one, noteOf(one)), ...why("Billable", one)]) : [none("Billable", "no paid call found")]),
    ...app.pages.map((one) => at("Page", one.kind + (one.url === undefined ? "" : ` ${one.url}`), one)),
    ...app.payments.map((one) => at("Beside", `${one.title} (${one.kind})`, one.evidence)),
    ...app.handWritten.map((one) => at("By hand", "calls Credyt already", one)),
    ...(app.leftAlone ?? []).map((one): PlacedRow => ({ label: "Left alone", text: one.why, file: one.file, place: placeOf(app, one) })),
  ];
}

function noteOf(one: BillableCall): string | undefined {
  const done = [one.wired.includes("recordUsage") || one.wired.includes("recordStream") ? "metered" : "", one.wired.includes("checkBalance") ? "gated" : ""].filter(Boolean);
  if (done.length > 0) return done.join(", ");
  if (one.notBilled !== undefined) return `not billed: ${one.notBilled}`;
  if (one.confidence < 0.5) return "uncertain";
  return one.user ? undefined : "no user in reach";
}

/** `Next.js 15.1, App Router`. */
function named({ id, title, version, variant }: Finding): string {
  const short = id === "custom" ? undefined : /^\d+(?:\.\d+)?/.exec(version ?? "")?.[0];
  const words = variant?.split("-").map((word) => (word === "and" ? word : word.replace(/^./, (first) => first.toUpperCase()))).join(" ");
  return `${title}${short === undefined ? "" : ` ${short}`}${words === undefined || words.startsWith(title) ? "" : `, ${words}`}`;
}

/** A label stands at the first row of its kind only. */
const withoutRepeats = (rows: readonly Row[]): Row[] => rows.map((row, i) => (rows[i - 1]?.label === row.label ? { ...row, label: "" } : row));

/** What could not be looked into, for runs that do not show the whole scan; empty when that is nothing. */
export function showLeftAlone({ paint, width }: Terminal, app: AppSurvey): string {
  return (app.leftAlone ?? []).map((one) => `${bullet(paint.yellow("!"), `Left alone: ${one.why}`, width, paint.dim(placeOf(app, one))).join("\n")}\n`).join("");
}

const placeOf = (app: AppSurvey, { file, line }: LeftAlone): string => shownPath(app, file).file + (line === undefined ? "" : `:${line}`);
