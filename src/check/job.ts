/**
 * What the compiler's process is asked: absolute paths, texts before and after. `before` is absent for a new file. All `files` are seen
 * as they will be; only `targets`, some of them, and `importers` are looked at.
 */
export interface Job {
  readonly root: string;
  readonly files: readonly { readonly path: string; readonly before?: string; readonly after: string }[];
  readonly targets: readonly string[];
  /** Files that import a target, by the target: their types may break as well when what it exports changes. */
  readonly importers: Readonly<Record<string, readonly string[]>>;
  /** Names that need no declaration in a file, where only names are looked at. */
  readonly globals: readonly string[];
}

/** What the process is started with: the app's own compiler, where it can be used, and the one we bring. */
export interface Compilers {
  readonly own?: string;
  readonly bundled: string;
}

/** A type error, `line` from 1. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  readonly code: number;
  readonly message: string;
}

/** What the process answers. `checked` is how many files had their types checked; `reasons` say why others had not. */
export interface Answer {
  readonly problems: readonly Problem[];
  readonly old: number;
  readonly checked: number;
  readonly reasons: readonly string[];
}
