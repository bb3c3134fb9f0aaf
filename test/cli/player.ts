import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { converse } from "../../src/cli/converse.ts";
import { readOptions, type GivenOptions } from "../../src/cli/options.ts";
import { isInterrupt, type Process } from "../../src/cli/run.ts";
import { survey } from "../../src/cli/session.ts";
import { openTerminal } from "../../src/cli/terminal.ts";

/** Ctrl-C as a terminal in raw mode sends it. */
export const CTRL_C = "\u0003";
export const ENTER = "\r";
export const SPACE = " ";
export const DOWN = "\u001b[B";

/** What a run in a terminal came to. `status` is 130 for Ctrl-C. */
export interface Played {
  readonly status: number;
  readonly screen: string;
  /** The prompts in the order they were answered. */
  readonly prompts: readonly string[];
  readonly farewell: string;
}

/**
 * Plays the main command in a terminal that types `answer(prompt, n)` at each prompt; the n-th prompt is 0 first. Of several texts each
 * is typed when the one before was not taken.
 */
export async function play(root: string, answer: (prompt: string, n: number) => string | readonly string[], given: GivenOptions = { typecheck: false }, look: { readonly rows?: number; readonly env?: Readonly<Record<string, string>> } = {}): Promise<Played> {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 100, rows: look.rows ?? 10_000 });
  // Every prompt ends its output, which a real terminal ignores.
  output.end = () => output;
  const errors = new PassThrough();
  let screen = "";
  let unread = "";
  let waiting = false;
  const prompts: string[] = [];
  const later: string[] = [];
  const read = (): void => {
    const plain = stripVTControlCharacters(unread);
    const asked = [...plain.matchAll(/^\? (.+)$/gm)].at(-1)?.[1];
    if (waiting && plain.includes("✔ ")) {
      waiting = false;
      unread = plain.slice(plain.lastIndexOf("✔ ") + 2);
      return read();
    }
    if (waiting && later.length > 0 && plain.includes("Press one of")) {
      unread = "";
      const keys = later.shift() ?? "";
      setImmediate(() => input.write(keys));
    }
    if (waiting || asked === undefined) return;
    waiting = true;
    unread = "";
    const prompt = asked.replace(/\s+\(.*$/, "").trim();
    prompts.push(prompt);
    const [keys = "", ...rest] = [answer(prompt, prompts.length - 1)].flat();
    later.splice(0, later.length, ...rest);
    // After the prompt has drawn itself: it listens from then on.
    setImmediate(() => input.write(keys));
  };
  output.on("data", (chunk: Buffer) => {
    screen += chunk.toString();
    unread += chunk.toString();
    read();
  });
  errors.on("data", (chunk: Buffer) => (screen += chunk.toString()));
  const around = { stdin: input, stdout: output, stderr: errors, env: { ...look.env }, cwd: () => root, on: () => around, off: () => around } as unknown as Process;
  const terminal = openTerminal(around, false);
  const options = readOptions(given);
  let status: number;
  let farewell = "";
  try {
    status = await converse(await survey(root, options, terminal), options, terminal, around);
  } catch (error) {
    if (!isInterrupt(error)) throw error;
    status = 130;
    farewell = (error as Error).message;
  }
  return { status, screen: stripVTControlCharacters(screen), prompts, farewell };
}
