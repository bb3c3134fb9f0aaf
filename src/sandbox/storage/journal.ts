import { closeSync, existsSync, fdatasync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { openTemporary } from "./temporary.ts";

/** An append-only file of lines. A line is in the file when `append` returns and on the disk when `sync` resolves. */
export interface Journal {
  /** Bytes in the file. */
  size(): number;
  /** Adds a line and returns its offset in bytes. Throws, with the file unchanged, when the disk refuses. */
  append(line: string): number;
  /** The line at an offset that `append` or `scan` gave. */
  line(offset: number): string;
  /** Adds many lines, or none when the disk refuses, and then throws. */
  appendAll(lines: Iterable<string>): void;
  /** Calls `visit` with each whole line from an offset, by default the start; a torn last line is cut off. */
  scan(visit: (line: Buffer, offset: number) => void, from?: number): void;
  /** Resolves when all that was appended so far would survive a power cut; many callers share one disk flush. */
  sync(): Promise<void>;
  /** Writes a new file by `fill` and puts it in this one's place in a single step. */
  replace(fill: (append: Append) => void): void;
  close(): void;
}

/** Adds a line to a file that is being written and returns its offset. */
export type Append = (line: string | Buffer) => number;

const chunk = 1 << 20;

interface Open {
  readonly fd: number;
  close(): void;
}

/** Opens a journal at `path`, or one in a temporary file that goes away with the process. */
export function openJournal(path?: string): Journal {
  let file: Open = path === undefined ? openTemporary() : openFile(path, existsSync(path) ? "r+" : "w+");
  let size = fstatSync(file.fd).size;
  const flush = path === undefined ? undefined : groupFlush(() => file.fd, () => size);

  return {
    size: () => size,
    append(line) {
      const at = size;
      size += write(file.fd, Buffer.from(`${line}\n`), at);
      return at;
    },
    appendAll(lines) {
      try {
        size += fillFile(file.fd, size, (add) => {
          for (const line of lines) add(line);
        });
      } catch (error) {
        ftruncateSync(file.fd, size);
        throw error;
      }
    },
    line: (offset) => readLine(file.fd, offset),
    scan(visit, from = 0) {
      const whole = scan(file.fd, from, size, visit);
      if (whole < size) ftruncateSync(file.fd, whole);
      size = whole;
    },
    sync: () => flush?.() ?? Promise.resolve(),
    replace(fill) {
      const [next, length] = writeAnew(path, fill);
      file.close();
      [file, size] = [next, length];
    },
    close: () => file.close(),
  };
}

function openFile(path: string, flags: "r+" | "w+"): Open {
  const fd = openSync(path, flags, 0o600);
  return { fd, close: () => closeSync(fd) };
}

/** Writes the file that is to take the old one's place; returns it and its length. Throws when the disk refuses. */
function writeAnew(path: string | undefined, fill: (append: Append) => void): readonly [Open, number] {
  const next = path === undefined ? openTemporary() : openFile(`${path}.next`, "w+");
  try {
    const length = fillFile(next.fd, 0, fill);
    if (path !== undefined) install(next.fd, path);
    return [next, length];
  } catch (error) {
    next.close();
    throw error;
  }
}

/** Puts the new file, once it is on the disk, in the place of the old one. */
function install(fd: number, path: string): void {
  fsyncSync(fd);
  renameSync(`${path}.next`, path);
  syncFolder(dirname(path));
}

function write(fd: number, bytes: Buffer, at: number): number {
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  } catch (error) {
    ftruncateSync(fd, at);
    throw error;
  }
  return bytes.length;
}

/** Writes lines from an offset on, in large pieces; returns how many bytes they were. */
function fillFile(fd: number, start: number, fill: (append: Append) => void): number {
  let size = start;
  let waiting: Buffer[] = [];
  let bytes = 0;
  const drain = () => {
    write(fd, Buffer.concat(waiting), size - bytes);
    waiting = [];
    bytes = 0;
  };
  fill((line) => {
    const at = size;
    const whole = Buffer.concat([typeof line === "string" ? Buffer.from(line) : line, Buffer.from("\n")]);
    waiting.push(whole);
    bytes += whole.length;
    size += whole.length;
    if (bytes > chunk) drain();
    return at;
  });
  drain();
  return size - start;
}

function readLine(fd: number, offset: number): string {
  const parts: Buffer[] = [];
  for (let at = offset; ; ) {
    const buffer = Buffer.allocUnsafe(4096);
    const read = readSync(fd, buffer, 0, buffer.length, at);
    const end = buffer.subarray(0, read).indexOf(10);
    parts.push(buffer.subarray(0, end < 0 ? read : end));
    if (end >= 0 || read === 0) return Buffer.concat(parts).toString("utf8");
    at += read;
  }
}

/** Returns the offset behind the last whole line. */
function scan(fd: number, from: number, size: number, visit: (line: Buffer, offset: number) => void): number {
  let rest = Buffer.alloc(0);
  let at = from;
  for (let position = from; position < size; ) {
    const buffer = Buffer.allocUnsafe(chunk);
    const read = readSync(fd, buffer, 0, chunk, position);
    if (read === 0) break;
    position += read;
    const text = rest.length === 0 ? buffer.subarray(0, read) : Buffer.concat([rest, buffer.subarray(0, read)]);
    let start = 0;
    for (let end = text.indexOf(10); end >= 0; end = text.indexOf(10, start)) {
      visit(text.subarray(start, end), at);
      at += end - start + 1;
      start = end + 1;
    }
    rest = Buffer.from(text.subarray(start));
  }
  return at;
}

/** One disk flush at a time; whoever comes while it runs shares the next one. */
function groupFlush(fd: () => number, size: () => number): () => Promise<void> {
  let flushed = -1;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const flush = () => {
    const upTo = size();
    return new Promise<void>((resolve, reject) =>
      fdatasync(fd(), (error) => {
        if (error && error.code !== "EBADF") return reject(error); // EBADF: replaced meanwhile by a file that is on the disk.
        flushed = Math.max(flushed, upTo);
        resolve();
      }),
    );
  };
  const start = (): Promise<void> => {
    next = undefined;
    running = flush().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (flushed === size()) return Promise.resolve();
    return running === undefined ? start() : (next ??= running.then(start, start));
  };
}

function syncFolder(path: string): void {
  if (process.platform === "win32") return;
  const folder = openSync(path, "r");
  fsyncSync(folder);
  closeSync(folder);
}
