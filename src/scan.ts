import { join } from "node:path";
import type { ActivityNamed, LeftAlone, RepoPath, Survey } from "./domain.ts";
import { loadAdapters } from "./adapters/registry.ts";
import { UserError } from "./errors.ts";
import { findApps } from "./recognise/apps.ts";
import { surveyApp } from "./recognise/survey.ts";
import type { App } from "./source/app.ts";
import { openRepo, type Repo } from "./source/repo.ts";

/** Options of a scan. `app` names one app of a monorepo, relative to the scanned folder or to the repo's root. */
export interface ScanOptions {
  readonly app?: string;
  /** The functions that the owner of the app in a folder, relative to the repo's root, names as activities. */
  readonly named?: (root: string, dir: RepoPath) => readonly ActivityNamed[];
}

/**
 * Reads a folder and says what it found: the apps, their tools, sign-ups, billable calls, pages. Executes nothing of the app's.
 * @throws UserError when the folder is not there, holds no app we know, or its package.json cannot be read.
 */
export async function scan(dir: string, options: ScanOptions = {}): Promise<Survey> {
  const started = process.hrtime.bigint();
  const repo = openRepo(dir);
  const adapters = await loadAdapters();
  const found = findApps(repo, adapters, options.app);
  if (found.length === 0) throw noApp(dir, repo);
  let parsed = 0;
  const apps = found.map((app) => {
    const survey = surveyApp(app, adapters, options.named?.(repo.root, app.dir));
    parsed += app.code.parsed();
    return { ...survey, leftAlone: leftAlone(app) };
  });
  const milliseconds = Math.round(Number(process.hrtime.bigint() - started) / 1e6);
  return { root: repo.root, apps, stats: { ...repo.stats(), parsed, milliseconds } };
}

const KNOWN = "Express, Next.js, NestJS, Fastify, Hono, Koa, React Router, SvelteKit or Nuxt";

/** Why there is no app, as far as the folder tells, and where to go. */
function noApp(dir: string, repo: Repo): UserError {
  const inside = (file: string): boolean => repo.start === "" || file.startsWith(`${repo.start}/`);
  const blocked = repo.files.find((file) => inside(file) && /(?:^|\/)package\.json$/.test(file) && repo.unread(file) !== undefined);
  if (blocked !== undefined) return new UserError(`${blocked} is not read: ${repo.unread(blocked) ?? ""}`, "Put a file there that can be read and run the command again.");
  const above = manifestAbove(repo);
  if (above !== undefined && !repo.files.some((file) => inside(file) && /(?:^|\/)package\.json$/.test(file)))
    return new UserError(`${dir} is inside an app and holds none itself`, `Its package.json is in ${join(dir, above)}: name that folder.`);
  if (repo.files.some((file) => inside(file) && PYTHON.test(file)) && !repo.files.some((file) => inside(file) && /(?:^|\/)package\.json$/.test(file)))
    return new UserError(`${dir} holds a Python app, and Python apps are not wired yet`, "Nothing was changed. Credyt's HTTP API can be called from Python by hand: https://docs.credyt.ai.");
  const submodules = repo.has(".gitmodules") ? " Git submodules are looked into by themselves: name the folder of one." : "";
  return new UserError(`No app that this tool knows was found in ${dir}`, `Run it in the folder that holds your app's package.json (${KNOWN}), or name it with --app.${submodules}`);
}

const PYTHON = /(?:^|\/)(?:requirements[\w.-]*\.txt|pyproject\.toml|Pipfile|setup\.py|manage\.py)$/;

/** The nearest folder around the one that was named that holds a package.json, as it would be typed from there. */
function manifestAbove(repo: Repo): string | undefined {
  const parts = repo.start === "" ? [] : repo.start.split("/");
  for (let up = 1; up <= parts.length; up++)
    if (repo.has([...parts.slice(0, parts.length - up), "package.json"].join("/"))) return parts.slice(0, up).map(() => "..").join("/");
  return undefined;
}

/** Scripts that were looked into, as far as that went. */
function leftAlone({ code, repo }: App): LeftAlone[] {
  const unread = code.scripts.flatMap((file) => {
    const why = repo.unread(file);
    return why === undefined ? [] : [{ file, why }];
  });
  return [...code.broken().map((one) => ({ ...one, why: "it does not parse" })), ...unread];
}
