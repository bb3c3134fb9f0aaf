import { createTwoFilesPatch } from "diff";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { textOf } from "../src/code/code.ts";
import { AREAS, type AppSurvey, type Choices, type Plan, type RepoPath } from "../src/domain.ts";
import { plan } from "../src/plan.ts";
import { scan } from "../src/scan.ts";
import { parseText, syntaxErrors } from "../src/source/typescript/parse.ts";
import { stage, type Staged } from "../src/stage.ts";
import { loadTemplates } from "../src/templates.ts";

/** Choices of a case that says none. */
export const CHOICES: Choices = {
  products: ["demo"], billing: "usage", activities: [], billable: [], asset: "USD", vendors: {},
  returnPath: "/billing", failurePath: "/billing?payment=failed", whenUnavailable: "allow", pages: {}, areas: AREAS,
};

const templates = loadTemplates();

/** One app copied to a folder of its own, so that nothing of this repo is in reach. */
export function copyApp(app: string): { readonly dir: string; readonly remove: () => void } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "credyt-case-")));
  cpSync(app, dir, { recursive: true });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

/** What the pipeline makes of a folder: the first app's survey, its plan, and the patch of all changes. */
export async function run(dir: string, choices: Partial<Choices> = {}): Promise<{ readonly app: AppSurvey; readonly plan: Plan; readonly patch: Staged }> {
  const survey = await scan(dir, { named: () => choices.billable ?? [] });
  const app = survey.apps[0];
  if (!app) throw new Error(`no app in ${dir}`);
  const planned = plan(app, { ...CHOICES, ...choices }, templates);
  return { app, plan: planned, patch: stage(planned, new Set(planned.changes.map((change) => change.id))) };
}

/** Writes a patch into a folder. */
export function write(dir: string, patch: Staged): void {
  for (const file of patch.files) {
    mkdirSync(dirname(join(dir, file.file)), { recursive: true });
    writeFileSync(join(dir, file.file), file.after);
  }
}

/** The survey as a person checks it: sites with what they say. */
export function surveyText(app: AppSurvey): string {
  const signups = app.signups.map((one) => ({
    at: `${one.file}:${one.line}`, symbol: one.symbol, kind: one.kind, ...(one.hook && { hook: one.hook }), ...(one.handler?.route && { route: one.handler.route }),
    user: Object.fromEntries(Object.entries(one.user).map(([key, value]) => [key, value ? textOf(value) : null])),
    confidence: one.confidence, ...(one.wired.length > 0 && { wired: one.wired }), ...(one.reason && { reason: one.reason }),
  }));
  const billables = app.billables.map((one) => ({
    at: `${one.file}:${one.line}`, symbol: one.symbol, call: one.call, provider: one.provider, streaming: one.streaming,
    ...(one.handler?.route && { route: one.handler.route }), user: one.user?.text ?? null, eventType: one.eventType,
    ...(one.recording && { meter: Object.fromEntries(Object.entries(one.recording.meter).map(([key, value]) => [key, textOf(value)])) }),
    confidence: one.confidence, ...(one.wired.length > 0 && { wired: one.wired }), ...(one.notBilled && { notBilled: one.notBilled }), ...(one.reason && { reason: one.reason }),
    ...(one.via && { via: one.via.map((step) => `${step.file}:${step.line}`) }),
  }));
  const { framework, auth, datastore, env } = app;
  const model = datastore?.userModel;
  return `${JSON.stringify({ framework: [framework.id, framework.variant].filter(Boolean).join(" "), auth: auth.map((one) => one.id), ...(datastore && { datastore: datastore.id }), ...(model && { userModel: `${model.name} ${model.file}:${model.line}` }), ...(env.module && { env: `${env.module.id} ${env.module.file}:${env.module.line}` }), signups, billables }, null, 2)}\n`;
}

/** The patch of the app's own files; files of ours are named with their length, since templates have tests of their own. */
export function patchText(app: AppSurvey, patch: Staged): string {
  const own = (file: RepoPath): boolean => file.startsWith(`${app.home.dir}/`);
  const ours = patch.files.filter((file) => own(file.file)).map((file) => `+ ${file.file}\n`);
  const edits = patch.files.filter((file) => !own(file.file)).map((file) => createTwoFilesPatch(file.before === undefined ? "/dev/null" : `a/${file.file}`, `b/${file.file}`, file.before ?? "", file.after, "", "", { context: 2 }).replace(/^=+\n/, "").replace(/^(---|\+\+\+) (\S+)\t$/gm, "$1 $2"));
  return [...ours, ...edits].join("");
}

/** Handoffs, and notes on what is left alone, as text. */
export function leftText(planned: Plan): string {
  const handoffs = planned.handoffs.map((one) => `handoff ${one.area}: ${one.title}\n  ${one.evidence.file}:${one.evidence.line}\n  ${one.reason}\n${textOf(one.paste).replace(/^/gm, "  | ")}\n`);
  const notes = planned.notes.map((one) => `${one.kind} ${one.area}: ${one.title}\n`);
  return [...handoffs, ...notes].join("");
}

/** Scripts of a patch that do not parse. */
export function brokenFiles(patch: Staged): string[] {
  return patch.files.filter((file) => /\.(?:[cm]?[jt]s|[jt]sx)$/.test(file.file)).flatMap((file) => {
    const old = file.before === undefined ? 0 : syntaxErrors(parseText(file.file, file.before)).length;
    return syntaxErrors(parseText(file.file, file.after)).length > old ? [file.file] : [];
  });
}

/** Compares with an expectation on disk. A missing one is written, and fails where `CI` is set. */
export function expected(folder: string, name: string, actual: string): string {
  const file = join(folder, "expected", name);
  if (existsSync(file) && process.env["UPDATE"] === undefined) return readFileSync(file, "utf8");
  if (process.env["CI"] !== undefined) return `there is no ${file}: run the tests without CI, read what appears, commit it`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, actual);
  return actual;
}
