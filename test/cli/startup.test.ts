import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { expressApp } from "./app.ts";
import { built, cli } from "./cli.ts";

beforeAll(built, 180_000);

/** Packages and files of ours that a command loads, in the order they were asked for. */
async function loadedBy(args: readonly string[], cwd?: string): Promise<{ readonly status: number | null; readonly packages: string[]; readonly ours: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "credyt-loaded-"));
  const log = join(folder, "loaded.txt");
  writeFileSync(log, "");
  writeFileSync(join(folder, "hooks.mjs"), `import { appendFileSync } from "node:fs";\nexport async function load(url, context, next) {\n  appendFileSync(${JSON.stringify(log)}, url + "\\n");\n  return next(url, context);\n}\n`);
  writeFileSync(join(folder, "register.mjs"), `import { register } from "node:module";\nregister(${JSON.stringify(pathToFileURL(join(folder, "hooks.mjs")).href)});\n`);
  const { status } = await cli(args, { node: ["--import", join(folder, "register.mjs")], ...(cwd !== undefined && { cwd }) });
  const urls = readFileSync(log, "utf8").split("\n").filter((url) => url.startsWith("file:"));
  const packages = urls.flatMap((url) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1] ?? []);
  return { status, packages: [...new Set(packages)].sort(), ours: urls.flatMap((url) => /\/dist\/(.*)$/.exec(url)?.[1] ?? []) };
}

/** It loads TypeScript by `require`, which the log of imports does not show. */
const PARSER = "src/source/typescript/compiler.js";

describe("what a command loads", () => {
  test("--version: nothing but the file that answers", async () => {
    expect(await loadedBy(["--version"])).toEqual({ status: 0, packages: [], ours: ["src/cli/main.js", "src/cli/version.js"] });
  });

  test.each([[["--help"], 0], [["scan", "--help"], 0], [["--unknown-flag"], 2]] as const)("%j: the command line alone", async (args, expected) => {
    const { status, packages } = await loadedBy(args);
    expect({ status, packages }).toEqual({ status: expected, packages: ["commander"] });
  });

  test.each([[["undo"]], [["--dry-run", "--format", "nonsense"]], [["replay", "no.log"]], [["--yes", "nowhere"]]])("%j: no parser, no prompts", async (args) => {
    const { packages, ours } = await loadedBy(args, expressApp());
    expect(packages.filter((name) => ["ts-morph", "@ts-morph/common", "typescript", "inquirer", "hono", "fast-glob"].includes(name))).toEqual([]);
    expect(ours).not.toContain(PARSER);
  });

  test("scan: a parser, but no prompts and no server", async () => {
    const { status, packages, ours } = await loadedBy(["scan"], expressApp());
    expect(status).toBe(0);
    expect(ours).toContain(PARSER);
    expect(packages.filter((name) => name === "inquirer" || name.startsWith("@inquirer/") || name === "hono")).toEqual([]);
  });
});
