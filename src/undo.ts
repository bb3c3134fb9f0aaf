import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RepoPath } from "./domain.ts";
import { alike, fingerprint, readBytes, swapIn, syncFolder, tempOf, writeTemp } from "./disk.ts";
import { UserError } from "./errors.ts";
import { dropRun, findHome, readJournal, runFolder, runs, tidy, writeJournal, type Entry, type Journal, type JournalHome, type Step } from "./journal.ts";
import { isSecretFile } from "./secrets.ts";

/**
 * What was taken back. `restored` have their old bytes, `removed` were made by the run, `merged` lost our lines and keep later edits,
 * `left` are files of secrets that were filled in since: they are not touched.
 */
export interface Undone {
  readonly run: string;
  readonly restored: readonly RepoPath[];
  readonly removed: readonly RepoPath[];
  readonly merged: readonly RepoPath[];
  readonly left: readonly RepoPath[];
  /** How many earlier runs of this app can still be taken back. */
  readonly earlier: number;
}

/** `force` takes our lines out of files that were edited since, where they still stand as they were written. */
export interface UndoOptions {
  readonly force?: boolean;
}

/**
 * Takes the last run of the app in or below `dir` back, byte for byte, with or without git, also one that was killed. Needs no scan.
 * @throws UserError, with nothing changed, when there is no run or a file changed since; it names the files.
 */
export async function undo(dir: string, options: UndoOptions = {}): Promise<Undone> {
  const home = findHome(dir);
  const run = home && runs(home).at(-1);
  const journal = home && run !== undefined ? readJournal(home, run) : undefined;
  if (!home || !journal) {
    if (home) tidy(home);
    throw new UserError("There is no run to take back here", "Name the folder of the app that was changed: credyt-integrate undo <dir>.");
  }
  const { returns, merged } = await settleChanged(home, journal.run, planReturns(home, journal, journal.steps), options.force === true);
  carryOut(home, returns);
  removeFolders(home, journal.steps);
  dropRun(home, journal.run);
  const acted = returns.filter((one) => one.state !== "same");
  return {
    run: journal.run, merged, earlier: runs(home).length,
    restored: acted.filter((one) => one.to && one.state === "ours" && !merged.includes(one.file)).map((one) => one.file),
    removed: acted.filter((one) => !one.to && one.state === "ours").map((one) => one.file),
    left: acted.filter((one) => one.state === "left").map((one) => one.file),
  };
}

/**
 * Takes back a step that was killed while it was written, and leaves the steps before it. Gives the files that were put back, or
 * undefined when nothing was unfinished.
 * @throws UserError when a file of that step changed since.
 */
export function recover(home: JournalHome): readonly RepoPath[] | undefined {
  const run = runs(home).at(-1);
  const journal = run === undefined ? undefined : readJournal(home, run);
  const last = journal?.steps.at(-1);
  if (!journal || last?.state !== "writing") {
    tidy(home);
    return undefined;
  }
  const returns = planReturns(home, journal, [last]);
  refuseChanged(returns);
  carryOut(home, returns);
  removeFolders(home, [last]);
  const rest = journal.steps.slice(0, -1);
  if (rest.length === 0) dropRun(home, journal.run);
  else writeJournal(home, { ...journal, steps: rest });
  return returns.filter((one) => one.state === "ours").map((one) => one.file);
}

/**
 * One file on its way back. `to` is undefined for a file that was not there. `same`: it is as it was; `ours`: as we wrote it; `left`: a
 * file of secrets that was edited since, most likely filled in.
 */
interface Return {
  readonly file: RepoPath;
  readonly state: "same" | "ours" | "changed" | "left";
  readonly mode: number;
  readonly to?: Buffer;
  /** What we wrote last, for files that are edited. */
  readonly written?: string;
}

