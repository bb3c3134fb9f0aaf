import { readFileSync } from "node:fs";
import { openApi } from "../credyt.ts";
import { UserError } from "../errors.ts";
import { findUndelivered, replay, unreadable } from "../replay.ts";
import { accessOf } from "./account.ts";
import type { Process } from "./run.ts";
import { indented } from "./show/layout.ts";
import { openTerminal } from "./terminal.ts";

/** `replay`: posts undelivered events of a log again. Status 1 when some still could not be delivered. */
export async function replayCommand(log: string, flags: { readonly dryRun?: boolean; readonly color?: boolean }, around: Process): Promise<number> {
  const { out, paint, width } = openTerminal(around, flags.color);
  const text = readLog(log);
  const found = findUndelivered(text);
  const broken = cutOff(unreadable(text));
  const say = (sentence: string): void => out(`\n${indented(broken === "" ? sentence : `${sentence} ${broken}`, 2, width)}\n`);
  const count = found.reduce((sum, { ids }) => sum + ids.length, 0);
  if (found.length === 0) {
    say(broken === "" ? "The log holds no undelivered event: nothing to send." : "The log holds no undelivered event that can be read: nothing was sent.");
    return broken === "" ? 0 : 1;
  }
  if (flags.dryRun === true) {
    out(`\n  ${count} undelivered ${count === 1 ? "event" : "events"}:\n${found.flatMap(({ ids }) => ids).map((id) => `    ${id}\n`).join("")}  Nothing was sent. Leave --dry-run out to send them.\n`);
    if (broken !== "") out(`${indented(broken, 2, width)}\n`);
    return 0;
  }
  const access = accessOf(around.env);
  if (!access) throw new UserError("CREDYT_API_KEY is not set", "Set it to the key of the environment that the events belong to, and CREDYT_API_URL when that is not Credyt's own.");
  out(`\n  Sending ${count} ${count === 1 ? "event" : "events"} to ${access.url}\n\n`);
  let failed = 0;
  for await (const { ids, outcome, detail } of replay(found, openApi(access))) {
    const good = outcome === "delivered" || outcome === "known";
    if (!good) failed += ids.length;
    for (const id of ids) out(`  ${good ? paint.green("✔") : paint.red("✖")} ${id}   ${detail}\n`);
  }
  say(failed > 0 ? `${failed} of ${count} could not be delivered. Mend what is said above and replay the same log: what arrived is not billed twice.` : broken === "" ? "All are delivered." : "All that could be read are delivered.");
  return failed === 0 && broken === "" ? 0 : 1;
}

/** What is said of events that a logger cut off; nothing when there are none. */
function cutOff(lines: readonly number[]): string {
  if (lines.length === 0) return "";
  const named = `${lines.slice(0, 10).join(", ")}${lines.length > 10 ? ", ..." : ""}`;
  return `An undelivered event cannot be read in ${lines.length === 1 ? "line" : "lines"} ${named} of the log. If your logger cuts long lines off, look the event up where the whole line is kept.`;
}

function readLog(log: string): string {
  try {
    return readFileSync(log === "-" ? 0 : log, "utf8");
  } catch (error) {
    throw new UserError(`${log} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, "Name a log file, or - to read from stdin.");
  }
}
