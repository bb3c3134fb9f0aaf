import type { Code, Edit } from "../../domain.ts";
import { joinCode, raw } from "../../code/code.ts";
import type { ts } from "./parse.ts";

// Texts are written as from the first column: whoever assembles the file indents their further lines as the line they begin in.

/** Adds properties at the end of an object literal, each on a line of its own where the others stand so. */
export function addProperties(object: ts.ObjectLiteralExpression, added: readonly Code[]): readonly Edit[] {
  return addToList(object, object.properties, added);
}

/** Adds elements at the end of an array literal. */
export function addElements(array: ts.ArrayLiteralExpression, added: readonly Code[]): readonly Edit[] {
  return addToList(array, array.elements, added);
}

/** Adds members to an interface or type literal (`credytCustomerId?: string`), in the separators of the others. */
export function addMembers(type: ts.InterfaceDeclaration | ts.TypeLiteralNode, added: readonly Code[]): readonly Edit[] {
  const file = type.getSourceFile();
  const last = hostOf(file, type.members);
  if (added.length === 0) return [];
  if (!last) return [splice(file, type.end - 1, intoEmpty(file, type, added, ";"))];
  const separator = /[;,]$/.exec(last.getText(file))?.[0] ?? "";
  const own = beginsLine(file, last);
  const place = separator === "" || !own ? last.end : lineEnd(file, last.end);
  return [splice(file, place, joinCode(added.map((one) => joinCode([raw(own ? "\n" : separator === "" ? "; " : " "), one, raw(separator)], "")), ""))];
}

/** Adds members to a class after one of its own, each behind `gap`: a line break, or two. */
export function addAfterMember(member: ts.ClassElement, gap: string, added: readonly Code[]): readonly Edit[] {
  const file = member.getSourceFile();
  return added.length === 0 ? [] : [splice(file, lineEnd(file, member.end), joinCode(added.map((one) => joinCode([raw(gap), one], "")), ""))];
}

const splice = (file: ts.SourceFile, offset: number, code: Code): Edit => ({ kind: "splice", at: { file: file.fileName, offset }, remove: "", code });

function addToList(holder: ts.ObjectLiteralExpression | ts.ArrayLiteralExpression, items: readonly ts.Node[], added: readonly Code[]): readonly Edit[] {
  const file = holder.getSourceFile();
  const last = items.at(-1);
  if (added.length === 0) return [];
  if (!last) return [splice(file, holder.end - 1, intoEmpty(file, holder, added, ","))];
  if (!beginsLine(file, last)) return [splice(file, last.end, joinCode(added.map((one) => joinCode([raw(", "), one], "")), ""))];
  const host = hostOf(file, items);
  const closing = holder.end - 1;
  // A chain over several lines is last: in front of the closing line, whose indentation is known.
  if (host !== last && /\n[ \t]*$/.test(file.text.slice(0, closing))) return inFrontOf(file, holder, last, added);
  if (!host) return [splice(file, holder.getStart(file) + 1, joinCode(added.map((one) => joinCode([raw("\n  "), deeper(one), raw(",")], "")), ""))];
  const comma = /^\s*,/.exec(file.text.slice(host.end, holder.end))?.[0].length ?? 0;
  const lines = joinCode(added.map((one, i) => joinCode([raw("\n"), comma > 0 ? one : withoutTrailingCommas(one), raw(comma > 0 || i < added.length - 1 ? "," : "")], "")), "");
  const end = lineEnd(file, host.end + comma);
  if (comma > 0) return [splice(file, end, lines)];
  return end === host.end ? [splice(file, end, joinCode([raw(","), lines], ""))] : [splice(file, host.end, raw(",")), splice(file, end, lines)];
}

function inFrontOf(file: ts.SourceFile, holder: ts.Node, last: ts.Node, added: readonly Code[]): readonly Edit[] {
  const comma = /^\s*,/.test(file.text.slice(last.end, holder.end));
  const lines = added.map((one, i) => joinCode([raw("  "), comma ? deeper(one) : withoutTrailingCommas(deeper(one)), raw(comma || i < added.length - 1 ? ",\n" : "\n")], ""));
  // The bracket is part of what is written, so that it is indented as it was.
  const bracket = file.text.slice(holder.end - 1, holder.end);
  return [...(comma ? [] : [splice(file, last.end, raw(","))]), { kind: "splice", at: { file: file.fileName, offset: holder.end - 1 }, remove: bracket, code: joinCode([...lines, raw(bracket)], "") }];
}

/** Lists inside what is added end as the list around it does. */
const withoutTrailingCommas = (one: Code): Code => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(/,(?=\n\s*[}\]])/g, "") : part)) });

/** The last item whose last line is indented as its first: new lines behind it get the indentation of the list. */
function hostOf(file: ts.SourceFile, items: readonly ts.Node[]): ts.Node | undefined {
  return items.findLast((item) => !beginsLine(file, item) || indentAt(file, item.getStart(file)) === indentAt(file, item.end));
}

const indentAt = (file: ts.SourceFile, offset: number): string => /^[ \t]*/.exec(file.text.slice(file.text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";

const deeper = (one: Code): Code => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, "\n  ") : part)) });

function intoEmpty(file: ts.SourceFile, holder: ts.Node, added: readonly Code[], separator: string): Code {
  const body = file.text.slice(holder.getStart(file), holder.end);
  if (!body.includes("\n")) return joinCode([raw(" "), joinCode(added, `${separator} `), raw(" ")], "");
  return joinCode(added.map((one) => joinCode([raw("  "), one, raw(`${separator}\n`)], "")), "");
}

/** Whether a node is the first thing on its line. */
export const beginsLine = (file: ts.SourceFile, node: ts.Node): boolean => /(?:^|\n)[ \t]*$/.test(file.text.slice(0, node.getStart(file)));

/** The end of the line's code and trailing comment, when nothing else follows on it. */
export function lineEnd(file: ts.SourceFile, offset: number): number {
  return offset + (/^[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)?[ \t]*(?=\r?\n|$)/.exec(file.text.slice(offset))?.[0].length ?? 0);
}
