import type { Area, Code, Import, RepoPath } from "../domain.ts";

type Part = Code["parts"][number];
type Value = Code | Import | string | number;

const isCode = (value: Value): value is Code => typeof value === "object" && "parts" in value;

/**
 * Code as a tagged template: `code\`await ${fromFile("recordUsage", file)}({ userId: ${user} });\``. Interpolated codes and imports
 * keep what they need; strings and numbers are inserted as they are. Common indentation of the literal text is removed.
 */
export function code(strings: TemplateStringsArray, ...values: readonly Value[]): Code {
  const parts: Part[] = [];
  for (const [i, text] of dedent(strings).entries()) {
    push(parts, text);
    const value = values[i];
    if (value === undefined) continue;
    if (typeof value === "string" || typeof value === "number") push(parts, String(value));
    else if (isCode(value)) for (const part of reindent(value, columnOf(parts)).parts) push(parts, part);
    else parts.push({ import: value });
  }
  return { parts };
}

/** Plain text as code: no imports, no dedenting. */
export const raw = (text: string): Code => ({ parts: text === "" ? [] : [text] });

/** Code that is kept only while every one of `areas` is accepted. */
export const when = (areas: readonly Area[], kept: Code): Code => ({ parts: [{ when: { areas, code: kept } }] });

/** A named export of a file of the repo. */
export const fromFile = (name: string, file: RepoPath): Import => ({ name, from: { file } });

/** A named export of a package. */
export const fromPackage = (name: string, specifier: string): Import => ({ name, from: { package: specifier } });

/** Codes one after the other, with a separator between them. */
export function joinCode(codes: readonly Code[], separator: string): Code {
  const parts: Part[] = [];
  for (const [i, one] of codes.entries()) {
    if (i > 0) push(parts, separator);
    for (const part of one.parts) push(parts, part);
  }
  return { parts };
}

/** The text of code with every import as its plain name: for reports and comparisons, not for writing. */
export function textOf(written: Code): string {
  return written.parts
    .map((part) => (typeof part === "string" ? part : "import" in part ? part.import.name : textOf(part.when.code)))
    .join("");
}

/** Every import that code needs, in order, repeats included; blocks kept only for other areas are left out. */
export function importsOf(written: Code, accepted: ReadonlySet<Area>): Import[] {
  return written.parts.flatMap((part) => {
    if (typeof part === "string") return [];
    if ("import" in part) return [part.import];
    return part.when.areas.every((area) => accepted.has(area)) ? importsOf(part.when.code, accepted) : [];
  });
}

/** The text of code with each import spelled by `name` and blocks of areas that are not accepted left out. */
export function printCode(written: Code, accepted: ReadonlySet<Area>, name: (needed: Import) => string): string {
  return written.parts
    .map((part) => {
      if (typeof part === "string") return part;
      if ("import" in part) return name(part.import);
      return part.when.areas.every((area) => accepted.has(area)) ? printCode(part.when.code, accepted, name) : "";
    })
    .join("");
}

function push(parts: Part[], part: Part): void {
  const last = parts.at(-1);
  if (part === "") return;
  if (typeof part === "string" && typeof last === "string") parts[parts.length - 1] = last + part;
  else parts.push(part);
}

/** The white space that stands before the place where the next part goes, when only white space does. */
function columnOf(parts: readonly Part[]): string {
  const last = parts.at(-1);
  if (typeof last !== "string") return "";
  return /(?:^|\n)([ \t]*)[^\n]*$/.exec(last)?.[1] ?? "";
}

/** Lines after the first get the indentation of the line they are inserted into. */
function reindent(inner: Code, indent: string): Code {
  if (indent === "") return inner;
  return { parts: inner.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, `\n${indent}`) : part)) };
}

function dedent(strings: TemplateStringsArray): string[] {
  const texts = [...strings];
  if (!texts[0]?.startsWith("\n")) return texts;
  const indents = texts.join("\0").match(/\n[ \t]*(?=[^\s])/g) ?? [];
  const depth = Math.min(...indents.map((match) => match.length - 1));
  const margin = new RegExp(`\\n[ \\t]{0,${Number.isFinite(depth) ? depth : 0}}`, "g");
  const out = texts.map((text) => text.replace(margin, "\n"));
  out[0] = (out[0] ?? "").replace(/^\n/, "");
  out[out.length - 1] = (out[out.length - 1] ?? "").replace(/\n[ \t]*$/, "");
  return out;
}
