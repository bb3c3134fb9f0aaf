import { diffWordsWithSpace } from "diff";
import type { Patch } from "../../domain.ts";
import { fileDiffs, type DiffLine, type FileDiff } from "../../report/diff.ts";
import type { Terminal } from "../terminal.ts";
import { cut, widthOf } from "./layout.ts";

/** The files of a patch, a line for each: `~ path  +6`, `+ path  new, 41 lines`. */
export function fileList(terminal: Terminal, root: string, patch: Patch): string[] {
  const { paint } = terminal;
  const diffs = fileDiffs(patch);
  const longest = Math.min(terminal.width - 20, Math.max(0, ...diffs.map(({ file }) => widthOf(file))));
  return diffs.map(({ file, kind, added, removed }) => {
    const counts = kind === "create" ? `new, ${added} ${added === 1 ? "line" : "lines"}` : [added > 0 ? paint.green(`+${added}`) : "", removed > 0 ? paint.red(`-${removed}`) : ""].filter(Boolean).join(" ");
    const gap = " ".repeat(Math.max(0, longest - widthOf(file)));
    return `  ${kind === "create" ? paint.green("+") : paint.yellow("~")} ${terminal.link(file, root, file)}${gap}   ${counts}`;
  });
}

/** A patch as coloured lines, changed words marked; long lines go on in the next row under their mark. */
export function diffLines(terminal: Terminal, patch: Patch): string[] {
  return fileDiffs(patch).flatMap((diff) => ["", ...oneFile(terminal, diff)]);
}

function oneFile({ paint, width }: Terminal, { file, kind, hunks }: FileDiff): string[] {
  const digits = Math.max(2, ...hunks.flatMap(({ lines }) => lines.map(({ no }) => String(no).length)));
  const head = `  ${paint.bold(file)}${kind === "create" ? paint.dim("  new") : ""}`;
  const body = hunks.flatMap((hunk, i) => {
    const marked = markWords(hunk.lines, paint.inverse);
    const gap = i > 0 ? [paint.dim(`  ${" ".repeat(digits)} ⋮`)] : [];
    return [...gap, ...hunk.lines.flatMap((line, at) => rows(line, marked.get(at), digits, width, paint))];
  });
  return [head, ...body];
}

function rows(line: DiffLine, marked: string | undefined, digits: number, width: number, paint: Terminal["paint"]): string[] {
  const text = line.text.replace(/\t/g, "    ");
  const tint = line.kind === "+" ? paint.green : line.kind === "-" ? paint.red : paint.reset;
  const room = width - digits - 5;
  const pieces = marked !== undefined && widthOf(text) <= room ? [marked.replace(/\t/g, "    ")] : cut(text, room);
  return pieces.map((piece, i) => `  ${paint.dim(i === 0 ? String(line.no).padStart(digits) : " ".repeat(digits))} ${tint(`${i === 0 ? line.kind : " "} ${piece}`.trimEnd())}`.trimEnd());
}

/** Lines that were altered, with the words that differ marked: the nth removed line against the nth added one beside it. */
function markWords(lines: readonly DiffLine[], mark: (text: string) => string): ReadonlyMap<number, string> {
  const marked = new Map<number, string>();
  for (let at = 0; at < lines.length; ) {
    const removed = runOf(lines, at, "-");
    const added = runOf(lines, at + removed.length, "+");
    for (let i = 0; i < Math.min(removed.length, added.length); i++) {
      const words = diffWordsWithSpace(removed[i]?.text ?? "", added[i]?.text ?? "");
      const same = words.filter((word) => !word.added && !word.removed).reduce((sum, { value }) => sum + value.trim().length, 0);
      // Lines that share little are different lines, not one that was altered.
      if (same * 2 < (removed[i]?.text.trim().length ?? 0)) continue;
      marked.set(at + i, words.filter((word) => !word.added).map((word) => (word.removed ? mark(word.value) : word.value)).join(""));
      marked.set(at + removed.length + i, words.filter((word) => !word.removed).map((word) => (word.added ? mark(word.value) : word.value)).join(""));
    }
    at += Math.max(1, removed.length + added.length);
  }
  return marked;
}

function runOf(lines: readonly DiffLine[], from: number, kind: DiffLine["kind"]): readonly DiffLine[] {
  const end = lines.findIndex((line, i) => i >= from && line.kind !== kind);
  return lines.slice(from, end === -1 ? lines.length : Math.max(from, end));
}

