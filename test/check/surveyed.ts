import type { AppSurvey, Survey } from "../../src/domain.ts";
import { BLANK } from "../blank.ts";

/** A survey of an app as far as checking looks at it. */
export function surveyed(root: string, dir = "", extension: AppSurvey["home"]["extension"] = ".ts", globals: readonly string[] = []): { readonly survey: Survey; readonly app: AppSurvey } {
  const app: AppSurvey = { ...BLANK, dir, globals, home: { dir: dir === "" ? "lib/credyt" : `${dir}/lib/credyt`, extension, existing: {} } };
  return { survey: { root, apps: [app], stats: { files: 0, read: 0, parsed: 0, milliseconds: 0 } }, app };
}
