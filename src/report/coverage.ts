import type { ActivityChoice, AppSurvey, Area, BillableCall, Change, Choices, Evidence, Generated, Plan, RepoPath } from "../domain.ts";
import { GENERATED } from "../domain.ts";
import { plan } from "../plan.ts";
import { stage } from "../stage.ts";
import type { Templates } from "../templates.ts";
import { UNAWAITED } from "../recognise/wired.ts";
import { staleAnswers, type StaleAnswer } from "../../transforms/answers.ts";
import type { Context } from "../../transforms/transform.ts";
import { choiceFor, isBilled } from "../../transforms/usage.ts";
import { changeEvidence, shownPath } from "./report.ts";

/** What a gap is an instance of, as code scanning names it. */
export const RULES = {
  "unmetered-activity": "A billable activity sends no usage event",
  "ungated-activity": "A billable activity is not behind a balance check",
  "unwired-signup": "A new account gets no customer in Credyt",
  "unawaited-call": "Nobody waits for a call to Credyt: a serverless host may stop before it is done",
  "missing-wiring": "Something that billing needs is not wired",
  "stale-event-type": "The event type in the code is not the one in credyt.config.json",
  "stale-answer": "credyt.config.json speaks of something that is not in the app",
  "stale-file": "A file of this tool is older than the code that uses it",
} as const;
export type Rule = keyof typeof RULES;

/** Something that is missing or stale. `how`: running the tool mends it, or a person must. */
export interface Gap {
  readonly rule: Rule;
  readonly area: Area;
  /** What it is about: `POST: streamText`. */
  readonly subject: string;
  /** What it lacks: `no usage event`. Empty when the subject says it all. */
  readonly lacks: string;
  readonly how: "run" | "hand";
  readonly evidence: Evidence;
}

/** A gap in one line. */
export const inWords = ({ subject, lacks }: Gap): string => (lacks === "" ? subject : `${subject}: ${lacks}`);

/** How much of one kind is done: metered 5 of 6. */
export interface Tally {
  readonly label: string;
  readonly done: number;
  readonly of: number;
}

/** What `--check` tells of one app. `exempt` are sites that are deliberately not billed, or too uncertain to ask for. */
export interface Coverage {
  readonly app: AppSurvey;
  readonly tallies: readonly Tally[];
  readonly gaps: readonly Gap[];
  readonly exempt: readonly { readonly what: string; readonly why: string; readonly evidence: Evidence }[];
}

/** Compares what an app has with what it should have for these choices. Pure. */
export function coverageOf(app: AppSurvey, choices: Choices, templates: Templates): Coverage {
  const planned = plan(app, choices, templates);
  const wants = (area: Area): boolean => choices.areas.includes(area);
  const context: Context = { app, choices, templates };
  const decided = (call: BillableCall): ActivityChoice | undefined => choiceFor(context, call);
  const billed = app.billables.filter((call) => isBilled(context, call));
  const signups = signupGroups(app);
  const metered = (call: BillableCall): boolean => call.wired.includes("recordUsage") || call.wired.includes("recordStream");
  const gated = (call: BillableCall): boolean => call.wired.includes("checkBalance");
  const joined = (group: readonly { readonly wired: readonly string[] }[]): boolean => group.some(({ wired }) => wired.includes("ensureCustomer"));
  const siteGaps = [
    ...(wants("customers") ? signups.filter((group) => !joined(group)).flatMap((group) => group.slice(0, 1)).map((one) => gap("unwired-signup", "customers", [one.symbol, "no customer for the new account"], siteEvidence(one), planned)) : []),
    ...(wants("usage") ? billed.filter((call) => !metered(call)).map((call) => gap("unmetered-activity", "usage", [subjectOf(call), "no usage event"], siteEvidence(call), planned)) : []),
    ...(wants("gate") ? billed.filter((call) => !gated(call)).map((call) => gap("ungated-activity", "gate", [subjectOf(call), "no balance check in front"], siteEvidence(call), planned)) : []),
    ...[...signups.flat(), ...billed].flatMap((site) => looseCalls(site)),
  ];
  return {
    app,
    tallies: [
      ...(wants("customers") ? [{ label: "sign-ups", done: signups.filter(joined).length, of: signups.length }] : []),
      ...(wants("usage") ? [{ label: "metered", done: billed.filter(metered).length, of: billed.length }] : []),
      ...(wants("gate") ? [{ label: "gated", done: billed.filter(gated).length, of: billed.length }] : []),
    ],
    gaps: [...siteGaps, ...otherChanges(app, planned), ...staleTypes(app, billed.filter(metered), decided), ...staleAnswers(context).filter(({ area }) => wants(area)).map(staleAnswer), ...staleFiles(app, choices, templates)],
    exempt: app.billables.filter((call) => !isBilled(context, call)).map((call) => ({ what: subjectOf(call), why: call.notBilled ?? (decided(call) ? "credyt.config.json says so" : "it is uncertain that this is a paid call"), evidence: siteEvidence(call) })),
  };
}

interface SiteLike {
  readonly file: RepoPath;
  readonly line: number;
  readonly symbol: string;
  readonly wired: readonly string[];
  readonly evidence: readonly Evidence[];
}

const siteEvidence = ({ file, line, symbol, evidence }: SiteLike): Evidence => ({ file, line, text: evidence.find((one) => one.file === file && one.line === line)?.text ?? symbol });

