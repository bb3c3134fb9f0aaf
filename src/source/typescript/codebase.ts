import type { RepoPath } from "../../domain.ts";
import type { Repo } from "../repo.ts";
import { createSearch, type Search } from "../search.ts";
import { readExports, type Exports } from "./exports.ts";
import { isScript, lineOf, parseText, syntaxErrors, type ts } from "./parse.ts";
import { createResolver, type Module, type Resolver } from "./resolve.ts";

/** The scripts of a repo as code: parsed on demand, each once; names resolved across files. Read-only. */
export interface Codebase {
  readonly repo: Repo;
  readonly resolver: Resolver;
  /** Scripts that belong to the app under scan, in order; tests, seeds, generated and vendored files are left out. */
  readonly scripts: readonly RepoPath[];
  readonly parse: (file: RepoPath) => ts.SourceFile | undefined;
  readonly resolve: (from: ts.SourceFile, specifier: string) => Module | undefined;
  readonly exports: (file: RepoPath) => Exports;
  /** The file whose export a name is that no file imports or declares: some frameworks make what certain folders export known everywhere. */
  readonly global: (name: string) => { readonly file: RepoPath; readonly name: string } | undefined;
  /** Module specifiers that a script's text imports, requires or re-exports: read from the text, without parsing. */
  readonly specifiers: (file: RepoPath) => readonly string[];
  /** Scripts whose specifiers lead to a file, in order. Found from texts, without parsing. */
  readonly importers: (file: RepoPath) => readonly RepoPath[];
  /** Packages that any script imports, by name: `@ai-sdk/openai` for `@ai-sdk/openai/internal`. */
  readonly imported: () => ReadonlySet<string>;
  /** Whether a file's text contains a word. */
  readonly contains: Search;
  /** Scripts whose text contains the word. */
  readonly mentioning: (word: string) => readonly RepoPath[];
  readonly parsed: () => number;
  /** Scripts that were parsed and do not follow the grammar, with the line of the first complaint. */
  readonly broken: () => readonly { readonly file: RepoPath; readonly line: number }[];
}

/**
 * A codebase over `scripts` of a repo; other scripts of the repo are still parsed when an import leads to them. `shared` are those whose
 * exports every file may use without an import.
 */
export function createCodebase(repo: Repo, scripts: readonly RepoPath[], resolver: Resolver = createResolver(repo), shared: readonly RepoPath[] = []): Codebase {
  const trees = new Map<RepoPath, ts.SourceFile | undefined>();
  const tables = new Map<RepoPath, Exports>();
  const words = new Map<string, readonly RepoPath[]>();
  const specifiers = new Map<RepoPath, readonly string[]>();
  let packages: ReadonlySet<string> | undefined;
  const contains = createSearch(repo.text);
  const specifiersOf = (file: RepoPath): readonly string[] => {
    const known = specifiers.get(file);
    if (known) return known;
    const found = readSpecifiers(repo.text(file) ?? "");
    specifiers.set(file, found);
    return found;
  };
  const resolved = ({ from, specifier }: Import): RepoPath | undefined => {
    const found = resolver.resolve(from, specifier);
    return found !== undefined && "file" in found ? found.file : undefined;
  };
  let ends: Ends | undefined;
  const readEnds = (): Ends => {
    const at = new Map<string, Import[]>();
    const direct = new Map<RepoPath, Import[]>();
    for (const from of scripts)
      for (const specifier of specifiersOf(from)) {
        const one = { from, specifier };
        const end = specifier.split("/").at(-1)?.replace(/\.[cm]?[jt]sx?$/, "") ?? "";
        const isOpen = /^\.*$/.test(end) || resolver.packages.has(packageOf(specifier));
        const target = isOpen ? resolved(one) : undefined;
        if (target !== undefined) put(direct, target, one);
        else if (!isOpen) put(at, end, one);
      }
    return { at, direct };
  };
  const parse = (file: RepoPath): ts.SourceFile | undefined => {
    if (!trees.has(file)) trees.set(file, parseFile(repo, file));
    return trees.get(file);
  };
  return {
    repo,
    resolver,
    scripts,
    parse,
    resolve: (from, specifier) => resolver.resolve(from.fileName, specifier),
    exports: (file) => {
      const known = tables.get(file);
      if (known) return known;
      const tree = parse(file);
      const table: Exports = tree ? readExports(tree) : { named: new Map(), stars: [] };
      tables.set(file, table);
      return table;
    },
    global: (name) => {
      const exporting = shared.find((file) => contains(file, name) && new RegExp(`\\bexport\\s+(?:async\\s+)?(?:function\\*?|const|let|class)\\s+${name.replace(/\$/g, "\\$")}\\b`).test(repo.text(file) ?? ""));
      if (exporting !== undefined) return { file: exporting, name };
      const named = shared.find((file) => stemOf(file) === name && contains(file, "export default"));
      return named === undefined ? undefined : { file: named, name: "default" };
    },
    specifiers: specifiersOf,
    importers: (file) => {
      const { at, direct } = (ends ??= readEnds());
      const stem = file.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "";
      const likely = [...new Set([stem, file.split("/").at(-2) ?? ""])].flatMap((end) => at.get(end) ?? []);
      const leading = new Set([...likely.filter((one) => resolved(one) === file), ...(direct.get(file) ?? [])].map(({ from }) => from));
      return scripts.filter((from) => leading.has(from));
    },
    imported: () => (packages ??= new Set(scripts.flatMap((file) => specifiersOf(file).map(packageOf)))),
    contains,
    mentioning: (word) => {
      const known = words.get(word);
      if (known) return known;
      const found = scripts.filter((file) => contains(file, word));
      words.set(word, found);
      return found;
    },
    parsed: () => trees.size,
    broken: () => scripts.flatMap((file) => {
      const tree = trees.get(file);
      const [first] = tree ? syntaxErrors(tree) : [];
      return tree && first ? [{ file, line: lineOf(tree, first.offset) }] : [];
    }),
  };
}

interface Import {
  readonly from: RepoPath;
  readonly specifier: string;
}

interface Ends {
  /** By the last part of the specifier, which names the file or its folder: resolved when one is asked for. */
  readonly at: ReadonlyMap<string, readonly Import[]>;
  /** By the file they lead to: `.` and a workspace package's name may lead anywhere. */
  readonly direct: ReadonlyMap<RepoPath, readonly Import[]>;
}

function put<T>(table: Map<string, T[]>, key: string, one: T): void {
  const known = table.get(key);
  if (known) known.push(one);
  else table.set(key, [one]);
}

const stemOf = (file: RepoPath): string => (file.split("/").at(-1) ?? "").replace(/\.\w+$/, "").replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const SPECIFIER = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"'\n]+)["']/g;

const readSpecifiers = (text: string): string[] => [...new Set([...text.matchAll(SPECIFIER)].map((match) => match[1] ?? ""))];

/** The package that a specifier names. */
const packageOf = (specifier: string): string => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;

function parseFile(repo: Repo, file: RepoPath): ts.SourceFile | undefined {
  const text = repo.text(file);
  if (text === undefined) return undefined;
  if (isScript(file)) return parseText(file, text);
  return undefined;
}
