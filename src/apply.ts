import { existsSync, lstatSync, mkdirSync, rmdirSync, rmSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FilePatch, Patch, RepoPath } from "./domain.ts";
import { alike, fingerprint, readBytes, swapIn, syncFolder, tempOf, writeTemp, writeWhole, type Access } from "./disk.ts";
import { UserError } from "./errors.ts";
import { dropRun, journalHome, makeRunFolder, readJournal, writeJournal, type Entry, type Journal, type JournalHome, type Step } from "./journal.ts";
import { isSecretFile } from "./secrets.ts";

/** What a step is part of: the app's folder, the area that is applied, the run (several steps are taken back as one), this tool's version. */
export interface ApplyMeta {
  readonly app: RepoPath;
  readonly area: string;
  readonly run: string;
  readonly tool: string;
}

/**
 * Writes a patch below `root`: the journal first, then every file to a temporary neighbour, then all renames. Killed anywhere, each file
 * is the old one or the new one, and `undo` knows both.
 * @throws UserError, with nothing changed, when a file is not as it was scanned, is read-only, a link or out of the tree, or the disk is full.
 */
export async function apply(root: string, patch: Patch, meta: ApplyMeta): Promise<Journal> {
  const targets = patch.files.filter((file) => file.before !== file.after).map((file) => examine(root, file));
  const home = journalHome(root, meta.app);
  const journal = readJournal(home, meta.run) ?? { version: 1, run: meta.run, tool: meta.tool, app: meta.app, steps: [] };
  if (targets.length === 0) return journal;
  checkSpace(root, targets);
  const step = stepOf(root, targets, meta.area, journal.steps.length);
  const writing = { ...journal, steps: [...journal.steps, step] };
  try {
    record(home, writing, targets);
    for (const target of targets) place(target);
    for (const target of targets) swapIn(target.path);
    for (const folder of new Set(targets.map(({ path }) => dirname(path)))) syncFolder(folder);
  } catch (error) {
    const clean = attempt(() => takeBack(home, journal, step, targets)) ?? false;
    throw clean ? explain(error, root) : new UserError(`Writing stopped half-way: ${(error as Error).message.replaceAll(root, ".")}`, "Free some space or allow writing, then run: npx credyt-integrate undo. It puts every file back.");
  }
  const done: Journal = { ...journal, steps: [...journal.steps, { ...step, state: "done" }] };
  // Should even this fail, the journal on the disk is right: undo treats `writing` and `done` the same.
  attempt(() => writeJournal(home, done));
  return done;
}

interface Target {
  readonly file: RepoPath;
  readonly path: string;
  readonly kind: Entry["kind"];
  readonly before: Buffer | undefined;
  readonly after: Buffer;
  readonly access: Access;
}

/** Everything that can be known to go wrong with a file, before anything is written. */
function examine(root: string, { file, before, after }: FilePatch): Target {
  const path = inTree(root, file);
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (!facts) {
    if (before !== undefined) throw new UserError(`${file} is gone since it was scanned`, "Run the command again.");
    return { file, path, kind: "create", before: undefined, after: Buffer.from(after), access: { mode: 0o644 } };
  }
  if (!facts.isFile()) throw new UserError(`${file} is ${facts.isSymbolicLink() ? "a symbolic link" : "not a regular file"}`, "This tool writes only regular files of the app. Replace it, or decline this change.");
  if ((facts.mode & 0o222) === 0) throw new UserError(`${file} is read-only`, `Allow writing (chmod u+w ${file}) and run the command again.`);
  const bytes = readBytes(path) ?? Buffer.alloc(0);
  const access = { mode: facts.mode & 0o7777, owner: [facts.uid, facts.gid] as const };
  if (isSecretFile(file)) return { file, path, kind: "append", before: bytes, after: appended(file, bytes, before, after), access };
  if (before === undefined) throw new UserError(`${file} is there already`, "It appeared since the scan. Run the command again.");
  if (!bytes.equals(Buffer.from(before))) throw new UserError(`${file} changed since it was scanned`, "Run the command again.");
  return { file, path, kind: "edit", before: bytes, after: Buffer.from(after), access };
}

/**
 * A file of secrets with our lines at its end. Given its text as scanned, `after` must begin with it; without, `after` is only the lines to
 * add, and those that declare a name which is there already are left out.
 */
function appended(file: RepoPath, bytes: Buffer, before: string | undefined, after: string): Buffer {
  if (before !== undefined) {
    if (!bytes.equals(Buffer.from(before))) throw new UserError(`${file} changed since it was scanned`, "Run the command again.");
    if (!after.startsWith(before)) throw new Error(`an edit of ${file} does more than add lines`);
    return Buffer.from(after);
  }
  const text = bytes.toString("latin1");
  const declared = new Set([...text.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm)].map((match) => match[1]));
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = missingLines(after.replace(/\r\n/g, "\n").replace(/^\n+|\n+$/g, "").split("\n"), declared);
  if (lines.length === 0) return bytes;
  const gap = text === "" || text.endsWith("\n") ? "" : newline;
  return Buffer.concat([bytes, Buffer.from(`${gap}${lines.join(newline)}${newline}`)]);
}

