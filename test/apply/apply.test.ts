import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { apply } from "../../src/apply.ts";
import type { FilePatch } from "../../src/domain.ts";
import { UserError } from "../../src/errors.ts";
import { journalHome, readJournal } from "../../src/journal.ts";
import { undo } from "../../src/undo.ts";
import { makeTree, permit, readTree } from "./tree.ts";

const meta = { app: "", area: "client", run: "20260101T000000-000", tool: "0.0.0" };

/** What a refusal says, and that nothing was written. */
async function refusal(root: string, files: readonly FilePatch[], over: Partial<typeof meta> = {}): Promise<string> {
  const before = readTree(root, true);
  const error: unknown = await apply(root, { files }, { ...meta, ...over }).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(UserError);
  expect(readTree(root, true)).toEqual(before);
  return (error as UserError).message;
}

const awkward = {
  "bom.js": "\ufeffconst a = 1\n",
  "crlf.js": "const a = 1\r\nconst b = 2\r\n",
  "mixed.js": "const a = 1\r\nconst b = 2\nconst c = 3",
  "bare.js": "const a = 1",
  "empty.js": "",
  "bin/run.sh": "#!/bin/sh\n",
};
const edited = (file: keyof typeof awkward): FilePatch => ({ file, before: awkward[file], after: `${awkward[file]}// ours` });

describe("writing and taking back", () => {
  test("keeps odd bytes and permissions, and undo gives every one of them back", async () => {
    const root = makeTree(awkward);
    permit(root, "bin/run.sh", 0o755);
    const before = readTree(root, true);
    const names = Object.keys(awkward) as (keyof typeof awkward)[];
    await apply(root, { files: [...names.map(edited), { file: "src/lib/credyt/client.ts", after: "export {}\n" }] }, meta);
    const after = readTree(root);
    for (const name of names) expect(readFileSync(join(root, name), "utf8")).toBe(`${awkward[name]}// ours`);
    expect(after["bin/run.sh"]?.split(" ")[0]).toBe("755");
    expect(readFileSync(join(root, "src/lib/credyt/client.ts"), "utf8")).toBe("export {}\n");
    const undone = await undo(root);
    expect(undone).toMatchObject({ restored: names, removed: ["src/lib/credyt/client.ts"], merged: [], left: [] });
    expect(readTree(root, true)).toEqual(before);
  });

  test("several steps of one run are taken back as one, to what stood before the first", async () => {
    const root = makeTree({ "a.ts": "1\n" });
    const before = readTree(root, true);
    await apply(root, { files: [{ file: "a.ts", before: "1\n", after: "1\n2\n" }, { file: "new.ts", after: "x" }] }, meta);
    await apply(root, { files: [{ file: "a.ts", before: "1\n2\n", after: "1\n2\n3\n" }, { file: "new.ts", before: "x", after: "xy" }] }, { ...meta, area: "usage" });
    const journal = readJournal(journalHome(root, ""), meta.run);
    expect(journal?.steps.map(({ area, state }) => [area, state])).toEqual([["client", "done"], ["usage", "done"]]);
    await undo(root);
    expect(readTree(root, true)).toEqual(before);
  });

  test("a second undo takes the run before back", async () => {
    const root = makeTree({ "a.ts": "1" });
    const before = readTree(root, true);
    await apply(root, { files: [{ file: "a.ts", before: "1", after: "2" }] }, meta);
    await apply(root, { files: [{ file: "a.ts", before: "2", after: "3" }] }, { ...meta, run: "20260102T000000-000" });
    await undo(root);
    expect(readFileSync(join(root, "a.ts"), "utf8")).toBe("2");
    await undo(root);
    expect(readTree(root, true)).toEqual(before);
    await expect(undo(root)).rejects.toThrow("There is no run to take back here");
  });

  test("the journal is the app's own and git does not see it", async () => {
    const root = makeTree({ "apps/web/a.ts": "1" });
    execFileSync("git", ["init", "-q"], { cwd: root });
    await apply(root, { files: [{ file: "apps/web/a.ts", before: "1", after: "2" }] }, { ...meta, app: "apps/web" });
    expect(existsSync(join(root, "apps/web/.credyt/runs", meta.run, "journal.json"))).toBe(true);
    expect(execFileSync("git", ["status", "--porcelain", "-uall"], { cwd: root, encoding: "utf8" })).toBe("?? apps/web/a.ts\n");
    mkdirSync(join(root, "apps/web/deep"));
    await undo(join(root, "apps/web/deep"));
    expect(readFileSync(join(root, "apps/web/a.ts"), "utf8")).toBe("1");
  });

  test("undo at the repo's root finds the app below it", async () => {
    const root = makeTree({ "apps/web/a.ts": "1" });
    await apply(root, { files: [{ file: "apps/web/a.ts", before: "1", after: "2" }] }, { ...meta, app: "apps/web" });
    await undo(root);
    expect(readFileSync(join(root, "apps/web/a.ts"), "utf8")).toBe("1");
  });

  test("folders that hold something else stay", async () => {
    const root = makeTree({ "a.ts": "1" });
    await apply(root, { files: [{ file: "lib/credyt/client.ts", after: "x" }] }, meta);
    writeFileSync(join(root, "lib/mine.ts"), "mine");
    await undo(root);
    expect(Object.keys(readTree(root, true))).toEqual(["a.ts", "lib/", "lib/mine.ts"]);
  });
});

