import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Files by path; a Buffer where the bytes matter. */
export type Tree = Readonly<Record<string, string | Buffer>>;

/** A folder with these files in it. */
export function makeTree(files: Tree): string {
  const root = mkdtempSync(join(tmpdir(), "credyt-tree-"));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  return root;
}

/** Every file, folder and link below a folder with its mode and bytes, `.credyt` left out unless asked for. */
export function readTree(root: string, withJournal = false, at = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(join(root, at)).sort()) {
    const path = at === "" ? name : `${at}/${name}`;
    if (name === ".git" || (name === ".credyt" && !withJournal)) continue;
    const facts = lstatSync(join(root, path));
    const mode = (facts.mode & 0o7777).toString(8);
    if (facts.isSymbolicLink()) found[path] = `-> ${readlinkSync(join(root, path))}`;
    else if (facts.isDirectory()) {
      found[`${path}/`] = mode;
      Object.assign(found, readTree(root, withJournal, path));
    } else found[path] = `${mode} ${readFileSync(join(root, path)).toString("base64")}`;
  }
  return found;
}

/** Sets permissions of a file. */
export const permit = (root: string, file: string, mode: number): void => chmodSync(join(root, file), mode);
