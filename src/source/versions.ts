import type { App } from "./app.ts";

/** The first two numbers of a version. */
export interface Version {
  readonly major: number;
  readonly minor: number;
}

const known = new WeakMap<App, Map<string, Version | undefined>>();

/** The version of a package that the app really gets: the lock file's, else what the range it declares gives today. */
export function versionOf(app: App, name: string): Version | undefined {
  const table = known.get(app) ?? new Map<string, Version | undefined>();
  known.set(app, table);
  if (!table.has(name)) table.set(name, locked(app, name) ?? ofRange(app.uses(name)));
  return table.get(name);
}

/** A caret lets the minor version grow, except below 1.0. */
function ofRange(range: string | undefined): Version | undefined {
  const version = parseVersion(range);
  return version && version.major > 0 && /^(?:\^|>=?|\d+\.x|\d+$)/.test((range ?? "").trim()) ? { ...version, minor: Infinity } : version;
}

/** The first numbers of `4.18.2`; `latest` and `workspace:*` have none. */
export function parseVersion(range: string | undefined): Version | undefined {
  const found = /(\d+)(?:\.(\d+))?/.exec(range ?? "");
  return found ? { major: Number(found[1]), minor: Number(found[2] ?? 0) } : undefined;
}

/** Whether a version lies within `since` and `until`, given as `4` or `4.38`; `until: 4` includes all of 4. An unknown version does. */
export function isWithin(version: Version | undefined, since: string | number | undefined, until: string | number | undefined): boolean {
  if (!version) return true;
  const low = parseVersion(String(since ?? 0));
  const high = parseVersion(String(until ?? Infinity));
  const above = !low || version.major > low.major || (version.major === low.major && version.minor >= low.minor);
  const below = !high || version.major < high.major || (version.major === high.major && (!String(until).includes(".") || version.minor <= high.minor));
  return above && below;
}

/** Where each lock file writes a package's version; `NAME` is the package. */
const LOCKS: readonly (readonly [file: string, pattern: string])[] = [
  ["package-lock.json", '"node_modules/NAME":\\s*\\{\\s*"version":\\s*"(\\d[^"]*)"'],
  ["pnpm-lock.yaml", "\\n\\s+'?NAME'?:\\n\\s+specifier: [^\\n]*\\n\\s+version: (\\d[^\\s(]*)"],
  ["pnpm-lock.yaml", "\\n\\s+'?/?NAME[@/](\\d[^\\s:('_]*)"],
  ["yarn.lock", '(?:^|\\n)"?NAME@[^\\n]*:\\n\\s+version:? "?(\\d[^"\\s]*)'],
  ["bun.lock", '"NAME":\\s*\\["NAME@(\\d[^"]*)"'],
];

/** The locked version; of several, which a monorepo may have, the one that fits the range the app declares. */
function locked(app: App, name: string): Version | undefined {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const declared = parseVersion(app.uses(name));
  for (let dir = app.dir; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf("/")))) {
    for (const [file, pattern] of LOCKS) {
      const text = app.repo.text(dir === "" ? file : `${dir}/${file}`) ?? "";
      const found = [...text.matchAll(new RegExp(pattern.replaceAll("NAME", escaped), "g"))].map((match) => parseVersion(match[1]));
      const fitting = found.find((one) => !declared || one?.major === declared.major);
      if (fitting) return fitting;
    }
    if (dir === "") return undefined;
  }
}
