import type { AppSurvey, Change, Choices, Handoff, Note, Plan, Question, TryThis } from "./domain.ts";
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
    for (const step of [...transform.steps(context)].flatMap((one) => besideLibraries(context, one))) {
      if ("change" in step) changes.push(step.change);
      else if ("handoff" in step) handoffs.push(step.handoff);
      else notes.push(step.note);
    }
    if (changes.length === before) continue;
    questions.push(...transform.questions(context));
    tries.push(...transform.tries(context).map((text) => ({ area: transform.area, text })));
  }
  return { app, changes, handoffs, notes, questions, tries };
}
