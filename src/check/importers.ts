import type { RepoPath } from "../domain.ts";
import type { Repo } from "../source/repo.ts";
import { createResolver, dirname, once } from "../source/typescript/resolve.ts";

/** One import of a file: who imports it, and by which words. */
export interface Importer {
  readonly file: RepoPath;
  readonly specifier: string;
}

/** Who imports what, backwards: the way from a few files of ours to whoever reaches them is short. */
export interface Importers {
  readonly of: (file: RepoPath) => readonly Importer[];
  readonly text: (file: RepoPath) => string | undefined;
  readonly repo: Repo;
}

const CODE = /\.(?:[cm]?[jt]s|[jt]sx|vue|svelte|astro)$/;
const SPECIFIER = /(?:\bfrom|\bimport|\brequire|\bexport)\s*\(?\s*(["'])([^"'\n]+)\1/g;

/** Reads every code file of the repo once and remembers the last part of what it imports; resolving is left to the few that are asked for. */
export function findImporters(repo: Repo): Importers {
  const resolver = createResolver(repo);
  const byWord = new Map<string, Importer[]>();
  for (const file of repo.files) {
    if (!CODE.test(file) || /\.d\.[cm]?ts$/.test(file)) continue;
    for (const match of (repo.text(file) ?? "").matchAll(SPECIFIER)) {
      const specifier = match[2] ?? "";
      const word = lastWord(specifier);
      const known = byWord.get(word);
      if (known) known.push({ file, specifier });
      else byWord.set(word, [{ file, specifier }]);
    }
  }
  const packageNames = new Map([...resolver.packages.values()].map((one) => [one.dir, one.name]));
  const of = once((file: RepoPath): Importer[] => {
    const stem = lastWord(file);
    const dir = dirname(file);
    const words = new Set([stem, lastWord(dir), lastWord(packageNames.get(resolver.packageDir(file)) ?? ""), "", ".", ".."]);
    const candidates = [...words].flatMap((word) => byWord.get(word) ?? []);
    return candidates.filter((one) => one.file !== file && isSame(resolver.resolve(one.file, one.specifier), file));
  });
  return { of, text: repo.text, repo };
}

const isSame = (module: { readonly file: RepoPath } | object | undefined, file: RepoPath): boolean => module !== undefined && "file" in module && module.file === file;

/** `@/lib/credyt/client.js` → `client`. */
const lastWord = (path: string): string => path.slice(path.lastIndexOf("/") + 1).replace(/\.(?:[cm]?[jt]s|[jt]sx|vue|svelte)$/, "");
