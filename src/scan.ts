import type { LeftAlone, Survey } from "./domain.ts";
import { loadAdapters } from "./adapters/registry.ts";
import { UserError } from "./errors.ts";
import { findApps } from "./recognise/apps.ts";
import { surveyApp } from "./recognise/survey.ts";
import type { App } from "./source/app.ts";
import { openRepo } from "./source/repo.ts";

/** Options of a scan. `app` names one app of a monorepo, relative to the scanned folder or to the repo's root. */
export interface ScanOptions {
  readonly app?: string;
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
  if (found.length === 0) throw new UserError(`No app that this tool knows was found in ${dir}`, "Run it in the folder that holds your app's package.json (Express, Next.js, NestJS, Fastify, Hono, Koa, React Router, SvelteKit or Nuxt), or name it with --app.");
  let parsed = 0;
  const apps = found.map((app) => {
    const survey = surveyApp(app, adapters);
    parsed += app.code.parsed();
    return { ...survey, leftAlone: leftAlone(app) };
  });
  const milliseconds = Math.round(Number(process.hrtime.bigint() - started) / 1e6);
  return { root: repo.root, apps, stats: { ...repo.stats(), parsed, milliseconds } };
}

/** Scripts that were looked into, as far as that went. */
function leftAlone({ code, repo }: App): LeftAlone[] {
  const unread = code.scripts.flatMap((file) => {
    const why = repo.unread(file);
    return why === undefined ? [] : [{ file, why }];
  });
  return [...code.broken().map((one) => ({ ...one, why: "it does not parse" })), ...unread];
}
