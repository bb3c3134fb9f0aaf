import { Command, CommanderError } from "commander";
import { nearest } from "../choices/nearest.ts";
import { UserError } from "../errors.ts";
import type { GivenOptions } from "./options.ts";
import type { Process } from "./run.ts";
import { version } from "./version.ts";

const EXAMPLES = `
Examples:
  npx credyt-integrate                       find sign-ups and AI calls here, show every change, apply what you accept
  npx credyt-integrate --dry-run             show all changes, write nothing
  npx credyt-integrate --yes apps/web        apply with credyt.config.json and defaults
  npx credyt-integrate --check               in CI: is every AI call metered and gated, every sign-up wired?
  npx credyt-integrate undo                  take the last run back, byte for byte
  npx credyt-integrate sandbox               a local Credyt to try it with, no account needed

Exit status: 0 done, 1 gaps or failed steps, 2 yours to mend, 70 our bug, 130 Ctrl-C`;

/** Builds the command line; every command loads what it needs when it runs. The result runs one and gives its exit status. */
export function buildProgram(around: Process): (argv: readonly string[]) => Promise<number> {
  let status = 0;
  const root = new Command("credyt-integrate");
  const doing = (act: (...args: never[]) => Promise<number>) => async (...args: unknown[]): Promise<void> => {
    status = await (act as (...args: unknown[]) => Promise<number>)(...args);
  };
  const colorOf = (): { color?: boolean } => pickColor(root.opts<GivenOptions>());
  describeMain(root).action(doing(async (dir: string | undefined, given: GivenOptions) => (await import("./integrate.ts")).integrate(dir ?? ".", given, around)));
  root.command("scan [dir]").description("what is this app? framework, auth, data store, sign-ups, billable activities, with evidence")
    .option("--json", "one JSON document on stdout").option("--app <dir>", "one app of a monorepo").option("--verbose", "how sure each find is, and by which lines")
    .action(doing(async (dir: string | undefined, options: { json?: boolean; app?: string }) => (await import("./scan.ts")).scanCommand(dir ?? ".", { ...root.opts<GivenOptions>(), ...options }, around)));
  root.command("undo [dir]").description("take the last run back, byte for byte")
    .option("--force", "take our lines out of files that were edited since, and keep your edits")
    .action(doing(async (dir: string | undefined, options: { force?: boolean }) => (await import("./undo.ts")).undoCommand(dir ?? ".", { ...options, ...colorOf() }, around)));
  describeSandbox(root.command("sandbox")).action(doing(async (options: object) => (await import("./sandbox.ts")).sandboxCommand(options, around)));
  root.command("verify [dir]").description("drive the billing cycle against the sandbox, or Credyt's test mode with CREDYT_API_KEY")
    .option("--json", "one JSON document on stdout").option("--live", "allow a live key: creates a customer and an event that are billed").option("--app <dir>", "one app of a monorepo").option("--config <file>", "answers from another file than credyt.config.json")
    .action(doing(async (dir: string | undefined, options: object) => (await import("./verify.ts")).verifyCommand(dir ?? ".", { ...root.opts<GivenOptions>(), ...options }, around)));
  root.command("replay <log>").description("send events again that could not be delivered, with their ids; - reads stdin")
    .option("--dry-run", "list them, send nothing")
    .action(doing(async (log: string, options: { dryRun?: boolean }) => (await import("./replay.ts")).replayCommand(log, { ...root.opts<GivenOptions>(), ...options }, around)));
  for (const command of [root, ...root.commands]) settle(command, around);
  return async (argv) => {
    try {
      await root.parseAsync([...argv], { from: "user" });
      return status;
    } catch (error) {
      if (error instanceof CommanderError) return explain(error, root, argv);
      throw error;
    }
  };
}

function describeMain(root: Command): Command {
  return root
    .description("Wires Credyt billing into this app: finds your sign-ups and AI calls, shows every change as a diff, applies what you accept, and can take it back.")
    .argument("[dir]", "the app's folder (default: this one)")
    .option("--areas <list>", "client, customers, usage, gate, portal, balance, costs (default: all but costs)")
    .option("--app <dir>", "one app of a monorepo")
    .option("--dry-run", "show every change, write nothing")
    .option("--yes", "apply everything that needs no answer, with credyt.config.json and defaults")
    .option("--check", "for CI: list what is missing or stale, write nothing; status 1 on a gap")
    .option("--format <form>", "of --dry-run and --check: text, diff, json, markdown, sarif, github")
    .option("--output <file>", "write the report there instead of to stdout")
    .option("--config <file>", "answers from another file than credyt.config.json")
    .option("--allow-dirty", "write although git has uncommitted changes")
    .option("--no-typecheck", "do not compare type errors before and after")
    .option("--color", "colours, also where they are not expected").option("--no-color", "no colours")
    .option("--verbose", "say what was found, how sure that is, and by which lines")
    .version(version(), "-V, --version", "print the version").helpOption("-h, --help", "print this help").helpCommand(false)
    .addHelpText("after", EXAMPLES)
    // `--color` and `--no-color` leave the option unset when neither is given.
    .setOptionValue("color", undefined);
}

function describeSandbox(command: Command): Command {
  const collect = (value: string, all: string[] = []): string[] => [...all, value];
  return command.description("a local Credyt: API, webhooks, and a page that shows customers, balances and events live")
    .option("--port <number>", "the port (default: 4242)").option("--host <address>", "the address to listen on (default: 127.0.0.1)")
    .option("--key <key>", "the API key that is taken (default: key_sandbox)").option("--data <file>", "keep everything there over a restart")
    .option("--product <code>", "a product beside the demo; code:upfront is paid up front, code@CREDITS priced in that asset; repeat for more", collect)
    .option("--webhook <url>", "send webhooks there; repeat for more", collect).option("--strict", "refuse unknown fields with 422");
}

const pickColor = ({ color }: GivenOptions): { color?: boolean } => (color === undefined ? {} : { color });

/** Commander says its errors through us: one voice, one place that ends the process. */
function settle(command: Command, { stdout, stderr }: Process): void {
  command.exitOverride().showSuggestionAfterError(false).allowExcessArguments(false).configureHelp({ minWidthToWrap: 20 })
    .configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(text), outputError: () => {}, getOutHelpWidth: () => Math.min(100, Math.max(60, stdout.columns ?? 80)) });
}

function explain(error: CommanderError, root: Command, argv: readonly string[]): number {
  if (error.exitCode === 0) return 0;
  const flags = [root, ...root.commands.filter((one) => argv.includes(one.name()))].flatMap((one) => [...one.options.map(({ long }) => long ?? ""), "--help"]);
  const unknown = /unknown option '([^']+)'/.exec(error.message)?.[1];
  if (unknown !== undefined) {
    const near = nearest(unknown.split("=")[0] ?? unknown, flags);
    throw new UserError(`There is no option ${unknown}${near === undefined ? "" : `; did you mean ${near}?`}`, "npx credyt-integrate --help lists them all.");
  }
  throw new UserError(error.message.replace(/^error: /, "").replace(/^./, (first) => first.toUpperCase()), "npx credyt-integrate --help shows how it is used.");
}
