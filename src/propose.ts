import type { Change, Code, Evidence, FilePatch, Handoff, Patch, Plan, RepoPath, Verdict } from "./domain.ts";
import type { Checker } from "./check.ts";
import { diffLines } from "diff";
import { joinCode, raw } from "./code/code.ts";
import { stage, type Staged } from "./stage.ts";

/** A change that was planned and is not made, and why. */
export interface Withdrawn {
  readonly change: Change;
  readonly reason: string;
}

/** What may be applied: the changes that passed every check, and those that did not. */
export interface Proposal {
  readonly plan: Plan;
  readonly accepted: ReadonlySet<string>;
  readonly staged: Staged;
  readonly verdict: Verdict;
  readonly withdrawn: readonly Withdrawn[];
}

const CLEAN: Verdict = { newTypeErrors: [], leaks: [], broken: [], oldTypeErrors: 0, typecheck: "skipped: nothing is changed" };

/** Whether a verdict lets a patch through. */
export const passes = (verdict: Verdict): boolean => verdict.newTypeErrors.length === 0 && verdict.leaks.length === 0 && verdict.broken.length === 0;

/**
 * Stages the wanted changes of a plan on top of those that are accepted already, checks them, and withdraws the ones that a check
 * refuses: the guilty change, not everything beside it. Writes nothing.
 */
export async function propose(plan: Plan, wanted: readonly string[], checker: Checker, already: ReadonlySet<string> = new Set()): Promise<Proposal> {
  const all = stage(plan, new Set([...already, ...wanted]));
  const refused = all.refused.map(({ change, reason }): Withdrawn => ({ change, reason: `${reason}.` }));
  const staging = (ids: Iterable<string>): Staged => stage(plan, new Set(ids));
  const present = presentIn(plan, [...already, ...wanted], refused);
  if (all.files.length === 0 || present.every((id) => already.has(id))) return { plan, accepted: new Set(present), staged: staging(present), verdict: CLEAN, withdrawn: refused };
  const verdict = await checker.check(all);
  if (passes(verdict)) return { plan, accepted: new Set(present), staged: all, verdict, withdrawn: refused };
  const fresh = present.filter((id) => !already.has(id));
  const suspects = suspectsOf(plan, fresh, verdict);
  const admitted = await admit({ plan, checker, verdict, condemned: new Map() }, new Set(present.filter((id) => !suspects.includes(id))), suspects);
  const kept = presentIn(plan, [...admitted.ids], refused);
  const staged = staging(kept);
  const lost = present.filter((id) => !kept.includes(id) && !admitted.withdrawn.some(({ change }) => change.id === id));
  const dependent = plan.changes.filter(({ id }) => lost.includes(id)).map((change): Withdrawn => ({ change, reason: "It needs a change that was withdrawn." }));
  const last = kept.every((id) => already.has(id)) ? CLEAN : await checker.check(staged);
  return { plan, accepted: new Set(kept), staged, verdict: last, withdrawn: [...refused, ...admitted.withdrawn, ...dependent] };
}

/** Ids in plan order without the refused ones and those that need a change that is not among them. */
function presentIn(plan: Plan, ids: readonly string[], refused: readonly Withdrawn[]): string[] {
  const known = new Set(plan.changes.map(({ id }) => id));
  let present = plan.changes.filter(({ id }) => ids.includes(id) && !refused.some(({ change }) => change.id === id));
  for (;;) {
    const kept = present.filter(({ needs }) => needs.every((id) => present.some((one) => one.id === id) || !known.has(id)));
    if (kept.length === present.length) return kept.map(({ id }) => id);
    present = kept;
  }
}

/** Changes that touch a file in which something is wrong, the ones that edit it before those that only bring it along; all, where none does. */
function suspectsOf(plan: Plan, ids: readonly string[], verdict: Verdict): string[] {
  const files = new Set([...verdict.broken, ...verdict.newTypeErrors].map(({ file }) => file).concat(verdict.leaks.flatMap(({ chain }) => chain)));
  const changes = plan.changes.filter(({ id }) => ids.includes(id));
  const touching = changes.filter(({ edits }) => edits.some((edit) => files.has(edit.kind === "create" ? edit.file : edit.at.file)));
  const found = touching.length > 0 ? touching : changes;
  return found.map(({ id }) => id);
}

interface Court {
  readonly plan: Plan;
  readonly checker: Checker;
  /** What was wrong with all of them together. */
  readonly verdict: Verdict;
  /** Texts of new files in which something was found wrong, and what: another change that brings the same text need not be looked at. */
  readonly condemned: Map<RepoPath, { readonly text: string; readonly reason: string }>;
}

