import { createHash } from "node:crypto";
import { chmodSync, chownSync, closeSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** What identifies the bytes of a file: their SHA-256 in hexadecimal and how many they are. */
export interface Fingerprint {
  readonly sha256: string;
  readonly bytes: number;
}

/** The fingerprint of some bytes. */
export const fingerprint = (bytes: Uint8Array): Fingerprint => ({ sha256: createHash("sha256").update(bytes).digest("hex"), bytes: bytes.length });

/** Whether two fingerprints are of the same bytes; an absent file is only like an absent file. */
export const alike = (a: Fingerprint | undefined, b: Fingerprint | undefined): boolean => a?.sha256 === b?.sha256 && a?.bytes === b?.bytes;

/** The bytes of a regular file, or undefined when there is none (or a link, or a folder). */
export function readBytes(path: string): Buffer | undefined {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path) : undefined;
}

/** Where new bytes of a file stand until they are renamed over it: beside it, so that the rename cannot cross a disk. */
export const tempOf = (path: string): string => join(dirname(path), `.${basename(path)}.credyt-tmp`);

/** Owner and permissions that a file is to have; the owner is left alone unless given. */
export interface Access {
  readonly mode: number;
  readonly owner?: readonly [uid: number, gid: number];
}

/** Writes bytes to the file's temporary neighbour and makes sure they are on the disk. Throws what the disk says (`ENOSPC`, `EACCES`). */
export function writeTemp(path: string, bytes: Uint8Array, access: Access): void {
  const temp = tempOf(path);
  rmSync(temp, { force: true });
  const handle = openSync(temp, "wx", access.mode);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(handle, bytes, at);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  // The mode given to open is cut by the umask.
  chmodSync(temp, access.mode);
  if (access.owner && process.getuid?.() === 0) chownSync(temp, ...access.owner);
}

/** Puts the temporary neighbour in the file's place: the file is the old one or the new one, never half of either. */
export function swapIn(path: string): void {
  renameSync(tempOf(path), path);
}

/** Writes a file of ours so that it is whole or not there. */
export function writeWhole(path: string, bytes: Uint8Array, mode = 0o644): void {
  writeTemp(path, bytes, { mode });
  swapIn(path);
  syncFolder(dirname(path));
}

/** Makes renames and removals in a folder last over a power cut, where the system can. */
export function syncFolder(path: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(path, "r");
    fsyncSync(handle);
  } catch {
    // Folders cannot be opened on every system; the rename itself is still whole.
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}
