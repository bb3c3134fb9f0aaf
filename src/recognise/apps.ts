import type { Evidence, ImportStyle, ModuleSystem, RepoPath, Style } from "../domain.ts";
import type { Adapters } from "../adapters/registry.ts";
import { detectStyle } from "../code/style.ts";
import { UserError } from "../errors.ts";
import type { App } from "../source/app.ts";
import { catalogued } from "../source/catalog.ts";
import type { Repo } from "../source/repo.ts";
import { createCodebase } from "../source/typescript/codebase.ts";
import { readFacts } from "../source/typescript/facts.ts";
import { createOrigins } from "../source/typescript/origin.ts";
import { isScript, lineOf } from "../source/typescript/parse.ts";
import { createResolver, dirname, join, normalize, readManifest, type Manifest, type Resolver } from "../source/typescript/resolve.ts";
import { isProduct, scopeOf } from "./scope.ts";

/** The deployable apps at or below the folder the user named: that folder's own package first, else every package that is an app. */
export function findApps(repo: Repo, adapters: Adapters, wanted: string | undefined): readonly App[] {
  const resolver = createResolver(repo);
  const manifests = repo.files.filter((file) => /(?:^|\/)package\.json$/.test(file) && !OFFSIDE.test(file));
  const dirs = wanted === undefined ? manifests.map(dirname) : [pick(repo, manifests, wanted)];
  const here = dirs.filter((dir) => wanted !== undefined || dir === repo.start || repo.start === "" || dir.startsWith(`${repo.start}/`));
  const used = new Set(manifests.flatMap((file) => Object.entries(manifestAt(repo, dirname(file)).dependencies ?? {}).flatMap(([name, version]) => (/^(?:workspace:|\*$|link:|file:)/.test(version) || resolver.packages.has(name) ? [name] : []))));
  const isOne = (dir: RepoPath): boolean => isApp(repo, manifestAt(repo, dir), dir, adapters) && !isLibrary(manifestAt(repo, dir), used);
  const known = here.filter(isOne);
  const all = manifests.map(dirname).filter((dir) => dir !== "" && isOne(dir));
  return chooseApps(repo, known, manifests.map(dirname)).map((dir) => viewApp(repo, resolver, dir, all, adapters));
}

/**
 * The named folder's own package wins, its sub-packages are its parts; but a root of workspaces only holds what its apps share, and one
 * without code of its own what was once installed in the wrong folder.
 */
function chooseApps(repo: Repo, known: readonly RepoPath[], packages: readonly RepoPath[]): readonly RepoPath[] {
  if (!known.includes(repo.start)) return known;
  const inner = known.filter((dir) => dir !== repo.start);
  const holders = packages.filter((dir) => dir !== repo.start && dir !== "");
  const hasCode = repo.files.some((file) => isScript(file) && (repo.start === "" || file.startsWith(`${repo.start}/`)) && isProduct(file, repo.start) && !holders.some((dir) => file.startsWith(`${dir}/`)));
  const isRoot = !hasCode || manifestAt(repo, repo.start).workspaces !== undefined || repo.has(join(repo.start, "pnpm-workspace.yaml"));
  return isRoot && inner.length > 0 ? inner : [repo.start];
}

const OFFSIDE = /(?:^|\/)(?:node_modules|templates?|examples?|fixtures?|__fixtures__|test|tests|e2e|docs|\.github)\//;

function pick(repo: Repo, manifests: readonly RepoPath[], wanted: string): RepoPath {
  const names = [normalize(join(repo.start, wanted)), normalize(wanted)];
  const found = names.find((dir) => manifests.includes(join(dir, "package.json")));
  if (found === undefined) throw new UserError(`There is no app at ${wanted}`, manifests.length === 0 ? "Apps have a package.json; none was found." : `Apps have a package.json; those are in: ${manifests.map((file) => dirname(file) || "the folder itself").slice(0, 8).join(", ")}${manifests.length > 8 ? ", …" : ""}`);
  return found;
}

/**
 * A package.json as an object.
 * @throws UserError when it is not JSON, with the line where it breaks.
 */
