import type { AppSurvey, Area, Change, Code, Edit, FilePatch, Patch, Plan, RepoPath, Style } from "./domain.ts";
import { AREAS } from "./domain.ts";
import { importsOf, printCode } from "./code/code.ts";
import { bringImports, newFileImports, type Splice } from "./code/imports.ts";
import { detectStyle, OURS, restyle } from "./code/style.ts";

/** Two changes want the same text, or a file is not as scanned: the later change is left out and named here. */
export interface Refusal {
  readonly change: Change;
  readonly reason: string;
}

/** A patch, and the changes that could not be part of it. */
export interface Staged extends Patch {
  readonly refused: readonly Refusal[];
}

/**
 * Assembles the accepted changes of a plan into files before and after, against the text as scanned. Pure: the same plan and the same
 * accepted ids give the same bytes. Changes whose `needs` are not accepted are left out with them.
 */
export function stage(plan: Plan, accepted: ReadonlySet<string>): Staged {
  const { app } = plan;
  const refused: Refusal[] = [];
  const present = closure(plan.changes, accepted);
  const wanted = plan.changes.filter((change) => present.has(change.id));
  const areas = new Set<Area>([...wanted.map((change) => change.area), ...AREAS.filter((area) => isTaken(app, area))]);
  const whole = assemble(app, wanted, areas);
  if (typeof whole !== "string") return { files: sorted(whole), refused };
  // Two changes are in each other's way: take them one by one, so that only the later one is left out.
  const done: Change[] = [];
  let files = new Map<RepoPath, FilePatch>();
  for (const change of wanted) {
    if (change.needs.some((id) => refused.some((one) => one.change.id === id))) continue;
    const attempt = assemble(app, [...done, change], areas);
    if (typeof attempt === "string") {
      refused.push({ change, reason: attempt });
      continue;
    }
    done.push(change);
    files = attempt;
  }
  return { files: sorted(files), refused };
}

/** An earlier run took this area. The file that knows customers comes with others too: where the app has a store, ours tells. */
const isTaken = ({ home, dialect }: AppSurvey, area: Area): boolean => home.existing[area === "customers" && dialect.store !== undefined ? "store" : area] !== undefined;

const sorted = (files: ReadonlyMap<RepoPath, FilePatch>): FilePatch[] => [...files.values()].sort((a, b) => a.file.localeCompare(b.file));

/** Accepted changes whose needs are all accepted, however deep. */
function closure(changes: readonly Change[], accepted: ReadonlySet<string>): ReadonlySet<string> {
  const known = new Set(changes.map((change) => change.id));
  let present = changes.filter((change) => accepted.has(change.id));
  for (;;) {
    const ids = new Set(present.map((change) => change.id));
    const kept = present.filter((change) => change.needs.every((id) => ids.has(id) || !known.has(id)));
    if (kept.length === present.length) return ids;
    present = kept;
  }
}

/** The files that changes make together, or why they cannot. */
function assemble(app: AppSurvey, changes: readonly Change[], areas: ReadonlySet<Area>): Map<RepoPath, FilePatch> | string {
  const byFile = new Map<RepoPath, Edit[]>();
  // One edit that several areas bring (the line that mounts a router) is made once.
  for (const edit of new Set(changes.flatMap((change) => change.edits))) {
    const file = edit.kind === "create" ? edit.file : edit.at.file;
    byFile.set(file, [...(byFile.get(file) ?? []), edit]);
  }
  const files = new Map<RepoPath, FilePatch>();
  for (const [file, edits] of byFile) {
    const before = app.text(file);
    const made = before === undefined ? create(app, file, edits, areas) : edits[0]?.kind === "create" ? renew(app, file, before, edits[0], areas) : edit(app, file, before, edits, areas);
    if ("reason" in made) return made.reason;
    const secret = app.env.files.some((one) => one.file === file && !one.tracked && one.role !== "example");
    if (made.after !== before) files.set(file, { file, ...(before !== undefined && { before }), after: made.after, ...(secret && { secret }) });
  }
  return files;
}

