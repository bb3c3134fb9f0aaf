import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";

/** Keeps a second process off a data file: holds `path`.lock with this process's number. Returns the release. Throws an Error that says who holds it. */
export function lock(path: string): () => void {
  const file = `${path}.lock`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(file, "wx", 0o600);
      writeSync(fd, String(process.pid));
      closeSync(fd);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const holder = Number(readFileSync(file, "utf8")) || 0;
    if (holder !== 0 && alive(holder)) throw new Error(`${path} is in use by another sandbox (process ${holder}). Stop that one, or give this one another --data file.`);
    rmSync(file, { force: true });
  }
  throw new Error(`${file} cannot be made. Remove it and try again.`);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
