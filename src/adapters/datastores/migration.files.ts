import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";

/** A folder of migrations that are run in the order of their names. */
export interface MigrationFolder {
  readonly dir: RepoPath;
  readonly files: readonly RepoPath[];
  readonly newest: RepoPath;
  /** The path of one more migration, behind all that are there: `next("credyt")`. */
  readonly next: (name: string) => RepoPath;
}

/** Every migration folder whose files have one of these endings (`sql`, `js`, `ts`): the one that a knexfile names first, then by their number of files. */
export function migrationFolders(app: App, endings: RegExp): readonly MigrationFolder[] {
  const folders = new Map<RepoPath, RepoPath[]>();
  for (const file of app.files(/(?:^|\/)(?:migrations?|migrate|changesets)\/[^/]+$/)) {
    const [dir, name] = [file.slice(0, file.lastIndexOf("/")), file.slice(file.lastIndexOf("/") + 1)];
    if (endings.test(name) && /^[Vv]?\d/.test(name)) folders.set(dir, [...(folders.get(dir) ?? []), file]);
  }
  return [...folders].map(([dir, files]) => describe(dir, files)).sort((a, b) => Number(isNamed(app, b.dir)) - Number(isNamed(app, a.dir)) || b.files.length - a.files.length);
}

/** Whether a knexfile writes a folder's path, from the app's folder or its own. */
function isNamed(app: App, dir: RepoPath): boolean {
  return app.files(/(?:^|\/)knexfile\.[cm]?[jt]s$/).some((file) => {
    const written = [...(app.repo.text(file) ?? "").matchAll(/["'`]([^"'`\n]*migrat[^"'`\n]*)["'`]/g)].map((match) => (match[1] ?? "").replace(/^\.?\//, "").replace(/\/$/, ""));
    return written.some((path) => app.path(path) === dir || `${file.slice(0, file.lastIndexOf("/") + 1)}${path}` === dir);
  });
}

const numberOf = (file: RepoPath): string => /\/[Vv]?(\d+)[^/]*$/.exec(file)?.[1] ?? "0";

function describe(dir: RepoPath, files: readonly RepoPath[]): MigrationFolder {
  const sorted = [...files].sort((a, b) => (BigInt(numberOf(a)) < BigInt(numberOf(b)) ? -1 : BigInt(numberOf(a)) > BigInt(numberOf(b)) ? 1 : a.localeCompare(b)));
  const newest = sorted.at(-1) ?? "";
  const parts = /\/([Vv]?)(\d+)([-_.]{1,2})[^/]*?((?:\.(?:up|down))?\.\w+)$/.exec(newest);
  const next = (name: string): RepoPath => `${dir}/${parts?.[1] ?? ""}${following(parts?.[2] ?? "0")}${parts?.[3] ?? "_"}${name.replace(/_/g, parts?.[3] === "-" ? "-" : "_")}${(parts?.[4] ?? ".sql").replace(".down.", ".up.")}`;
  return { dir, files: sorted, newest, next };
}

/** The number behind another: one second later for a time stamp, one more for a count, in the same width. */
export function following(number: string): string {
  const stamp = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(number);
  if (stamp) {
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = stamp.slice(1).map(Number);
    return new Date(Date.UTC(year, month - 1, day, hour, minute, second + 1)).toISOString().slice(0, 19).replace(/\D/g, "");
  }
  const step = number.length === 13 ? 1000n : 1n;
  return (BigInt(number) + step).toString().padStart(number.length, "0");
}