interface Admitted {
  readonly ids: ReadonlySet<string>;
  readonly withdrawn: readonly Withdrawn[];
}

/** Adds suspects to what stands, in halves as long as a half is refused, so that few looks find the guilty ones. */
async function admit(court: Court, base: ReadonlySet<string>, suspects: readonly string[]): Promise<Admitted> {
  const half = Math.ceil(suspects.length / 2);
  if (suspects.length === 1) return judge(court, base, suspects);
  const first = await judge(court, base, suspects.slice(0, half));
  const second = await judge(court, first.ids, suspects.slice(half));
  return { ids: second.ids, withdrawn: [...first.withdrawn, ...second.withdrawn] };
}

async function judge(court: Court, base: ReadonlySet<string>, suspects: readonly string[]): Promise<Admitted> {
  if (suspects.length === 0) return { ids: base, withdrawn: [] };
  const together = new Set([...base, ...suspects]);
  const staged = stage(court.plan, together);
  const known = staged.files.flatMap(({ file, after }) => (court.condemned.get(file)?.text === after ? [court.condemned.get(file)?.reason ?? ""] : []))[0];
  const reason = known ?? (await refusalOf(court, staged));
  if (reason === undefined) return { ids: together, withdrawn: [] };
  if (suspects.length > 1) return admit(court, base, suspects);
  const change = court.plan.changes.find(({ id }) => id === suspects[0]) as Change;
  return { ids: base, withdrawn: [{ change, reason }] };
}

/** Why a patch does not pass; undefined when it does. */
async function refusalOf({ checker, verdict: first, condemned }: Court, staged: Staged): Promise<string | undefined> {
  const verdict = await checker.check(staged);
  // Types that cannot be looked at any more acquit nobody who was accused by them.
  const unseen = first.newTypeErrors.length > 0 && verdict.typecheck.startsWith("skipped: took");
  if (passes(verdict) && !unseen) return undefined;
  const reason = reasonOf(unseen ? first : verdict);
  const place = verdict.broken[0]?.file ?? verdict.newTypeErrors[0]?.file;
  const created = staged.files.find(({ file, before }) => file === place && before === undefined);
  if (created) condemned.set(created.file, { text: created.after, reason });
  return reason;
}

/** The first thing that is wrong, as a sentence. */
export function reasonOf({ broken, leaks, newTypeErrors }: Verdict): string {
  const [error] = newTypeErrors;
  if (broken[0]) return `It would not parse at ${broken[0].file}:${broken[0].line}.`;
  if (leaks[0]) return `The key would reach the browser: ${leaks[0].chain.join(" → ")}.`;
  if (error) return `It would bring a type error at ${error.file}:${error.line}: ${error.code} ${error.message}`;
  return "A check refused it.";
}

/** A withdrawn change as a handoff: what would have been written at the site, to be done by hand. A file of ours that failed is not worth pasting. */
export function asHandoff({ change, reason }: Withdrawn, plan: Plan): Handoff {
  const own = change.edits.filter((edit) => edit.kind !== "create");
  const file = own[0]?.at.file ?? (change.edits[0]?.kind === "create" ? change.edits[0].file : "");
  const evidence: Evidence = change.evidence ?? { file, line: 1, text: change.title };
  // Pieces within lines say nothing by themselves: their lines do.
  const paste = own.some(({ kind }) => kind === "splice") ? linesAdded(change, plan, file) : joinCode(own.map((edit) => edit.code), "\n");
  return { area: change.area, title: change.title, reason: `Withdrawn. ${reason}`, evidence, paste, file };
}

/** The lines that a change alone would add to a file or write anew there. */
function linesAdded(change: Change, plan: Plan, file: RepoPath): Code {
  const alone: Change = { ...change, needs: [], edits: change.edits.filter((edit) => edit.kind !== "create") };
  const { files } = stage({ ...plan, changes: [alone] }, new Set([alone.id]));
  const patch = files.find((one) => one.file === file);
  const added = patch ? diffLines(patch.before ?? "", patch.after).filter((part) => part.added).map(({ value }) => value.replace(/\n$/, "")) : [];
  return raw(added.join("\n"));
}

/** From one patch to a larger one of the same snapshot: what is written when the first is on the disk. */
export function between(first: Patch, second: Patch): Patch {
  const old = new Map(first.files.map((file) => [file.file, file]));
  const files = second.files.flatMap((file): FilePatch[] => {
    const before = old.get(file.file)?.after ?? file.before;
    return before === file.after ? [] : [{ file: file.file, after: file.after, ...(before !== undefined && { before }) }];
  });
  return { files };
}
