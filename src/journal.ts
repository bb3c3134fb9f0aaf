import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { RepoPath } from "./domain.ts";
import { UserError } from "./errors.ts";
import { type Fingerprint, writeWhole } from "./disk.ts";

/**
 * One file that a step writes. `create`: it was not there. `edit`: its old bytes are kept in the run's folder as `kept`. `append`: lines
 * were added to the end of a file of secrets, whose old bytes are never copied; the first `before.bytes` of it are the old ones.
 */
export interface Entry {
  readonly file: RepoPath;
  readonly kind: "create" | "edit" | "append";
  readonly before?: Fingerprint;
  readonly after: Fingerprint;
  readonly mode: number;
  readonly kept?: string;
}

/** What is written as one: an area. `writing` until the last file is in place. `folders` were made for it, outermost first. */
export interface Step {
  readonly area: string;
  readonly state: "writing" | "done";
  readonly entries: readonly Entry[];
  readonly folders: readonly RepoPath[];
}

/** The record of one run, on the disk before any file of the app is touched. Holds no text of the app, no value, no absolute path. */
export interface Journal {
  readonly version: 1;
  readonly run: string;
  readonly tool: string;
  readonly app: RepoPath;
  readonly steps: readonly Step[];
}

/** Where the journals of one app are. */
export interface JournalHome {
  /** Absolute path of the repo's root. */
  readonly root: string;
  /** Absolute path of the app's `.credyt`. */
  readonly folder: string;
}

const FOLDER = ".credyt";
const FILE = "journal.json";

/** The journals' place for an app of a repo. */
export const journalHome = (root: string, app: RepoPath): JournalHome => ({ root, folder: join(root, app, FOLDER) });

/** A new run's name; later runs sort after earlier ones. */
export const newRun = (now: Date): string => now.toISOString().replace(/[-:]/g, "").replace(".", "-").replace("Z", "");

/** The folder of one run. */
export const runFolder = (home: JournalHome, run: string): string => join(home.folder, "runs", run);

/** The runs that can be taken back, oldest first. */
export function runs(home: JournalHome): readonly string[] {
  const folder = join(home.folder, "runs");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((run) => existsSync(join(folder, run, FILE))).sort();
}

/**
 * Reads the journal of a run.
 * @throws UserError when it is damaged or of another version.
 */
export function readJournal(home: JournalHome, run: string): Journal | undefined {
  const path = join(runFolder(home, run), FILE);
  if (!existsSync(path)) return undefined;
  const journal = parse(readFileSync(path, "utf8"));
  if (journal?.version !== 1) throw new UserError(`${path} cannot be read`, "It was written by another version, or changed by hand. Use that version, or take the changes back with git.");
  return journal;
}

function parse(text: string): Journal | undefined {
  try {
    return JSON.parse(text) as Journal;
  } catch {
    return undefined;
  }
}

/** Makes the folder of a run; everything below `.credyt` is ignored by git. */
export function makeRunFolder(home: JournalHome, run: string): string {
  const folder = runFolder(home, run);
  mkdirSync(folder, { recursive: true });
  const ignore = join(home.folder, ".gitignore");
  if (!existsSync(ignore)) writeWhole(ignore, Buffer.from("*\n"));
  return folder;
}

/** Puts a journal on the disk, whole. */
export function writeJournal(home: JournalHome, journal: Journal): void {
  writeWhole(join(runFolder(home, journal.run), FILE), Buffer.from(`${JSON.stringify(journal, undefined, 2)}\n`));
}

/** Forgets a run, its record first; the last one takes `.credyt` with it. */
export function dropRun(home: JournalHome, run: string): void {
  rmSync(join(runFolder(home, run), FILE), { force: true });
  tidy(home);
}

/** Removes what no record names any more: folders of runs that never began or are taken back. */
export function tidy(home: JournalHome): void {
  const folder = join(home.folder, "runs");
  const alive = new Set(runs(home));
  for (const run of existsSync(folder) ? readdirSync(folder) : []) if (!alive.has(run)) rmSync(join(folder, run), { recursive: true, force: true });
  if (alive.size > 0 || !existsSync(home.folder)) return;
  const others = readdirSync(home.folder).filter((name) => name !== "runs" && name !== ".gitignore" && !name.endsWith(".credyt-tmp"));
  if (others.length === 0) rmSync(home.folder, { recursive: true, force: true });
  else if (existsSync(folder)) rmdirSync(folder);
}

/** The journals nearest to a folder: its own, those of a folder around it, or of an app below it, where the newest run decides between several. */
export function findHome(dir: string, depth = 4): JournalHome | undefined {
  const above = homeAbove(resolve(dir));
  const found = (above === undefined ? homesBelow(resolve(dir), depth) : [above]).map((folder) => ({ folder, run: lastRun(folder) }));
  const newest = found.sort((a, b) => (a.run < b.run ? 1 : -1))[0];
  if (newest === undefined) return undefined;
  const home = { root: "", folder: newest.folder };
  const app = newest.run === "" ? "" : (readJournal(home, newest.run)?.app ?? "");
  return { root: rootAbove(newest.folder, app), folder: newest.folder };
}

const lastRun = (folder: string): string => runs({ root: "", folder }).at(-1) ?? "";

/** From `<root>/<app>/.credyt` up to the root. */
function rootAbove(folder: string, app: RepoPath): string {
  const up = app === "" ? [] : app.split("/").map(() => "..");
  return resolve(folder, "..", ...up);
}

/** The nearest `.credyt` upwards, no farther than the repo's root. */
function homeAbove(dir: string): string | undefined {
  if (existsSync(join(dir, FOLDER))) return join(dir, FOLDER);
  return existsSync(join(dir, ".git")) || dirname(dir) === dir ? undefined : homeAbove(dirname(dir));
}

function homesBelow(dir: string, depth: number): string[] {
  const own = join(dir, FOLDER);
  if (existsSync(own)) return [own];
  if (depth === 0 || !existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .flatMap((entry) => homesBelow(join(dir, entry.name), depth - 1));
}

/** A path as a person in `dir` would type it. */
export const shownFrom = (dir: string, path: string): string => relative(dir, path) || ".";