type Made = { readonly after: string } | { readonly reason: string };

const isScript = (file: RepoPath): boolean => /\.(?:[cm]?[jt]s|[jt]sx)$/.test(file);

function create(app: AppSurvey, file: RepoPath, edits: readonly Edit[], areas: ReadonlySet<Area>): Made {
  const first = edits[0];
  if (first?.kind !== "create") return { reason: `${file} is not there` };
  if (edits.some((one) => one !== first && (one.kind !== "create" || textKey(one.code) !== textKey(first.code)))) return { reason: `${file} would be written twice` };
  return { after: newText(app, file, first.code, areas) };
}

/** A plan is staged many times over, its new files are long, and few of them differ from one time to the next. */
const texts = new WeakMap<Code, Map<string, string>>();

function newText(app: AppSurvey, file: RepoPath, written: Code, areas: ReadonlySet<Area>): string {
  const known = texts.get(written) ?? new Map<string, string>();
  texts.set(written, known);
  const key = [file, ...areas].join(" ");
  const text = known.get(key) ?? printNew(app, file, written, areas);
  known.set(key, text);
  return text;
}

function printNew(app: AppSurvey, file: RepoPath, written: Code, areas: ReadonlySet<Area>): string {
  const newFile = newFileImports(file, importsOf(written, areas), app.imports);
  const text = withImports(printCode(written, areas, newFile.nameOf), newFile.lines);
  return isScript(file) ? restyle(text, app.style) : inStyle(text, { ...OURS, newline: app.style.newline }, false);
}

/** A file of ours that is there: brought up to date when it is as we would have written it for some of the areas, else left alone. */
function renew(app: AppSurvey, file: RepoPath, before: string, edit: Edit & { kind: "create" }, areas: ReadonlySet<Area>): Made {
  if (edit.generated !== true) return { reason: `${file} is already there` };
  const mentioned = AREAS.filter((area) => mentions(edit.code, area));
  const ours = subsets(mentioned).some((subset) => newText(app, file, edit.code, new Set(subset)) === before);
  return { after: ours ? newText(app, file, edit.code, areas) : before };
}

const mentions = (written: Code, area: Area): boolean => written.parts.some((part) => typeof part !== "string" && "when" in part && (part.when.areas.includes(area) || mentions(part.when.code, area)));

const subsets = (areas: readonly Area[]): Area[][] => areas.reduce<Area[][]>((all, area) => [...all, ...all.map((one) => [...one, area])], [[]]);

const textKey = (code: Code): string => JSON.stringify(code.parts);

/** Import lines go below a head comment or a directive, above the rest; a file's own import lines stay in front. */
function withImports(body: string, lines: readonly string[]): string {
  if (lines.length === 0) return body;
  const head = /^(?:(?:"use \w+";|\/\/[^\n]*|\/\*[\s\S]*?\*\/|import [^\n]*)\n)*/.exec(body)?.[0] ?? "";
  const rest = body.slice(head.length).replace(/^\n+/, "");
  return `${head}${lines.join("\n")}\n${rest.startsWith("import ") ? "" : "\n"}${rest}`;
}

