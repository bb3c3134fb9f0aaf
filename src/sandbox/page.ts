import { type Answer, type Call, type Credyt, json } from "./credyt.ts";
import { notFound, refused } from "./problem.ts";

/** The query parameters of every list. */
export const paging = ["offset", "limit"] as const;

/** One page of a list as Credyt answers it. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly total_count: number;
  readonly limit: number;
  readonly offset: number;
}

/** Cuts a page from entries that come newest first. Throws 422 on a bad offset or limit; a limit above 100 means 100. */
export function page<T, U>(call: Call, entries: Iterable<T>, count: number | undefined, render: (entry: T) => U): Page<U> {
  const offset = whole(call, "offset", 0, 0);
  const limit = Math.min(whole(call, "limit", 20, 1), 100);
  const items: U[] = [];
  let position = 0;
  for (const entry of entries) {
    if (position >= offset && items.length < limit) items.push(render(entry));
    position++;
    if (count !== undefined && items.length >= limit) break;
  }
  return { items, total_count: count ?? position, limit, offset };
}

/** Entries of a map, newest first. */
export function newest<T>(entries: ReadonlyMap<string, T>): readonly T[] {
  return [...entries.values()].reverse();
}

/** How a search by the caller's own id renders what it found. */
export interface Found<T> {
  readonly entry: (value: T) => unknown;
  readonly whole: (value: T) => unknown;
  /** The resource's path, for the kinds of resource that Credyt redirects to. */
  readonly path?: (value: T) => string;
}

/** Answers a search by the caller's own id in the way the `lookup` switch says; where Credyt does not redirect, with a page. Throws 404. */
export function lookup<T>(call: Call, credyt: Credyt, found: T | undefined, render: Found<T>, what: string): Answer {
  const way = credyt.switches.lookup;
  if (way === "page" || (way === "redirect" && !render.path)) return json(200, page(call, found === undefined ? [] : [found], undefined, render.entry));
  if (found === undefined) throw notFound(what);
  if (way === "object" || !render.path) return json(200, render.whole(found));
  return { status: 303, headers: { location: render.path(found) } };
}

/** The first entries, at most `count`, without asking for more. */
export function first<T>(entries: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  if (count > 0)
    for (const entry of entries) {
      taken.push(entry);
      if (taken.length >= count) break;
    }
  return taken;
}

function whole(call: Call, name: string, standard: number, least: number): number {
  const given = call.query[name];
  if (given === undefined) return standard;
  const value = Number(given);
  if (!/^\d+$/.test(given) || !Number.isSafeInteger(value) || value < least) throw refused(name, `must be a whole number of at least ${least}`);
  return value;
}