function manifestAt(repo: Repo, dir: RepoPath): Manifest {
  const file = join(dir, "package.json");
  const text = repo.text(file);
  const manifest = readManifest(text);
  if (manifest || text === undefined) return manifest ?? {};
  const fault = parseError(text);
  const offset = Number(/position (\d+)/.exec(fault)?.[1] ?? 0);
  throw new UserError(`${file}:${text.slice(0, offset).split("\n").length} is not ${fault === "" ? "an object in braces" : "valid JSON"}`, "Mend the file and run the command again.");
}

function parseError(text: string): string {
  try {
    JSON.parse(text);
    return "";
  } catch (error) {
    return String(error);
  }
}

/**
 * An app has a framework of ours among its dependencies; a library that only develops against one has not. In a monorepo that keeps
 * all dependencies at its root, it is a package that can be started and imports a framework.
 */
function isApp(repo: Repo, manifest: Manifest, dir: RepoPath, adapters: Adapters): boolean {
  const names = [...adapters.frameworks.values()].flatMap(({ packages }) => packages);
  if (names.some((name) => manifest.dependencies?.[name] !== undefined || (manifest.scripts !== undefined && manifest.devDependencies?.[name] !== undefined && manifest.peerDependencies?.[name] === undefined))) return true;
  const root = dir === "" ? undefined : readManifest(repo.text("package.json"));
  const shared = names.filter((name) => root?.dependencies?.[name] !== undefined);
  if (shared.length === 0 || !["start", "dev", "serve"].some((script) => manifest.scripts?.[script] !== undefined)) return false;
  return repo.files.some((file) => file.startsWith(`${dir}/`) && isScript(file) && shared.some((name) => new RegExp(`["']${name}(?:/[^"']*)?["']`).test(repo.text(file) ?? "")));
}

/** A package that others of the repo depend on and that starts nothing is a part of them. */
const isLibrary = ({ name, scripts }: Manifest, used: ReadonlySet<string>): boolean => name !== undefined && used.has(name) && !["start", "dev", "serve", "preview"].some((script) => scripts?.[script] !== undefined && !BUILDS.test(scripts[script]));

/** A script that only compiles. */
const BUILDS = /\b(?:tsc|tsup|tsdown|rollup|unbuild|bunchee|swc|tsgo|vite build)\b/;

/** `story.js` beside `story.ts`: what a compiler left there, and what nothing is run from. */
const isCompiled = (repo: Repo, file: RepoPath): boolean => /\.[cm]?jsx?$/.test(file) && [file.replace(/js(x?)$/, "ts$1"), file.replace(/js$/, "tsx")].some((source) => repo.has(source));

function viewApp(repo: Repo, resolver: Resolver, dir: RepoPath, apps: readonly RepoPath[], adapters: Adapters): App {
  const manifest = manifestAt(repo, dir);
  const root = dir === "" ? manifest : (readManifest(repo.text("package.json")) ?? {});
  const { inside, packages } = scopeOf(repo, resolver, dir, manifest, apps);
  const scripts = repo.files.filter((file) => isScript(file) && inside(file) && !isCompiled(repo, file) && isProduct(file, dir));
  const known = [...adapters.frameworks.values()].flatMap(({ packages, shared }) => (shared && packages.some((name) => manifest.dependencies?.[name] ?? manifest.devDependencies?.[name]) ? [shared] : []));
  const code = createCodebase(repo, scripts, resolver, scripts.filter((file) => known.some((shared) => shared.test(dir === "" ? file : file.slice(dir.length + 1)))));
  const own = scripts.filter((file) => dir === "" || file.startsWith(`${dir}/`));
  const typescript = own.filter((file) => /\.[cm]?tsx?$/.test(file)).length;
  const language = typescript > own.length / 2 ? "typescript" : "javascript";
  const style = usualStyle(repo, own);
  const moduleSystem = usualModules(repo, own, manifest, language);
  const facts = new Map<RepoPath, ReturnType<typeof readFacts>>();
  const declared = (name: string): string | undefined => manifest.dependencies?.[name] ?? manifest.devDependencies?.[name] ?? manifest.peerDependencies?.[name] ?? packages.map((one) => one.manifest.dependencies?.[name]).find((version) => version !== undefined) ?? (code.imported().has(name) ? root.dependencies?.[name] : undefined) ?? root.devDependencies?.[name];
  const uses = (name: string): string | undefined => {
    const version = declared(name);
    return version?.startsWith("catalog:") === true ? (catalogued(repo, name, version) ?? version) : version;
  };
  return {
    dir, manifest, uses, repo, code, language, moduleSystem, style,
    originOf: createOrigins(code),
    imports: usualImports(repo, resolver, own, dir, moduleSystem, language),
    facts: (file) => {
      if (!facts.has(file)) facts.set(file, isScript(file) ? readFacts(code, file, style, moduleSystem) : undefined);
      return facts.get(file);
    },
    path: (path) => normalize(join(dir, path)),
    at: (node) => evidence(repo, node.getSourceFile().fileName, lineOf(node.getSourceFile(), node.getStart())),
    atOffset: (file, offset) => evidence(repo, file, (repo.text(file) ?? "").slice(0, offset).split("\n").length),
    inManifest: (name) => inManifest(repo, dir, name),
    files: (pattern) => repo.files.filter((file) => inside(file) && pattern.test(file)),
  };
}

