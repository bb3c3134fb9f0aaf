import { realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { DEFAULTS } from "../../src/choices.ts";
import { defaultAnswers } from "../../src/cli/session.ts";
import type { Plan } from "../../src/domain.ts";
import { UserError } from "../../src/errors.ts";
import { makeTree, permit, readTree } from "../apply/tree.ts";
import { commitAll, express, expressApp } from "./app.ts";
import { built, cli, type Ended } from "./cli.ts";

beforeAll(built, 180_000);

/** What a command says when it refuses; status 2, nothing on stdout but what was found, nothing written. */
async function refusal(root: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const before = readTree(root, true);
  const ended: Ended = await cli(args, { cwd: root, env });
  expect({ status: ended.status, tree: readTree(root, true) }).toEqual({ status: 2, tree: before });
  return ended.stderr;
}

describe("flags", () => {
  test.each([
    [["--dryrun"], "There is no option --dryrun; did you mean --dry-run?"],
    [["--allow-drity", "."], "There is no option --allow-drity; did you mean --allow-dirty?"],
    [["scan", "--jsn"], "There is no option --jsn; did you mean --json?"],
    [["--zzzzzzzzzzzz"], "There is no option --zzzzzzzzzzzz"],
    [["--areas", "usage,gates"], '--areas does not know "gates"; did you mean gate?'],
    [["--areas", ","], "--areas names no area"],
    [["--dry-run", "--format", "jsn"], '--format does not know "jsn"; did you mean json?'],
    [["--format", "json"], "--format is for reports"],
    [["--yes", "--output", "x"], "--output is for reports"],
    [["--check", "--format", "diff"], "--check has no diff"],
    [["--yes", "--dry-run"], "--yes and --dry-run cannot go together"],
    [["--yes", "--app"], "Option '--app <dir>' argument missing"],
    [["a", "b"], "Too many arguments."],
    [["scna"], "There is no folder scna"],
    [["sandbox", "--port", "eighty"], '--port takes a number from 0 to 65535, not "eighty"'],
    [["replay", "nowhere.log"], "nowhere.log cannot be read: ENOENT"],
  ])("%j", async (args, message) => {
    const [said, hint] = (await refusal(makeTree({ "a.txt": "" }), args)).trim().split("\n");
    expect(said).toContain(message);
    expect(hint).toMatch(/\.$/);
  });

  test("a mistyped command is taken for a folder, and named", async () => {
    expect(await refusal(makeTree({}), ["scna"])).toBe("\nThere is no folder scna\nDid you mean the command scan? Otherwise name the folder that holds your app's package.json.\n");
  });
});

describe("folders", () => {
  test.each([
    ["is not there", ["--yes", "nowhere"], {}, "There is no folder nowhere"],
    ["is a file", ["--yes", "a.txt"], { "a.txt": "" }, "a.txt is a file, not a folder"],
    ["holds no app that we know", ["--yes"], { "index.html": "" }, "No app that this tool knows was found in ."],
    ["holds a package.json that is broken", ["--yes"], { "package.json": '{\n  "dependencies": {\n    "express": "4",\n  }\n}' }, "package.json:4 is not valid JSON"],
    ["holds a package.json that is no object", ["--yes"], { "package.json": "[]" }, "package.json:1 is not an object in braces"],
    ["holds a Python app", ["--yes"], { "requirements.txt": "fastapi\n", "main.py": "" }, ". holds a Python app, and Python apps are not wired yet"],
    ["has no app of that name", ["--yes", "--app", "apps/api"], { ...express }, "There is no app at apps/api"],
  ])("that %s", async (_name, args, files, message) => {
    expect((await refusal(makeTree(files), args)).trim().split("\n")[0]).toContain(message);
  });

  test("that is a file: undo and verify say so too", async () => {
    for (const command of ["undo", "verify", "scan"]) expect(await refusal(makeTree({ "a.txt": "" }), [command, "a.txt"])).toMatch(/^\na\.txt is a file, not a folder\nName the folder /);
  });

  test("that is inside an app: the app's folder is named", async () => {
    const root = expressApp();
    commitAll(root);
    expect(await refusal(root, ["--yes", "routes"])).toBe("\nroutes is inside an app and holds none itself\nIts package.json is in .: name that folder.\n");
  });

  test("whose package.json holds numbers where npm wants text is read without them", async () => {
    const odd = expressApp({ "package.json": '{ "name": 7, "scripts": [], "dependencies": { "express": "4", "openai": 6, "pg": null } }' });
    const { status, stderr } = await cli(["scan"], { cwd: odd });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("with several apps: the flag that chooses is named", async () => {
    const root = makeTree({ "package.json": '{ "workspaces": ["apps/*"] }', ...Object.fromEntries(["a", "b"].flatMap((app) => Object.entries(express).map(([file, text]) => [`apps/${app}/${file}`, text]))) });
    expect(await refusal(root, ["--yes"])).toBe("\nThere are 2 apps here: apps/a, apps/b\nName the one to change: --app apps/a.\n");
  });
});

describe("the config", () => {
  test("with an unknown setting, a wrong value or broken text", async () => {
    expect(await refusal(expressApp({ "credyt.config.json": '{\n  "product": []\n}' }), ["--dry-run"])).toMatch(/^\ncredyt\.config\.json:2 "product" is not a setting; did you mean "products"\?\nMend credyt\.config\.json and run the command again\./);
    expect(await refusal(expressApp({ "credyt.config.json": '{ "billing": "free" }' }), ["--check"])).toContain('credyt.config.json:1 billing must be one of "usage", "upfront"');
    expect(await refusal(expressApp({ "credyt.config.json": "{," }), ["--yes"])).toContain("credyt.config.json:1 is not valid JSON: a name in double quotes is missing");
    expect(await refusal(expressApp(), ["--yes", "--config", "ci.json"])).toContain("There is no file ci.json");
  });
});

describe("without a terminal", () => {
  test("nothing is asked: the flags are named", async () => {
    expect(await refusal(expressApp(), [])).toBe("\nThere is no terminal to ask in\nGive --yes to apply with credyt.config.json and defaults, --dry-run to see every change, or --check to look for gaps.\n");
  });

  test("nor is anything waited for where the input stays open", async () => {
    const root = expressApp();
    for (const args of [[], ["undo"]]) expect((await cli(args, { cwd: root, silent: true })).status).toBe(2);
    expect((await cli(["--yes", "--no-typecheck", "--areas", "client"], { cwd: root, silent: true })).status).toBe(0);
  });

  test("a question without a default: its key is named", () => {
    const question = { area: "costs", key: "vendors", message: "Which vendors?" } as const;
    expect(() => defaultAnswers({ questions: [question] } as unknown as Plan, { choices: DEFAULTS, path: "" })).toThrow(new UserError("An answer is needed:\n  vendors: Which vendors?", "Write it into credyt.config.json, or run npx credyt-integrate in a terminal."));
    expect(defaultAnswers({ questions: [question] } as unknown as Plan, { choices: DEFAULTS, path: "", text: '{ "vendors": {} }' }).size).toBe(0);
  });
});

describe("git", () => {
  test("uncommitted changes stop it and are named, those that would be edited first; --allow-dirty goes on", async () => {
    const root = expressApp({ "README.md": "x\n" });
    commitAll(root);
    writeFileSync(join(root, "README.md"), "y\n");
    writeFileSync(join(root, "routes/notes.js"), `// mine\n${String(express["routes/notes.js"])}`);
    writeFileSync(join(root, "untracked.txt"), "");
    expect(await refusal(root, ["--yes", "--no-typecheck"])).toBe(
      "\nThere are uncommitted changes:\n  routes/notes.js   would be edited\n  README.md\nCommit or stash them, so that what this tool writes stands alone in the next diff; or give --allow-dirty.\n");
    expect((await cli(["--yes", "--no-typecheck", "--allow-dirty"], { cwd: root })).status).toBe(0);
  });

  test("where git cannot say what is uncommitted nothing is written, and --allow-dirty goes on", async () => {
    const root = expressApp();
    commitAll(root);
    // As for a folder of another owner in a container: git is there, and refuses.
    writeFileSync(join(root, ".git/config"), "[core\n");
    expect(await refusal(root, ["--yes", "--no-typecheck"])).toMatch(/^\nGit cannot say whether there are uncommitted changes: .+\n.*or give --allow-dirty\.\n$/);
    expect((await cli(["--yes", "--no-typecheck", "--allow-dirty"], { cwd: root })).status).toBe(0);
  });

  test("what our last run wrote is not in the way of the next", async () => {
    const root = expressApp();
    commitAll(root);
    expect((await cli(["--yes", "--areas", "client"], { cwd: root })).status).toBe(0);
    expect((await cli(["--yes", "--areas", "client,customers"], { cwd: root })).status).toBe(0);
  });
});

const BROKEN = "const OpenAI = require('openai');\nconst openai = new OpenAI();\nopenai.chat.completions.create({});\nfunction (\n";

describe("files", () => {
  test("one that does not parse is left alone and the rest is done", async () => {
    const root = expressApp({ "routes/broken.js": BROKEN });
    const ended = await cli(["--yes", "--no-typecheck"], { cwd: root });
    expect(ended).toMatchObject({ status: 0, stderr: "" });
    expect(ended.stdout).toContain("  ! Left alone: it does not parse  routes/broken.js:4\n");
    expect(Buffer.from(readTree(root)["routes/broken.js"]?.split(" ")[1] ?? "", "base64").toString()).toBe(BROKEN);
  });

  test("one that does not parse is named by the scan and by --check", async () => {
    const root = expressApp({ "routes/broken.js": BROKEN });
    expect((await cli(["scan"], { cwd: root })).stdout).toMatch(/^ {2}Left alone +it does not parse +routes\/broken\.js:4$/m);
    const { apps } = JSON.parse((await cli(["scan", "--json"], { cwd: root })).stdout) as { apps: { leftAlone?: object }[] };
    expect(apps[0]?.leftAlone).toEqual([{ file: "routes/broken.js", line: 4, why: "it does not parse" }]);
    const check = await cli(["--check"], { cwd: root });
    expect({ status: check.status, named: check.stdout.includes("\n  ! Left alone: it does not parse  routes/broken.js:4\n") }).toEqual({ status: 1, named: true });
  });

  test("a bundled file of 5 MB is not read, and named", async () => {
    const root = expressApp({ "vendor-bundle.js": `const OpenAI = require('openai');\nconst openai = new OpenAI();\nopenai.chat.completions.create({});\n${"var a=1;".repeat(650_000)}` });
    const { status, stdout } = await cli(["scan", "--json"], { cwd: root });
    const [app] = (JSON.parse(stdout) as { apps: { billables: { file: string }[]; leftAlone: object }[] }).apps;
    expect({ status, files: app?.billables.map(({ file }) => file), left: app?.leftAlone }).toEqual({ status: 0, files: ["routes/notes.js"], left: [{ file: "vendor-bundle.js", why: "it is larger than 1.5 MB" }] });
  });

  test("a link out of the tree is neither read nor written", async () => {
    const outside = makeTree({ "notes.js": String(express["routes/notes.js"]) });
    const { "routes/notes.js": _notes, ...rest } = express;
    const root = makeTree({ ...rest, "routes/other.js": "" });
    symlinkSync(join(outside, "notes.js"), join(root, "routes/notes.js"));
    const before = readTree(outside);
    const ended = await cli(["--yes", "--no-typecheck"], { cwd: root });
    expect(ended.status).toBe(0);
    expect(ended.stdout).not.toContain("routes/notes.js");
    expect(readTree(outside)).toEqual(before);
  });

  test("a read-only file is named and nothing is written, not even beside it", async () => {
    const root = expressApp();
    permit(root, "routes/auth.js", 0o444);
    expect(await refusal(root, ["--yes", "--no-typecheck"])).toBe("\nroutes/auth.js is read-only\nAllow writing (chmod u+w routes/auth.js) and run the command again.\n");
  });

  test("a full disk: nothing is written, whichever write it is that fails first", async () => {
    const faults = fileURLToPath(new URL("../apply/faults.mjs", import.meta.url));
    for (const at of [1, 4, 12]) {
      const root = expressApp();
      const before = readTree(root, true);
      const { status, stderr } = await cli(["--yes", "--no-typecheck"], { cwd: root, env: { FAULT: "ENOSPC", FAULT_AT: String(at) }, node: ["--import", faults] });
      expect({ at, status, stderr, tree: readTree(root, true) }).toEqual({ at, status: 2, stderr: `\nThere is no space left on the disk of ${realpathSync(root)}\nNothing was changed. Free some space and run the command again.\n`, tree: before });
    }
  });

  test("a report that cannot be written", async () => {
    expect(await refusal(expressApp(), ["--check", "--output", "no/such/folder/x.md"])).toMatch(/^\nno\/such\/folder\/x\.md cannot be written: ENOENT/);
  });

  test("undo without a run", async () => {
    expect(await refusal(expressApp(), ["undo"])).toBe("\nThere is no run to take back here\nName the folder of the app that was changed: credyt-integrate undo <dir>.\n");
  });
});
