import type { App } from "../source/app.ts";

/** Names under which files of the app hand a function on, each with the functions' own names. */
export type Renames = ReadonlyMap<string, ReadonlySet<string>>;

const LISTS = /\bexport\s*\{([^{}]*)\}/g;
const VALUES = /\bexport\s+const\s+(\w+)\s*(?::[^=\n]+)?=\s*(\w+)\s*(?:;|\n|$)/g;
/** `generateText` is `complete` in one barrel, and `complete` is `write` in the next. */
const HOPS = 4;

/**
 * What `export { generateText as complete } from "ai"` and `export const complete = generateText` make of names: only where to look.
 * Whose function a call is, is followed from the call.
 */
export function renamesOf(app: App, names: ReadonlySet<string>): Renames {
  const pairs = app.code.scripts.flatMap((file) => (app.code.contains(file, "export") ? pairsIn(app.repo.text(file) ?? "") : []));
  const found = new Map<string, Set<string>>();
  for (let hop = 0; hop < HOPS; hop++)
    for (const [from, to] of pairs) {
      const own = [...(names.has(from) ? [from] : []), ...(found.get(from) ?? [])];
      if (own.length > 0) found.set(to, new Set([...(found.get(to) ?? []), ...own]));
    }
  return found;
}

function pairsIn(text: string): (readonly [string, string])[] {
  const lists = text.includes(" as ") ? [...text.matchAll(LISTS)].flatMap((match) => [...(match[1] ?? "").matchAll(/(\w+)\s+as\s+(\w+)/g)]) : [];
  return [...lists.map((match) => [match[1] ?? "", match[2] ?? ""] as const), ...[...text.matchAll(VALUES)].map((match) => [match[2] ?? "", match[1] ?? ""] as const)];
}
