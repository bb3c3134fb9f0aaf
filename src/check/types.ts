import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Answer, Compilers, Job } from "./job.ts";

/** A compiler in a process of its own, kept from one question to the next so that files are read and bound once. */
export interface Compiler {
  /** Type errors that a job brings; a text says why there is no answer. */
  readonly ask: (job: Job, namesAlone: boolean) => Promise<Answer | string>;
  readonly close: () => void;
}

/** Prepares a compiler for an app; nothing is started before the first question. `seconds` is how long one answer may take. */
export function openCompiler(root: string, appDir: string, seconds: number): Compiler {
  let child: ChildProcess | undefined;
  let given: string | undefined;
  const compilers = findCompilers(root, appDir);
  const stop = (reason?: string): void => {
    given ??= reason;
    child?.kill("SIGKILL");
    child = undefined;
  };
  return {
    ask: async (job, namesAlone) => {
      if (given !== undefined) return given;
      child ??= start(await programArgs());
      const answer = await exchange(child, { compilers, job, namesAlone }, seconds);
      if (typeof answer === "string") stop(answer);
      return answer;
    },
    close: () => stop(),
  };
}

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ["--max-old-space-size=4096", ...args], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  child.unref();
  return child;
}

/** The compiled program beside this file; in a checkout that runs from its sources, their text. */
async function programArgs(): Promise<string[]> {
  if (!import.meta.url.endsWith(".ts")) return [fileURLToPath(new URL("./compiler.js", import.meta.url))];
  const { ts } = await import("../source/typescript/compiler.js");
  const { outputText } = ts.transpileModule(readFileSync(fileURLToPath(new URL("./compiler.ts", import.meta.url)), "utf8"), { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } });
  return ["--input-type=module", "--eval", outputText];
}

function exchange(child: ChildProcess, question: object, seconds: number): Promise<Answer | string> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(`took longer than ${seconds} s`), seconds * 1000);
    const onAnswer = (answer: unknown): void => settle(answer as Answer);
    const onEnd = (): void => settle("the TypeScript of the app stopped unexpectedly");
    const settle = (answer: Answer | string): void => {
      clearTimeout(timer);
      child.off("message", onAnswer).off("exit", onEnd).off("error", onEnd);
      child.unref();
      child.channel?.unref();
      resolve(answer);
    };
    child.ref();
    child.channel?.ref();
    child.on("message", onAnswer).on("exit", onEnd).on("error", onEnd);
    child.send(question, (error) => error && onEnd());
  });
}

/** The TypeScript of the app or of a folder around it, no farther than the repo's root; and the one that comes with this tool. */
function findCompilers(root: string, appDir: string): Compilers {
  const ours = createRequire(import.meta.url);
  // The part of ts-morph that has the standard library's texts.
  const bundled = createRequire(ours.resolve("ts-morph")).resolve("@ts-morph/common");
  for (let dir = appDir; ; dir = dirname(dir)) {
    const own = join(dir, "node_modules/typescript/lib/typescript.js");
    if (existsSync(own)) return { own, bundled };
    if (dir === root || dirname(dir) === dir) return { bundled };
  }
}
