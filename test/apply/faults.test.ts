import { spawn } from "node:child_process";
import { cpSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { apply } from "../../src/apply.ts";
import type { FilePatch } from "../../src/domain.ts";
import { journalHome } from "../../src/journal.ts";
import { recover, undo } from "../../src/undo.ts";
import { compile } from "./compiled.ts";
import { makeTree, permit, readTree } from "./tree.ts";

const run = "20260101T000000-000";
const first: readonly FilePatch[] = [
  { file: "src/a.ts", before: "\ufeffconst a = 1\r\n", after: "\ufeffconst a = 1\r\nfirst\r\n" },
  { file: "src/lib/credyt/client.ts", after: "export const key = 1;\n" },
  { file: ".env", after: "CREDYT_API_KEY=\n" },
];
const second: readonly FilePatch[] = [
  { file: "src/a.ts", before: "\ufeffconst a = 1\r\nfirst\r\n", after: "\ufeffconst a = 1\r\nfirst\r\nsecond\r\n" },
  { file: "src/lib/credyt/usage.ts", after: "export const usage = 1;\n" },
];

function freshApp(): string {
  const root = makeTree({ "src/a.ts": "\ufeffconst a = 1\r\n", ".env": "SECRET=1", "bin/x.sh": "#!/bin/sh\n" });
  permit(root, "src/a.ts", 0o640);
  return root;
}

let folder = "";
beforeAll(() => {
  folder = compile(["apply.ts", "undo.ts", "journal.ts", "disk.ts", "errors.ts", "secrets.ts"]);
  const steps = JSON.stringify([first, second].map((files, i) => [{ files }, { app: "", area: `area${i}`, run, tool: "0" }]));
  writeFileSync(join(folder, "apply-both.js"), `import { apply } from "./apply.js";\nfor (const [patch, meta] of ${steps}) await apply(process.argv[2], patch, meta);\n`);
  writeFileSync(join(folder, "undo-all.js"), `import { undo } from "./undo.js";\nawait undo(process.argv[2]);\n`);
});

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  /** The operations that change the disk, in order. */
  readonly operations: readonly string[];
  readonly stderr: string;
}

const faults = fileURLToPath(new URL("./faults.mjs", import.meta.url));

function start(program: string, root: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--import", faults, join(folder, program), root], { env: { ...process.env, ...env } });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (text) => (stdout += text));
    child.stderr.on("data", (text) => (stderr += text));
    child.on("close", (status, signal) => resolve({ status, signal, stderr, operations: signal ? [] : (JSON.parse(stdout.split("\n").at(-1) ?? "[]") as string[]) }));
  });
}

/** The operations that change the disk in a run that is not disturbed. */
async function operations(program: string, root: string): Promise<readonly string[]> {
  const ended = await start(program, root);
  expect(ended).toMatchObject({ status: 0, stderr: "" });
  expect(ended.operations.length).toBeGreaterThan(20);
  return ended.operations;
}

/** Each of the numbers, a few at a time. */
async function atEach(numbers: readonly number[], look: (at: number) => Promise<void>): Promise<void> {
  const left = [...numbers];
  const lane = async (): Promise<void> => {
    for (let at = left.shift(); at !== undefined; at = left.shift()) await look(at);
  };
  await Promise.all([lane(), lane(), lane()]);
}

const every = (names: readonly string[]): number[] => names.map((_, i) => i + 1);
const writes = (names: readonly string[]): number[] => every(names).filter((n) => names[n - 1] === "writeSync");

/** The same tree, journal included, in another place. */
function copy(root: string): string {
  const other = makeTree({});
  cpSync(root, other, { recursive: true, mode: 0, preserveTimestamps: true });
  return other;
}

const takeBack = (root: string): Promise<unknown> => undo(root).catch((error: Error) => expect(error.message).toBe("There is no run to take back here"));

/** The tree before, after the first step and after both. */
async function states(): Promise<readonly Record<string, string>[]> {
  const root = freshApp();
  const none = readTree(root);
  await apply(root, { files: first }, { app: "", area: "area0", run, tool: "0" });
  const one = readTree(root);
  await apply(root, { files: second }, { app: "", area: "area1", run, tool: "0" });
  return [none, one, readTree(root)];
}

describe("killed at every single operation", () => {
  test.each([["kill", every], ["half", writes]] as const)("while writing (%s): undo gives every byte back; or the next run starts from a whole step and finishes", async (fault, which) => {
    const original = readTree(freshApp(), true);
    const whole = await states();
    await atEach(which(await operations("apply-both.js", freshApp())), async (at) => {
      const root = freshApp();
      expect((await start("apply-both.js", root, { FAULT: fault, FAULT_AT: String(at) })).signal).toBe("SIGKILL");
      const again = copy(root);
      await takeBack(root);
      expect([at, readTree(root, true)]).toEqual([at, original]);

      recover(journalHome(again, ""));
      const reached = whole.findIndex((state) => JSON.stringify(state) === JSON.stringify(readTree(again)));
      expect([at, reached]).not.toEqual([at, -1]);
      for (const files of [first, second].slice(reached)) await apply(again, { files }, { app: "", area: "again", run: "20260102T000000-000", tool: "0" });
      expect([at, readTree(again)]).toEqual([at, whole[2]]);
      while (existsSync(join(again, ".credyt"))) await takeBack(again);
      expect([at, readTree(again, true)]).toEqual([at, original]);
    });
  }, 240_000);

  test("while taking back: a second undo does the rest", async () => {
    const original = readTree(freshApp(), true);
    const applied = async (): Promise<string> => {
      const root = freshApp();
      for (const files of [first, second]) await apply(root, { files }, { app: "", area: "x", run, tool: "0" });
      return root;
    };
    await atEach(every(await operations("undo-all.js", await applied())), async (at) => {
      const root = await applied();
      expect((await start("undo-all.js", root, { FAULT: "kill", FAULT_AT: String(at) })).signal).toBe("SIGKILL");
      await takeBack(root);
      expect([at, readTree(root, true)]).toEqual([at, original]);
    });
  }, 240_000);
});

describe("a full disk", () => {
  test("at any operation: a clear message, and the step before it is whole", async () => {
    const whole = await states();
    let refused = 0;
    await atEach(every(await operations("apply-both.js", freshApp())), async (at) => {
      const root = freshApp();
      const ended = await start("apply-both.js", root, { FAULT: "ENOSPC", FAULT_AT: String(at) });
      if (ended.status === 0) return;
      refused++;
      const reached = whole.findIndex((state) => JSON.stringify(state) === JSON.stringify(readTree(root)));
      expect([at, reached >= 0]).toEqual([at, ended.stderr.includes("There is no space left on the disk")]);
      await takeBack(root);
      expect([at, readTree(root, true)]).toEqual([at, whole[0]]);
    });
    expect(refused).toBeGreaterThan(10);
  }, 240_000);
});
