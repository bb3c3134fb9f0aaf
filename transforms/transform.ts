import type { AppSurvey, Area, BillableCall, Change, Choices, Code, Edit, Evidence, FileFacts, Generated, Handoff, Note, Page, Question, RepoPath } from "../src/domain.ts";
import { code, fromFile, joinCode, raw } from "../src/code/code.ts";
import { toCommonJs } from "../src/code/commonjs.ts";
import { fillTemplate, type Fill } from "../src/code/template.ts";
import type { Templates } from "../src/templates.ts";
import { forOldTypes } from "./old-types.ts";

/** What a transform says will happen: one of these for every site. */
export type Step = { readonly change: Change } | { readonly handoff: Handoff } | { readonly note: Note };

/** One integration area: what it asks, what it does in this app, what to try afterwards. Pure: a survey and choices in, steps out. */
export interface Transform {
  readonly area: Area;
  readonly title: string;
  readonly questions: (context: Context) => readonly Question[];
  readonly steps: (context: Context) => Iterable<Step>;
  readonly tries: (context: Context) => readonly string[];
}

/** What every transform works with. */
export interface Context {
  readonly app: AppSurvey;
  readonly choices: Choices;
  readonly templates: Templates;
}

/** The path of a file of ours in this app. */
export const ownFile = ({ app }: Context, name: Generated): RepoPath => `${app.home.dir}/${name}${app.home.extension}`;

/** A function of one of our files, as code that knows its import. */
export const ours = (context: Context, file: Generated, name: string): Code => code`${fromFile(name, ownFile(context, file))}`;

/** The edit that creates (or brings up to date) a file of ours from its template. */
export function ownFileEdit(context: Context, name: Generated, fill: Fill): Edit {
  const { app, templates } = context;
  const text = templates[app.language === "typescript" ? "typescript" : "javascript"][name] ?? "";
  const written = app.language !== "typescript" && app.moduleSystem === "commonjs" ? toCommonJs(text) : text;
  return { kind: "create", file: ownFile(context, name), code: fillTemplate(respell(app.oldTypes ? forOldTypes(written) : written, app), fill), generated: true };
}

/** Imports between our files in the app's way: with or without an extension, with `.server` where their names have it. */
function respell(text: string, app: AppSurvey): string {
  const extension = app.language === "typescript" ? app.imports.extension : app.moduleSystem === "commonjs" && app.imports.extension === "" ? "" : app.home.extension;
  const suffix = app.home.extension.startsWith(".server") && !extension.startsWith(".server") ? ".server" : "";
  return text.replace(/((?:from|require\()\s*"\.\/[\w-]+)(?:\.js)?"/g, `$1${suffix}${extension}"`);
}

/** `{ a: x, b: y }` as an object literal: on one line when it is short, else a line for each field. */
export function objectCode(fields: readonly (readonly [string, Code])[], width = 72): Code {
  const entries = fields.map(([name, value]) => (value.parts.length === 1 && value.parts[0] === name ? raw(name) : code`${raw(`${name}: `)}${value}`));
  const short = code`{ ${joinCode(entries, ", ")} }`;
  const length = short.parts.reduce((sum, part) => sum + (typeof part === "string" ? part.length : 10), 0);
  if (length <= width && !short.parts.some((part) => typeof part === "string" && part.includes("\n"))) return short;
  return joinCode([raw("{\n"), ...entries.map((entry) => joinCode([raw("  "), nested(entry), raw(",\n")], "")), raw("}")], "");
}

const nested = (entry: Code): Code => ({ parts: entry.parts.map((part) => (typeof part === "string" ? part.replace(/\n/g, "\n  ") : part)) });

/** The first of `names` that the file does not use yet. */
export function freeName(facts: FileFacts | undefined, ...names: readonly string[]): string {
  return names.find((name) => !facts?.names.has(name)) ?? `credyt${(names[0] ?? "value").replace(/^./, (first) => first.toUpperCase())}`;
}

/** The page that an answer in the config names, by its path from the app's folder. */
export const pageNamed = (app: AppSurvey, file: string): Page | undefined => app.pages.find((page) => page.file === file || page.file.endsWith(`/${file}`));

/** Whether the app calls one of our functions outside our own files. */
export const isCalled = ({ app }: Context, name: string): boolean => Object.values(app.calls).some((names) => names.includes(name));

/** Evidence for something that is about the whole app. */
export const appEvidence = ({ app }: Context): Evidence => app.framework.evidence[0] ?? { file: app.dir, line: 1, text: app.name };

/** `at` of an activity in `credyt.config.json`: the file and the symbol, relative to the app's folder; a second one there is `…#2`. */
export function activityKey(app: AppSurvey, call: BillableCall): string {
  const file = app.dir !== "" && call.file.startsWith(`${app.dir}/`) ? call.file.slice(app.dir.length + 1) : call.file;
  const index = app.billables.filter((one) => one.file === call.file && one.symbol === call.symbol).indexOf(call);
  return `${file}#${call.symbol}${index > 0 ? `#${index + 1}` : ""}`;
}
