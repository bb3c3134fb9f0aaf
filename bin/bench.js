// `npm run bench`: what a scan costs beside what it cannot cost less than. Every row is a process of its own; ratios are of one run.
//
//   npm run bench                       generated repos of 100, 1 000 and 10 000 files
//   npm run bench -- --dir FOLDER       the same on a repo of yours, beside ripgrep and jscodeshift where they are installed
//   npm run bench -- --sizes 100,1000   other sizes
//   npm run bench -- --runs 5           runs per row (default 3); the median counts
//   npm run bench -- --jscodeshift PATH the package or its bin, for a transform that parses every file and changes nothing
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { generate } from "./bench/generate.js";
import { measure } from "./bench/measure.js";
import { jscodeshift, node, parseAll, readAll, ripgrep, tool } from "./bench/work.js";
import { run } from "./setup.js";

const { values } = parseArgs({ options: { dir: { type: "string" }, sizes: { type: "string", default: "100,1000,10000" }, runs: { type: "string", default: "3" }, jscodeshift: { type: "string" } } });
const runs = Math.max(1, Number(values.runs));
const width = 40;
run("node", ["bin/build.js"]);

await startUp();
if (values.dir === undefined) await growth(values.sizes.split(",").map(Number));
else await folder(resolve(values.dir));

/** What it takes before anything is read. */
async function startUp() {
  title(`Start-up, Node ${process.versions.node}`);
  const bare = await row("node -e 0", node("-e", "0"));
  for (const [flag, limit] of [["--version", 1.5], ["--help", 1.9]]) {
    const one = await row(`credyt-integrate ${flag}`, tool(flag), bare);
    verdict(`${flag} takes at most ${limit} x node -e 0`, one.cpu / bare.cpu, limit);
  }
}

async function growth(sizes) {
  const seen = [];
  for (const size of sizes) {
    const dir = mkdtempSync(join(tmpdir(), `credyt-bench-${size}-`));
    try {
      generate(dir, size);
      seen.push({ size, scan: await rows(dir, `${size.toLocaleString("en")} generated files`) });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }
  const [last, before] = [seen.at(-1), seen.at(-2)];
  if (!last || !before) return;
  title("Growth");
  const bare = await measure(tool("scan", "--json", emptyApp()), runs);
  const perFile = ({ size, scan }) => (scan.cpu - bare.cpu) / size;
  const label = `from ${before.size.toLocaleString("en")} to ${last.size.toLocaleString("en")} files: work per file`;
  verdict(`${label} grows at most 1.3 x`, perFile(last) / perFile(before), 1.3);
  verdict("peak memory per file does not grow", (last.scan.megabytes - bare.megabytes) / last.size / ((before.scan.megabytes - bare.megabytes) / before.size), 1.1);
}

/** An app of one file, for what a scan costs before it has read much. */
function emptyApp() {
  const dir = mkdtempSync(join(tmpdir(), "credyt-bench-1-"));
  generate(dir, 1);
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

async function folder(dir) {
  if (!existsSync(dir)) {
    console.error(`There is no folder ${dir}`);
    process.exit(2);
  }
  const scan = await rows(dir, dir);
  const floor = await row("ripgrep, 51 texts", ripgrep(dir), undefined, scan);
  const list = await row("list, read, one expression", readAll(dir, true), undefined, scan);
  const dry = await row("--dry-run --no-typecheck", tool("--dry-run", "--no-typecheck", "--format", "json", dir), undefined, scan);
  const shift = await row("jscodeshift, parses and changes nothing", jscodeshift(dir, values.jscodeshift), undefined, scan);
  title("Goals");
  // Below that, ripgrep is done before Node has started.
  const large = scan.files >= 1000;
  if (large && floor && list) verdict("list, read and one expression: at most 2 x ripgrep", list.cpu / floor.cpu, 2);
  if (large && floor) verdict("scan: at most 11 x ripgrep", scan.cpu / floor.cpu, 11);
  if (dry) verdict("dry run without types: at most 1.5 x the scan", dry.cpu / scan.cpu, 1.5);
  const times = large ? 10 : 2;
  if (shift) verdict(`jscodeshift: at least ${times} x the scan`, shift.cpu / scan.cpu, times, "least");
  verdict("peak memory of the scan: at most 250 MB", scan.megabytes, 250);
}

/** The rows that every folder gets; gives the scan's. */
async function rows(dir, name) {
  title(name);
  const scan = await row("credyt-integrate scan --json", tool("scan", "--json", dir));
  const { stats, apps } = JSON.parse(scan.output);
  console.log(`  ${" ".repeat(width)}   ${stats.files} files, ${stats.read} read, ${stats.parsed} parsed, ${apps.reduce((sum, app) => sum + app.billables.length, 0)} AI calls found`);
  await row("a plain read of the same files", readAll(dir, false), undefined, scan);
  await row("ts-morph parses all of them", parseAll(dir), undefined, scan);
  return { ...scan, files: stats.files };
}

async function row(label, command, unit, scan) {
  if (typeof command === "string") return void console.log(`  ${label.padEnd(width)}   ${command}`);
  const found = await measure(command, runs);
  const of = unit ?? scan;
  const ratio = of ? `${(found.cpu / of.cpu).toFixed(2).padStart(7)} x ${unit ? "node -e 0" : "the scan"}` : "";
  console.log(`  ${label.padEnd(width)} ${found.wall.toFixed(2).padStart(7)} s ${found.cpu.toFixed(2).padStart(7)} s CPU ${found.megabytes.toFixed(0).padStart(6)} MB ${ratio}`);
  return found;
}


function title(text) {
  console.log(`\n${text}`);
}

function verdict(goal, value, limit, bound = "most") {
  const holds = bound === "most" ? value <= limit : value >= limit;
  console.log(`  ${holds ? "holds " : "misses"}  ${goal}: ${value.toFixed(2)}`);
}
