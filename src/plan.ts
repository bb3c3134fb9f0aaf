import type { AppSurvey, Change, Choices, Edit, Handoff, Note, Plan, Question, TryThis } from "./domain.ts";
import type { Templates } from "./templates.ts";
import { TRANSFORMS } from "../transforms/index.ts";
import { staleAnswers } from "../transforms/answers.ts";
import { besideLibraries } from "../transforms/libraries.ts";
import type { Context } from "../transforms/transform.ts";

/** What will happen to one app for these choices: every area's changes, handoffs, notes and questions. Pure. */
export function plan(app: AppSurvey, choices: Choices, templates: Templates): Plan {
  const context: Context = { app, choices, templates };
  const changes: Change[] = [];
  const handoffs: Handoff[] = [];
  const notes: Note[] = [];
  const questions: Question[] = [];
  const tries: TryThis[] = [];
  const stale = staleAnswers(context);
  for (const transform of TRANSFORMS.filter(({ area }) => choices.areas.includes(area))) {
    const before = changes.length;
    notes.push(...stale.filter(({ area }) => area === transform.area).map(({ area, text, evidence }): Note => ({ area, kind: "advice", title: text, evidence })));
    for (const whole of transform.steps(context))
      for (const step of besideLibraries(context, whole)) {
        if ("handoff" in step) handoffs.push(step.handoff);
        else if ("note" in step) notes.push(step.note);
        // What is left of a step may bring nothing that others have not brought.
        else if (step === whole || step.change.edits.some((edit) => !isBrought(edit, changes))) changes.push(step.change);
      }
    if (changes.length === before) continue;
    questions.push(...transform.questions(context));
    tries.push(...transform.tries(context).map((text) => ({ area: transform.area, text })));
  }
  return { app, changes, handoffs, notes, questions, tries };
}

/** Whether one of the changes makes the same edit, or the same new file. */
const isBrought = (edit: Edit, changes: readonly Change[]): boolean => changes.some(({ edits }) => edits.some((one) => one === edit || (edit.kind === "create" && one.kind === "create" && one.file === edit.file)));