function edit(app: AppSurvey, file: RepoPath, text: string, edits: readonly Edit[], areas: ReadonlySet<Area>): Made {
  const facts = isScript(file) ? app.facts(file) : undefined;
  const needed = edits.flatMap((one) => importsOf(one.code, areas));
  if (needed.length > 0 && !facts) return { reason: `${file} cannot be read as code, so nothing can be imported into it` };
  const brought = facts ? bringImports(facts, needed, { ...app.imports, moduleSystem: facts.moduleSystem }, firstUse(text, edits, areas)) : undefined;
  const style = facts?.style ?? detectStyle(text);
  const splices: Splice[] = [];
  for (const one of edits) {
    if (one.kind === "create") return { reason: `${file} is already there` };
    const written = printCode(one.code, areas, (need) => brought?.nameOf(need) ?? need.name);
    const splice = one.kind === "insert" ? statementSplice(text, one, written, style, facts !== undefined) : { offset: one.at.offset, remove: one.remove, text: indented(inStyle(written, style, facts !== undefined), indentAt(text, one.at.offset)) };
    if (!splices.some((other) => same(other, splice))) splices.push(splice);
  }
  for (const splice of brought?.splices ?? []) splices.push({ ...splice, text: inStyle(splice.text, { ...style, ...splice.style }, true) });
  return merge(file, text, splices);
}

/** The first place at the top level of a file where code of ours uses what it imports. */
function firstUse(text: string, edits: readonly Edit[], areas: ReadonlySet<Area>): number | undefined {
  const top = edits.flatMap((one) => (one.kind === "insert" && text[one.at.block[0]] !== "{" && one.at.block[1] >= text.trimEnd().length && importsOf(one.code, areas).length > 0 ? [one.at.offset] : []));
  return top.length > 0 ? Math.min(...top) : undefined;
}

const same = (a: Splice, b: Splice): boolean => a.offset === b.offset && a.remove === b.remove && a.text === b.text && a.text === "async ";

/** Our text in a file's style; a view or a schema has its own quotes and semicolons, only its indentation and line ends are followed. */
const inStyle = (text: string, style: Style, script: boolean): string => restyle(text, script ? style : { ...OURS, indent: style.indent, newline: style.newline });

/** The white space in front of the line that holds an offset. */
const indentAt = (text: string, offset: number): string => /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";

/** Every line after the first, empty ones left empty, with an indentation. */
const indented = (text: string, indent: string): string => (indent === "" ? text : text.replace(/\n(?=[^\r\n])/g, `\n${indent}`));

/** Whole statements beside another: on lines of their own with its indentation, or on its line where that is how it stands. */
function statementSplice(text: string, one: Edit & { kind: "insert" }, written: string, style: Style, script: boolean): Splice {
  const { offset, place, start } = one.at;
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lead = text.slice(lineStart, start);
  const indent = indentAt(text, start);
  // A blank line in front of ours stays empty.
  const lines = (level: string): string => indented(inStyle(written, style, script), level).replace(/^(?!\r?\n)/, level);
  if (place === "before") {
    if (/^[ \t\ufeff]*$/.test(lead)) return { offset: lineStart, remove: "", text: `${lines(indent)}${style.newline}` };
    return { offset, remove: "", text: `${oneLine(written, style, script)} ` };
  }
  const rest = /^[ \t]*(?:\/\/[^\r\n]*)?(?=\r?\n|$)/.exec(text.slice(offset));
  if (rest) return { offset: offset + rest[0].length, remove: "", text: `${style.newline}${lines(indent)}` };
  return { offset, remove: "", text: ` ${oneLine(written, style, script)}` };
}

const oneLine = (written: string, style: Style, script: boolean): string => inStyle(written, { ...style, semicolons: true }, script).split(/\r?\n/).map((line) => line.trim()).join(" ");

/** Applies splices from the back. Overlaps and texts that are not as expected are refused. */
function merge(file: RepoPath, text: string, splices: readonly Splice[]): Made {
  const ordered = splices.map((splice, index) => ({ ...splice, index })).sort((a, b) => a.offset - b.offset || a.remove.length - b.remove.length || a.index - b.index);
  let after = "";
  let at = 0;
  for (const splice of ordered) {
    if (splice.offset < at) return { reason: `two changes touch the same text of ${file}` };
    if (!text.startsWith(splice.remove, splice.offset)) return { reason: `${file} is not as it was scanned` };
    after += text.slice(at, splice.offset) + splice.text;
    at = splice.offset + splice.remove.length;
  }
  return { after: after + text.slice(at) };
}