/** Lines without the declarations that are there, and without the comments that belong to those. */
function missingLines(lines: readonly string[], declared: ReadonlySet<string | undefined>): string[] {
  const out: string[] = [];
  let comments: string[] = [];
  for (const line of lines) {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1];
    if (name === undefined) comments.push(line);
    else {
      if (!declared.has(name)) out.push(...comments, line);
      comments = [];
    }
  }
  return out;
}

/** The absolute path of a file, every folder on the way a real one. */
function inTree(root: string, file: RepoPath): string {
  const parts = file.split("/");
  if (file.startsWith("/") || parts.some((part) => part === "" || part === "." || part === ".." || part === ".git" || part.includes("\\") || part.includes("\0")))
    throw new UserError(`${file} is out of the app's tree`, "Nothing was written. Check the paths in credyt.config.json.");
  for (let i = 1; i < parts.length; i++) {
    const folder = lstatSync(join(root, ...parts.slice(0, i)), { throwIfNoEntry: false });
    if (!folder) break;
    if (!folder.isDirectory()) throw new UserError(`${parts.slice(0, i).join("/")} is ${folder.isSymbolicLink() ? "a symbolic link" : "not a folder"}, so ${file} may lie out of the app's tree`, "Nothing was written. Decline this change or replace the link by a folder.");
  }
  return join(root, ...parts);
}

function checkSpace(root: string, targets: readonly Target[]): void {
  const needed = targets.reduce((sum, { before, after }) => sum + after.length + (before?.length ?? 0) + 8192, 65_536);
  const free = attempt(() => statfsSync(root));
  if (free && free.bavail * free.bsize < needed) throw noSpace(root);
}

const noSpace = (root: string): UserError => new UserError(`There is no space left on the disk of ${root}`, "Nothing was changed. Free some space and run the command again.");

/** The step as it will be on the disk: what each file was and becomes, which folders are made for it. */
function stepOf(root: string, targets: readonly Target[], area: string, index: number): Step {
  const folders = new Set<RepoPath>();
  for (const { file } of targets) {
    const parts = file.split("/");
    for (let i = 1; i < parts.length; i++) if (!existsSync(join(root, ...parts.slice(0, i)))) folders.add(parts.slice(0, i).join("/"));
  }
  const entries = targets.map(({ file, kind, before, after, access }, i): Entry => ({
    file, kind, after: fingerprint(after), mode: access.mode,
    ...(before && { before: fingerprint(before) }),
    ...(kind === "edit" && { kept: `${index}-${i}` }),
  }));
  return { area, state: "writing", entries, folders: [...folders].sort() };
}

/** Old bytes and the journal reach the disk before anything of the app is touched. */
function record(home: JournalHome, journal: Journal, targets: readonly Target[]): void {
  const folder = makeRunFolder(home, journal.run);
  for (const { file, kept } of journal.steps.at(-1)?.entries ?? []) {
    const before = targets.find((target) => target.file === file)?.before;
    const after = targets.find((target) => target.file === file)?.after;
    if (kept === undefined || !before || !after) continue;
    writeWhole(join(folder, `${kept}.before`), before, 0o600);
    writeWhole(join(folder, `${kept}.after`), after, 0o600);
  }
  writeJournal(home, journal);
}

function place({ path, after, access }: Target): void {
  mkdirSync(dirname(path), { recursive: true });
  writeTemp(path, after, access);
}

/** After a failure: files already swapped get their old bytes back, the rest of the step goes. Throws when the disk does not let it. */
function takeBack(home: JournalHome, journal: Journal, step: Step, targets: readonly Target[]): true {
  for (const { path } of targets) rmSync(tempOf(path), { force: true });
  for (const { path, before, after, access } of targets) {
    const now = readBytes(path);
    if (!now || !alike(fingerprint(now), fingerprint(after)) || (before && before.equals(after))) continue;
    if (!before) rmSync(path);
    else {
      writeTemp(path, before, access);
      swapIn(path);
    }
  }
  for (const folder of [...step.folders].reverse()) attempt(() => rmdirSync(join(home.root, folder)));
  // Where even the journal cannot be written, it says that this step may be unfinished: undo looks at each file anyway.
  attempt(() => (journal.steps.length === 0 ? dropRun(home, journal.run) : writeJournal(home, journal)));
  return true;
}

function explain(error: unknown, root: string): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") return noSpace(root);
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") return new UserError(`The app's folder cannot be written: ${(error as Error).message.replace(root, ".")}`, "Nothing was changed. Allow writing there and run the command again.");
  return error;
}

function attempt<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
