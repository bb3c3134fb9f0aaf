import { ts } from "./parse.ts";
import type { RepoPath } from "../../domain.ts";
import type { Repo } from "../repo.ts";

/** What a module specifier names: a file of the repo, or a package that is not in it. */
export type Module = { readonly file: RepoPath } | { readonly package: string; readonly specifier: string };

/** Spells and reads module specifiers of one repo. */
export interface Resolver {
  readonly resolve: (from: RepoPath, specifier: string) => Module | undefined;
  /** Path aliases that hold for a file, longest prefix first: `@/` → `src/`. */
  readonly aliases: (file: RepoPath) => readonly Alias[];
  /** Workspace packages by name. */
  readonly packages: ReadonlyMap<string, WorkspacePackage>;
  /** The nearest folder upwards that holds a package.json. */
  readonly packageDir: (file: RepoPath) => RepoPath;
}

export interface Alias {
  readonly prefix: string;
  readonly dir: RepoPath;
  /** An alias for exactly one specifier, without a `*`. */
  readonly exact: boolean;
}

/** A package.json of the repo. */
export interface WorkspacePackage {
  readonly name: string;
  readonly dir: RepoPath;
  readonly manifest: Manifest;
}

/** The parts of package.json that we read; everything else is ignored. */
export interface Manifest {
  readonly name?: string;
  readonly type?: string;
  readonly main?: string;
  readonly module?: string;
  readonly types?: string;
  readonly source?: string;
  readonly exports?: unknown;
  readonly imports?: Readonly<Record<string, unknown>>;
  readonly workspaces?: unknown;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
  readonly packageManager?: string;
}

const ENDINGS = ["", ".ts", ".tsx", ".js", ".jsx", ".mts", ".cts", ".mjs", ".cjs", ".vue", ".svelte", "/index.ts", "/index.tsx", "/index.js", "/index.jsx", "/index.mjs", "/index.cjs"];
const EMITTED: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\.js$/, [".ts", ".tsx", ".jsx"]],
  [/\.jsx$/, [".tsx"]],
  [/\.mjs$/, [".mts"]],
  [/\.cjs$/, [".cts"]],
];

/** A resolver over the files of a repo. Reads manifests and tsconfigs lazily, each once. */
export function createResolver(repo: Repo): Resolver {
  const packages = readPackages(repo);
  const dirs = new Set([...packages.values()].map((one) => one.dir));
  const configs = new Map<RepoPath, readonly Alias[]>();
  const find = once((path: RepoPath) => findFile(repo, path));
  const within = once((specifier: string) => {
    const [, name, subpath] = OWN.exec(specifier) ?? [];
    const workspace = name === undefined ? undefined : packages.get(name);
    return workspace && findInPackage(find, workspace, subpath ?? "");
  });
  const packageDir = (file: RepoPath): RepoPath => nearest(dirname(file), (dir) => (dirs.has(dir) || repo.has(join(dir, "package.json")) ? dir : undefined)) ?? "";
  const aliasesIn = once((folder: RepoPath): readonly Alias[] => {
    const dir = nearest(folder, (at) => (["tsconfig.json", "jsconfig.json"].some((name) => repo.has(join(at, name))) ? at : undefined));
    const key = dir ?? "\0none";
    const known = configs.get(key);
    if (known) return known;
    const found = [...readAliases(repo, dir), ...frameworkAliases(repo, packageDir(join(folder, "any")))].sort((a, b) => b.prefix.length - a.prefix.length);
    configs.set(key, found);
    return found;
  });
  const aliases = (file: RepoPath): readonly Alias[] => aliasesIn(dirname(file));
  const resolve = (from: RepoPath, specifier: string): Module | undefined => {
    if (specifier.startsWith("node:")) return { package: specifier, specifier };
    if (specifier.startsWith(".")) return asFile(find(normalize(join(dirname(from), specifier))));
    for (const alias of aliases(from)) {
      if (alias.exact ? specifier !== alias.prefix : !specifier.startsWith(alias.prefix)) continue;
      const file = find(normalize(alias.exact ? alias.dir : join(alias.dir, specifier.slice(alias.prefix.length))));
      if (file !== undefined) return { file };
    }
    const inside = within(specifier);
    return inside === undefined ? { package: OWN.exec(specifier)?.[1] ?? specifier, specifier } : { file: inside };
  };
  return { resolve, aliases, packages, packageDir };
}

/** A package's name, and the path within it. */
const OWN = /^(@[^/]+\/[^/]+|[^@/][^/]*)(?:\/(.*))?$/;

