import { randomUUID } from "node:crypto";
import { closeSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file that is gone when it is closed or the process ends. */
export interface Temporary {
  readonly fd: number;
  close(): void;
}

/** Opens a new temporary file; where the system allows, its name is gone at once. Throws when there is no room. */
export function openTemporary(): Temporary {
  const path = join(tmpdir(), `credyt-sandbox-${randomUUID()}`);
  const fd = openSync(path, "wx+", 0o600);
  if (process.platform !== "win32") rmSync(path, { force: true });
  return {
    fd,
    close() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}
