import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** A command line as `measure` runs it. `input` goes to its stdin. */
/** @typedef {{ readonly file: string, readonly args: readonly string[], readonly cwd?: string, readonly input?: string }} Command */

/**
 * Runs a command several times and gives the medians: seconds on the clock, seconds of CPU with all children, and the largest resident
 * memory of any process of it in MB (0 where the system does not tell). `output` is what the last run wrote.
 */
export async function measure(command, runs) {
  const seen = [];
  // One run that is not counted fills the file cache.
  for (let i = 0; i <= runs; i++) seen.push(await once(command));
  const counted = seen.slice(1);
  return { wall: median(counted, "wall"), cpu: median(counted, "cpu"), megabytes: median(counted, "megabytes"), output: seen.at(-1).output };
}

const median = (seen, field) => seen.map((one) => one[field]).sort((a, b) => a - b)[Math.floor(seen.length / 2)];

function once({ file, args, cwd, input }) {
  return new Promise((done, fail) => {
    const started = process.hrtime.bigint();
    // The shell waits for its children and knows what they used; it adds a thousandth of a second.
    const child = spawn("bash", ["-c", 'TIMEFORMAT="%R %U %S"; time "$0" "$@" 2>&4', file, ...args], { cwd, stdio: ["pipe", "pipe", "pipe", "ignore", "pipe"] });
    let output = "";
    let times = "";
    let errors = "";
    let peak = 0;
    const look = setInterval(() => (peak = Math.max(peak, peakOf(child.pid))), 4);
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (times += text));
    child.stdio[4].setEncoding("utf8").on("data", (text) => (errors += text));
    child.on("error", fail);
    child.on("close", (status) => {
      clearInterval(look);
      const [wall = Number(process.hrtime.bigint() - started) / 1e9, user = 0, system = 0] = (times.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
      // ripgrep ends with 1 when it finds nothing.
      if (status !== 0 && !(status === 1 && file === "rg")) fail(new Error(`${file} ${args.join(" ")} ended with ${status}: ${errors}`));
      else done({ wall, cpu: user + system, megabytes: peak / 1024, output });
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input ?? "");
  });
}

/** The largest resident memory in KB that any process below one has had; Linux keeps that mark itself. */
function peakOf(pid) {
  try {
    const below = readdirSync(`/proc/${pid}/task`).flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").trim().split(" ").filter(Boolean));
    const own = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
    return Math.max(own, ...below.map(peakOf));
  } catch {
    return 0;
  }
}