export function evidence(repo: Repo, file: RepoPath, line: number): Evidence {
  const text = (repo.text(file) ?? "").split("\n")[line - 1] ?? "";
  return { file, line, text: text.trim().slice(0, 200) };
}

function inManifest(repo: Repo, dir: RepoPath, name: string): Evidence {
  for (const file of [join(dir, "package.json"), "package.json"]) {
    const line = (repo.text(file) ?? "").split("\n").findIndex((text) => text.includes(`"${name}"`));
    if (line >= 0) return evidence(repo, file, line + 1);
  }
  return { file: join(dir, "package.json"), line: 1, text: name };
}

/** The style of most files of the app, from a sample. */
function usualStyle(repo: Repo, files: readonly RepoPath[]): Style {
  const step = Math.max(1, Math.floor(files.length / 40));
  const sample = files.filter((_, i) => i % step === 0).map((file) => (repo.text(file) ?? "").slice(0, 4000)).join("\n");
  return detectStyle(sample);
}

function usualModules(repo: Repo, files: readonly RepoPath[], manifest: Manifest, language: App["language"]): ModuleSystem {
  if (language === "typescript" || manifest.type === "module") return "esm";
  let esm = 0;
  let commonjs = 0;
  for (const file of files) {
    const text = repo.text(file) ?? "";
    if (/^\s*(?:import\s[\w{*"']|export\s)/m.test(text)) esm++;
    else if (/\brequire\(|module\.exports/.test(text)) commonjs++;
  }
  return esm >= commonjs && esm > 0 ? "esm" : "commonjs";
}

/** Node's own resolution of ES modules: TypeScript refuses relative imports without an extension. */
function needsExtensions(repo: Repo, dir: RepoPath): boolean {
  const isModule = readManifest(repo.text(join(dir, "package.json")))?.type === "module";
  return isModule && /"module(?:Resolution)?"\s*:\s*"node(?:16|18|20|next)"/i.test(repo.text(join(dir, "tsconfig.json")) ?? "");
}

/** How files of the app import each other: by alias or relative path, with or without an extension. SvelteKit's `$lib` is there for every app. */
function usualImports(repo: Repo, resolver: Resolver, files: readonly RepoPath[], dir: RepoPath, moduleSystem: ModuleSystem, language: App["language"]): ImportStyle {
  const aliases = resolver.aliases(join(dir, "index.ts")).filter((alias) => !alias.exact && alias.prefix !== "");
  let byAlias = 0;
  let relative = 0;
  const endings = new Map<ImportStyle["extension"], number>();
  for (const file of files) {
    for (const match of (repo.text(file) ?? "").slice(0, 3000).matchAll(/(?:from|require\()\s*["']([^"']+)["']/g)) {
      const specifier = match[1] ?? "";
      if (specifier.startsWith(".")) {
        relative++;
        const ending = /\.(?:js|mjs)$/.test(specifier) ? ".js" : /\.ts$/.test(specifier) ? ".ts" : "";
        endings.set(ending, (endings.get(ending) ?? 0) + 1);
      } else if (aliases.some((alias) => specifier.startsWith(alias.prefix))) byAlias++;
    }
  }
  const usual = [...endings].sort((a, b) => b[1] - a[1])[0]?.[0] ?? (moduleSystem === "esm" && (language === "javascript" || needsExtensions(repo, dir)) ? ".js" : "");
  return { moduleSystem, aliases: aliases.filter(({ prefix }) => byAlias > relative / 4 || prefix === "$lib/").map(({ prefix, dir: to }) => ({ prefix, dir: to })), extension: usual };
}
