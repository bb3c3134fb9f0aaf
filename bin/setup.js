// Makes a fresh clone ready: installs when node_modules is missing or older than the lockfile, then builds.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs one command in the project's root and ends this process with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32", ...options });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

/** Installs what is missing and builds `dist/`. */
export function setup() {
  const stamp = `${root}/node_modules/.package-lock.json`;
  if (!existsSync(stamp) || statSync(stamp).mtimeMs < statSync(`${root}/package-lock.json`).mtimeMs)
    run("npm", ["ci", "--no-audit", "--no-fund"]);
  run("node", ["bin/build.js"]);
}