/** Calls at a site whose promise goes nowhere. */
function looseCalls(site: SiteLike & { readonly call?: string }): Gap[] {
  const names = site.wired.filter((one) => one.endsWith(UNAWAITED)).map((one) => one.slice(0, -UNAWAITED.length));
  return names.map((name): Gap => ({ rule: "unawaited-call", area: name === "ensureCustomer" ? "customers" : name === "checkBalance" ? "gate" : "usage", subject: site.call === undefined ? site.symbol : `${site.call} in ${site.symbol}`, lacks: `${name} is not awaited`, how: "hand", evidence: siteEvidence(site) }));
}

const subjectOf = (call: BillableCall): string => `${call.call} in ${call.symbol}`;

/** Sites that create the same account: one of them is enough. */
function signupGroups(app: AppSurvey): SiteLike[][] {
  const groups = new Map<string, SiteLike[]>();
  for (const one of app.signups.filter(({ confidence }) => confidence >= 0.5)) {
    const key = one.group ?? `${one.file}:${one.line}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

/** A gap that the tool can close has a change planned in that area for that file. */
function gap(rule: Rule, area: Area, [subject, lacks]: readonly [string, string], evidence: Evidence, planned: Plan): Gap {
  const change = planned.changes.some((one) => one.area === area && isSiteChange(one) && touches(one, evidence.file));
  return { rule, area, subject, lacks, evidence, how: change ? "run" : "hand" };
}

const touches = (change: Change, file: RepoPath): boolean => change.evidence?.file === file || change.edits.some((edit) => edit.kind !== "create" && edit.at.file === file);
const isSiteChange = (change: Change): boolean => change.evidence !== undefined && (change.area === "usage" || change.area === "gate" || change.area === "customers");

/** What is planned and belongs to no site: files, routes, variables, controls. */
function otherChanges(app: AppSurvey, planned: Plan): Gap[] {
  return planned.changes.filter((change) => !isSiteChange(change) || change.evidence?.file === app.datastore?.userModel?.file).map((change): Gap => {
    return { rule: "missing-wiring", area: change.area, subject: change.title, lacks: "", how: "run", evidence: changeEvidence(app, change) };
  });
}

/** Wired activities whose event type is another one in the config. */
function staleTypes(app: AppSurvey, metered: readonly BillableCall[], decided: (call: BillableCall) => ActivityChoice | undefined): Gap[] {
  return metered.flatMap((call): Gap[] => {
    const type = decided(call)?.eventType;
    if (type === undefined || new RegExp(`["'\`]${type.replace(/\W/g, "\\$&")}["'\`]`).test(app.text(call.file) ?? "")) return [];
    return [{ rule: "stale-event-type", area: "usage", subject: subjectOf(call), lacks: `the config says ${type}, the code says otherwise`, how: "hand", evidence: siteEvidence(call) }];
  });
}

const staleAnswer = ({ area, text, evidence }: StaleAnswer): Gap => ({ rule: "stale-answer", area, subject: text, lacks: "", how: "hand", evidence });

/** Files of ours that lack a function which today's have: written by an older version. What a person changed in them does not count. */
function staleFiles(app: AppSurvey, choices: Choices, templates: Templates): Gap[] {
  const existing = GENERATED.filter((name) => app.home.existing[name] !== undefined);
  if (existing.length === 0) return [];
  const fileOf = (name: Generated): RepoPath => `${app.home.dir}/${name}${app.home.extension}`;
  const own = new Set(existing.map(fileOf));
  const unwired = <T extends { readonly wired: readonly string[] }>(sites: readonly T[]): T[] => sites.map((site) => ({ ...site, wired: [] }));
  const billables = unwired(app.billables).map((call) => ({ ...call, gates: call.gates.map((one) => ({ ...one, wired: false })) }));
  const blank: AppSurvey = { ...app, signups: unwired(app.signups), billables, home: { ...app.home, existing: {} }, text: (file) => (own.has(file) ? undefined : app.text(file)) };
  const fresh = plan(blank, choices, templates);
  const files = fresh.changes.map((change) => ({ ...change, needs: [], edits: change.edits.filter((edit) => edit.kind === "create") }));
  const expected = stage({ ...fresh, changes: files }, new Set(files.map(({ id }) => id)));
  return existing.flatMap((name): Gap[] => {
    const file = fileOf(name);
    const wanted = exportsOf(expected.files.find((one) => one.file === file)?.after ?? "");
    const missing = wanted.filter((one) => !exportsOf(app.home.existing[name] ?? "").includes(one));
    const area: Area = name === "webhook" ? "customers" : (name as Area);
    return missing.length === 0 ? [] : [{ rule: "stale-file", area, subject: shownPath(app, file).file, lacks: `it has no ${missing.join(", ")}`, how: "hand", evidence: { file, line: 1, text: (app.home.existing[name] ?? "").split("\n")[0] ?? "" } }];
  });
}

/** Functions and classes that a file gives to others. */
function exportsOf(text: string): string[] {
  const named = [...text.matchAll(/^export (?:async )?(?:function|class|const) (\w+)/gm)].map((match) => match[1] ?? "");
  const common = [...text.matchAll(/^(?:module\.)?exports(?:\.(\w+) =| = \{([^}]*)\})/gm)].flatMap((match) => (match[1] !== undefined ? [match[1]] : (match[2] ?? "").split(",").map((name) => name.split(":")[0]?.trim() ?? "")));
  return [...named, ...common].filter((name) => name !== "");
}
