import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The text of every template, by language and file name without its extension. */
export interface Templates {
  readonly typescript: Readonly<Record<string, string>>;
  readonly javascript: Readonly<Record<string, string>>;
}

/** Reads the templates that ship with the package: real code, as it is compiled and tested. */
export function loadTemplates(): Templates {
  return { typescript: readFolder("ts"), javascript: readFolder("js") };
}

function readFolder(language: string): Record<string, string> {
  // `src/` and `dist/src/` lie at different depths below the package's root.
  const up = import.meta.url.includes("/dist/") ? "../../" : "../";
  const folder = fileURLToPath(new URL(`${up}transforms/templates/${language}/`, import.meta.url));
  return Object.fromEntries(readdirSync(folder).filter((name) => /\.[jt]sx?$/.test(name)).map((name) => [name.replace(/\.\w+$/, ""), readFileSync(folder + name, "utf8")]));
}
