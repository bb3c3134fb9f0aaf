import { join } from "node:path";
import { existsSync } from "node:fs";
import type { AppSurvey, Patch, RepoPath, Survey, TypeProblem, Verdict } from "./domain.ts";
import { findImporters, type Importers } from "./check/importers.ts";
import type { Answer, Job } from "./check/job.ts";
import { findLeaks } from "./check/leaks.ts";
import { brokenPlaces } from "./check/syntax.ts";
import { openCompiler, type Compiler } from "./check/types.ts";
import { openRepo, type Repo } from "./source/repo.ts";
import { isScript } from "./source/typescript/parse.ts";

/** How a patch is checked. `seconds` bounds one look at the types (120); `onProgress` is told what is being done. */
export interface CheckOptions {
  readonly typecheck?: boolean;
  readonly seconds?: number;
  readonly onProgress?: (what: string) => void;
}

/** Checks patches of one app, one after the other; files are read and types are bound once. */
export interface Checker {
  readonly check: (patch: Patch) => Promise<Verdict>;
  readonly close: () => void;
}

/** Checks a single patch: it parses, brings no new type error, and keeps the key on the server. Writes nothing. */
export async function check(survey: Survey, app: AppSurvey, patch: Patch, options: CheckOptions = {}): Promise<Verdict> {
  const checker = openChecker(survey, app, options);
  try {
    return await checker.check(patch);
  } finally {
    checker.close();
  }
}

/** Prepares checking for an app. Starts the compiler at the first patch that needs it; `close` ends it. */
export function openChecker(survey: Survey, app: AppSurvey, options: CheckOptions = {}): Checker {
  const tell = options.onProgress ?? (() => {});
  const compiler = openCompiler(survey.root, join(survey.root, app.dir), options.seconds ?? 120);
  const repo = openRepo(join(survey.root, app.dir));
  const bench: Bench = { compiler, root: survey.root, app, repo, passed: new Map(), seen: [] };
  return {
    close: compiler.close,
    check: async (patch) => {
      tell("syntax");
      const broken = brokenPlaces(patch.files);
      const code = patch.files.some(({ file }) => isScript(file));
      if (!code) return { broken, leaks: [], ...skipped("no code is changed") };
      tell("imports");
      const importers = findImporters(after(repo, app, patch));
      const leaks = findLeaks(app, patch.files, importers);
      if (broken.length > 0) return { broken, leaks, ...skipped("the code does not parse") };
      if (options.typecheck === false) return { broken, leaks, ...skipped("turned off with --no-typecheck") };
      tell("types");
      return { broken, leaks, ...(await compare(bench, patch, importers)) };
    },
  };
}

type TypeVerdict = Pick<Verdict, "newTypeErrors" | "oldTypeErrors" | "typecheck">;

const skipped = (why: string): TypeVerdict => ({ newTypeErrors: [], oldTypeErrors: 0, typecheck: `skipped: ${why}` });

interface Bench {
  readonly compiler: Compiler;
  readonly root: string;
  readonly app: AppSurvey;
  readonly repo: Repo;
  /** Texts that had no new error when they were last looked at: they are looked at again only when something they import changes. */
  readonly passed: Map<RepoPath, string>;
  /** What came of the last look that looked at something. */
  readonly seen: Verdict["typecheck"][];
}

async function compare({ compiler, root, app, repo, passed, seen }: Bench, patch: Patch, importers: Importers): Promise<TypeVerdict> {
  const installed = isInstalled(root, app, repo);
  const answer = await compiler.ask({ ...jobOf(root, patch, importers, passed), globals: app.globals }, !installed);
  if (typeof answer === "string") return skipped(answer);
  const newTypeErrors = problemsOf(root, answer, addedColumns(patch));
  if (newTypeErrors.length === 0) {
    passed.clear();
    for (const { file, after } of patch.files) passed.set(file, after);
  }
  if (answer.checked > 0 || answer.reasons.length > 0) seen.splice(0, 1, outcome(answer, installed));
  return { newTypeErrors, oldTypeErrors: answer.old, typecheck: newTypeErrors.length > 0 ? "failed" : (seen[0] ?? outcome(answer, installed)) };
}

