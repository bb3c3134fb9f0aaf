import type { Code, Edit } from "../../domain.ts";
import { joinCode, raw } from "../../code/code.ts";
import type { ts } from "./parse.ts";

/** Adds properties at the end of an object literal, each on a line of its own where the others stand so. */
export function addProperties(object: ts.ObjectLiteralExpression, added: readonly Code[]): readonly Edit[] {
  return addToList(object, object.properties, added, ",");
}

/** Adds elements at the end of an array literal. */
export function addElements(array: ts.ArrayLiteralExpression, added: readonly Code[]): readonly Edit[] {
  return addToList(array, array.elements, added, ",");
}

/** Adds members to an interface or type literal (`credytCustomerId?: string`), in the separators of the others. */
export function addMembers(type: ts.InterfaceDeclaration | ts.TypeLiteralNode, added: readonly Code[]): readonly Edit[] {
  const file = type.getSourceFile();
  const last = type.members.at(-1);
  if (!last) return addToList(type, [], added.map((one) => joinCode([one, raw(";")], "")), "");
  const separator = /[;,]$/.exec(last.getText(file))?.[0] ?? "";
  const lead = leadOf(file, last);
  const place = separator === "" || lead === undefined ? last.end : lineEnd(file, last.end);
  return [{ kind: "splice", at: { file: file.fileName, offset: place }, remove: "", code: joinCode(added.map((one) => joinCode([raw(lead === undefined ? `${separator === "" ? ";" : ""} ` : `\n${lead}`), one, raw(separator)], "")), "") }];
}

type ListHolder = ts.ObjectLiteralExpression | ts.ArrayLiteralExpression | ts.InterfaceDeclaration | ts.TypeLiteralNode;

function addToList(holder: ListHolder, items: readonly ts.Node[], added: readonly Code[], separator: string): readonly Edit[] {
  const file = holder.getSourceFile();
  const last = items.at(-1);
  const at = (offset: number, text: Code): Edit => ({ kind: "splice", at: { file: file.fileName, offset }, remove: "", code: text });
  if (added.length === 0) return [];
  if (!last) return [at(holder.end - 1, intoEmpty(file, holder, added, separator))];
  const lead = leadOf(file, last);
  const comma = /^\s*,/.exec(file.text.slice(last.end, holder.end))?.[0].length ?? 0;
  if (lead === undefined) return [at(last.end, joinCode(added.map((one) => joinCode([raw(`${separator} `), one], "")), ""))];
  const lines = joinCode(added.map((one, i) => joinCode([raw(`\n${lead}`), nested(one, lead), raw(comma > 0 || i < added.length - 1 ? separator : "")], "")), "");
  const end = lineEnd(file, last.end + comma);
  if (comma > 0) return [at(end, lines)];
  return end === last.end ? [at(end, joinCode([raw(separator), lines], ""))] : [at(last.end, raw(separator)), at(end, lines)];
}

function intoEmpty(file: ts.SourceFile, holder: ts.Node, added: readonly Code[], separator: string): Code {
  const body = file.text.slice(holder.getStart(file), holder.end);
  const outer = /(?:^|\n)([ \t]*)[^\n]*$/.exec(file.text.slice(0, holder.getStart(file)))?.[1] ?? "";
  if (!body.includes("\n")) return joinCode([raw(" "), joinCode(added, `${separator} `), raw(" ")], "");
  return joinCode([...added.map((one) => joinCode([raw("  "), one, raw(`${separator}\n${outer}`)], ""))], "");
}

const nested = (one: Code, lead: string): Code => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, `\n${lead}`) : part)) });

/** The indentation of a node that begins its line; undefined when something stands before it there. */
export function leadOf(file: ts.SourceFile, node: ts.Node): string | undefined {
  const start = node.getStart(file);
  return /(?:^|\n)([ \t]*)$/.exec(file.text.slice(0, start))?.[1];
}

/** The end of the line's code and trailing comment, when nothing else follows on it. */
export function lineEnd(file: ts.SourceFile, offset: number): number {
  return offset + (/^[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)?[ \t]*(?=\r?\n|$)/.exec(file.text.slice(offset))?.[0].trimEnd().length ?? 0);
}
