import type { Code, Edit } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { ts } from "../../source/typescript/parse.ts";

/** Adds a property at the end of an object literal: on a line of its own where the others stand so. */
export const addProperty = (object: ts.ObjectLiteralExpression, property: Code): readonly Edit[] => addItem(object, object.properties, property);

/** Adds an element at the end of an array literal. */
export const addElement = (array: ts.ArrayLiteralExpression, element: Code): readonly Edit[] => addItem(array, array.elements, element);

function addItem(holder: ts.ObjectLiteralExpression | ts.ArrayLiteralExpression, items: readonly ts.Node[], added: Code): readonly Edit[] {
  const file = holder.getSourceFile();
  const { text } = file;
  const last = items.at(-1);
  const splice = (offset: number, written: Code, remove = ""): Edit => ({ kind: "splice", at: { file: file.fileName, offset }, remove, code: written });
  if (!last) return [intoEmpty(holder, added, splice)];
  const comma = /^\s*,/.exec(text.slice(last.end, holder.end))?.[0].length ?? 0;
  if (!beginsLine(text, last.getStart(file))) return comma > 0 ? [splice(last.end + comma, code` ${added},`)] : [splice(last.end, code`, ${added}`)];
  const end = lineEnd(text, last.end + comma);
  if (comma > 0) return [splice(end, joinCode([raw("\n"), added, raw(",")], ""))];
  const line = joinCode([raw("\n"), added], "");
  return end === last.end ? [splice(end, joinCode([raw(","), line], ""))] : [splice(last.end, raw(",")), splice(end, line)];
}

/** `{}` becomes a block of lines for a long item, else stays on its line. */
function intoEmpty(holder: ts.Node, added: Code, splice: (offset: number, written: Code, remove?: string) => Edit): Edit {
  const close = holder.end - 1;
  const { text } = holder.getSourceFile();
  const closer = text[close] ?? "}";
  const isLong = added.parts.some((part) => typeof part === "string" && part.includes("\n"));
  if (/\n[ \t]*$/.test(text.slice(holder.getStart(), close))) {
    const inner = joinCode([raw("  "), nested(added), raw(`,\n${closer}`)], "");
    return splice(close, inner, closer);
  }
  return isLong ? splice(close, joinCode([raw("\n  "), nested(added), raw(`,\n${closer}`)], ""), closer) : splice(close, closer === "]" ? added : code` ${added} `);
}

/** Code one level deeper: every line after the first. */
export const nested = (inner: Code, indent = "  "): Code => ({ parts: inner.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, `\n${indent}`) : part)) });

const beginsLine = (text: string, offset: number): boolean => /(?:^|\n)[ \t]*$/.test(text.slice(0, offset));

/** The end of the line's code and trailing comment, when nothing else follows on it. */
function lineEnd(text: string, offset: number): number {
  return offset + (/^[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/)?(?=[ \t]*(?:\r?\n|$))/.exec(text.slice(offset))?.[0].length ?? 0);
}