/** For each file that the steps wrote, in the order it was first written: what it was before the first of them, what it is now. */
function planReturns(home: JournalHome, journal: Journal, steps: readonly Step[]): Return[] {
  const byFile = new Map<RepoPath, Entry[]>();
  for (const entry of steps.flatMap((step) => step.entries)) byFile.set(entry.file, [...(byFile.get(entry.file) ?? []), entry]);
  return [...byFile].map(([file, entries]): Return => {
    const entry = entries[0] as Entry;
    const bytes = readBytes(join(home.root, file));
    const now = bytes && fingerprint(bytes);
    const known = entries.some(({ after }) => alike(now, after));
    const state = alike(now, entry.before) ? "same" : known ? "ours" : isSecretFile(file) ? "left" : "changed";
    const to = oldBytes(home, journal, entry, bytes);
    const written = entries.at(-1)?.kept;
    return { file, state, mode: entry.mode, ...(to && { to }), ...(written !== undefined && { written: `${written}.after` }) };
  });
}

function oldBytes(home: JournalHome, journal: Journal, entry: Entry, now: Buffer | undefined): Buffer | undefined {
  if (entry.kind === "create") return undefined;
  if (entry.kind === "append") return now?.subarray(0, entry.before?.bytes ?? 0);
  const old = readBytes(join(runFolder(home, journal.run), `${entry.kept ?? ""}.before`));
  if (old && alike(fingerprint(old), entry.before)) return old;
  throw new UserError(`The kept copy of ${entry.file} is damaged`, "Nothing was changed. Take this file back with git, or by hand.");
}

function refuseChanged(returns: readonly Return[], hint = ""): void {
  const changed = returns.filter(({ state }) => state === "changed").map(({ file }) => file);
  if (changed.length === 0) return;
  const list = changed.map((file) => `  ${file}`).join("\n");
  throw new UserError(`Changed since they were written, so nothing was taken back:\n${list}`, `Put ${changed.length === 1 ? "it" : "them"} back as written (or commit and revert with git)${hint}.`);
}

/** Without force, any change since is a refusal. With it, our lines are taken out of edited files, when that can be done without a guess. */
async function settleChanged(home: JournalHome, run: string, returns: readonly Return[], force: boolean): Promise<{ readonly returns: readonly Return[]; readonly merged: readonly RepoPath[] }> {
  if (!force) {
    refuseChanged(returns, ", or use --force to take out only our lines and keep your edits");
    return { returns, merged: [] };
  }
  const { structuredPatch, reversePatch, applyPatch } = await import("diff");
  const merged: RepoPath[] = [];
  const settled = returns.map((one): Return => {
    const written = one.state !== "changed" || one.written === undefined ? undefined : readBytes(join(runFolder(home, run), one.written))?.toString();
    if (written === undefined || !one.to) return one;
    const ours = reversePatch(structuredPatch(one.file, one.file, one.to.toString(), written));
    const now = readBytes(join(home.root, one.file))?.toString();
    const without = now === undefined ? false : applyPatch(now, ours, { fuzzFactor: 0 });
    if (without === false) return one;
    merged.push(one.file);
    return { ...one, state: "ours", to: Buffer.from(without) };
  });
  refuseChanged(settled, ". Our lines are not as we wrote them there");
  return { returns: settled, merged };
}

/** Old bytes first, removals last: in between, code still finds what it imports. Killed anywhere, a second undo does the rest. */
function carryOut(home: JournalHome, returns: readonly Return[]): void {
  for (const { file } of returns) rmSync(tempOf(join(home.root, file)), { force: true });
  const ours = returns.filter(({ state }) => state === "ours");
  for (const { file, to, mode } of ours) {
    if (!to) continue;
    const path = join(home.root, file);
    mkdirSync(dirname(path), { recursive: true });
    writeTemp(path, to, { mode });
    swapIn(path);
  }
  for (const { file, to } of ours) if (!to) rmSync(join(home.root, file), { force: true });
  for (const folder of new Set(ours.map(({ file }) => dirname(join(home.root, file))))) syncFolder(folder);
}

/** Folders that were made for our files go when they are empty. */
function removeFolders(home: JournalHome, steps: readonly Step[]): void {
  for (const folder of steps.flatMap((step) => step.folders).sort().reverse()) {
    try {
      rmdirSync(join(home.root, folder));
    } catch {
      // Somebody else put something there: it stays.
    }
  }
}
