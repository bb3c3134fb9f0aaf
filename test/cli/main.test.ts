import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readTree } from "../apply/tree.ts";
import { commitAll, expressApp } from "./app.ts";
import { built, cli } from "./cli.ts";

beforeAll(built, 180_000);

const run = (root: string, ...args: string[]): ReturnType<typeof cli> => cli([...args, "--no-typecheck"], { cwd: root });

describe("--yes", () => {
  test("applies, says what it did, and undo takes every byte back", async () => {
    const root = expressApp();
    commitAll(root);
    const before = readTree(root, true);
    const first = await run(root, "--yes");
    expect(first).toMatchObject({ status: 0, stderr: "" });
    expect(first.stdout).toMatch(/^\n {2}credyt-integrate \d/);
    for (const said of ["Applied: API key and client", "~ routes/notes.js", "+ lib/credyt/client.js", "Try this", "npx credyt-integrate undo"]) expect(first.stdout).toContain(said);
    expect(JSON.parse(readFileSync(join(root, "credyt.config.json"), "utf8"))).toMatchObject({ products: [], billing: "usage", asset: "USD" });
    const undone = await cli(["undo"], { cwd: root });
    expect(undone).toMatchObject({ status: 0, stderr: "" });
    expect(readTree(root, true)).toEqual(before);
  });

  test("a second run changes nothing and says so", async () => {
    const root = expressApp();
    commitAll(root);
    await run(root, "--yes");
    const after = readTree(root, true);
    const second = await run(root, "--yes");
    expect(second.status).toBe(0);
    expect(second.stdout).toContain("Nothing to do");
    expect(readTree(root, true)).toEqual(after);
  });

  test("only the areas that were asked for, and the config says which", async () => {
    const root = expressApp();
    expect((await run(root, "--yes", "--areas", "client")).status).toBe(0);
    expect(existsSync(join(root, "lib/credyt/client.js"))).toBe(true);
    expect(existsSync(join(root, "lib/credyt/usage.js"))).toBe(false);
    expect(JSON.parse(readFileSync(join(root, "credyt.config.json"), "utf8"))).toMatchObject({ areas: ["client"] });
  });

  test("a function that the config names is handed over, one that is not there is told", async () => {
    const billable = [{ file: "routes/auth.js", function: "router", eventType: "export" }, { file: "gone.js", function: "render", eventType: "video" }];
    const { status, stdout } = await run(expressApp({ "credyt.config.json": JSON.stringify({ billable }) }), "--dry-run", "--format", "json");
    const usage = (JSON.parse(stdout) as { areas: { area: string; handoffs: { title: string; paste: string }[]; notes: { title: string }[] }[] }).areas.find(({ area }) => area === "usage");
    expect({ status, titles: usage?.handoffs.map(({ title }) => title) }).toEqual({ status: 0, titles: ["router in routes/auth.js, named in credyt.config.json"] });
    expect(usage?.handoffs[0]?.paste).toMatch(/recordUsage\(\{ userId: user\.id, eventType: ['"]export['"]/);
    expect(usage?.notes.map(({ title }) => title)).toContain('render in gone.js, named in credyt.config.json, is not there: mend "billable"');
  });

  test("each call of a function that the config names is wired and counted", async () => {
    const files = {
      "credyt.config.json": JSON.stringify({ billable: [{ file: "lib/render.js", function: "renderVideo", eventType: "video" }] }),
      "lib/render.js": "exports.renderVideo = async (script) => (await fetch('http://farm.internal', { method: 'POST', body: script })).json();\n",
      "routes/films.js": "const requireUser = require('../middleware/auth');\nconst { renderVideo } = require('../lib/render');\n\nconst router = require('express').Router();\n\nrouter.post('/', requireUser, async (req, res) => {\n  const film = await renderVideo(req.body.script);\n  res.json(film);\n});\n\nmodule.exports = router;\n",
    };
    const root = expressApp(files);
    expect((await run(root, "--check")).stdout).toContain("metered 0 of 2");
    expect((await run(root, "--yes")).status).toBe(0);
    expect((await run(root, "--check")).stdout).toContain("metered 2 of 2, gated 2 of 2");
  });

  test("undo says when an earlier run is still in place", async () => {
    const root = expressApp();
    await run(root, "--yes", "--areas", "client");
    await run(root, "--yes", "--areas", "client,customers");
    expect((await cli(["undo"], { cwd: root })).stdout).toContain("One earlier run is still in place");
    expect((await cli(["undo"], { cwd: root })).stdout).toContain("Run npx credyt-integrate to start again.");
  });

  test("a run that was killed while it wrote is put in order first", async () => {
    const root = expressApp();
    await run(root, "--yes", "--areas", "client");
    const [id = ""] = execFileSync("ls", [join(root, ".credyt/runs")], { encoding: "utf8" }).split("\n");
    const journal = join(root, ".credyt/runs", id, "journal.json");
    writeFileSync(journal, readFileSync(journal, "utf8").replace('"state": "done"', '"state": "writing"'));
    const next = await run(root, "--yes", "--areas", "client");
    expect(next.status).toBe(0);
    expect(next.stderr).toMatch(/^A run was interrupted while it wrote; put back: /);
    expect(next.stdout).toContain("Applied: API key and client");
  });

  test("a second app of a monorepo gets its own config and journal", async () => {
    const { express } = await import("./app.ts");
    const { makeTree } = await import("../apply/tree.ts");
    const root = makeTree({ "package.json": '{ "workspaces": ["apps/*"] }', ...Object.fromEntries(["a", "b"].flatMap((app) => Object.entries(express).map(([file, text]) => [`apps/${app}/${file}`, text]))) });
    expect((await run(root, "--yes", "--app", "apps/b")).status).toBe(0);
    const files = Object.keys(readTree(root, true));
    expect(files.filter((file) => file.startsWith("apps/a/") && /credyt/.test(file))).toEqual([]);
    expect(files).toContain("apps/b/credyt.config.json");
    expect(files).toContain("apps/b/.credyt/.gitignore");
    expect((await cli(["undo", "apps/b"], { cwd: root })).status).toBe(0);
    expect(Object.keys(readTree(root, true)).filter((file) => /credyt/.test(file))).toEqual([]);
  });
});

describe("--dry-run", () => {
  test("writes nothing; its diff is what --yes writes", async () => {
    const root = expressApp();
    commitAll(root);
    const before = readTree(root, true);
    const { status, stdout } = await run(root, "--dry-run", "--format", "diff");
    expect(status).toBe(0);
    expect(readTree(root, true)).toEqual(before);
    const other = expressApp();
    commitAll(other);
    execFileSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: other, input: stdout });
    await run(root, "--yes");
    const { "credyt.config.json": _config, ...written } = readTree(root);
    expect(written).toEqual(readTree(other));
  });

  test("as JSON holds areas, changes, files, questions and a verdict", async () => {
    const { status, stdout, stderr } = await run(expressApp(), "--dry-run", "--format", "json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const plan = JSON.parse(stdout) as { schemaVersion: number; areas: { area: string; changes: { id: string; files: { file: string; kind: string; diff: string }[] }[] }[]; questions: { key: string }[]; verdict: object };
    expect(plan.schemaVersion).toBe(1);
    expect(plan.areas.map(({ area }) => area)).toEqual(["client", "customers", "usage", "gate", "portal", "balance"]);
    expect(plan.areas.flatMap(({ changes }) => changes).every(({ id, files }) => id !== "" && files.every(({ diff }) => diff !== ""))).toBe(true);
    const created = plan.areas.flatMap(({ changes }) => changes.flatMap(({ files }) => files)).filter(({ kind, file }) => kind === "create" && file === "lib/credyt/client.js");
    expect(created).toHaveLength(1);
    expect(plan.questions.map(({ key }) => key)).toContain("products");
    expect(plan.verdict).toEqual({ newTypeErrors: [], leaks: [], broken: [], typecheck: "skipped: turned off with --no-typecheck", oldTypeErrors: 0 });
  });

  test.each([["markdown", /^## Credyt billing in notes\n/], ["sarif", /^\{\n {2}"\$schema": "https:\/\/json\.schemastore\.org\/sarif-2\.1\.0\.json"/], ["github", /^::notice file=/], ["text", /^\n {2}credyt-integrate /]])("as %s", async (format, begins) => {
    const { status, stdout } = await run(expressApp(), "--dry-run", "--format", format);
    expect(status).toBe(0);
    expect(stdout).toMatch(begins);
  });

  test("into a file: nothing on stdout", async () => {
    const root = expressApp();
    const { status, stdout } = await run(root, "--dry-run", "--format", "diff", "--output", "plan.diff");
    expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
    expect(readFileSync(join(root, "plan.diff"), "utf8")).toMatch(/^diff --git /);
  });

  test("tells nothing of the values in files of secrets", async () => {
    const root = expressApp({ ".env": "JWT_SECRET=hunter2-value\n", ".gitignore": "node_modules\n" });
    for (const format of ["text", "json", "markdown"]) expect((await run(root, "--dry-run", "--format", format)).stdout).not.toContain("hunter2");
    const yes = await run(root, "--yes");
    expect(yes.stdout + yes.stderr).not.toContain("hunter2");
    const copied = Object.entries(readTree(root, true)).filter(([file, content]) => file !== ".env" && Buffer.from(content.split(" ")[1] ?? "", "base64").includes("hunter2"));
    expect(copied.map(([file]) => file)).toEqual([]);
  });
});

describe("--check", () => {
  test("status 1 and every gap before, fewer gaps after", async () => {
    const root = expressApp();
    const before = await cli(["--check"], { cwd: root });
    expect(before.status).toBe(1);
    expect(before.stdout).toContain("sign-ups 0 of 1, metered 0 of 1, gated 0 of 1");
    expect(before.stdout).toMatch(/routes\/notes\.js:10/);
    await run(root, "--yes");
    const after = await cli(["--check"], { cwd: root });
    expect(after.stdout).toContain("sign-ups 1 of 1, metered 1 of 1, gated 1 of 1");
    expect({ status: after.status, gaps: after.stdout.includes("✖") }).toEqual({ status: 0, gaps: false });
  });

  test("a paid call that came later is seen; said not to be billed, it is no gap", async () => {
    const root = expressApp();
    await run(root, "--yes");
    const file = join(root, "routes/notes.js");
    writeFileSync(file, readFileSync(file, "utf8").replace("module.exports", "router.post('/translate', requireUser, async (req, res) => {\n  const answer = await openai.chat.completions.create({ model: 'gpt-4o', user: req.user.id, messages: [] });\n  res.json(answer.choices[0].message);\n});\n\nmodule.exports"));
    const seen = await cli(["--check", "--format", "github"], { cwd: root });
    expect(seen.status).toBe(1);
    expect(seen.stdout.split("\n").filter((line) => line.startsWith("::error file=routes/notes.js"))).toHaveLength(2);
    const config = join(root, "credyt.config.json");
    writeFileSync(config, readFileSync(config, "utf8").replace('"activities": [', `"activities": [{ "at": "routes/notes.js#router.post('/translate')", "billed": false },`));
    const exempt = await cli(["--check", "--format", "json"], { cwd: root });
    expect(JSON.parse(exempt.stdout)).toMatchObject({ ok: true, apps: [{ gaps: [], exempt: [{ why: "credyt.config.json says so" }] }] });
    expect(exempt.status).toBe(0);
  });

  test("a file of ours that lacks what today's has is stale", async () => {
    const root = expressApp();
    await run(root, "--yes");
    const file = join(root, "lib/credyt/gate.js");
    writeFileSync(file, readFileSync(file, "utf8").replace(/estimate\b/g, "guess"));
    const { status, stdout } = await cli(["--check", "--format", "json"], { cwd: root });
    expect(status).toBe(1);
    const [app] = (JSON.parse(stdout) as { apps: { gaps: { rule: string; what: string }[] }[] }).apps;
    expect(app?.gaps.map(({ rule, what }) => [rule, what])).toEqual([["stale-file", "lib/credyt/gate.js: it has no estimate"]]);
  });
});

describe("scan", () => {
  test("as JSON is one document and nothing else", async () => {
    const { status, stdout, stderr } = await cli(["scan", "--json"], { cwd: expressApp() });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const { schemaVersion, apps, stats } = JSON.parse(stdout) as { schemaVersion: number; apps: Record<string, unknown>[]; stats: Record<string, number> };
    expect(schemaVersion).toBe(1);
    expect(Object.keys(stats)).toEqual(["files", "read", "parsed", "milliseconds"]);
    expect(apps).toHaveLength(1);
    expect(apps[0]).toMatchObject({
      dir: ".", language: "javascript", moduleSystem: "commonjs", packageManager: "npm", framework: { id: "express", version: "4.19.0", evidence: [{ file: "package.json", line: 9 }] },
      datastore: { id: "mongoose", userModel: { name: "User", file: "models/user.js", line: 3 } }, env: { files: [".env.example"] },
      signups: [{ file: "routes/auth.js", line: 8, kind: "route-handler", wired: [] }],
      billables: [{ file: "routes/notes.js", line: 10, call: "chat.completions.create", provider: "openai", streaming: false, user: "req.user.id", wired: [] }],
    });
  });

  test("of an app in a folder below names it from where it was asked", async () => {
    const { makeTree } = await import("../apply/tree.ts");
    const { express } = await import("./app.ts");
    const root = makeTree(Object.fromEntries([["package.json", '{ "workspaces": ["apps/*"] }'], ...Object.entries(express).map(([file, text]) => [`apps/api/${file}`, text])]) as Record<string, string>);
    const dirs = async (args: string[], cwd: string): Promise<unknown> => (JSON.parse((await cli(["scan", "--json", ...args], { cwd })).stdout) as { apps: { dir: string; billables: { file: string }[] }[] }).apps.map(({ dir, billables }) => [dir, billables[0]?.file]);
    expect(await dirs([], root)).toEqual([["apps/api", "routes/notes.js"]]);
    expect(await dirs(["apps/api"], root)).toEqual([[".", "routes/notes.js"]]);
    expect(await dirs([], join(root, "apps"))).toEqual([["api", "routes/notes.js"]]);
    expect(await dirs(["--app", "apps/api"], root)).toEqual([["apps/api", "routes/notes.js"]]);
  });
});
