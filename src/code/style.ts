import type { Style } from "../domain.ts";
import { holesIn, tokens } from "./tokens.ts";

/** Code of ours is written like this; `restyle` turns it into another style. */
export const OURS: Style = { quotes: "double", semicolons: true, indent: "  ", newline: "\n", trailingComma: true };

/** The style of a JavaScript or TypeScript text by majority of what stands in it; `fallback` decides ties and empty files. */
export function detectStyle(text: string, fallback: Style = OURS): Style {
  const sample = text.length > 60_000 ? text.slice(0, 60_000) : text;
  return {
    quotes: majority(count(sample, /(?<![\w"'`\\=])'[^'"\n]*'/g), count(sample, /(?<![\w"'`\\=])"[^'"\n]*"/g), "single", "double", fallback.quotes),
    semicolons: semicolonsIn(sample) ?? fallback.semicolons,
    indent: detectIndent(sample) ?? fallback.indent,
    newline: majority(count(sample, /\r\n/g), count(sample, /(?<!\r)\n/g), "\r\n", "\n", fallback.newline),
    trailingComma: majority(count(sample, /,[ \t]*\r?\n\s*[}\])]/g), count(sample, /[^,{[(\s;][ \t]*\r?\n\s*[}\])][,;)]/g), true, false, fallback.trailingComma),
  };
}

// Lines that are whole statements: `import … from "x"`, `return x`, `const x = y`, `}` of an import or a call at the margin. What goes on
// below (`return completion`, then `.choices[0]`) is none.
const WHOLE = /^(?:(?:import|export)\b[^\n]*["']|\}[ \t]*from[ \t]*["'][^"'\n]*["']|[ \t]*(?:return|throw|await|const|let|var)\b[^\n]*[\w)\]"'`])[ \t]*(;?)[ \t]*(?:\/\/[^\n]*)?\r?$(?!\s*[.?:&|+*=<>])/gm;

/** Whether statements end in a semicolon: as whole statements on one line do, and without any such line as most line ends. JSX text says nothing. */
function semicolonsIn(text: string): boolean | undefined {
  const whole = [...text.matchAll(WHOLE)].map((match) => match[1] === ";");
  const ended = whole.filter(Boolean).length;
  if (whole.length > 0 && ended !== whole.length - ended) return ended > whole.length - ended;
  return majority<boolean | undefined>(count(text, /;[ \t]*(?:\/\/[^\n]*)?\r?$/gm), count(text, /[\w)\]'"`][ \t]*\r?$/gm) / 2, true, false, undefined);
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

function majority<T>(forFirst: number, forSecond: number, first: T, second: T, tie: T): T {
  return forFirst === forSecond ? tie : forFirst > forSecond ? first : second;
}

/** One level of indentation: the most frequent step from a line to a deeper next one. */
function detectIndent(text: string): string | undefined {
  const steps = new Map<string, number>();
  let previous = "";
  for (const line of text.split("\n")) {
    if (line.trim() === "" || /^\s*\*/.test(line)) continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    if (indent.length > previous.length && indent.startsWith(previous)) {
      const step = indent.slice(previous.length);
      if (step === "\t" || (/^ +$/.test(step) && step.length <= 8)) steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    previous = indent;
  }
  return [...steps].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * Code in our style (double quotes, semicolons, two spaces) in another. Only quotes, line-end semicolons, indentation and line ends
 * change; text inside strings, comments and regular expressions stays, and that of templates around their holes.
 */
export function restyle(text: string, style: Style): string {
  let out = "";
  const depth: string[] = [];
  for (const token of tokens(text)) {
    if (token.kind === "string" && style.quotes === "single") out += singleQuoted(token.text, out);
    else if (token.kind === "template") out += holesIn(token.text).map((part, i) => (i % 2 === 0 ? part : restyle(part, { ...style, newline: "\n" }))).join("");
    else if (token.kind === "space") out += indented(token.text, style);
    else if (token.kind === "comment") out += indented(token.text, style);
    else if (token.kind === "mark") {
      if ("([{".includes(token.text)) depth.push(token.text);
      if (")]}".includes(token.text)) depth.pop();
      const closes = token.text === ";" && (depth.at(-1) ?? "{") === "{";
      if (closes && !style.semicolons && endsStatement(text, token.end)) continue;
      out += token.text;
    } else out += token.text;
  }
  return style.newline === "\n" ? out : out.replace(/\r?\n/g, style.newline);
}

/** A semicolon may go when the line ends after it and the next line cannot be read as its continuation. */
function endsStatement(text: string, end: number): boolean {
  const rest = /^[ \t]*(?:\/\/[^\n]*)?(?:\n(?:\s|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*([^\s]?)|$)/.exec(text.slice(end, end + 1000));
  return rest !== null && !/[([`/+-]/.test(rest[1] ?? "");
}

/** A double-quoted string with single quotes, where no escape changes; JSX attributes (`name="…"`) keep double quotes. */
function singleQuoted(literal: string, before: string): string {
  if (!literal.startsWith('"') || /['\\]/.test(literal) || /[\w-]=$/.test(before)) return literal;
  return `'${literal.slice(1, -1)}'`;
}

/** Indentation after a line break, two of our spaces for each level, in the other style. */
function indented(space: string, style: Style): string {
  if (style.indent === OURS.indent) return space;
  return space.replace(/\n( +)/g, (_all, spaces: string) => `\n${style.indent.repeat(Math.floor(spaces.length / 2))}${" ".repeat(spaces.length % 2)}`);
}
