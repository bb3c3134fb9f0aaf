import { writeFileSync } from "node:fs";
import type { AppSurvey, Survey } from "../domain.ts";
import { UserError } from "../errors.ts";
import { readOptions, type GivenOptions, type Options } from "./options.ts";
import type { Process } from "./run.ts";
import { mustBeFolder, openSession, survey } from "./session.ts";
import { openTerminal, type Terminal } from "./terminal.ts";

/** The main command. */
export async function integrate(dir: string, given: GivenOptions, around: Process): Promise<number> {
  const options = readOptions(given);
  const terminal = openTerminal(around, given.color);
  mustBeFolder(dir);
  if (options.mode === "ask" && !terminal.interactive)
    throw new UserError("There is no terminal to ask in", "Give --yes to apply with credyt.config.json and defaults, --dry-run to see every change, or --check to look for gaps.");
  const found = await survey(dir, options, terminal);
  switch (options.mode) {
    case "dry-run": return report(found, options, terminal, (await import("./dry-run.ts")).dryRun);
    case "check": return report(found, options, terminal, (await import("./coverage.ts")).checkCoverage);
    case "yes": return (await import("./unattended.ts")).unattended(openSession(found, theApp(found), options), terminal);
    case "ask": return (await import("./converse.ts")).converse(found, options, terminal, around);
  }
}

/** The one app that is written to. */
function theApp({ apps }: Survey): AppSurvey {
  const [app] = apps;
  if (!app || apps.length > 1) throw new UserError(`There are ${apps.length} apps here: ${apps.map(({ dir }) => dir || ".").join(", ")}`, `Name the one to change: --app ${apps[0]?.dir ?? "<dir>"}.`);
  return app;
}

/** A report's text and the exit status. */
export interface Report {
  readonly text: string;
  readonly status: number;
}

async function report(found: Survey, options: Options, terminal: Terminal, make: (survey: Survey, options: Options, terminal: Terminal) => Promise<Report>): Promise<number> {
  const { text, status } = await make(found, options, terminal);
  if (options.output === undefined) terminal.out(text);
  else write(options.output, text);
  return status;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`, "Name another file for --output.");
  }
}
