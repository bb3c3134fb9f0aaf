import { expect, test } from "vitest";
import { catalogued } from "../../src/source/catalog.ts";
import { memoryRepo } from "./memory.ts";

const PNPM = 'packages:\n  - apps/*\ncatalog:\n  # pinned\n  ai: ^5.0.2\n  "@ai-sdk/openai": "2.0.1"\n\ncatalogs:\n  next:\n    ai: 6.0.0-beta.3\n  old:\n    ai: ^4.3.0\n';
const BUN = JSON.stringify({ workspaces: { packages: ["apps/*"], catalog: { ai: "^5.1.0" }, catalogs: { old: { ai: "^4.2.0" } } } });

test.each([
  ["pnpm, the usual one", { "pnpm-workspace.yaml": PNPM }, "ai", "catalog:", "^5.0.2"],
  ["pnpm, by its full name", { "pnpm-workspace.yaml": PNPM }, "ai", "catalog:default", "^5.0.2"],
  ["pnpm, a scoped package", { "pnpm-workspace.yaml": PNPM }, "@ai-sdk/openai", "catalog:", "2.0.1"],
  ["pnpm, a named one", { "pnpm-workspace.yaml": PNPM }, "ai", "catalog:next", "6.0.0-beta.3"],
  ["pnpm, the last one", { "pnpm-workspace.yaml": PNPM }, "ai", "catalog:old", "^4.3.0"],
  ["pnpm, without the package", { "pnpm-workspace.yaml": PNPM }, "openai", "catalog:", undefined],
  ["pnpm, a package of another catalog only", { "pnpm-workspace.yaml": "catalogs:\n  a:\n    ai: 1.0.0\n  b:\n    openai: 2.0.0\n" }, "openai", "catalog:a", undefined],
  ["Bun", { "package.json": BUN }, "ai", "catalog:", "^5.1.0"],
  ["Bun, a named one", { "package.json": BUN }, "ai", "catalog:old", "^4.2.0"],
  ["nowhere", { "package.json": "{" }, "ai", "catalog:", undefined],
])("%s", (_, files, name, declared, version) => {
  expect(catalogued(memoryRepo(files as Record<string, string>), name, declared)).toBe(version);
});
