import { homedir } from "node:os";
import { UserError } from "../errors.ts";
import { buildProgram } from "./program.ts";
import { packageRoot, version } from "./version.ts";

/** What a command needs of the process around it. */
export type Process = Pick<NodeJS.Process, "stdin" | "stdout" | "stderr" | "env" | "cwd" | "on" | "off" | "listenerCount">;

const BUG = "https://github.com/credyt/credyt-integrate/issues/new";

/** Runs one command line and gives its exit status: 0 done, 1 gaps or failed steps, 2 the user's to mend, 70 our bug, 130 Ctrl-C. */
export async function run(argv: readonly string[], around: Process): Promise<number> {
  // Kept to the end of the process: it is told after the last write that the reader went away (`| head`), and there is nobody left to tell.
  around.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const onInterrupt = (): void => {
    // A command that has more to say about it, or something to close, listens as well. Writing is one synchronous piece: no signal cuts it.
    if (around.listenerCount("SIGINT") > 1) return;
    around.stderr.write('\nStopped. Nothing is half-done: "npx credyt-integrate undo" takes back what was applied.\n');
    process.exit(130);
  };
  around.on("SIGINT", onInterrupt);
  try {
    return await buildProgram(around)(argv);
  } catch (error) {
    return explain(error, around);
  } finally {
    around.off("SIGINT", onInterrupt);
  }
}

function explain(error: unknown, { stderr, cwd }: Process): number {
  if (error instanceof UserError) {
    stderr.write(`\n${error.message}\n${error.hint}\n`);
    return error.status;
  }
  if (isInterrupt(error)) {
    stderr.write(`\n${error instanceof Interrupted ? error.message : "Stopped. Nothing was changed."}\n`);
    return 130;
  }
  const stack = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  stderr.write(`\nThis is a bug in credyt-integrate ${version()}, not in your app.\n\n${mask(stack, cwd())}\n\nNothing more was written after this point; "npx credyt-integrate undo" takes back what was.\nPlease report it with the lines above: ${BUG}\n`);
  return 70;
}

/** Ctrl-C, with what was done until then. */
export class Interrupted extends Error {}

/** Whether an error is somebody pressing Ctrl-C at a prompt. */
export const isInterrupt = (error: unknown): boolean => error instanceof Interrupted || (error instanceof Error && (error.name === "ExitPromptError" || error.name === "AbortPromptError"));

/** A stack without paths that say who runs it: ours from the package, theirs from the folder they are in. */
export function mask(stack: string, cwd: string): string {
  const places: readonly (readonly [string, string])[] = [[packageRoot(), "<credyt-integrate>/"], [`${cwd}/`, "./"], [cwd, "."], [homedir(), "~"]];
  return places.reduce((text, [path, shown]) => (path.length > 1 ? text.replaceAll(path, shown) : text), stack.replaceAll("file://", ""));
}
