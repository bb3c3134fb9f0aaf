import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The project's root folder. */
export const project = fileURLToPath(new URL("../../", import.meta.url));

/** The command as it ships. */
export const bin = join(project, "bin/credyt-integrate.js");

/** How a command ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is started; without `env` it finds no terminal, no colour and no key. */
export interface Start {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** The input stays open and says nothing, as it does in some CI. */
  readonly silent?: boolean;
  readonly node?: readonly string[];
}

/** Runs the built command and waits for its end. */
export function cli(args: readonly string[], { cwd = project, env = {}, input, silent = false, node = [] }: Start = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const around = { ...process.env, CREDYT_API_KEY: undefined, CREDYT_API_URL: undefined, FORCE_COLOR: undefined, NO_COLOR: undefined, CI: undefined, NODE_OPTIONS: undefined, COLUMNS: undefined, ...env };
    const child = spawn(process.execPath, [...node, bin, ...args], { cwd, env: around });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject).on("close", (status) => resolve({ status, stdout, stderr }));
    if (!silent) child.stdin.end(input ?? "");
  });
}

/** Builds `dist/` when a source is newer; test files that run at the same time wait for one another. */
export async function built(): Promise<void> {
  const lock = join(project, "node_modules/.credyt-build");
  for (;;) {
    if (isFresh()) return;
    try {
      mkdirSync(lock);
      break;
    } catch {
      if (existsSync(lock) && Date.now() - statSync(lock).mtimeMs > 120_000) rmdirSync(lock);
      await sleep(200);
    }
  }
  try {
    if (!isFresh()) spawnSync(process.execPath, ["bin/build.js"], { cwd: project });
  } finally {
    rmdirSync(lock);
  }
}

function isFresh(): boolean {
  const main = join(project, "dist/src/cli/main.js");
  return existsSync(main) && statSync(main).mtimeMs >= Math.max(newest(join(project, "src")), newest(join(project, "transforms")));
}

function newest(folder: string): number {
  return Math.max(0, ...readdirSync(folder, { withFileTypes: true }).map((entry) => (entry.isDirectory() ? newest(join(folder, entry.name)) : entry.name.endsWith(".ts") ? statSync(join(folder, entry.name)).mtimeMs : 0)));
}
