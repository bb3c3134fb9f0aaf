// What a confidence is worth: the sites of a scan, by their confidence, beside what people annotated in the same apps.
//
//   node bin/calibrate.js --set ANNOTATIONS=CLONES [--set …] [--cli "node bin/credyt-integrate.js"] [--list]
//
// ANNOTATIONS is a folder of annotations (fixtures/corpus), CLONES the folder with each app checked out at its commit, as NAME/.
// right: at an annotated place that may be wired. depth: the call or creation below it is annotated, and it stands where its user is known.
// wrong: at a place annotated as wrong. stray: at no annotated place; `--list` names those and the wrong ones. Exit status 0: it measures.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({ options: { set: { type: "string", multiple: true, default: [] }, cli: { type: "string", default: "node bin/credyt-integrate.js" }, list: { type: "boolean", default: false } } });
const BUCKETS = [0.95, 0.9, 0.8, 0.7, 0.5, 0];
const SLACK = { signups: 12, billables: 4 };
const KINDS = ["right", "depth", "wrong", "stray"];

const sites = values.set.flatMap((pair) => {
  const [annotations, clones] = pair.split("=");
  return readdirSync(annotations).filter((file) => file.endsWith(".json")).flatMap((file) => judge(JSON.parse(readFileSync(join(annotations, file), "utf8")), clones));
});
for (const of of ["signups", "billables"]) table(of, sites.filter((site) => site.of === of));
const sure = sites.filter(({ confidence }) => confidence >= 0.9);
const counted = (kind) => sure.filter((site) => site.kind === kind).length;
const known = sure.length - counted("stray");
console.log(`\nAt 0.9 and above: ${known - counted("wrong")} of ${known} annotated sites right (${share(known - counted("wrong"), known)}); ${counted("stray")} more at no annotated place.`);
if (values.list) for (const site of sites.filter(({ kind }) => kind === "wrong" || kind === "stray")) console.log(`${site.kind.padEnd(6)} ${site.confidence.toFixed(2)} ${site.app} ${site.file}:${site.line}`);

/** Every site that a scan of one app reports, with what the annotation says of it. */
function judge(truth, clones) {
  const clone = [truth.name, truth.repo?.split("/")[1]].map((name) => join(clones, name ?? "")).find((path) => existsSync(path));
  const found = clone && scan(join(clone, truth.package_dir ?? "."));
  if (!found) return [];
  const base = (truth.package_dir ?? ".").replace(/^\.\/?|\/$/g, "");
  return found.apps.flatMap((app) => {
    // Paths are those of the repository: a scan gives them relative to the app.
    const whole = ({ file, line, outside }) => ({ file: outside ? file : [base, app.dir === "." ? "" : app.dir, file].filter(Boolean).join("/"), line });
    return ["signups", "billables"].flatMap((of) => [...app[of], ...(app.rejected?.[of] ?? [])].map((site) => ({ of, app: truth.name, confidence: site.confidence, ...whole(site), kind: kindOf(of, site, truth, whole) })));
  });
}

function kindOf(of, site, truth, whole) {
  const all = (of === "signups" ? truth.signup_sites : truth.billable_sites) ?? [];
  const decoys = [...((of === "signups" ? truth.signup_not_sites : truth.billable_not_sites) ?? []), ...all.filter(({ scoring }) => scoring === "forbidden")];
  const welcome = all.filter(({ scoring }) => scoring !== "forbidden");
  const near = (list, { file, line }, slack) => list.some((one) => one.file === file && Math.abs(one.line - line) <= slack);
  if (near(welcome, whole(site), SLACK[of]) || (site.hook === "add" && welcome.some(({ hook }) => hook === "add"))) return "right";
  if (near(decoys, whole(site), 4)) return "wrong";
  return [...(site.via ?? []), ...(site.evidence ?? [])].some((one) => near(welcome, whole(one), 4)) ? "depth" : "stray";
}

function scan(dir) {
  const [command, ...rest] = values.cli.split(" ");
  try {
    return JSON.parse(execFileSync(command, [...rest, "scan", "--json", dir], { maxBuffer: 1 << 28, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  } catch {
    return undefined;
  }
}

function table(of, list) {
  console.log(`\n${of.padEnd(14)}${[...KINDS, "all"].map((kind) => kind.padStart(7)).join("")}`);
  BUCKETS.forEach((low, i) => {
    const inside = list.filter(({ confidence }) => confidence >= low && confidence < (BUCKETS[i - 1] ?? 2));
    console.log(`${`from ${low.toFixed(2)}`.padEnd(14)}${[...KINDS.map((kind) => inside.filter((site) => site.kind === kind).length), inside.length].map((n) => String(n).padStart(7)).join("")}`);
  });
}

function share(part, whole) {
  return whole === 0 ? "none" : `${((100 * part) / whole).toFixed(1)} %`;
}
