import type { FileFacts, Import, ImportFact, ImportStyle, ModuleSystem, RepoPath, Style } from "../domain.ts";
import { placeImports } from "./import-place.ts";

/** A splice into one file: exactly `remove` at `offset` becomes `text`. */
export interface Splice {
  readonly offset: number;
  readonly remove: string;
  readonly text: string;
  /** Where the code beside it differs from the file's own style. */
  readonly style?: Partial<Style>;
}

/** How a file of ours is spelled in another file: by the app's alias where both lie below it, else relatively. Neighbours are relative unless `byAlias`. */
export function specifierFor(from: RepoPath, to: RepoPath, style: ImportStyle, byAlias = false): string {
  const stem = to.replace(/\.(?:[cm]?[jt]s|[jt]sx)$/, "");
  // Nothing looks for these where an extension is left out.
  const odd = /\.[cm][jt]s$/.exec(to)?.[0].replace("t", "j") ?? "";
  // A folder stands for its index where extensions are left out too.
  const target = style.extension === "" && odd === "" && dirname(from) !== dirname(stem) ? stem.replace(/(?<=[^/])\/index$/, "") : stem;
  const near = !byAlias && dirname(from) === dirname(to);
  const alias = near ? undefined : style.aliases.find((one) => one.prefix !== "" && (one.dir === "" || target.startsWith(`${one.dir}/`)));
  if (alias) return alias.prefix + target.slice(alias.dir === "" ? 0 : alias.dir.length + 1) + (style.extension === "" ? odd : written(to, style.extension));
  return relativePath(dirname(from), target) + (emitted(to, style) || odd);
}

const dirname = (path: RepoPath): string => path.slice(0, Math.max(0, path.lastIndexOf("/")));

function emitted(to: RepoPath, style: ImportStyle): string {
  if (style.moduleSystem === "commonjs" && style.extension === "") return "";
  return style.extension === ".js" && /\.mjs$/.test(to) ? ".mjs" : written(to, style.extension);
}

/** Where files are named as they stand on disk, a component is a `.tsx`. */
const written = (to: RepoPath, extension: string): string => (extension === ".ts" || extension === ".tsx" ? (/\.[cm]?[jt]sx?$/.exec(to)?.[0] ?? extension) : extension);

/** `../b/c` from folder `a` to `b/c`; always starts with a dot. */
export function relativePath(fromDir: RepoPath, to: RepoPath): string {
  const a = fromDir === "" ? [] : fromDir.split("/");
  const b = to.split("/");
  let same = 0;
  while (same < a.length && same < b.length - 1 && a[same] === b[same]) same++;
  const up = a.slice(same).map(() => "..");
  return `${up.length === 0 ? "." : up.join("/")}/${b.slice(same).join("/")}`;
}

/** Names for what code needs, and the splices that bring them into scope. */
export interface Brought {
  readonly nameOf: (needed: Import) => string;
  readonly splices: readonly Splice[];
}

const keyOf = (needed: Import): string => `${"file" in needed.from ? `file:${needed.from.file}` : `package:${needed.from.package}`}\0${needed.as ?? "named"}\0${needed.name}`;

/** Brings imports into an existing script: reuses what is there, extends an import of the same module, else adds a line among them, `limit` at the latest. */
export function bringImports(facts: FileFacts, needed: readonly Import[], style: ImportStyle, limit?: number): Brought {
  const names = new Map<string, string>();
  const added = new Map<string, { readonly specifier: string; readonly typeOnly: boolean; readonly wanted: { readonly needed: Import; readonly local: string }[] }>();
  const splices: Splice[] = [];
  for (const one of needed) {
    const key = keyOf(one);
    if (names.has(key)) continue;
    const known = existing(facts, one);
    if (known !== undefined) {
      names.set(key, known);
      continue;
    }
    const local = freeName(one.name, facts, names);
    names.set(key, local);
    const host = facts.imports.find((fact) => sameModule(fact, one) && fact.namedEnd !== undefined && fact.typeOnly === (one.typeOnly ?? false));
    if (host?.namedEnd !== undefined && (one.as ?? "named") === "named") {
      splices.push({ offset: host.namedEnd, remove: "", text: `${host.named.length > 0 ? ", " : " "}${specifierText(one.name, local, host.kind)}` });
      continue;
    }
    const specifier = "file" in one.from ? specifierFor(facts.file, one.from.file, asHere(facts, one.from.file, style), callsNeighboursByAlias(facts)) : one.from.package;
    const group = `${specifier}\0${one.typeOnly === true}\0${one.as ?? "named"}`;
    const entry = added.get(group) ?? { specifier, typeOnly: one.typeOnly === true, wanted: [] };
    entry.wanted.push({ needed: one, local });
    added.set(group, entry);
  }
  const lines = [...added.values()].map((entry) => ({ specifier: entry.specifier, line: importLine(entry.specifier, entry.typeOnly, entry.wanted, facts.moduleSystem) }));
  splices.push(...placeImports(facts, lines, style.aliases.map(({ prefix }) => prefix), limit));
  return { nameOf: (one) => names.get(keyOf(one)) ?? one.name, splices };
}

