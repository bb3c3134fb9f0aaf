import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { makeTree, readTree } from "../apply/tree.ts";
import { commitAll, expressApp } from "./app.ts";
import { bin, built } from "./cli.ts";

beforeAll(built, 180_000);

/** Runs a command in a real pseudo-terminal and types a text at each time that its screen shows one more of what is waited for. */
const PTY = `
import os, pty, re, select, sys, json, time, fcntl, termios, struct
command, waits, columns = json.loads(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 400, columns, 0, 0))
screen, unread, deadline = "", "", time.time() + 100
while time.time() < deadline:
    ready, _, _ = select.select([fd], [], [], 1)
    if not ready: continue
    try: chunk = os.read(fd, 65536).decode("utf8", "replace")
    except OSError: break
    if chunk == "": break
    screen += chunk; unread += chunk
    if waits and waits[0][0] in unread:
        time.sleep(0.2)
        os.write(fd, waits.pop(0)[1].encode()); unread = ""
_, status = os.waitpid(pid, 0)
print(json.dumps({"status": os.waitstatus_to_exitcode(status), "screen": screen}))
`;

const available = spawnSync("python3", ["-c", "import pty, os; os.waitstatus_to_exitcode"]).status === 0;

interface Screen {
  readonly status: number;
  readonly screen: string;
}

function inTerminal(args: readonly string[], waits: readonly (readonly [string, string])[], cwd: string, columns = 100): Screen {
  const script = join(makeTree({}), "terminal.py");
  writeFileSync(script, PTY);
  const env = { ...process.env, TERM: "xterm-256color", NO_COLOR: undefined, CI: undefined, FORCE_COLOR: undefined, CREDYT_API_KEY: undefined };
  const { stdout, stderr } = spawnSync("python3", [script, JSON.stringify([process.execPath, bin, ...args]), JSON.stringify(waits), String(columns)], { cwd, env: env as NodeJS.ProcessEnv, encoding: "utf8", timeout: 110_000 });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as Screen;
}

const CTRL_C = "\u0003";

describe.skipIf(!available)("in a real terminal", () => {
  test("Enter through the first area, then stop: colours, a tick, status 0", () => {
    const root = expressApp();
    commitAll(root);
    const { status, screen } = inTerminal(["--no-typecheck", "--areas", "client,customers"], [["Which products", "\r"], ["Do customers pay", "\r"], ["Apply?", "\r"], ["applied", ""], ["Apply?", "q\r"]], root);
    const plain = stripVTControlCharacters(screen).replace(/\r/g, "");
    expect({ status, colored: screen.includes("\u001b[32m"), stopped: plain.includes("Stopped here. Applied: API key and client") }).toEqual({ status: 0, colored: true, stopped: true });
    expect(existsSync(join(root, "lib/credyt/client.js"))).toBe(true);
  });

  test("Ctrl-C at a prompt: status 130, the tree as it was", () => {
    const root = expressApp();
    commitAll(root);
    const before = readTree(root, true);
    const { status, screen } = inTerminal(["--no-typecheck"], [["Which areas?", CTRL_C]], root);
    expect({ status, said: stripVTControlCharacters(screen).includes("Stopped. Nothing was changed.") }).toEqual({ status: 130, said: true });
    expect(readTree(root, true)).toEqual(before);
  });

  test("Ctrl-C between prompts, while the app is read: status 130, the tree as it was", () => {
    const root = expressApp();
    commitAll(root);
    const before = readTree(root, true);
    // The headline is written when the app was read and before anything is.
    const { status } = inTerminal(["--yes"], [["credyt-integrate", CTRL_C]], root);
    expect(status).toBe(130);
    expect(readTree(root, true)).toEqual(before);
  });

  test.each([[60, 60], [200, 200]])("--no-color in a terminal of %i columns: no colour at all, and all of the width is used", (columns, widest) => {
    const { screen } = inTerminal(["scan", "--no-color"], [], expressApp(), columns);
    expect(screen.match(/\u001b\[[\d;]*m/g)).toBeNull();
    expect(Math.max(...stripVTControlCharacters(screen).split(/[\r\n]+/).map((line) => line.length))).toBe(widest);
  });
});
