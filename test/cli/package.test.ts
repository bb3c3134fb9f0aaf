import { execFileSync, spawn } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { ts } from "ts-morph";
import { beforeAll, describe, expect, test } from "vitest";
import { makeTree, readTree } from "../apply/tree.ts";
import { expressApp } from "./app.ts";
import { built, project, type Ended } from "./cli.ts";

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as Manifest;

/** Files below a folder of the project, relative to the project. */
const filesIn = (folder: string): string[] => readdirSync(join(project, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file.replaceAll("\\", "/")}`).filter((file) => lstatSync(join(project, file)).isFile());

/** Every package that an installation brings: the dependencies and theirs, as the lockfile has them. */
function installedPackages(): string[] {
  const { packages } = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as { packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly peer?: boolean }>> };
  return Object.entries(packages).filter(([path, { dev, devOptional, peer }]) => path !== "" && !(dev ?? devOptional ?? peer) && existsSync(join(project, path))).map(([path]) => path);
}

let home = "";
let packed: readonly string[] = [];

beforeAll(async () => {
  await built();
  home = makeTree({ "package.json": "{}" });
  const [{ filename, files }] = JSON.parse(execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", home], { cwd: project, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })) as [{ filename: string; files: { path: string }[] }];
  packed = files.map(({ path }) => path).sort();
  const own = join(home, "node_modules/credyt-integrate");
  mkdirSync(own, { recursive: true });
  execFileSync("tar", ["-xzf", join(home, filename), "-C", own, "--strip-components=1"]);
  // As npm lays it out, and nothing else: a package that only the project's own tests need is not found.
  for (const path of installedPackages().filter((one) => !one.slice("node_modules/".length).includes("node_modules/"))) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    symlinkSync(join(project, path), join(home, path));
  }
}, 240_000);

/** The packed command, started in another folder. */
function packedCli(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(home, "node_modules/credyt-integrate/bin/credyt-integrate.js"), ...args], { cwd, env: { ...process.env, CREDYT_API_KEY: undefined, CREDYT_API_URL: undefined, FORCE_COLOR: undefined, NO_COLOR: "1" } });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("close", (status) => resolve({ status, stdout, stderr }));
    child.stdin.end();
  });
}

describe("what npm pack gives", () => {
  test("the compiled sources, the templates, the schema, and nothing else", () => {
    const compiled = [...filesIn("src"), ...filesIn("transforms").filter((file) => !file.startsWith("transforms/templates/"))]
      .filter((file) => /\.(?:ts|js)$/.test(file) && !file.endsWith(".d.ts")).map((file) => `dist/${file.replace(/\.ts$/, ".js")}`);
    const license = existsSync(join(project, "LICENSE")) ? ["LICENSE"] : [];
    expect(packed).toEqual(["README.md", ...license, "package.json", "bin/credyt-integrate.js", "schema/credyt.config.schema.json", ...compiled, ...filesIn("transforms/templates/js"), ...filesIn("transforms/templates/ts")].sort());
  });

  test("every package that it imports is one of its dependencies", () => {
    const imported = packed.filter((file) => /^(?:bin|dist)\/.*\.js$/.test(file)).flatMap((file) => ts.preProcessFile(readFileSync(join(home, "node_modules/credyt-integrate", file), "utf8"), true, true).importedFiles.map(({ fileName }) => fileName));
    const names = imported.filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !builtinModules.includes(name)).map((name) => name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/"));
    // The compiler is brought by `require`, from compiler.js.
    expect([...new Set([...names, "ts-morph"])].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  test("installed with all that it needs, it takes at most 22 MB", () => {
    const bytes = (path: string): number => (lstatSync(path).isDirectory() ? readdirSync(path).reduce((sum, name) => sum + (name === "node_modules" ? 0 : bytes(join(path, name))), 0) : lstatSync(path).size);
    const packages = installedPackages();
    const size = packages.reduce((sum, path) => sum + bytes(join(project, path)), bytes(join(home, "node_modules/credyt-integrate")));
    console.log(`installed: ${(size / 1e6).toFixed(1)} MB in ${packages.length + 1} packages`);
    expect(size).toBeLessThan(22_000_000);
  });
});

describe("run from another folder", () => {
  test("says its version", async () => {
    expect(await packedCli(["--version"], makeTree({}))).toEqual({ status: 0, stdout: `${manifest.version}\n`, stderr: "" });
  });

  test("applies, checks, drives the billing cycle, and takes everything back", async () => {
    const root = expressApp();
    const before = readTree(root, true);
    for (const args of [["--yes", "--no-typecheck"], ["--check"], ["verify"]]) expect({ args, ...(await packedCli(args, root)) }).toMatchObject({ args, status: 0, stderr: "" });
    expect(existsSync(join(root, "lib/credyt/client.js"))).toBe(true);
    expect(await packedCli(["undo"], root)).toMatchObject({ status: 0, stderr: "" });
    expect(readTree(root, true)).toEqual(before);
  });
});