/** A function that works each answer out once: thousands of files import the same few. */
export function once<T>(work: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>();
  return (key) => {
    if (!known.has(key)) known.set(key, work(key));
    return known.get(key) as T;
  };
}

const asFile = (file: RepoPath | undefined): Module | undefined => (file === undefined ? undefined : { file });

export const dirname = (path: RepoPath): RepoPath => path.slice(0, Math.max(0, path.lastIndexOf("/")));
export const join = (dir: RepoPath, path: string): RepoPath => (dir === "" ? path : path === "" ? dir : `${dir}/${path}`);

/** A path without `.` and `..`; leading `..` that leave the repo make it unfindable. */
export function normalize(path: string): RepoPath {
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && out.length > 0 && out.at(-1) !== "..") out.pop();
    else out.push(part);
  }
  return out.join("/");
}

function nearest<T>(start: RepoPath, found: (dir: RepoPath) => T | undefined): T | undefined {
  for (let dir = start; ; dir = dirname(dir)) {
    const hit = found(dir);
    if (hit !== undefined || dir === "") return hit;
  }
}

function findFile(repo: Repo, path: RepoPath): RepoPath | undefined {
  const direct = ENDINGS.map((ending) => (path === "" ? ending.replace(/^\//, "") : path + ending)).find((file) => file !== "" && repo.has(file));
  if (direct !== undefined) return direct;
  for (const [pattern, endings] of EMITTED)
    if (pattern.test(path)) return endings.map((ending) => path.replace(pattern, ending)).find((file) => repo.has(file));
  return undefined;
}

/** Parses a package.json; a broken one counts as empty here (scan reports it where it matters). */
export function readManifest(text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? onlyText(value as Manifest) : undefined;
  } catch {
    return undefined;
  }
}

const TEXTS = ["name", "type", "main", "module", "types", "source", "packageManager"] as const;
const MAPS = ["scripts", "dependencies", "devDependencies", "peerDependencies", "engines"] as const;

/** A manifest without what is not text where npm wants text: `"express": 4`. */
function onlyText(manifest: Manifest): Manifest {
  const given: Readonly<Record<string, unknown>> = { ...manifest };
  const texts = TEXTS.filter((name) => given[name] !== undefined && typeof given[name] !== "string").map((name) => [name, undefined]);
  const maps = MAPS.filter((name) => given[name] !== undefined && !isTextMap(given[name])).map((name) => {
    const entries = Array.isArray(given[name]) ? [] : Object.entries(Object(given[name]) as object).filter(([, one]) => typeof one === "string");
    return [name, Object.fromEntries(entries)];
  });
  return texts.length + maps.length === 0 ? manifest : { ...manifest, ...(Object.fromEntries([...texts, ...maps]) as Manifest) };
}

const isTextMap = (value: unknown): boolean => typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((one) => typeof one === "string");

function readPackages(repo: Repo): Map<string, WorkspacePackage> {
  const found = new Map<string, WorkspacePackage>();
  for (const file of repo.files) {
    if (!/(?:^|\/)package\.json$/.test(file)) continue;
    const manifest = readManifest(repo.text(file));
    if (manifest?.name !== undefined && !found.has(manifest.name)) found.set(manifest.name, { name: manifest.name, dir: dirname(file), manifest });
  }
  return found;
}

interface CompilerPaths {
  readonly extends?: string | readonly string[];
  readonly compilerOptions?: { readonly baseUrl?: string; readonly paths?: Readonly<Record<string, readonly string[]>> };
  readonly references?: readonly { readonly path: string }[];
}

/** Reads a tsconfig or jsconfig (comments and trailing commas allowed). */
export function readTsconfig(repo: Repo, file: RepoPath): CompilerPaths | undefined {
  const text = repo.text(file);
  if (text === undefined) return undefined;
  const { config } = ts.parseConfigFileTextToJson(file, text) as { config?: CompilerPaths };
  return typeof config === "object" && config !== null ? config : undefined;
}

function readAliases(repo: Repo, dir: RepoPath | undefined): Alias[] {
  if (dir === undefined) return [];
  const file = ["tsconfig.json", "jsconfig.json"].map((name) => join(dir, name)).find((name) => repo.has(name));
  return file === undefined ? [] : aliasesOf(repo, file, 0);
}

function aliasesOf(repo: Repo, file: RepoPath, depth: number): Alias[] {
  const config = readTsconfig(repo, file);
  if (!config || depth > 6) return [];
  const base = normalize(join(dirname(file), config.compilerOptions?.baseUrl ?? "."));
  const paths = config.compilerOptions?.paths;
  const own = Object.entries(paths ?? {}).flatMap(([pattern, targets]): Alias[] => {
    const target = Array.isArray(targets) ? targets[0] : undefined;
    if (typeof target !== "string") return [];
    return [{ prefix: pattern.replace(/\*$/, ""), dir: normalize(join(base, target.replace(/\*$/, ""))), exact: !pattern.endsWith("*") }];
  });
  if (config.compilerOptions?.baseUrl !== undefined) own.push({ prefix: "", dir: base, exact: false });
  const parents = [config.extends ?? []].flat().map((name) => normalize(join(dirname(file), name))).map((name) => (repo.has(name) ? name : `${name}.json`));
  const referenced = paths ? [] : (config.references ?? []).map((one) => normalize(join(dirname(file), one.path))).map((name) => (repo.has(name) ? name : join(name, "tsconfig.json")));
  // `paths` of the nearest file win; inherited ones fill in.
  return [...own, ...[...parents, ...referenced].filter((name) => repo.has(name)).flatMap((name) => aliasesOf(repo, name, depth + 1))]
    .filter((alias, i, all) => all.findIndex((other) => other.prefix === alias.prefix) === i);
}

/** Aliases that a framework brings without a tsconfig entry in the repo: SvelteKit's `$lib`, Nuxt's `~`. */
function frameworkAliases(repo: Repo, dir: RepoPath): Alias[] {
  const manifest = readManifest(repo.text(join(dir, "package.json")));
  const uses = (name: string): boolean => manifest?.dependencies?.[name] !== undefined || manifest?.devDependencies?.[name] !== undefined;
  const own = Object.entries(manifest?.imports ?? {}).flatMap(([pattern, target]): Alias[] =>
    typeof target === "string" ? [{ prefix: pattern.replace(/\*$/, ""), dir: normalize(join(dir, target.replace(/\*$/, ""))), exact: !pattern.endsWith("*") }] : [],
  );
  if (uses("@sveltejs/kit")) own.push({ prefix: "$lib/", dir: join(dir, "src/lib"), exact: false }, { prefix: "$lib", dir: join(dir, "src/lib"), exact: true });
  if (uses("nuxt"))
    for (const prefix of ["~~/", "@@/", "~/", "@/"]) own.push({ prefix, dir: repo.files.some((file) => file.startsWith(join(dir, "app/"))) && prefix.length === 2 ? join(dir, "app") : dir, exact: false });
  if (uses("nuxt")) own.push({ prefix: "#shared/", dir: join(dir, "shared"), exact: false });
  return own;
}

/** The file behind `name/subpath` of a workspace package: by its exports, else by where such files stand. */
function findInPackage(find: (path: RepoPath) => RepoPath | undefined, one: WorkspacePackage, subpath: string): RepoPath | undefined {
  const { manifest, dir } = one;
  const target = exportTarget(manifest.exports, subpath === "" ? "." : `./${subpath}`);
  const entries = subpath === "" ? [manifest.source, manifest.types, manifest.module, manifest.main, "src/index", "index"] : [subpath, `src/${subpath}`];
  for (const entry of [target, ...entries]) {
    if (entry === undefined) continue;
    const path = normalize(join(dir, entry));
    const found = [path, path.replace(/(^|\/)(?:dist|build|lib|out)(?=\/)/, "$1src")].flatMap((at) => [at, at.replace(/\.(?:d\.)?[cm]?[jt]s$/, "")]).map(find).find((file) => file !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The path that an `exports` map gives for a subpath: exact first, then the `*` pattern. */
function exportTarget(exports: unknown, subpath: string): string | undefined {
  if (typeof exports === "string") return subpath === "." ? exports : undefined;
  if (typeof exports !== "object" || exports === null) return undefined;
  const table = exports as Readonly<Record<string, unknown>>;
  if (subpath === "." && !Object.keys(table).some((key) => key.startsWith("."))) return firstPath(table);
  if (table[subpath] !== undefined) return firstPath(table[subpath]);
  for (const [pattern, value] of Object.entries(table)) {
    const [head, tail] = pattern.split("*");
    if (tail === undefined || head === undefined || !subpath.startsWith(head) || !subpath.endsWith(tail)) continue;
    return firstPath(value)?.replace("*", subpath.slice(head.length, subpath.length - tail.length));
  }
  return undefined;
}

function firstPath(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const table = value as Readonly<Record<string, unknown>>;
  for (const key of ["source", "development", "types", "import", "node", "default", "require"]) {
    const path = firstPath(table[key]);
    if (path !== undefined) return path;
  }
  return undefined;
}
