import { undo } from "../undo.ts";
import type { Process } from "./run.ts";
import { openTerminal } from "./terminal.ts";

/** `undo`: takes the last run back. Reads the journal only, so it works without a scan, without git and after a crash. */
export async function undoCommand(dir: string, flags: { readonly force?: boolean; readonly color?: boolean }, around: Process): Promise<number> {
  const { out, paint } = openTerminal(around, flags.color);
  const { restored, removed, merged, left } = await undo(dir, { force: flags.force === true });
  const lines = [
    ...restored.map((file) => `  ${paint.yellow("~")} ${file}   as it was`),
    ...merged.map((file) => `  ${paint.yellow("~")} ${file}   without our lines, your later edits kept`),
    ...removed.map((file) => `  ${paint.red("-")} ${file}   removed`),
    ...left.map((file) => `  ${paint.dim("·")} ${file}   left alone: it was filled in since; its CREDYT_ lines are yours to remove`),
  ];
  out(`\n${lines.map((line) => `${line}\n`).join("")}\n  The last run is taken back. Run ${paint.bold("npx credyt-integrate")} to start again.\n`);
  return 0;
}
