import { defineConfig } from "vitest/config";

const count = "./test/count-reporter.ts";

/** `unit` is everything fast; `runtime` starts sample apps and is part of `npm test`; `proof` is the long run of `npm run proof`. */
export default defineConfig({
  test: {
    reporters: ["default", count],
    projects: [
      { test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/runtime/**", "test/proof/**"], testTimeout: 60_000, hookTimeout: 60_000 } },
      { test: { name: "runtime", include: ["test/runtime/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 600_000, fileParallelism: false } },
      { test: { name: "proof", include: ["test/proof/**/*.test.ts"], testTimeout: 600_000, hookTimeout: 900_000, fileParallelism: false } },
    ],
  },
});
