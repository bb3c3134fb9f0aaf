import type { AppSurvey, FilePatch, Leak, RepoPath } from "../domain.ts";
import { browserSides, keepsImport, type Side } from "./browser.ts";
import type { Importers } from "./importers.ts";

/**
 * The shortest chain of imports from each file that the browser loads to a file of ours that holds the key, in the code as it will be.
 * Actions (`"use server"`) and server-only files are boundaries. A public variable that carries the key is a leak by itself.
 */
export function findLeaks(app: AppSurvey, patch: readonly FilePatch[], importers: Importers): Leak[] {
  const { dir, extension } = app.home;
  const holders = ["client", "webhook"].map((name) => `${dir}/${name}${extension}`).filter((file) => importers.repo.has(file));
  const published = patch.filter(({ after }) => /\b(?:NEXT_PUBLIC|VITE|REACT_APP|PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|GATSBY)_\w*CREDYT\w*(?:KEY|SECRET)/.test(after)).map(({ file }): Leak => ({ chain: [file] }));
  return [...published, ...chainsTo(holders, importers)];
}

function chainsTo(holders: readonly RepoPath[], importers: Importers): Leak[] {
  const sideOf = browserSides(importers.repo);
  const onTheWay = waysToBrowser(holders, importers, sideOf);
  const next = new Map<RepoPath, RepoPath | undefined>(holders.map((file) => [file, undefined]));
  const leaks: Leak[] = [];
  const queue = [...holders];
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    const side = sideOf(file);
    if (side.kind === "server") continue;
    if (side.kind === "entry" || (side.kind === "stripped" && next.get(file) !== undefined)) leaks.push({ chain: chainFrom(file, next) });
    if (side.kind === "entry") continue;
    for (const importer of importers.of(file)) {
      if (next.has(importer.file) || !onTheWay.has(importer.file)) continue;
      const theirs = sideOf(importer.file);
      const server = theirs.kind === "stripped" ? theirs.server : [];
      if (!keepsImport(importer.file, importers.text(importer.file) ?? "", importer.specifier, server)) continue;
      next.set(importer.file, file);
      queue.push(importer.file);
    }
  }
  return leaks;
}

/** The files between the holders and what the browser loads, whatever becomes of the imports: only theirs are worth a look at the code. */
function waysToBrowser(holders: readonly RepoPath[], importers: Importers, sideOf: (file: RepoPath) => Side): ReadonlySet<RepoPath> {
  const imported = new Map<RepoPath, RepoPath[]>();
  const seen = new Set(holders);
  const onTheWay = new Set<RepoPath>();
  for (const file of seen) {
    const { kind } = sideOf(file);
    if (kind === "entry" || kind === "stripped") onTheWay.add(file);
    if (kind === "server" || kind === "entry") continue;
    for (const importer of importers.of(file)) {
      imported.set(importer.file, [...(imported.get(importer.file) ?? []), file]);
      seen.add(importer.file);
    }
  }
  for (const file of onTheWay) for (const one of imported.get(file) ?? []) onTheWay.add(one);
  return onTheWay;
}

function chainFrom(entry: RepoPath, next: ReadonlyMap<RepoPath, RepoPath | undefined>): RepoPath[] {
  const chain: RepoPath[] = [];
  for (let at: RepoPath | undefined = entry; at !== undefined; at = next.get(at)) chain.push(at);
  return chain;
}
