// `npm run demo`: the main job on a sample app, from a fresh clone. The app is copied to a temporary folder; nothing else is touched.
//
//   npm run demo                  scan, preview, apply all areas, check types, look for gaps, verify, undo
//   npm run demo -- --keep        stop before the undo and leave the changed app there
//   npm run demo -- --app NAME    another app of fixtures/apps
//   npm run demo -- --no-install  without the app's own packages, so without its types
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, setup } from "./setup.js";

const AREAS = "client,customers,usage,gate,portal,balance,costs";
const args = process.argv.slice(2);
const keep = args.includes("--keep");
const name = args.includes("--app") ? (args[args.indexOf("--app") + 1] ?? "") : "express-jwt-prisma-openai";
const sample = join(root, "fixtures/apps", name, "app");
const known = args.filter((arg, i) => !["--keep", "--no-install", "--app"].includes(arg) && args[i - 1] !== "--app").length === 0;
if (!known || name === "" || !existsSync(sample)) {
  console.error(`npm run demo -- [--keep] [--no-install] [--app NAME], where NAME is one of: ${readdirSync(join(root, "fixtures/apps")).join(", ")}`);
  process.exit(2);
}

setup();
const folder = mkdtempSync(join(tmpdir(), "credyt-demo-"));
const app = join(folder, name);
cpSync(sample, app, { recursive: true, filter: (path) => !/[\\/](?:node_modules|\.next|\.credyt)(?:[\\/]|$)/.test(path.slice(sample.length)) });
const { CREDYT_API_KEY: _key, CREDYT_API_URL: _url, ...env } = process.env;

title(`A copy of ${name}`);
console.log(`  ${app}`);
if (!args.includes("--no-install")) install();
const before = snapshot(app);

title("What is this app?");
cli("scan");
title("What would change?");
const diff = join(folder, "preview.diff");
cli("--dry-run", "--areas", AREAS, "--format", "diff", "--output", diff);
console.log(edited(readFileSync(diff, "utf8")));
console.log(`\n  New files are in the whole preview: ${diff}`);
title("Apply all areas");
const applied = cli("--yes", "--areas", AREAS);
title("Run again: nothing to do");
cli("--yes");
title("Is every AI call metered and gated, every sign-up wired?");
cli("--check");
title("The billing cycle, against a local Credyt");
cli("verify");

if (keep) {
  title("Kept");
  console.log(`  ${app}\n\n  Look at lib/credyt or src/services/credyt, and at the files listed above. Take it back with\n\n    node ${join(root, "bin/credyt-integrate.js")} undo ${app}`);
} else {
  title("Take it back");
  cli("undo");
  const same = JSON.stringify(before) === JSON.stringify(snapshot(app));
  console.log(same ? "\n  Every byte is as it was. Run npm run demo -- --keep to look at the result." : "\n  The app is not as it was: this is a bug.");
  rmSync(folder, { recursive: true, force: true });
  if (!same) process.exit(1);
}
process.exit(applied);

function title(text) {
  console.log(`\n── ${text} ${"─".repeat(Math.max(0, 72 - text.length))}\n`);
}

/** Runs the command in the copied app and gives its status; a bug of ours ends the demo. */
function cli(...options) {
  const { status } = spawnSync(process.execPath, [join(root, "bin/credyt-integrate.js"), ...options], { cwd: app, stdio: "inherit", env });
  if (status === 2 || status === 70 || status === null) process.exit(1);
  return status;
}

/** Types are compared when the app's packages are there; without a network the demo goes on without. */
function install() {
  console.log("\n  Installing its packages, so that types can be compared …");
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"], { cwd: app, stdio: ["ignore", "ignore", "inherit"], env, shell: process.platform === "win32" });
  if (status !== 0) console.log("  That did not work; going on without its types.");
}

/** The part of a diff for files that were there before. */
function edited(text) {
  return text.split(/^(?=diff --git )/m).filter((part) => !part.includes("\nnew file mode")).join("").trimEnd();
}

/** Every file below a folder with its bytes, packages apart. */
function snapshot(dir, at = "") {
  return readdirSync(join(dir, at)).filter((entry) => entry !== "node_modules").sort().flatMap((entry) => {
    const path = join(at, entry);
    const facts = lstatSync(join(dir, path));
    if (facts.isDirectory()) return [path, ...snapshot(dir, path)];
    return [[path, facts.mode, facts.isSymbolicLink() ? readlinkSync(join(dir, path)) : readFileSync(join(dir, path)).toString("base64")]];
  });
}
