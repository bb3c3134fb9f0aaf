import type { RepoPath } from "../domain.ts";
import type { Repo } from "../source/repo.ts";
import { isScript } from "../source/typescript/parse.ts";
import { join, type Manifest, type Resolver, type WorkspacePackage } from "../source/typescript/resolve.ts";

/** Files that hold no product code: tests, stories, seeds, scripts, generated and vendored files, declarations. */
const NOT_PRODUCT = new RegExp(
  [
    "(?:^|/)(?:__tests__|__mocks__|tests?|specs?|e2e|cypress|playwright|stories|storybook|\\.storybook|fixtures?|mocks?|seeds?|seeders?|scripts?|migrations?|examples?|generated|vendor|dist|build|out|coverage|public|static|node_modules|evals?|benchmarks?)/",
    "\\.(?:test|spec|e2e|stories|story|mock|fixture|seed|min|bundle|d|setup)\\.[cm]?[jt]sx?$",
    // A tool's own settings; `auth.config.ts` and `config/passport.config.js` are code of the app.
    "^(?!auth|passport|firebase|supabase|database|db|openai|ai\\.)[^/]*\\.config\\.[cm]?[jt]sx?$",
    "(?:^|/)(?:next|nuxt|vite|vitest|jest|tailwind|postcss|drizzle|babel|webpack|rollup|rspack|rsbuild|eslint|prettier|playwright|cypress|svelte|astro|remix|react-router|metro|tsup|tsdown|knex|sentry[\\w.]*|i18n\\w*|next-i18next|contentlayer|source|trigger|wrangler|app|ecosystem|karma|craco|vue|stylelint|commitlint|lint-staged|ormconfig|mikro-orm)\\.config\\.[cm]?[jt]sx?$",
    "(?:^|/)(?:seed|seeds|seeder|gulpfile|gruntfile|jest\\.setup|vitest\\.setup|models\\.mock|models\\.test)\\.[cm]?[jt]sx?$",
    "_test\\.[jt]s$|(?:^|/)test-?utils?\\.[cm]?[jt]sx?$",
  ].join("|"),
  "i",
);

/** Whether a script of an app or of a package it is built from holds product code. */
export const isProduct = (file: RepoPath, dir: RepoPath): boolean => !NOT_PRODUCT.test(dir !== "" && file.startsWith(`${dir}/`) ? file.slice(dir.length + 1) : file);

/** What an app is built from. */
export interface Scope {
  readonly inside: (file: RepoPath) => boolean;
  /** The workspace packages that the app itself depends on. */
  readonly packages: readonly WorkspacePackage[];
}

/**
 * Which files belong to an app: its folder, the workspace packages it depends on, folders its path aliases lead to; never another app,
 * whose sites are its own although this one may import from it.
 */
export function scopeOf(repo: Repo, resolver: Resolver, dir: RepoPath, manifest: Manifest, apps: readonly RepoPath[]): Scope {
  const dirs = new Set<RepoPath>([dir]);
  const visit = (at: RepoPath, own: Manifest): readonly WorkspacePackage[] => {
    const direct = dependencies(repo, resolver, at, own);
    for (const one of direct) {
      if (dirs.has(one.dir) || one.dir === "" || apps.includes(one.dir)) continue;
      dirs.add(one.dir);
      visit(one.dir, one.manifest);
    }
    return direct;
  };
  const packages = visit(dir, manifest).filter(({ name }) => manifest.devDependencies?.[name] === undefined);
  for (const alias of resolver.aliases(join(dir, "index.ts"))) if (alias.prefix !== "" && alias.dir !== "" && !alias.dir.startsWith(dir === "" ? "\0" : `${dir}/`)) dirs.add(alias.dir);
  const others = apps.filter((one) => one !== dir && (dir === "" || !dir.startsWith(`${one}/`)));
  const inner = [...dirs];
  const inside = (file: RepoPath): boolean => inner.some((one) => one === "" || file.startsWith(`${one}/`)) && !others.some((one) => file.startsWith(`${one}/`) && !inner.some((own) => own !== "" && own.startsWith(one)));
  return { inside, packages };
}

/** The workspace packages that a manifest names, then those that the code imports all the same: package managers that hoist let it. */
function dependencies(repo: Repo, resolver: Resolver, dir: RepoPath, manifest: Manifest): readonly WorkspacePackage[] {
  const names = new Set([...Object.keys(manifest.dependencies ?? {}), ...Object.keys(manifest.devDependencies ?? {})]);
  const declared = [...names].flatMap((name) => resolver.packages.get(name) ?? []);
  const rest = dir === "" ? [] : [...resolver.packages.values()].filter((one) => !names.has(one.name) && one.dir !== "" && !dir.startsWith(one.dir));
  if (rest.length === 0) return declared;
  const texts = repo.files.filter((file) => file.startsWith(`${dir}/`) && isScript(file) && isProduct(file, dir)).map((file) => repo.text(file) ?? "");
  const imported = rest.filter(({ name }) => {
    const said = new RegExp(`(?:\\bfrom|\\bimport|\\brequire)\\s*\\(?\\s*["']${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?:["']|/)`);
    return texts.some((text) => text.includes(name) && said.test(text));
  });
  return [...declared, ...imported];
}
