import type { AppSurvey, BillableCall, Evidence, Finding, Page, RepoPath, Signup, Survey } from "../domain.ts";
import { textOf } from "../code/code.ts";
import { shownPath } from "./report.ts";

/** `scan --json`: one document for other programs. `start` is the scanned folder, relative to the repo's root. */
export function scanJson(survey: Survey, start: RepoPath): string {
  return `${JSON.stringify({ schemaVersion: 1, apps: survey.apps.map((app) => appJson(app, start)), stats: survey.stats }, undefined, 2)}\n`;
}

function appJson(app: AppSurvey, start: RepoPath): object {
  const { datastore, env } = app;
  const model = datastore?.userModel;
  return {
    dir: relativeDir(start, app.dir),
    name: app.name,
    language: app.language,
    ...(app.language !== "python" && { moduleSystem: app.moduleSystem }),
    packageManager: app.packageManager,
    framework: finding(app, app.framework),
    auth: app.auth.map((one) => finding(app, one)),
    ...(datastore && { datastore: { ...finding(app, datastore), ...(model && { userModel: { name: model.name, ...shownPath(app, model.file), line: model.line } }) } }),
    env: { files: env.files.map(({ file }) => shownPath(app, file).file), ...(env.module && { module: { id: env.module.id, ...shownPath(app, env.module.file), line: env.module.line } }) },
    signups: app.signups.filter(isLikely).map((one) => signup(app, one)),
    billables: app.billables.filter((one) => isLikely(one) && one.notBilled === undefined).map((one) => billable(app, one)),
    // Looked at and left alone: paid calls that are not the user's to pay, and places that only look like a site.
    notBilled: app.billables.filter((one) => isLikely(one) && one.notBilled !== undefined).map((one) => billable(app, one)),
    rejected: { signups: app.signups.filter((one) => !isLikely(one)).map((one) => signup(app, one)), billables: app.billables.filter((one) => !isLikely(one)).map((one) => billable(app, one)) },
    pages: app.pages.map((one) => page(app, one)),
    ...(app.leftAlone && app.leftAlone.length > 0 && { leftAlone: app.leftAlone.map((one) => ({ ...one, ...shownPath(app, one.file) })) }),
    payments: app.payments.map(({ kind, title, evidence }) => ({ kind, title, evidence: shown(app, evidence) })),
  };
}

/** Under one half a site is shown but not wired, unless the user says so. */
const isLikely = ({ confidence }: { readonly confidence: number }): boolean => confidence >= 0.5;

/** A folder of the repo seen from another; `.` is that folder itself. */
export function relativeDir(from: RepoPath, to: RepoPath): string {
  const a = from === "" ? [] : from.split("/");
  const b = to === "" ? [] : to.split("/");
  const same = a.findIndex((part, i) => part !== b[i]);
  const shared = same === -1 ? a.length : same;
  return [...a.slice(shared).map(() => ".."), ...b.slice(shared)].join("/") || ".";
}

const shown = (app: AppSurvey, { file, line, text }: Evidence): object => ({ ...shownPath(app, file), line, text });

function finding(app: AppSurvey, { id, version, variant, evidence }: Finding): object {
  return { id, ...(version !== undefined && { version }), ...(variant !== undefined && { variant }), evidence: evidence.map((one) => shown(app, one)) };
}

function signup(app: AppSurvey, one: Signup): object {
  const { id, email, name } = one.user;
  return {
    ...shownPath(app, one.file), line: one.line, symbol: one.symbol, kind: one.kind, tool: one.tool,
    user: { id: id && textOf(id), email: email && textOf(email), name: name && textOf(name) },
    ...(one.handler?.route !== undefined && { route: one.handler.route }),
    ...(one.hook && { hook: one.hook }), ...(one.group !== undefined && { group: one.group }), ...(one.reason !== undefined && { reason: one.reason }),
    confidence: one.confidence, wired: one.wired, evidence: one.evidence.map((item) => shown(app, item)),
  };
}

function billable(app: AppSurvey, one: BillableCall): object {
  const meter = one.recording?.meter ?? {};
  const usage = meter["total_tokens"] ?? Object.values(meter)[0];
  return {
    ...shownPath(app, one.file), line: one.line, symbol: one.symbol, call: one.call, provider: one.provider, streaming: one.streaming, eventType: one.eventType,
    user: one.user?.text ?? null, ...(usage && { usage: textOf(usage) }),
    ...(one.handler?.route !== undefined && { route: one.handler.route }),
    ...(one.notBilled !== undefined && { notBilled: one.notBilled }), ...(one.reason !== undefined && { reason: one.reason }),
    confidence: one.confidence, wired: one.wired, evidence: one.evidence.map((item) => shown(app, item)),
    ...(one.via && { via: one.via.map((item) => shown(app, item)) }),
  };
}

const page = (app: AppSurvey, { kind, file, line, view, url }: Page): object => ({ kind, ...shownPath(app, file), line, view, ...(url !== undefined && { url }) });
