import type { AppSurvey, Change, Code, Edit, Handoff, RepoPath } from "../src/domain.ts";
import { AREAS } from "../src/domain.ts";
import { importsOf, joinCode } from "../src/code/code.ts";
import { appEvidence, type Context, type Step } from "./transform.ts";

/**
 * A step as it can be done where apps share packages: a package cannot import from the app that uses it, where our files are. What would
 * be written into one is left to a person; the files that it calls are still made.
 */
export function besideLibraries(context: Context, step: Step): Step[] {
  const { app } = context;
  if ("handoff" in step) {
    const name = app.library(step.handoff.file);
    return [name === undefined || !callsOurs(app, step.handoff) ? step : { handoff: { ...step.handoff, reason: `${step.handoff.reason} ${why(app, name)}` } }];
  }
  if (!("change" in step)) return [step];
  const { change } = step;
  const stranded = change.edits.filter((edit) => edit.kind !== "create" && app.library(edit.at.file) !== undefined && callsOurs(app, { paste: edit.code }));
  if (stranded.length === 0) return [step];
  const files = new Set(stranded.map(fileOf));
  const rest = change.edits.filter((edit) => !files.has(fileOf(edit)) && !(edit.kind === "create" && app.text(edit.file) !== undefined));
  const first = fileOf(stranded[0] as Edit);
  const paste = joinCode(stranded.map(asPasted), "\n");
  const handoff: Handoff = { area: change.area, title: change.title, reason: `Not done here: ${lower(why(app, app.library(first) ?? ""))}`, evidence: change.evidence ?? appEvidence(context), paste, file: first };
  const { evidence: _place, ...filed } = change;
  const made: Change = { ...filed, title: `What is needed for ${change.title}`, edits: rest };
  return [{ handoff }, ...(rest.length > 0 ? [{ change: made }] : [])];
}

/** What goes in among the arguments or options of a call says so. */
function asPasted({ code: { parts } }: Edit): Code {
  const [head, ...rest] = parts;
  return typeof head === "string" && /^,\s/.test(head) ? { parts: [`// In the call:\n${head.replace(/^,\s*/, "")}`, ...rest] } : { parts };
}

const fileOf = (edit: Edit): RepoPath => (edit.kind === "create" ? edit.file : edit.at.file);

const callsOurs = (app: AppSurvey, { paste }: Pick<Handoff, "paste">): boolean => importsOf(paste, new Set(AREAS)).some(({ from }) => "file" in from && from.file.startsWith(`${app.home.dir}/`));

const why = (app: AppSurvey, name: string): string => `The package ${name} cannot import from the app, where ${app.home.dir} is: let the app hand it a function that does this.`;

const lower = (text: string): string => text.replace(/^./, (first) => first.toLowerCase());
