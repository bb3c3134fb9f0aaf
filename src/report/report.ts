import type { AppSurvey, Area, Change, Evidence, Handoff, Note, Patch, Question, RepoPath, Verdict } from "../domain.ts";
import { AREAS } from "../domain.ts";
import { TRANSFORMS } from "../../transforms/index.ts";
import { asHandoff, between, type Proposal } from "../propose.ts";
import { stage } from "../stage.ts";

/** One area of one app as it is shown: what would be done, what is left to a person. `patch` is what the area adds to those before it. */
export interface AreaReport {
  readonly area: Area;
  readonly title: string;
  readonly changes: readonly Change[];
  readonly handoffs: readonly Handoff[];
  readonly notes: readonly Note[];
  readonly tries: readonly string[];
  readonly patch: Patch;
}

/** One app of a dry run. */
export interface AppReport {
  readonly app: AppSurvey;
  readonly areas: readonly AreaReport[];
  readonly questions: readonly Question[];
  readonly patch: Patch;
  readonly verdict: Verdict;
  /** How many changes a check refused; they are among the handoffs. */
  readonly withdrawn: number;
  /** What one change adds to those in front of it. */
  readonly changePatch: (change: Change) => Patch;
}

/** An area's name for people. */
export const titleOf = (area: Area): string => TRANSFORMS.find((one) => one.area === area)?.title ?? area;

/** Splits a proposal by area, in area order; areas in which nothing happens and nothing is to be said are left out. */
export function reportOf({ plan, accepted, staged, verdict, withdrawn }: Proposal): AppReport {
  const refused = withdrawn.map((one) => asHandoff(one, plan));
  const made = plan.changes.filter(({ id }) => accepted.has(id));
  let before: Patch = { files: [] };
  const areas = AREAS.map((area): AreaReport => {
    const upTo = made.filter((change) => AREAS.indexOf(change.area) <= AREAS.indexOf(area));
    const changes = made.filter((change) => change.area === area);
    const after = changes.length === 0 ? before : stage(plan, new Set(upTo.map(({ id }) => id)));
    const patch = between(before, after);
    before = after;
    const of = <T extends { readonly area: Area }>(list: readonly T[]): T[] => list.filter((one) => one.area === area);
    return { area, title: titleOf(area), changes, patch, handoffs: [...of(plan.handoffs), ...of(refused)], notes: of(plan.notes), tries: changes.length > 0 ? of(plan.tries).map(({ text }) => text) : [] };
  });
  const changePatch = (change: Change): Patch => {
    const at = made.indexOf(change);
    const ids = made.slice(0, at + 1).map(({ id }) => id);
    return between(stage(plan, new Set(ids.slice(0, -1))), stage(plan, new Set(ids)));
  };
  return { app: plan.app, areas: areas.filter((one) => one.changes.length + one.handoffs.length + one.notes.length > 0), questions: plan.questions, patch: staged, verdict, withdrawn: withdrawn.length, changePatch };
}

/** Why a change is made: its own evidence, else that of the framework it is written for. */
export const changeEvidence = (app: AppSurvey, { evidence }: Pick<Change, "evidence">): Evidence =>
  evidence ?? app.framework.evidence[0] ?? { file: app.dir === "" ? "package.json" : `${app.dir}/package.json`, line: 1, text: app.name };

/** A path as it is shown for an app: relative to its folder; `outside` when it is a file of another package, whose path is the repo's. */
export function shownPath(app: Pick<AppSurvey, "dir">, file: RepoPath): { readonly file: string; readonly outside?: true } {
  if (app.dir === "") return { file };
  return file.startsWith(`${app.dir}/`) ? { file: file.slice(app.dir.length + 1) } : { file, outside: true };
}

/** The verdict in words: one line for each thing that was looked at. `good` is whether it passed. */
export function verdictLines({ newTypeErrors, leaks, broken, typecheck, oldTypeErrors }: Verdict): { readonly good: boolean | undefined; readonly text: string }[] {
  const old = oldTypeErrors === 0 ? "" : ` (${oldTypeErrors} ${oldTypeErrors === 1 ? "was" : "were"} there before)`;
  const types = typecheck === "passed" ? { good: true, text: `types: no new errors${old}` }
    : newTypeErrors.length > 0 ? { good: false, text: `types: ${newTypeErrors.length} new ${newTypeErrors.length === 1 ? "error" : "errors"}${old}` }
      : { good: undefined, text: `types: not checked, ${typecheck.replace(/^skipped: /, "")}${/not installed$/.test(typecheck) ? " (install them to have them checked)" : ""}` };
  return [
    ...(broken.length > 0 ? [{ good: false, text: `${broken[0]?.file ?? ""}:${broken[0]?.line ?? 0} would not parse` }] : []),
    types,
    leaks.length === 0 ? { good: true, text: "key stays on the server" } : { good: false, text: `key would reach the browser: ${leaks[0]?.chain.join(" → ") ?? ""}` },
  ];
}
