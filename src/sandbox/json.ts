import { Decimal } from "decimal.js";
import { Exact } from "./money.ts";

const mark = "\u0000exact:";
const long = /\d[\d.]{15,}/;
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Reads JSON without losing digits: a number too long for a double becomes a Decimal. Throws SyntaxError. */
export function decode(text: string): unknown {
  if (!long.test(text)) return JSON.parse(text);
  JSON.parse(text); // Refuses what is no JSON before the numbers are rewritten.
  const kept = text.replace(token, (part) => (part.startsWith('"') || digits(part) <= 15 ? part : `"\\u0000exact:${part}"`));
  return JSON.parse(kept, (_, value: unknown) => (typeof value === "string" && value.startsWith(mark) ? new Exact(value.slice(mark.length)) : value));
}

/** Writes JSON with Decimals as plain numbers of all their digits; members that are undefined are left out. `gap` stands behind commas and colons. */
export function encode(value: unknown, gap: "" | " " = ""): string {
  if (value === null || value === undefined) return "null";
  if (typeof value !== "object") return JSON.stringify(value);
  if (Decimal.isDecimal(value)) return value.toFixed();
  if (Array.isArray(value)) return `[${value.map((one) => encode(one, gap)).join(`,${gap}`)}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${gap}${encode(member, gap)}`).join(`,${gap}`)}}`;
}

function digits(number: string): number {
  return number.replace(/[eE].*$/, "").replace(/\D/g, "").replace(/^0+/, "").length;
}
