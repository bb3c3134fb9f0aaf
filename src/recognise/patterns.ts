import type { CallPattern, ProviderAdapter } from "../adapters/define.ts";
import { pathOf, type Origin } from "../source/typescript/origin.ts";
import { isWithin, type Version } from "../source/versions.ts";

/** A provider's pattern made ready for matching. */
export interface Compiled {
  readonly provider: string;
  readonly pattern: CallPattern;
  /** The last name of the call as code writes it: `create`, `streamText`. */
  readonly tail: string;
  /** A text that a file with such a call must hold: `completions.create`, `embed(`, or the name under which a file takes another: `embed as`. */
  readonly hint: RegExp;
  readonly packages: readonly string[];
  readonly path: RegExp;
  readonly call: string;
}

/** Compiles every pattern of every provider. */
export function compilePatterns(providers: ReadonlyMap<string, ProviderAdapter>): readonly Compiled[] {
  return [...providers].flatMap(([provider, adapter]) => adapter.calls.flatMap((pattern) => compile(provider, adapter, pattern)));
}

function compile(provider: string, adapter: ProviderAdapter, pattern: CallPattern): Compiled[] {
  const shared = { provider, pattern, packages: pattern.package ?? adapter.packages };
  if (pattern.method === undefined)
    return (pattern.function ?? []).map((name) => ({ ...shared, tail: name, hint: new RegExp(`\\b${escape(name)}\\s*(?:\\?\\.)?[(<]|\\b${escape(name)}(?:\\s+as\\b|\\s*:)`), path: new RegExp(`^(?:default\\.)?${escape(name)}$`), call: pattern.call ?? name }));
  const steps = pattern.method.replace(/\(\)/g, ".()").split(".");
  const names = steps.filter((step) => step !== "()");
  const tail = names.at(-1) ?? "";
  // `new X()` and a factory's `x()` both give the thing that has the method.
  const owner = pattern.path ?? `(?:${(pattern.of ?? ["default"]).map(escape).join("|")})\\.(?:new|\\(\\))`;
  const path = new RegExp(`^(?:default\\.)?${owner}\\.${steps.map(escape).join("\\.")}$`);
  const hint = new RegExp(names.length > 1 ? `\\b${escape(names.at(-2) ?? "")}\\b[\\s\\S]*?\\b${escape(tail)}\\b` : `\\b${escape(tail)}\\s*[(<]`);
  return [{ ...shared, tail, hint, path, call: pattern.call ?? pattern.method.replace(/\(\)/g, "") }];
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Methods that give the same client with other settings, and the bookkeeping of a tracer around it. */
const SAME_CLIENT = /\.(?:withOptions|withConfig|traced?)\.\(\)/g;

/** The first pattern that a callee's origin fits and that accepts the call. A specifier below a package (`@clerk/nextjs/server`) counts as the package. */
export function matchPattern(compiled: readonly Compiled[], origin: Origin | undefined, versionOf: (name: string) => Version | undefined, accepts: (pattern: CallPattern) => boolean): Compiled | undefined {
  if (origin?.kind !== "package") return undefined;
  const path = pathOf(origin).replace(SAME_CLIENT, "");
  return compiled.find(({ packages, pattern, path: wanted }) =>
    packages.some((name) => (name.endsWith("*") ? origin.package.startsWith(name.slice(0, -1)) : name === origin.package || name === origin.specifier)) && wanted.test(path) && isWithin(versionOf(origin.package), pattern.since, pattern.until) && accepts(pattern));
}

/**
 * Words one of which every match of an expression contains: the longest plain run of each of its alternatives. Undefined when an
 * alternative has no run of four characters.
 */
export function necessaryWords(expression: RegExp): readonly string[] | undefined {
  const words = alternatives(expression.source).map((one) => plainRuns(one).sort((a, b) => b.length - a.length)[0] ?? "");
  return words.every((word) => word.length >= 4) ? words : undefined;
}

/** The alternatives at the top of an expression's source. */
function alternatives(source: string): string[] {
  const found = [""];
  let depth = 0;
  for (const piece of source.match(/\\.|[^\\]/gs) ?? []) {
    if (/^[([]$/.test(piece)) depth++;
    if (/^[)\]]$/.test(piece)) depth--;
    if (piece === "|" && depth === 0) found.push("");
    else found[found.length - 1] += piece;
  }
  return found;
}

/** Runs of characters that stand for themselves, outside groups and classes; one that a quantifier makes optional is cut off. */
function plainRuns(source: string): string[] {
  const runs = [""];
  let depth = 0;
  for (const piece of source.match(/\\.|[^\\]/gs) ?? []) {
    if (/^[([]$/.test(piece)) depth++;
    const plain = depth === 0 ? (/^\\[^\w\s]$/.test(piece) ? piece.slice(1) : /^[\w/-]$/.test(piece) ? piece : undefined) : undefined;
    if (plain !== undefined) runs[runs.length - 1] += plain;
    else {
      if (/^[?*{]$/.test(piece)) runs[runs.length - 1] = (runs.at(-1) ?? "").slice(0, -1);
      runs.push("");
    }
    if (/^[)\]]$/.test(piece)) depth--;
  }
  return runs;
}
