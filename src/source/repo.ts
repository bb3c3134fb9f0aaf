import { spawnSync } from "node:child_process";
import { closeSync, constants, existsSync, fstatSync, openSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import fastGlob from "fast-glob";
import type { EnvFile, RepoPath } from "../domain.ts";
import { UserError } from "../errors.ts";

/** A read-only snapshot of the user's files: listed once, each file read at most once, nothing executed but `git ls-files`. */
export interface Repo {
  /** Absolute path of the root: the git work tree, else the workspace root, else the folder itself. */
  readonly root: string;
  /** The folder the user named, relative to the root. */
  readonly start: RepoPath;
  readonly files: readonly RepoPath[];
  readonly has: (file: RepoPath) => boolean;
  /** The file's text with its byte order mark, or undefined when it is absent, a link, too large or not UTF-8. */
  readonly text: (file: RepoPath) => string | undefined;
  /** Why a file that was asked for has no text; undefined when it has, or was not asked for. */
  readonly unread: (file: RepoPath) => string | undefined;
  /** Whether git tracks the file; undefined without git. */
  readonly tracked: (file: RepoPath) => boolean | undefined;
  /** Names in `.env`-like files of one folder, git-ignored ones included; never a value. */
  readonly envFiles: (dir: RepoPath) => readonly EnvFile[];
  readonly stats: () => { readonly files: number; readonly read: number };
}

/** Larger files are bundles or data, not something a person edits. */
const MAX_BYTES = 1_500_000;
const IGNORED = ["**/node_modules/**", "**/.git/**", "**/dist/**", "**/.next/**", "**/.nuxt/**", "**/.output/**", "**/.vercel/**", "**/.svelte-kit/**", "**/build/**", "**/coverage/**", "**/.turbo/**", "**/.credyt/**", "**/venv/**", "**/.venv/**"];
const SKIPPED = /(?:^|\/)(?:node_modules|\.git|\.next|\.nuxt|\.output|\.vercel|\.svelte-kit|\.turbo|\.credyt)\//;

/**
 * Opens the repo around a folder.
 * @throws UserError when the folder is not there or is not a folder.
 */
export function openRepo(dir: string): Repo {
  const start = resolve(dir);
  if (!existsSync(start)) throw new UserError(`There is no folder ${dir}`, "Name the folder that holds your app's package.json.");
  if (!statSync(start).isDirectory()) throw new UserError(`${dir} is a file, not a folder`, "Name the folder that holds your app's package.json.");
  const real = realpathSync(start);
  const root = findRoot(real);
  const listed = listWithGit(root) ?? listWithGlob(root);
  const files = listed.files.filter((file) => !SKIPPED.test(file)).sort();
  const present = new Set(files);
  const texts = new Map<RepoPath, string | undefined>();
  const unread = new Map<RepoPath, string>();
  /** Git-ignored env files: not part of the listing, but a line may be added to them. */
  const envs = new Set<RepoPath>();
  let read = 0;
  return {
    root,
    start: posix(relative(root, real)),
    files,
    has: (file) => present.has(file),
    text: (file) => {
      if (!present.has(file) && !envs.has(file)) return undefined;
      if (!texts.has(file)) {
        const found = readText(join(root, file));
        texts.set(file, typeof found === "string" ? found : undefined);
        if (typeof found === "object") unread.set(file, found.why);
        read++;
      }
      return texts.get(file);
    },
    unread: (file) => unread.get(file),
    tracked: (file) => listed.tracked?.has(file),
    envFiles: (dir) => {
      const found = envFilesIn(root, dir, listed.tracked);
      for (const one of found) envs.add(one.file);
      return found;
    },
    stats: () => ({ files: files.length, read }),
  };
}

const ENV_FILE = /^(?:\.env(?:\.[\w.-]+)?|\.[\w-]+\.env|[\w-]*env\.example|example\.env)$/;
const EXAMPLE = /example|sample|template|dist|defaults?$/;

/** The env files of a folder. Values are cut off while reading: only names leave this function. */
function envFilesIn(root: string, dir: RepoPath, tracked: ReadonlySet<RepoPath> | undefined): EnvFile[] {
  const folder = join(root, dir);
  const found = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return found
    .filter((entry) => entry.isFile() && ENV_FILE.test(entry.name))
    .map((entry): EnvFile => {
      const file = dir === "" ? entry.name : `${dir}/${entry.name}`;
      const names = [...readFileSync(join(folder, entry.name), "utf8").matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm)].map((match) => match[1] ?? "");
      const role = EXAMPLE.test(entry.name) ? "example" : /^\.env(?:\.local|\.development(?:\.local)?)?$/.test(entry.name) ? "local" : "other";
      return { file, role, tracked: tracked?.has(file) ?? false, names };
    })
    .sort((a, b) => a.file.localeCompare(b.file));
}

