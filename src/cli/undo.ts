import { undo } from "../undo.ts";
import type { Process } from "./run.ts";
import { mustBeFolder } from "./session.ts";
import { columns, indented, type Row } from "./show/layout.ts";
import { openTerminal } from "./terminal.ts";

/** `undo`: takes the last run back. Reads the journal only, so it works without a scan, without git and after a crash. */
export async function undoCommand(dir: string, flags: { readonly force?: boolean; readonly color?: boolean }, around: Process): Promise<number> {
  const { out, paint, width } = openTerminal(around, flags.color);
  mustBeFolder(dir, "Name the folder of the app that was changed.");
  const { restored, removed, merged, left, earlier } = await undo(dir, { force: flags.force === true });
  const rows: readonly Row[] = [
    ...restored.map((file) => ({ label: paint.yellow("~"), text: file, place: "as it was" })),
    ...merged.map((file) => ({ label: paint.yellow("~"), text: file, place: "without our lines" })),
    ...removed.map((file) => ({ label: paint.red("-"), text: file, place: "removed" })),
    ...left.map((file) => ({ label: paint.dim("·"), text: file, place: "left alone", note: "it was filled in since; its CREDYT_ lines are yours to remove" })),
  ];
  const next = earlier === 0 ? `Run ${paint.bold("npx credyt-integrate")} to start again.`
    : `${earlier === 1 ? "One earlier run is" : `${earlier} earlier runs are`} still in place: undo again takes ${earlier === 1 ? "it" : "the next one"} back too.`;
  out(`\n${columns(rows, width, paint.dim).map((line) => `${line}\n`).join("")}\n${indented(`The last run is taken back. ${next}`, 2, width)}\n`);
  return 0;
}
