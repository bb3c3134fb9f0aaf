import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeTree, readTree } from "../apply/tree.ts";
import { expressApp } from "../cli/app.ts";
import { built, project } from "../cli/cli.ts";

const home = makeTree({ "package.json": '{ "private": true }' });

const npm = (cwd: string, ...args: string[]): string => execFileSync("npm", [...args, "--no-audit", "--no-fund"], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

/** Packed as for a release, and installed from the registry as a user would. */
beforeAll(async () => {
  await built();
  const [{ filename }] = JSON.parse(npm(project, "pack", "--ignore-scripts", "--json", "--pack-destination", home)) as [{ filename: string }];
  npm(home, "install", join(home, filename));
}, 300_000);

afterAll(() => rmSync(home, { recursive: true, force: true }));

test.each(["20", "22", "24"])("npx runs it on Node %s, and it takes its changes back", (major) => {
  // The registry has each Node as a package of that name.
  const runtime = makeTree({ "package.json": '{ "private": true }' });
  npm(runtime, "install", `node@${major}`);
  const env = { ...process.env, PATH: `${join(runtime, "node_modules/node/bin")}${delimiter}${process.env["PATH"] ?? ""}`, CREDYT_API_KEY: undefined, NO_COLOR: "1" };
  const npx = (...args: string[]): string => execFileSync("npx", ["--no-install", "--prefix", home, "credyt-integrate", ...args], { cwd: home, encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] });
  expect(execFileSync("node", ["--version"], { encoding: "utf8", env })).toMatch(new RegExp(`^v${major}\\.`));
  expect(npx("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  const app = expressApp();
  const before = readTree(app, true);
  expect(npx("--yes", "--no-typecheck", app)).toContain("Applied: API key and client");
  expect(npx("--check", app)).toContain("sign-ups 1 of 1, metered 1 of 1, gated 1 of 1");
  expect(npx("verify", app)).toContain("against a local sandbox");
  npx("undo", app);
  expect(readTree(app, true)).toEqual(before);
  rmSync(runtime, { recursive: true, force: true });
});