function outcome(answer: Answer, installed: boolean): Verdict["typecheck"] {
  if (!installed) return "skipped: dependencies are not installed";
  return answer.checked > 0 ? "passed" : `skipped: ${answer.reasons[0] ?? "no tsconfig covers the changed files"}`;
}

/** The repo as it will be. */
function after(repo: Repo, app: AppSurvey, patch: Patch): Repo {
  const patched = new Map(patch.files.map(({ file, after }) => [file, after]));
  const files = [...new Set([...repo.files, ...patched.keys()])];
  return { ...repo, files, has: (file) => patched.has(file) || repo.has(file), text: (file) => patched.get(file) ?? app.text(file) ?? repo.text(file) };
}

function jobOf(root: string, patch: Patch, importers: Importers, passed: ReadonlyMap<RepoPath, string>): Omit<Job, "globals"> {
  const scripts = patch.files.filter(({ file }) => isScript(file));
  const present = new Set(patch.files.map(({ file }) => file));
  const left = [...passed.keys()].filter((file) => !present.has(file) && isScript(file));
  // When a file is gone again, who imported it cannot be asked any more: all are looked at.
  const changed = [...scripts.filter(({ file, after }) => left.length > 0 || passed.get(file) !== after).map(({ file }) => file), ...left];
  const created = new Set(scripts.filter(({ before }) => before === undefined).map(({ file }) => file));
  // Whoever imports a new file is changed itself, unless that file was there in an earlier look.
  const sources = changed.filter((file) => !created.has(file) || passed.has(file));
  const files = patch.files.filter(({ file }) => isScript(file) || /\.json$/.test(file)).map(({ file, before, after }) => ({ path: join(root, file), after, ...(before !== undefined && { before }) }));
  const path = (file: RepoPath): string => join(root, file);
  const others = (file: RepoPath): string[] => [...new Set(importers.of(file).map((one) => one.file))].filter((one) => !changed.includes(one) && isScript(one)).map(path);
  return { root, files, targets: changed.filter((file) => present.has(file) || importers.repo.has(file)).map(path), importers: Object.fromEntries(sources.map((file) => [path(file), others(file)])) };
}

/** Whether most of what the app depends on is there to be read. */
function isInstalled(root: string, app: AppSurvey, repo: Repo): boolean {
  const text = repo.text(app.dir === "" ? "package.json" : `${app.dir}/package.json`) ?? "{}";
  const manifest = JSON.parse(text.replace(/^\ufeff/, "")) as { dependencies?: Readonly<Record<string, string>> };
  const names = Object.keys(manifest.dependencies ?? {}).filter((name) => !/^(?:workspace|file|link):/.test(manifest.dependencies?.[name] ?? ""));
  const found = names.filter((name) => foldersUp(app.dir).some((dir) => existsSync(join(root, dir, "node_modules", name))));
  return found.length * 2 > names.length || (names.length === 0 && existsSync(join(root, app.dir, "node_modules")));
}

function foldersUp(dir: RepoPath): RepoPath[] {
  return dir === "" ? [""] : [dir, ...foldersUp(dir.slice(0, Math.max(0, dir.lastIndexOf("/"))))];
}

function problemsOf(root: string, answer: Answer, columns: ReadonlySet<string>): TypeProblem[] {
  return answer.problems
    .filter(({ message }) => ![...message.matchAll(/'(\w+)'/g)].some((match) => columns.has(match[1] ?? "")))
    .map(({ path, line, text, code, message }) => ({ file: path.slice(root.length + 1).replaceAll("\\", "/"), line, text, code: `TS${code}`, message }));
}

/** Columns that a patch adds to a Prisma schema: the client's types learn of them when `prisma generate` runs after the patch. */
function addedColumns(patch: Patch): ReadonlySet<string> {
  const names = (text: string): string[] => [...text.matchAll(/^[ \t]+(\w+)[ \t]+[A-Z]\w*[?[\]]*/gm)].map((match) => match[1] ?? "");
  return new Set(patch.files.filter(({ file }) => file.endsWith(".prisma")).flatMap(({ before, after }) => {
    const old = new Set(names(before ?? ""));
    return names(after).filter((name) => !old.has(name));
  }));
}
