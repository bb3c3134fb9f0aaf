import type { Evidence, FileFacts, ImportStyle, ModuleSystem, RepoPath, Style } from "../domain.ts";
import type { Repo } from "./repo.ts";
import type { Codebase } from "./typescript/codebase.ts";
import type { Origin } from "./typescript/origin.ts";
import type { ts } from "./typescript/parse.ts";
import type { Manifest } from "./typescript/resolve.ts";

/** One app of a repo as its adapters see it: its manifest, its code, where names come from. Read-only. */
export interface App {
  /** The app's folder, relative to the repo's root. */
  readonly dir: RepoPath;
  readonly manifest: Manifest;
  /** The version range the app declares for a package (its own manifest first, then the repo's root), or undefined. */
  readonly uses: (name: string) => string | undefined;
  readonly repo: Repo;
  readonly code: Codebase;
  readonly originOf: (node: ts.Node) => Origin | undefined;
  readonly language: "typescript" | "javascript";
  readonly moduleSystem: ModuleSystem;
  readonly style: Style;
  readonly imports: ImportStyle;
  readonly facts: (file: RepoPath) => FileFacts | undefined;
  /** A path of the app's folder: `path("src/app.ts")`. */
  readonly path: (path: string) => RepoPath;
  /** Evidence at a node. */
  readonly at: (node: ts.Node) => Evidence;
  /** Evidence at an offset of any text file. */
  readonly atOffset: (file: RepoPath, offset: number) => Evidence;
  /** Evidence for a dependency: its line in package.json. */
  readonly inManifest: (name: string) => Evidence;
  /** Files of the app (scripts and others) whose path matches. */
  readonly files: (pattern: RegExp) => readonly RepoPath[];
}

/** The first number of a version range: `^4.18.2` is 4, `latest` and `workspace:*` are undefined. */
export function major(range: string | undefined): number | undefined {
  const found = /\d+/.exec(range ?? "")?.[0];
  return found === undefined ? undefined : Number(found);
}
