import type { FileFacts, ImportFact, Style } from "../domain.ts";
import type { Splice } from "./imports.ts";

/** An import statement to add, and the module it names. */
export interface NewImport {
  readonly specifier: string;
  readonly line: string;
}

/**
 * Where import lines of ours go: beside an import of the same module, else among those of their kind (packages, the app's alias, relative
 * ones), in alphabetical order where the file keeps one, else after the file's first run of imports, else at its head. A `require` stands in
 * front of `limit`, where its name is used while the file is loaded.
 */
export function placeImports(facts: FileFacts, added: readonly NewImport[], aliases: readonly string[], limit = Infinity): readonly Splice[] {
  const isCommonJs = facts.moduleSystem === "commonjs";
  const all = facts.imports.filter((one) => one.kind === (isCommonJs ? "require" : "import") && !(isCommonJs && one.end > limit));
  const first = firstRun(facts.text, all);
  // A `require` runs where it stands: ours must not run before what the app's own wait for, such as the variables of its `.env` file.
  const run = isCommonJs && LOADS.test(facts.text.slice(first.at(-1)?.end ?? 0, all.at(-1)?.start ?? 0)) ? all : first;
  const last = run.at(-1);
  if (!last) return added.length === 0 ? [] : [atHead(facts, added.map(({ line }) => line).join("\n"))];
  const places = new Map<number, { readonly before: boolean; readonly lines: NewImport[]; readonly style: Partial<Style> }>();
  for (const one of added) {
    const { host, before } = besideWhich(run, one.specifier, aliases) ?? besideWhich(all, one.specifier, aliases) ?? { host: last, before: false };
    const offset = before ? host.start : lineEnd(facts.text, host.end);
    const place = places.get(offset) ?? { before, lines: [], style: styleOf(facts.text, host) };
    place.lines.push(one);
    places.set(offset, place);
  }
  return [...places].map(([offset, { before, lines, style }]) => {
    const text = lines.map(({ line }) => (before ? `${line}\n` : `\n${line}`)).join("");
    return { offset, remove: "", text, style };
  });
}

/** Quotes and semicolon of the import beside which ours stand: files that mix styles have one for each part. */
function styleOf(text: string, { start, end, module }: ImportFact): Partial<Style> {
  const isSingle = text.slice(start, end).includes(`'${module}'`);
  return { quotes: isSingle ? "single" : "double", semicolons: text[end - 1] === ";" || /^[ \t]*;/.test(text.slice(end)) };
}

/** The imports at the top; one that stands among the code further down (`const passport = require("passport")`) is no neighbour. */
function firstRun(text: string, all: readonly ImportFact[]): readonly ImportFact[] {
  const end = all.findIndex((one, i) => i > 0 && linesOfCode(text.slice(all[i - 1]?.end ?? 0, one.start)) > GAP);
  return end < 0 ? all : all.slice(0, end);
}

const LOADS = /\bloadEnvFile\(|\bdotenv|\.config\(\)/;

const GAP = 8;

const linesOfCode = (text: string): number => text.replace(/\/\*[\s\S]*?\*\//g, "").split("\n").filter((line) => !/^\s*(?:\/\/.*)?;?\s*$/.test(line)).length;

function besideWhich(run: readonly ImportFact[], specifier: string, aliases: readonly string[]): { readonly host: ImportFact; readonly before: boolean } | undefined {
  const same = run.findLast((one) => one.module === specifier);
  if (same) return { host: same, before: false };
  const kind = kindOf(specifier, aliases);
  const peers = run.filter((one) => kindOf(one.module, aliases) === kind);
  const last = peers.at(-1);
  const first = peers[0];
  // Relative imports are ordered by nearness, not by name, and behind a lone one nothing shows an order.
  // Packages come first, also where there was none.
  if (!last && kind === "package" && run[0]) return { host: run[0], before: true };
  if (!last || !first || kind === "relative" || peers.length < 3 || !isSorted(peers)) return last && { host: last, before: false };
  const host = peers.findLast((one) => rank(one.module) <= rank(specifier));
  return host ? { host, before: false } : { host: first, before: true };
}

const kindOf = (specifier: string, aliases: readonly string[]): "relative" | "alias" | "package" => (specifier.startsWith(".") ? "relative" : aliases.some((prefix) => prefix !== "" && specifier.startsWith(prefix)) ? "alias" : "package");

const rank = (module: string): string => module.toLowerCase();

const isSorted = (peers: readonly ImportFact[]): boolean => peers.every((one, i) => i === 0 || rank(peers[i - 1]?.module ?? "") <= rank(one.module));

function atHead({ head, text }: FileFacts, lines: string): Splice {
  return head === 0 || text[head - 1] === "\n" || text[head - 1] === "\ufeff" ? { offset: head, remove: "", text: `${lines}\n\n` } : { offset: lineEnd(text, head), remove: "", text: `\n\n${lines}` };
}

/** The end of a line's code and trailing comment: where a new line may begin. */
function lineEnd(text: string, offset: number): number {
  const rest = /^[ \t]*;?[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*)?(?=\r?\n|$)/.exec(text.slice(offset));
  return rest ? offset + rest[0].length : offset;
}
