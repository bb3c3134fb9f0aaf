// `npm test`: everything that must be green, from a fresh clone: install, build, lint, types, unit, fixtures, runtime proofs.
import { run, setup } from "./setup.js";

setup();
run("npm", ["run", "--silent", "lint"]);
run("node", ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", "--project", "runtime"]);
