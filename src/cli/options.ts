import { AREAS, type Area } from "../domain.ts";
import { nearest } from "../choices/nearest.ts";
import { UserError } from "../errors.ts";

/** Forms of a report; `text` is for people. */
export const FORMATS = ["text", "diff", "json", "markdown", "sarif", "github"] as const;
export type Format = (typeof FORMATS)[number];

/** Options of the main command as they were given. */
export interface GivenOptions {
  readonly areas?: string;
  readonly app?: string;
  readonly format?: string;
  readonly output?: string;
  readonly config?: string;
  readonly allowDirty?: boolean;
  readonly typecheck?: boolean;
  readonly color?: boolean;
  readonly verbose?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly check?: boolean;
}

/** What the main command is to do. */
export interface Options {
  readonly mode: "ask" | "yes" | "dry-run" | "check";
  readonly areas?: readonly Area[];
  readonly app?: string;
  readonly format: Format;
  readonly output?: string;
  readonly config?: string;
  readonly allowDirty: boolean;
  readonly typecheck: boolean;
  readonly verbose: boolean;
}

/**
 * Checks options that go together.
 * @throws UserError that names the nearest known value, or the flag that is missing.
 */
export function readOptions(given: GivenOptions): Options {
  const modes = [given.yes ? "--yes" : "", given.dryRun ? "--dry-run" : "", given.check ? "--check" : ""].filter(Boolean);
  if (modes.length > 1) throw new UserError(`${modes.join(" and ")} cannot go together`, "Give one of them: --dry-run shows, --yes applies, --check looks for gaps.");
  const mode = given.yes ? "yes" : given.dryRun ? "dry-run" : given.check ? "check" : "ask";
  const format = oneOf(given.format ?? "text", FORMATS, "--format");
  if (mode !== "dry-run" && mode !== "check" && (given.format !== undefined || given.output !== undefined))
    throw new UserError(`${given.format !== undefined ? "--format" : "--output"} is for reports`, "Give --dry-run or --check with it.");
  if (mode === "check" && format === "diff") throw new UserError("--check has no diff", "Give --dry-run --format diff, or another format for --check: text, json, markdown, sarif, github.");
  const areas = given.areas === undefined ? undefined : readAreas(given.areas);
  return {
    mode, format, allowDirty: given.allowDirty === true, typecheck: given.typecheck !== false, verbose: given.verbose === true,
    ...(areas && { areas }), ...(given.app !== undefined && { app: given.app }), ...(given.output !== undefined && { output: given.output }), ...(given.config !== undefined && { config: given.config }),
  };
}

/** A list of areas as it is typed: separated by commas or blanks, in any order. */
export function readAreas(text: string): readonly Area[] {
  const named = text.split(/[\s,]+/).filter((word) => word !== "").map((word) => oneOf(word, AREAS, "--areas"));
  if (named.length === 0) throw new UserError("--areas names no area", `Name some of ${AREAS.join(", ")}.`);
  return AREAS.filter((area) => named.includes(area));
}

function oneOf<T extends string>(word: string, known: readonly T[], flag: string): T {
  const found = known.find((one) => one === word.toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(word, known);
  throw new UserError(`${flag} does not know ${JSON.stringify(word)}${near === undefined ? "" : `; did you mean ${near}?`}`, `It knows ${known.join(", ")}.`);
}