describe("undo after later edits", () => {
  const original = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";
  const ours = original.replace("two\n", "two\nours\n");

  test("refuses, names the files, and changes nothing", async () => {
    const root = makeTree({ "a.ts": original, "b.ts": "1" });
    await apply(root, { files: [{ file: "a.ts", before: original, after: ours }, { file: "b.ts", before: "1", after: "2" }] }, meta);
    writeFileSync(join(root, "a.ts"), ours.replace("eight", "EIGHT"));
    const before = readTree(root, true);
    await expect(undo(root)).rejects.toThrow("Changed since they were written, so nothing was taken back:\n  a.ts");
    expect(readTree(root, true)).toEqual(before);
  });

  test("with force, takes out our lines and keeps the edit", async () => {
    const root = makeTree({ "a.ts": original });
    await apply(root, { files: [{ file: "a.ts", before: original, after: ours }] }, meta);
    writeFileSync(join(root, "a.ts"), ours.replace("eight", "EIGHT"));
    expect(await undo(root, { force: true })).toMatchObject({ merged: ["a.ts"], restored: [] });
    expect(readFileSync(join(root, "a.ts"), "utf8")).toBe(original.replace("eight", "EIGHT"));
  });

  test("with force, still refuses where our lines were edited", async () => {
    const root = makeTree({ "a.ts": original });
    await apply(root, { files: [{ file: "a.ts", before: original, after: ours }] }, meta);
    writeFileSync(join(root, "a.ts"), ours.replace("ours", "OURS"));
    const before = readTree(root, true);
    await expect(undo(root, { force: true })).rejects.toThrow("a.ts");
    expect(readTree(root, true)).toEqual(before);
  });

  test("an edited file of ours is not thrown away, not even with force", async () => {
    const root = makeTree({ "a.ts": "1" });
    await apply(root, { files: [{ file: "new.ts", after: "x" }] }, meta);
    appendFileSync(join(root, "new.ts"), "mine");
    await expect(undo(root, { force: true })).rejects.toThrow("new.ts");
    expect(readFileSync(join(root, "new.ts"), "utf8")).toBe("xmine");
  });

  test("a file that was deleted since counts as changed", async () => {
    const root = makeTree({ "a.ts": "1" });
    await apply(root, { files: [{ file: "a.ts", before: "1", after: "2" }] }, meta);
    rmSync(join(root, "a.ts"));
    await expect(undo(root)).rejects.toThrow("a.ts");
  });
});

