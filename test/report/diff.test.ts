import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FilePatch } from "../../src/domain.ts";
import { fileDiffs, gitDiff, unifiedDiff } from "../../src/report/diff.ts";
import { makeTree } from "../apply/tree.ts";

const long = Array.from({ length: 40 }, (_, i) => `line ${i}`).join("\n");

const patches: readonly FilePatch[] = [
  { file: "a.ts", before: "one\ntwo\n", after: "one\nours\ntwo\n" },
  { file: "crlf.ts", before: "one\r\ntwo\r\n", after: "one\r\nours\r\ntwo\r\n" },
  { file: "mixed.ts", before: "one\r\ntwo\nthree", after: "one\r\ntwo\nthree\nours" },
  { file: "bom.ts", before: "\ufeffone\n", after: "\ufeffours\none\n" },
  { file: "bare.ts", before: "one", after: "one\n" },
  { file: "far.ts", before: long, after: long.replace("line 3\n", "line 3\nours\n").replace("line 36\n", "ours\n") },
  { file: "app/(group)/[id]/page.tsx", before: "x\n", after: "y\n" },
  { file: "a folder/a file.ts", before: "x\n", after: "y\n" },
  { file: "naïve/文件.ts", before: "x\n", after: "y\n" },
  { file: 'quo"te.ts', before: "x\n", after: "y\n" },
  { file: "new/file.ts", after: "export {};\n" },
  { file: "new/bare.ts", after: "export {};" },
  { file: "new/empty.ts", after: "" },
  { file: "new/a blank.ts", after: "x\n" },
];

describe("one patch", () => {
  test("git apply makes exactly the files of it", () => {
    const root = makeTree(Object.fromEntries(patches.filter(({ before }) => before !== undefined).map(({ file, before }) => [file, before ?? ""])));
    execFileSync("git", ["init", "-q"], { cwd: root });
    execFileSync("git", ["apply", "--whitespace=nowarn", "-"], { cwd: root, input: unifiedDiff({ files: patches }) });
    for (const { file, after } of patches) expect([file, readFileSync(join(root, file), "utf8")]).toEqual([file, after]);
  });

  test("git's own diff of the same files says the same", () => {
    const root = makeTree({ "a.ts": "one\ntwo\n", "a folder/a file.ts": "x\n" });
    execFileSync("git", ["init", "-q"], { cwd: root });
    execFileSync("git", ["add", "-A"], { cwd: root });
    const some = patches.filter(({ file }) => ["a.ts", "a folder/a file.ts"].includes(file));
    for (const { file, after } of some) writeFileSync(join(root, file), after);
    const theirs = execFileSync("git", ["diff"], { cwd: root, encoding: "utf8" }).replace(/^index .*\n/gm, "");
    expect([...some].sort((a, b) => (a.file < b.file ? -1 : 1)).map(gitDiff).join("")).toBe(theirs);
  });

  test("files of secrets are left out", () => {
    expect(unifiedDiff({ files: [{ file: ".env", before: "SECRET=1\n", after: "SECRET=1\nCREDYT_API_KEY=\n" }, { file: "web/.env.local", after: "CREDYT_API_KEY=\n" }] })).toBe("");
    expect(unifiedDiff({ files: [{ file: ".env.example", before: "", after: "CREDYT_API_KEY=\n" }] })).not.toBe("");
  });
});

describe("lines", () => {
  test("are numbered as they are in the file before or after", () => {
    const [diff] = fileDiffs({ files: [{ file: "a.ts", before: "1\n2\n3\n4\n", after: "1\nx\n3\n4\n5\n" }] });
    expect(diff).toEqual({ file: "a.ts", kind: "edit", added: 2, removed: 1, hunks: [{ oldStart: 1, newStart: 1, lines: [
      { kind: " ", text: "1", no: 1 }, { kind: "-", text: "2", no: 2 }, { kind: "+", text: "x", no: 2 }, { kind: " ", text: "3", no: 3 }, { kind: " ", text: "4", no: 4 }, { kind: "+", text: "5", no: 5 },
    ] }] });
  });

  test.each([
    ["lines after others", "SECRET=s3cret\nB=2\n", "SECRET=s3cret\nB=2\n\n# ours\nKEY=\n", [[3, ""], [4, "# ours"], [5, "KEY="]]],
    ["after a last line without a break", "SECRET=s3cret", "SECRET=s3cret\nKEY=", [[2, "KEY="]]],
    ["with CRLF", "SECRET=s3cret\r\n", "SECRET=s3cret\r\nKEY=\r\n", [[2, "KEY="]]],
    ["a file that git does not know", undefined, "# ours\nKEY=\n", [[1, "# ours"], [2, "KEY="]]],
  ] as const)("of a file of secrets only ours are shown: %s", (_name, before, after, shown) => {
    const [diff] = fileDiffs({ files: [{ file: ".env", after, ...(before !== undefined && { before }) }] });
    expect(diff?.hunks[0]?.lines.map(({ no, text }) => [no, text])).toEqual(shown);
    expect(JSON.stringify(diff)).not.toContain("s3cret");
  });
});

test("folders of new files need not be there", () => {
  const root = makeTree({});
  mkdirSync(dirname(join(root, "x")), { recursive: true });
  execFileSync("git", ["init", "-q"], { cwd: root });
  execFileSync("git", ["apply", "-"], { cwd: root, input: gitDiff({ file: "deep/er/file.ts", after: "x\n" }) });
  expect(readFileSync(join(root, "deep/er/file.ts"), "utf8")).toBe("x\n");
});
