import { AREAS, type AppSurvey, type Handoff, type Import } from "../domain.ts";
import { importsOf, printCode } from "../code/code.ts";
import { newFileImports } from "../code/imports.ts";
import { restyle } from "../code/style.ts";

/** The code of a handoff as it can be pasted into its file: imports spelled for that file, in its style. */
export function pasteText(handoff: Handoff, app: AppSurvey): string {
  const areas = new Set(AREAS);
  const facts = app.facts(handoff.file);
  const style = facts?.style ?? app.style;
  // What is in the app cannot be imported by a package that the app uses.
  const isReached = ({ from }: Import): boolean => !("file" in from) || app.library(handoff.file) === undefined || app.library(from.file) !== undefined;
  const { lines, nameOf } = newFileImports(handoff.file, importsOf(handoff.paste, areas).filter(isReached), { ...app.imports, ...(facts && { moduleSystem: facts.moduleSystem }) });
  const body = printCode(handoff.paste, areas, nameOf);
  const text = lines.length === 0 ? body : `${lines.join("\n")}\n\n${body}`;
  return /\.(?:[cm]?[jt]s|[jt]sx)$/.test(handoff.file) ? restyle(text, { ...style, newline: "\n" }) : text;
}
