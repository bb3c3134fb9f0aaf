import type { RepoPath } from "../domain.ts";
import type { App } from "./app.ts";

const LOCKS: readonly (readonly [string, string])[] = [["pnpm-lock.yaml", "pnpm"], ["yarn.lock", "yarn"], ["bun.lockb", "bun"], ["bun.lock", "bun"], ["package-lock.json", "npm"]];

/** The package manager an app is installed with: by the nearest lock file, else by its manifest, else `npm`. */
export function packageManager(app: App): string {
  for (let dir = app.dir; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf("/")))) {
    const found = LOCKS.find(([file]) => app.repo.has(dir === "" ? file : `${dir}/${file}`));
    if (found) return found[1];
    if (dir === "") return app.manifest.packageManager?.split("@")[0] ?? "npm";
  }
}

const EMPTIES = /--force-reset|--accept-data-loss|\b(?:reset|drop|fresh|wipe|truncate)\b/i;

/** An app's scripts without those that empty a database: nobody who has customers is told to run one. */
export const harmlessScripts = (scripts: Readonly<Record<string, string>> | undefined): readonly (readonly [string, string])[] => Object.entries(scripts ?? {}).filter(([, body]) => !EMPTIES.test(body));

/** The command that runs an installed program: `pnpm prisma migrate dev`; from folder `dir` where that is not the app's own. */
export function runTool(app: App, command: string, dir: RepoPath = app.dir): string {
  const run = { pnpm: "pnpm ", yarn: "yarn ", bun: "bunx " }[packageManager(app)] ?? "npx ";
  return `${dir === app.dir ? "" : `cd ${dir || "."} && `}${run}${command}`;
}

/** The command that runs a script of the manifest, with further arguments. */
export function runScript(app: App, script: string, args = ""): string {
  const manager = packageManager(app);
  if (manager === "npm") return `npm run ${script}${args === "" ? "" : ` -- ${args}`}`;
  return `${manager}${manager === "bun" ? " run" : ""} ${script}${args === "" ? "" : ` ${args}`}`;
}