/** A file that names the app's other files relatively, and none by an alias, is not the first to do so. */
function asHere({ file, imports }: FileFacts, to: RepoPath, style: ImportStyle): ImportStyle {
  const byAlias = imports.some(({ module }) => style.aliases.some(({ prefix }) => prefix !== "" && module.startsWith(prefix)));
  const below = to.startsWith(`${dirname(file)}/`);
  return !byAlias && imports.some(({ module }) => module.startsWith(below ? "." : "../")) ? { ...style, aliases: [] } : style;
}

function callsNeighboursByAlias({ file, imports }: FileFacts): boolean {
  const near = imports.filter((one) => one.file !== undefined && dirname(one.file) === dirname(file));
  return near.length > 0 && near.every((one) => !one.module.startsWith("."));
}

const specifierText = (name: string, local: string, kind: ImportFact["kind"]): string => (name === local ? name : kind === "require" ? `${name}: ${local}` : `${name} as ${local}`);

function sameModule(fact: ImportFact, needed: Import): boolean {
  return "file" in needed.from ? fact.file === needed.from.file : fact.module === needed.from.package;
}

/** The name under which the file has it already. */
function existing(facts: FileFacts, needed: Import): string | undefined {
  for (const fact of facts.imports) {
    if (!sameModule(fact, needed) || (fact.typeOnly && needed.typeOnly !== true)) continue;
    if (needed.as === "default") {
      const local = fact.defaultName ?? (fact.kind === "require" ? fact.namespace : undefined);
      if (local !== undefined) return local;
    } else if (needed.as === "namespace") {
      if (fact.namespace !== undefined) return fact.namespace;
    } else {
      const local = fact.named.find((one) => one.imported === needed.name)?.local;
      if (local !== undefined) return local;
      if (fact.kind === "require" && fact.namespace !== undefined && "file" in needed.from === false) return `${fact.namespace}.${needed.name}`;
    }
  }
  return undefined;
}

function freeName(name: string, facts: FileFacts, taken: ReadonlyMap<string, string>): string {
  const used = new Set([...facts.names, ...taken.values()]);
  if (!used.has(name)) return name;
  const capital = name[0]?.toUpperCase() + name.slice(1);
  return [`credyt${capital}`, `credyt${capital}2`].find((one) => !used.has(one)) ?? `credyt${capital}3`;
}

/** One import statement in our style, without a line end. */
export function importLine(specifier: string, typeOnly: boolean, wanted: readonly { readonly needed: Import; readonly local: string }[], system: ModuleSystem): string {
  const named = wanted.filter(({ needed }) => (needed.as ?? "named") === "named");
  const whole = wanted.find(({ needed }) => needed.as === "default" || needed.as === "namespace");
  if (system === "commonjs") {
    if (whole) return `const ${whole.local} = require("${specifier}");`;
    return `const { ${named.map(({ needed, local }) => specifierText(needed.name, local, "require")).join(", ")} } = require("${specifier}");`;
  }
  const type = typeOnly ? "type " : "";
  if (whole) return `import ${type}${whole.needed.as === "namespace" ? `* as ${whole.local}` : whole.local} from "${specifier}";`;
  return `import ${type}{ ${named.map(({ needed, local }) => specifierText(needed.name, local, "import")).join(", ")} } from "${specifier}";`;
}

const isOwn = (specifier: string, style: ImportStyle): boolean => specifier.startsWith(".") || style.aliases.some(({ prefix }) => prefix !== "" && specifier.startsWith(prefix));

/** The import lines of a new file, packages first, in our style. */
export function newFileImports(file: RepoPath, needed: readonly Import[], style: ImportStyle): { readonly nameOf: (one: Import) => string; readonly lines: readonly string[] } {
  const groups = new Map<string, { specifier: string; typeOnly: boolean; wanted: { needed: Import; local: string }[]; own: boolean }>();
  const names = new Map<string, string>();
  for (const one of needed) {
    if (names.has(keyOf(one))) continue;
    // Two modules may call different things by one name: a decorator `User`, and the type of what it gives.
    const local = [one.name, `${one.name}${one.typeOnly === true ? "Type" : "2"}`].find((name) => ![...names.values()].includes(name)) ?? `${one.name}3`;
    names.set(keyOf(one), local);
    const specifier = "file" in one.from ? specifierFor(file, one.from.file, style) : one.from.package;
    const key = `${specifier}\0${one.typeOnly === true}\0${one.as ?? "named"}`;
    const group = groups.get(key) ?? { specifier, typeOnly: one.typeOnly === true, wanted: [], own: "file" in one.from || isOwn(specifier, style) };
    group.wanted.push({ needed: one, local });
    groups.set(key, group);
  }
  const sorted = [...groups.values()].sort((a, b) => Number(a.own) - Number(b.own));
  return { nameOf: (one) => names.get(keyOf(one)) ?? one.name, lines: sorted.map((group) => importLine(group.specifier, group.typeOnly, group.wanted, style.moduleSystem)) };
}
