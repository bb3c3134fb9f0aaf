import { realpathSync } from "node:fs";
import { relative, resolve } from "node:path";
import type { Process } from "./run.ts";
import { survey } from "./session.ts";
import { indented } from "./show/layout.ts";
import { headline, showScan } from "./show/scan.ts";
import { openTerminal } from "./terminal.ts";
import { version } from "./version.ts";
import { scanJson } from "../report/scan-json.ts";

/** Options of `scan`. */
export interface ScanFlags {
  readonly json?: boolean;
  readonly app?: string;
  readonly color?: boolean;
  readonly verbose?: boolean;
}

/** `scan`: what is this app? Writes nothing. */
export async function scanCommand(dir: string, flags: ScanFlags, around: Process): Promise<number> {
  const terminal = openTerminal(around, flags.color);
  const found = await survey(dir, flags.app === undefined ? {} : { app: flags.app }, terminal);
  if (flags.json === true) {
    terminal.out(scanJson(found, relative(found.root, realpathSync(resolve(dir))).replaceAll("\\", "/")));
    return 0;
  }
  terminal.out(headline(terminal, version(), found));
  terminal.out(found.apps.map((app) => showScan(terminal, found, app, flags.verbose === true)).join("\n"));
  terminal.out(`\n${indented(`Nothing was written. See every change with ${terminal.paint.bold("npx credyt-integrate --dry-run")}.`, 2, terminal.width)}\n`);
  return 0;
}
