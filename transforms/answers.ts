import type { Area, Evidence } from "../src/domain.ts";
import { activityKey, pageNamed, type Context } from "./transform.ts";

/** An answer in `credyt.config.json` about something that the app does not have (any more): a function with another name, a page that moved. */
export interface StaleAnswer {
  readonly area: Area;
  /** What is missing, as a sentence without its end. */
  readonly text: string;
  /** Where the config says it. */
  readonly evidence: Evidence;
}

/** The answers that fit nothing in the app: they would be passed over, and what they decided with them. */
export function staleAnswers(context: Context): StaleAnswer[] {
  const { app, choices } = context;
  const activities = new Set(app.billables.map((call) => activityKey(app, call)));
  const pages = [["portal", "control", choices.pages.control], ["balance", "balance", choices.pages.balance]] as const;
  return [
    ...choices.activities.filter(({ at }) => !activities.has(at)).map(({ at }): StaleAnswer => ({ area: "usage", text: `No activity is at ${at} (any more): mend "activities"`, evidence: inConfig(context, at) })),
    ...pages.flatMap(([area, name, file]): StaleAnswer[] =>
      file === undefined || file === "" || pageNamed(app, file) ? [] : [{ area, text: `${file} is no page that can be changed: mend "pages.${name}"`, evidence: inConfig(context, file) }]),
  ];
}

function inConfig({ app }: Context, value: string): Evidence {
  const file = app.dir === "" ? "credyt.config.json" : `${app.dir}/credyt.config.json`;
  const lines = (app.text(file) ?? "").split("\n");
  const line = lines.findIndex((text) => text.includes(JSON.stringify(value)));
  return { file, line: Math.max(0, line) + 1, text: lines[line]?.trim() ?? value };
}
