import { hostname } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Chalk, supportsColor, type ChalkInstance, type ColorSupportLevel } from "chalk";

/** Where a command writes and what can be shown there. Results go to `out`, everything about the run to `err`. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly paint: ChalkInstance;
  /** Columns that text may fill, 60 to 200. */
  readonly width: number;
  readonly rows: number;
  /** Whether somebody sits there who can answer. */
  readonly interactive: boolean;
  /** A path that can be clicked where the terminal can do that. */
  readonly link: (text: string, root: string, file: string) => string;
  /** Says on stderr what takes long; shown after 300 ms and only in a terminal. */
  readonly progress: (text: string) => Progress;
}

/** Something that is under way. */
export interface Progress {
  readonly update: (text: string) => void;
  readonly done: () => void;
}

/** The streams and variables of a process, or stand-ins for tests. */
export interface Surroundings {
  readonly stdin: { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Opens the terminal around a process. `color` is what `--color` or `--no-color` said, which wins over every variable. */
export function openTerminal({ stdin, stdout, stderr, env }: Surroundings, color: boolean | undefined): Terminal {
  const tty = stdout.isTTY === true;
  const level = colorLevel(env, tty, color);
  const links = tty && level > 0 && knowsLinks(env);
  const columns = stdout.columns ?? (Number(env["COLUMNS"]) || 80);
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    paint: new Chalk({ level }),
    width: Math.min(200, Math.max(60, columns)),
    rows: stdout.rows ?? 24,
    interactive: stdin.isTTY === true && tty && env["TERM"] !== "dumb",
    link: (text, root, file) => (links ? `\u001b]8;;${fileUrl(root, file)}\u0007${text}\u001b]8;;\u0007` : text),
    progress: (text) => (stderr.isTTY === true ? spin(stderr, text, level > 0) : { update: () => {}, done: () => {} }),
  };
}

/** Flags first, then `NO_COLOR` (no-color.org), then `FORCE_COLOR`, then what the terminal can do. */
function colorLevel(env: Surroundings["env"], tty: boolean, color: boolean | undefined): ColorSupportLevel {
  const best = (supportsColor ? supportsColor.level : 0) || 1;
  if (color !== undefined) return color ? best : 0;
  if ((env["NO_COLOR"] ?? "") !== "") return 0;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced === "0" || forced === "false" ? 0 : forced === "2" || forced === "3" ? (Number(forced) as ColorSupportLevel) : best;
  return tty && env["TERM"] !== "dumb" ? best : 0;
}

function fileUrl(root: string, file: string): string {
  const url = pathToFileURL(join(root, file));
  return `file://${hostname()}${url.pathname}`;
}

/** Terminals that are known to show OSC 8 links; others would show the escape codes. */
function knowsLinks(env: Surroundings["env"]): boolean {
  if (env["FORCE_HYPERLINK"] !== undefined) return env["FORCE_HYPERLINK"] !== "0";
  if (env["CI"] !== undefined || env["TERM_PROGRAM"] === "Apple_Terminal") return false;
  return ["iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby"].includes(env["TERM_PROGRAM"] ?? "") || Number(env["VTE_VERSION"] ?? 0) >= 5000 || env["WT_SESSION"] !== undefined || /kitty|alacritty/.test(env["TERM"] ?? "");
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

function spin(stderr: NodeJS.WritableStream, first: string, animated: boolean): Progress {
  let text = first;
  let frame = 0;
  let shown = false;
  const draw = (): void => {
    shown = true;
    stderr.write(`\r\u001b[2K${animated ? `${FRAMES[frame++ % FRAMES.length] ?? ""} ` : ""}${text}`);
  };
  let timer = setTimeout(function tick() {
    draw();
    if (!animated) return;
    timer = setTimeout(tick, 100);
    timer.unref();
  }, 300);
  timer.unref();
  return {
    update: (next) => {
      text = next;
      if (shown) draw();
    },
    done: () => {
      clearTimeout(timer);
      if (shown) stderr.write("\r\u001b[2K");
    },
  };
}
