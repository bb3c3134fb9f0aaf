import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Patch, RepoPath } from "../domain.ts";
import { fingerprint, readBytes } from "../disk.ts";
import { UserError } from "../errors.ts";
import { readJournal, runs, type JournalHome } from "../journal.ts";

/**
 * Refuses to write over uncommitted work. What our own last runs wrote and nobody edited since is not counted; new files that git does
 * not know only count when the patch edits them.
 * @throws UserError that names the files, those of the patch first.
 */
export function refuseDirty(root: string, app: RepoPath, patch: Patch, home: JournalHome): void {
  const touched = new Set(patch.files.filter(({ before }) => before !== undefined).map(({ file }) => file));
  const ours = writtenByUs(home);
  const dirty = status(root).filter(({ file, known }) => (known ? touched.has(file) || app === "" || file.startsWith(`${app}/`) : touched.has(file)));
  const theirs = dirty.map(({ file }) => file).filter((file) => !isAsWritten(root, file, ours));
  if (theirs.length === 0) return;
  const first = theirs.filter((file) => touched.has(file));
  const rest = theirs.filter((file) => !touched.has(file));
  const list = [...first.map((file) => `  ${file}   would be edited`), ...rest.slice(0, Math.max(0, 10 - first.length)).map((file) => `  ${file}`)];
  const more = theirs.length - list.length;
  throw new UserError(`There are uncommitted changes:\n${list.join("\n")}${more > 0 ? `\n  and ${more} more` : ""}`, "Commit or stash them, so that what this tool writes stands alone in the next diff; or give --allow-dirty.");
}

interface Dirty {
  readonly file: RepoPath;
  /** Whether git tracks it. */
  readonly known: boolean;
}

function status(root: string): Dirty[] {
  if (!existsSync(join(root, ".git"))) return [];
  const { status, stdout, stderr } = spawnSync("git", ["-c", "core.fsmonitor=false", "status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28, env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } });
  // Git is not installed (no status), or what looked like a work tree is none: nobody keeps changes that could be mixed with ours.
  if (status === null || (status !== 0 && /not a git repository/i.test(stderr))) return [];
  if (status !== 0) throw new UserError(`Git cannot say whether there are uncommitted changes: ${stderr.trim().split("\n")[0] ?? ""}`, `${advice(stderr)}or give --allow-dirty.`);
  return stdout.split("\0").filter((line) => line.length > 3).map((line) => ({ file: line.slice(3), known: !line.startsWith("??") }));
}

/** What Git itself advises: folders of another owner, as in containers and CI, have to be declared safe. */
function advice(stderr: string): string {
  const safe = /^\s*(git config --global --add safe\.directory .+)$/m.exec(stderr)?.[1];
  return safe === undefined ? "Mend that (git status shows it), " : `Tell Git that you trust the folder (${safe}), `;
}

function writtenByUs(home: JournalHome): ReadonlyMap<RepoPath, ReadonlySet<string>> {
  const found = new Map<RepoPath, Set<string>>();
  for (const run of runs(home))
    for (const { file, after } of readJournal(home, run)?.steps.flatMap(({ entries }) => entries) ?? []) found.set(file, (found.get(file) ?? new Set()).add(after.sha256));
  return found;
}

function isAsWritten(root: string, file: RepoPath, ours: ReadonlyMap<RepoPath, ReadonlySet<string>>): boolean {
  const known = ours.get(file);
  const bytes = known && readBytes(join(root, file));
  return bytes !== undefined && known !== undefined && known.has(fingerprint(bytes).sha256);
}