describe("files of secrets", () => {
  const added = "\n# Your Credyt API key\nCREDYT_API_KEY=\nCREDYT_API_URL=\n";

  test("lines go to the end, old bytes are copied nowhere, undo cuts them off again", async () => {
    const root = makeTree({ ".env": "SECRET=s3cr3t-value\r\nOTHER=1" });
    const before = readTree(root, true);
    await apply(root, { files: [{ file: ".env", after: added }] }, meta);
    expect(readFileSync(join(root, ".env"), "utf8")).toBe("SECRET=s3cr3t-value\r\nOTHER=1\r\n# Your Credyt API key\r\nCREDYT_API_KEY=\r\nCREDYT_API_URL=\r\n");
    const journal = Object.entries(readTree(root, true)).filter(([file]) => file.startsWith(".credyt/"));
    expect(journal.filter(([, content]) => Buffer.from(content.split(" ")[1] ?? "", "base64").includes("s3cr3t"))).toEqual([]);
    await undo(root);
    expect(readTree(root, true)).toEqual(before);
  });

  test("names that are there already are not declared again", async () => {
    const root = makeTree({ ".env": "CREDYT_API_KEY=key_mine\n" });
    await apply(root, { files: [{ file: ".env", after: added }] }, meta);
    expect(readFileSync(join(root, ".env"), "utf8")).toBe("CREDYT_API_KEY=key_mine\nCREDYT_API_URL=\n");
  });

  test("a file that was filled in since is left alone, and the rest is taken back", async () => {
    const root = makeTree({ ".env": "A=1\n", "a.ts": "1" });
    await apply(root, { files: [{ file: ".env", after: added }, { file: ".env.local", after: added }, { file: "a.ts", before: "1", after: "2" }] }, meta);
    const filled = readFileSync(join(root, ".env"), "utf8").replace("KEY=", "KEY=key_1");
    writeFileSync(join(root, ".env"), filled);
    appendFileSync(join(root, ".env.local"), "X=1\n");
    expect(await undo(root)).toMatchObject({ left: [".env", ".env.local"], restored: ["a.ts"] });
    expect(readFileSync(join(root, ".env"), "utf8")).toBe(filled);
    expect(existsSync(join(root, ".credyt"))).toBe(false);
  });
});

describe("refusals", () => {
  test("a file that changed, went or came since the scan", async () => {
    const root = makeTree({ "a.ts": "2" });
    expect(await refusal(root, [{ file: "new.ts", after: "x" }, { file: "a.ts", before: "1", after: "3" }])).toBe("a.ts changed since it was scanned");
    expect(await refusal(root, [{ file: "b.ts", before: "1", after: "3" }])).toBe("b.ts is gone since it was scanned");
    expect(await refusal(root, [{ file: "a.ts", after: "3" }])).toBe("a.ts is there already");
  });

  test("a read-only file", async () => {
    const root = makeTree({ "a.ts": "1", "b.ts": "1" });
    permit(root, "b.ts", 0o444);
    expect(await refusal(root, [{ file: "a.ts", before: "1", after: "2" }, { file: "b.ts", before: "1", after: "2" }])).toBe("b.ts is read-only");
  });

  test("links, and folders that are links", async () => {
    const outside = makeTree({ "a.ts": "1", "lib/x.ts": "1" });
    const root = makeTree({ "b.ts": "1" });
    symlinkSync(join(outside, "a.ts"), join(root, "a.ts"));
    symlinkSync(join(outside, "lib"), join(root, "lib"));
    const far = readTree(outside);
    expect(await refusal(root, [{ file: "a.ts", before: "1", after: "2" }])).toBe("a.ts is a symbolic link");
    expect(await refusal(root, [{ file: "lib/credyt/client.ts", after: "2" }])).toBe("lib is a symbolic link, so lib/credyt/client.ts may lie out of the app's tree");
    expect(readTree(outside)).toEqual(far);
  });

  test.each(["../a.ts", "/etc/passwd", "a/../../b.ts", ".git/config", "a/./b.ts", "a\\b.ts", ""])("the path %j", async (file) => {
    expect(await refusal(makeTree({ "b.ts": "1" }), [{ file, after: "x" }])).toBe(`${file} is out of the app's tree`);
  });
});
