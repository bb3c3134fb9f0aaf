import { homedir } from "node:os";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { mask, run, type Process } from "../../src/cli/run.ts";
import { project } from "./cli.ts";
import { makeTree } from "../apply/tree.ts";

/** A process whose output is kept. */
export function fakeProcess(over: Partial<Process> = {}): { readonly around: Process; readonly said: () => string } {
  let text = "";
  const stream = (): PassThrough => new PassThrough().on("data", (chunk: Buffer) => (text += chunk.toString())) as PassThrough;
  const around = { stdin: new PassThrough(), stdout: stream(), stderr: stream(), env: {}, cwd: () => process.cwd(), on: () => around, off: () => around, listenerCount: () => 1, ...over } as unknown as Process;
  return { around, said: () => text };
}

test("a bug of ours: status 70, the stack without paths that say whose it is, and where to report it", async () => {
  const { around, said } = fakeProcess();
  Object.defineProperty(around, "env", { get: () => { throw new TypeError(`cannot read ${homedir()}/secret-project/x.ts`); } });
  expect(await run(["scan", makeTree({ "package.json": "{}" })], around)).toBe(70);
  expect(said()).toMatch(/^\nThis is a bug in credyt-integrate \d+\.\d+\.\d+, not in your app\.\n\nTypeError: cannot read ~\/secret-project\/x\.ts\n {4}at /);
  expect(said()).toMatch(/Please report it with the lines above: https:\/\/github\.com\//);
  expect(said()).not.toContain(project);
  expect(said()).not.toContain(`${homedir()}/`);
});

test("paths are masked from the longest on", () => {
  expect(mask(`at f (file://${project}src/a.ts:1:2)\nat g (/somewhere/app/b.ts:3:4)\nat h (${homedir()}/c.ts)`, "/somewhere/app")).toBe("at f (<credyt-integrate>/src/a.ts:1:2)\nat g (./b.ts:3:4)\nat h (~/c.ts)");
});

test("help goes to stdout with status 0 and fits 60 columns", async () => {
  const { around, said } = fakeProcess();
  Object.assign(around.stdout, { columns: 60 });
  expect(await run(["--help"], around)).toBe(0);
  for (const word of ["--areas", "--app", "--format", "--output", "--config", "--allow-dirty", "--no-typecheck", "--color", "--no-color", "--verbose", "--version", "--help", "--yes", "--dry-run", "--check", "scan", "undo", "sandbox", "verify", "replay", "Examples:"]) expect(said()).toContain(word);
  const [options] = said().split("\nExamples:");
  expect(Math.max(...(options ?? "").split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
});