const posix = (path: string): string => (sep === "/" ? path : path.split(sep).join("/"));

/** The nearest folder upwards that is a git work tree, else the highest one that declares workspaces, else the folder itself. */
function findRoot(start: string): string {
  let workspace: string | undefined;
  for (let dir = start; ; dir = dirname(dir)) {
    if (existsSync(join(dir, ".git"))) return dir;
    if (existsSync(join(dir, "pnpm-workspace.yaml")) || declaresWorkspaces(join(dir, "package.json"))) workspace = dir;
    if (dirname(dir) === dir) return workspace ?? start;
  }
}

function declaresWorkspaces(file: string): boolean {
  try {
    return /"workspaces"\s*:/.test(readFileSync(file, "utf8"));
  } catch {
    return false;
  }
}

interface Listing {
  readonly files: readonly RepoPath[];
  readonly tracked?: ReadonlySet<RepoPath>;
}

/** Git's own listing: the fastest there is, and it knows every ignore rule. */
function listWithGit(root: string): Listing | undefined {
  if (!existsSync(join(root, ".git"))) return undefined;
  const list = (...flags: string[]): string[] | undefined => {
    const result = spawnSync("git", ["-c", "core.fsmonitor=false", "ls-files", "-z", ...flags], { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
    return result.status === 0 ? result.stdout.split("\0").filter((file) => file !== "") : undefined;
  };
  const tracked = list("-c");
  const untracked = list("-o", "--exclude-standard");
  if (tracked === undefined || untracked === undefined) return undefined;
  return { files: [...new Set([...tracked, ...untracked])], tracked: new Set(tracked) };
}

function listWithGlob(root: string): Listing {
  const ignoreFile = join(root, ".gitignore");
  const own = existsSync(ignoreFile) ? ignorePatterns(readFileSync(ignoreFile, "utf8")) : [];
  return { files: fastGlob.sync("**/*", { cwd: root, dot: true, onlyFiles: true, followSymbolicLinks: false, suppressErrors: true, ignore: [...IGNORED, ...own] }) };
}

/** The plain lines of a `.gitignore` as globs; env files stay listed, since their names are read. */
function ignorePatterns(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const rule = line.trim();
    if (rule === "" || rule.startsWith("#") || rule.startsWith("!") || rule.includes(".env")) return [];
    const body = rule.replace(/\/$/, "");
    const base = body.startsWith("/") ? body.slice(1) : body.includes("/") ? body : `**/${body}`;
    return [base, `${base}/**`];
  });
}

/** Undefined where the listing names a file that is gone. */
function readText(path: string): string | { readonly why: string } | undefined {
  let handle: number | undefined;
  try {
    // A link may point out of the tree: it is not ours to read or to write.
    handle = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    const facts = fstatSync(handle);
    if (!facts.isFile()) return { why: "it is no regular file" };
    if (facts.size > MAX_BYTES) return { why: `it is larger than ${MAX_BYTES / 1e6} MB` };
    const bytes = readFileSync(handle);
    const text = bytes.toString("utf8");
    return text.includes("\ufffd") && !Buffer.from(text, "utf8").equals(bytes) ? { why: "it is not UTF-8" } : text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : { why: code === "ELOOP" ? "it is a symbolic link" : `it cannot be read (${code ?? "unknown"})` };
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
