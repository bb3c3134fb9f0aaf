import type { BillableCall, RepoPath } from "../domain.ts";
import type { App } from "../source/app.ts";

/** What Next.js starts from: everything that these import is in its bundle. */
const ENTRIES = /^(?:src\/)?(?:(?:app|pages)\/|(?:middleware|proxy|instrumentation)\.)/;
/** A module that so many lead to is no worker's own. */
const MANY = 60;

/** The first file with an activity to bill that Next.js does not bundle: a queue's worker, a job of another service. `server-only` would throw there. */
export function unbundledOf(app: App, billables: readonly BillableCall[]): RepoPath | undefined {
  const files = new Set(billables.filter(({ user, recording, notBilled }) => user && recording && notBilled === undefined).map(({ file }) => file));
  return [...files].find((file) => !isBundled(app, file));
}

function isBundled(app: App, file: RepoPath): boolean {
  const seen = new Set([file]);
  for (const one of seen) {
    if (ENTRIES.test(app.dir === "" ? one : one.slice(app.dir.length + 1)) || seen.size > MANY) return true;
    for (const importer of app.code.importers(one)) seen.add(importer);
  }
  return false;
}
