import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, cpSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/**
 * The environment for an app's commands: this process's, without the test runner's, with the downloads and telemetry of
 * Prisma and Next turned off. Prisma's CLI wants a schema engine to be there, yet `generate` never starts it.
 */
export function commandEnv(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const mine = Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(NODE_ENV$|NODE_OPTIONS$|VITE|DEV$|PROD$|MODE$|TEST$|SSR$|BASE_URL$|FORCE_COLOR$|CREDYT_)/.test(name));
  return {
    ...(Object.fromEntries(mine) as Record<string, string>),
    NO_COLOR: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    CHECKPOINT_DISABLE: "1",
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    ...extra,
  };
}

/** Runs a command in an app's folder. Throws with its whole output when it fails. */
export async function runIn(dir: string, command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const [file = "", ...args] = command;
  try {
    const { stdout, stderr } = await run(file, args, { cwd: dir, env: commandEnv(env), maxBuffer: 64 * 1024 * 1024 });
    return stdout + stderr;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command.join(" ")} failed in ${dir}\n${stdout}${stderr}`, { cause: error });
  }
}

/** Copies a tree by hard links where the disk allows it: node_modules in a second instead of a minute. */
function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else linkFile(source, target);
  }
}

function linkFile(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
}

/** The installed node_modules for a lockfile, made once a machine by `npm ci`; what a half-done install leaves is never used. */
async function installed(app: string): Promise<string> {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch} ${process.versions.modules}`);
  hash.update(readFileSync(path.join(app, "package-lock.json")));
  const cache = path.join(tmpdir(), "credyt-integrate-apps");
  const folder = path.join(cache, hash.digest("hex").slice(0, 16));
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(path.join(cache, "install-"));
  for (const name of ["package.json", "package-lock.json"]) cpSync(path.join(app, name), path.join(work, name));
  await runIn(work, ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
  try {
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

/** Copies an app without what it may have built, installs it from the cache, and runs its own `postinstall`. */
export async function installCopy(app: string, dir: string): Promise<void> {
  cpSync(app, dir, { recursive: true, filter: (source) => !/[\\/](node_modules|\.next|\.data)$/.test(source) });
  linkTree(path.join(await installed(dir), "node_modules"), path.join(dir, "node_modules"));
  await generate(dir);
}

/** Makes again what an app generates from its schema (the Prisma client); to be run after the schema has changed. */
export async function generate(dir: string): Promise<void> {
  await runIn(dir, ["npm", "run", "--if-present", "--silent", "postinstall"]);
}
