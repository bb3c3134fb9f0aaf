import { detectStyle, OURS } from "../../code/style.ts";
import type { ts } from "./parse.ts";

/**
 * Texts of a file from `node` on, as our own code is indented: from the margin of the line in which `node` begins, two spaces a level.
 * The function takes offsets.
 */
export function writtenAs(node: ts.Node): (from: number, to: number) => string {
  const { text } = node.getSourceFile();
  const start = node.getStart();
  const margin = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", start - 1) + 1))?.[0] ?? "";
  const { indent } = detectStyle(text);
  const ours = (white: string): string => (white.startsWith(margin) ? OURS.indent.repeat(Math.round((white.length - margin.length) / indent.length)) : white);
  return (from, to) => text.slice(from, to).replace(/\r?\n([ \t]*)(?=[^\s])/g, (_all, white: string) => `\n${ours(white)}`);
}
