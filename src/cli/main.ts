import { version } from "./version.ts";

/** Answers `--version` before anything else is loaded; everything else goes through commander, which is loaded only now. */
if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) process.stdout.write(`${version()}\n`);
else {
  const { run } = await import("./run.ts");
  process.exitCode = await run(process.argv.slice(2), process);
}
