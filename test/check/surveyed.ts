import type { AppSurvey, Survey } from "../../src/domain.ts";

/** A survey of an app as far as checking looks at it. */
export function surveyed(root: string, dir = "", extension = ".ts", globals: readonly string[] = []): { readonly survey: Survey; readonly app: AppSurvey } {
  const app = { dir, text: () => undefined, globals, home: { dir: dir === "" ? "lib/credyt" : `${dir}/lib/credyt`, extension, existing: {} } } as unknown as AppSurvey;
  return { survey: { root, apps: [app], stats: { files: 0, read: 0, parsed: 0, milliseconds: 0 } }, app };
}
