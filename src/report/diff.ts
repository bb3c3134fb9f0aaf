import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from "diff";
import type { FilePatch, Patch, RepoPath } from "../domain.ts";
import { isSecretFile } from "../secrets.ts";

/** One line of a diff. `no` is its number in the file before (`-`) or after (`+` and context), from 1. */
export interface DiffLine {
  readonly kind: "+" | "-" | " ";
  readonly text: string;
  readonly no: number;
}

/** Lines that belong together, with where they begin before and after. */
export interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  readonly lines: readonly DiffLine[];
}

/** What happens to one file. Of a file of secrets only our lines are in it. */
export interface FileDiff {
  readonly file: RepoPath;
  readonly kind: "create" | "edit";
  readonly added: number;
  readonly removed: number;
  readonly hunks: readonly Hunk[];
}

/** A patch as lines, file by file, new files last within their folder's order. */
export function fileDiffs(patch: Patch): FileDiff[] {
  return patch.files.map((file) => (isSecretFile(file.file) ? secretDiff(file) : fileDiff(file)));
}

function fileDiff({ file, before, after }: FilePatch): FileDiff {
  const { hunks } = structuredPatch(file, file, before ?? "", after, undefined, undefined, { context: 3 });
  const numbered = hunks.map((hunk): Hunk => ({ oldStart: hunk.oldStart, newStart: hunk.newStart, lines: numberLines(hunk.lines, hunk.oldStart, hunk.newStart) }));
  const count = (kind: string): number => numbered.reduce((sum, { lines }) => sum + lines.filter((line) => line.kind === kind).length, 0);
  return { file, kind: before === undefined ? "create" : "edit", added: count("+"), removed: count("-"), hunks: numbered };
}

function numberLines(lines: readonly string[], oldStart: number, newStart: number): DiffLine[] {
  let [old, fresh] = [oldStart, newStart];
  return lines.flatMap((line): DiffLine[] => {
    const kind = line[0];
    if (kind !== "+" && kind !== "-" && kind !== " ") return [];
    const no = kind === "-" ? old : fresh;
    if (kind !== "+") old++;
    if (kind !== "-") fresh++;
    return [{ kind, text: line.slice(1).replace(/\r$/, ""), no }];
  });
}

/** Only what is added: the lines around it hold values. */
function secretDiff({ file, before, after }: FilePatch): FileDiff {
  const fresh = before === undefined ? after : after.slice(before.length);
  const start = (before?.split("\n").length ?? 1) - (before?.endsWith("\n") === false ? 0 : 1);
  const texts = fresh.replace(/^\r?\n/, (gap) => (before === undefined || before.endsWith("\n") ? gap : "")).replace(/\r?\n$/, "").split(/\r?\n/);
  const lines = texts.map((text, i): DiffLine => ({ kind: "+", text, no: Math.max(1, start + 1) + i }));
  return { file, kind: before === undefined ? "create" : "edit", added: lines.length, removed: 0, hunks: [{ oldStart: 0, newStart: lines[0]?.no ?? 1, lines }] };
}

/** One patch that `git apply` takes at the repo's root. Files of secrets are left out: git does not have them, and their text is nobody's business. */
export const unifiedDiff = (patch: Patch): string => patch.files.filter(({ file }) => !isSecretFile(file)).map(gitDiff).join("");

/** The part of a patch for one file, with git's headers. */
export function gitDiff({ file, before, after }: FilePatch): string {
  const structured = structuredPatch("", "", before ?? "", after, undefined, undefined, { context: 3 });
  const head = [`diff --git ${quoted(`a/${file}`)} ${quoted(`b/${file}`)}`];
  if (before === undefined) head.push("new file mode 100644");
  if (structured.hunks.length === 0) return `${head.join("\n")}\n`;
  // A name with a blank ends in a tab, as git writes it, so that readers know where it ends.
  const named = (side: string): string => (quoted(side).includes(" ") && !quoted(side).startsWith('"') ? `${side}\t` : quoted(side));
  head.push(`--- ${before === undefined ? "/dev/null" : named(`a/${file}`)}`, `+++ ${named(`b/${file}`)}`);
  const body = formatPatch({ ...structured, oldFileName: "a", newFileName: "b" }, FILE_HEADERS_ONLY).split("\n").slice(2).join("\n").replace(/^@@ .*@@$/gm, (header) => header.replace(/,1(?= )/g, ""));
  return `${head.join("\n")}\n${body}`;
}

/** A path as git writes it in a header: quoted when a character in it would confuse a reader. */
const quoted = (path: string): string => (/["\\\u0000-\u001f]/.test(path) ? JSON.stringify(path) : path);
