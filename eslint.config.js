import tseslint from "typescript-eslint";

/** The layers of CONTRIBUTING.md: each folder may import only from what stands to its left there. */
const forbid = (files, patterns, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: patterns.map((regex) => ({ regex, message })) }] },
});
const node = "^node:";
const fs = "^node:(fs|child_process|os)";
const parser = "ts-morph|source/typescript/(?!index)";

export default tseslint.config(
  { ignores: ["dist/**", "fixtures/**", "transforms/templates/**", "**/node_modules/**", "coverage/**"] },
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/consistent-type-imports": "error",
      "no-console": "error",
      "max-lines": ["error", { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  forbid(["src/domain.ts"], ["."], "domain.ts imports nothing"),
  forbid(["src/code/**"], ["source/", "adapters/", "transforms/", "cli/", "sandbox/", fs], "code/ stands on domain.ts alone"),
  forbid(["src/source/typescript/**", "src/source/env.ts"], ["adapters/", "transforms/", "cli/", "sandbox/", fs], "source/ stands on domain.ts and code/"),
  forbid(["src/source/repo.ts"], ["adapters/", "transforms/", "cli/", "sandbox/"], "source/ stands on domain.ts and code/"),
  forbid(["src/adapters/**"], ["transforms/", "cli/", "sandbox/", fs, "\\.\\./(frameworks|auth|datastores|env|providers|views)/"], "adapters never edit, never touch the disk, never import each other"),
  // The folder is the registry: it is the one file here that lists a folder.
  forbid(["src/adapters/registry.ts"], ["transforms/", "cli/", "sandbox/"], "adapters never edit"),
  forbid(["transforms/*.ts"], ["cli/", "sandbox/", node, parser, "adapters/(frameworks|auth|datastores|env|providers|views)/"], "transforms never parse, never touch the disk, never name an adapter"),
  forbid(["src/plan.ts", "src/stage.ts"], ["cli/", "sandbox/", fs], "plan and stage are pure"),
  forbid(["src/sandbox/**"], ["\\.\\./(?!sandbox)", "adapters/", "transforms/", "cli/"], "the sandbox imports nothing from the rest"),
  { files: ["src/cli/**", "bin/**", "test/**"], rules: { "no-console": "off" } },
  { files: ["test/**"], rules: { "max-lines": "off" } },
);
