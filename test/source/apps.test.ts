import { expect, test } from "vitest";
import { loadAdapters } from "../../src/adapters/registry.ts";
import { findApps } from "../../src/recognise/apps.ts";
import { memoryRepo } from "./memory.ts";

const adapters = await loadAdapters();

/** Each app's folder, and the scripts that may hold its sites. */
function apps(manifests: Record<string, object>, scripts: readonly string[]): Record<string, readonly string[]> {
  const files = Object.entries(manifests).map(([dir, manifest]): [string, string] => [dir === "" ? "package.json" : `${dir}/package.json`, JSON.stringify(manifest)]);
  const repo = memoryRepo(Object.fromEntries([...files, ...scripts.map((file): [string, string] => [file, "export {};\n"])]));
  return Object.fromEntries(findApps(repo, adapters, undefined).map((app) => [app.dir, app.code.scripts]));
}

test("a package that others use and that starts nothing is a part of them", () => {
  const found = apps({
    "": { name: "acme", workspaces: ["apps/*", "packages/*"] },
    "apps/web": { name: "web", scripts: { dev: "next dev" }, dependencies: { next: "16.0.0", "@acme/api": "workspace:*" } },
    "packages/api": { name: "@acme/api", scripts: { build: "tsc", dev: "tsc --watch" }, dependencies: { hono: "4.10.0" } },
  }, ["apps/web/app/page.tsx", "packages/api/src/chat.ts"]);
  expect(found).toEqual({ "apps/web": ["apps/web/app/page.tsx", "packages/api/src/chat.ts"] });
});

test("another app is not a part, although types and constants are imported from it", () => {
  const found = apps({
    "": { name: "acme", workspaces: ["apps/*"] },
    "apps/server": { name: "@acme/server", scripts: { start: "node src/index.js" }, dependencies: { hono: "4.10.0" } },
    "apps/web": { name: "web", scripts: { dev: "next dev" }, dependencies: { next: "16.0.0", "@acme/server": "workspace:*" } },
  }, ["apps/server/src/chat.ts", "apps/web/app/page.tsx"]);
  expect(found).toEqual({ "apps/server": ["apps/server/src/chat.ts"], "apps/web": ["apps/web/app/page.tsx"] });
});

test("tests, generated files and settings of tools hold no sites", () => {
  const found = apps({ "": { name: "one", dependencies: { express: "5.1.0" } } }, ["src/app.ts", "src/app.test.ts", "src/testUtils.ts", "src/generated/client.ts", "vite.config.ts", "scripts/seed.ts"]);
  expect(found).toEqual({ "": ["src/app.ts"] });
});
