import { ftruncateSync, readSync, writeSync } from "node:fs";
import { type Temporary, openTemporary } from "./temporary.ts";

/** Finds offsets in a file by a hash, 8 bytes an entry; a large table lies in a temporary file, so that memory stays flat. */
export interface HashTable {
  /** Adds an offset below 2^40 under a 32-bit hash. Throws when the disk refuses; then nothing was added. */
  add(hash: number, offset: number): void;
  /** The offsets that may belong to a hash; the caller tells the right one. */
  candidates(hash: number): readonly number[];
  /** Ends the filling in memory that a table begins with. */
  settle(): void;
  close(): void;
}

/** Slots of one bucket, two words each: 24 bits of the hash and the top 8 of the offset + 1, then its lower 32. */
const perBucket = 64;
const words = perBucket * 2;
/** A table up to this size stays in memory. */
const memoryBuckets = 512;
const fullness = 0.7;

/** Where the buckets lie: in memory, or in a file. */
interface Store {
  readonly buckets: number;
  readonly inMemory: boolean;
  bucket(at: number): Uint32Array;
  put(at: number, slot: number, high: number, low: number): void;
  /** All buckets, one after the other. */
  all(): Uint32Array;
  close(): void;
}

/** An empty table. It is filled in memory until `settle`, for speed. */
export function createHashTable(): HashTable {
  let store = memoryStore(new Uint32Array(64 * words));
  let count = 0;
  let filling = true;
  const replace = (entries: Uint32Array) => {
    const next = filling || entries.length <= memoryBuckets * words ? memoryStore(entries) : fileStore(entries);
    store.close();
    store = next;
  };
  const next = (at: number) => (at + 1) & (store.buckets - 1);

  return {
    add(hash, offset) {
      if (count >= store.buckets * perBucket * fullness) replace(rehash(store.all(), store.buckets, store.buckets * 2));
      let at = hash & (store.buckets - 1);
      let slot = freeSlot(store.bucket(at));
      for (; slot === undefined; slot = freeSlot(store.bucket(at))) at = next(at);
      store.put(at, slot, ...pack(hash, offset));
      count++;
    },
    candidates(hash) {
      const found: number[] = [];
      for (let at = hash & (store.buckets - 1); ; at = next(at)) {
        const entries = store.bucket(at);
        collect(entries, hash & 0xffffff, found);
        if (freeSlot(entries) !== undefined) return found;
      }
    },
    settle() {
      filling = false;
      if (store.inMemory) replace(store.all());
    },
    close: () => store.close(),
  };
}

function memoryStore(entries: Uint32Array): Store {
  return {
    buckets: entries.length / words,
    inMemory: true,
    bucket: (at) => entries.subarray(at * words, (at + 1) * words),
    put: (at, slot, high, low) => entries.set([high, low], at * words + slot * 2),
    all: () => entries,
    close: () => {},
  };
}

function fileStore(entries: Uint32Array): Store {
  const file = spill(entries);
  const { length } = entries;
  const page = new Uint32Array(words);
  return {
    buckets: entries.length / words,
    inMemory: false,
    bucket: (at) => readFully(file, page, at * words * 4),
    put: (at, slot, high, low) => void writeSync(file.fd, new Uint32Array([high, low]), 0, 8, (at * words + slot * 2) * 4),
    all: () => readFully(file, new Uint32Array(length), 0),
    close: () => file.close(),
  };
}

function pack(hash: number, offset: number): readonly [number, number] {
  const place = offset + 1;
  return [(((hash & 0xffffff) << 8) | Math.floor(place / 2 ** 32)) >>> 0, place >>> 0];
}

function freeSlot(entries: Uint32Array): number | undefined {
  for (let slot = 0; slot < perBucket; slot++) if (entries[slot * 2] === 0 && entries[slot * 2 + 1] === 0) return slot;
  return undefined;
}

function collect(entries: Uint32Array, hash: number, into: number[]): void {
  for (let slot = 0; slot < perBucket; slot++) {
    const [high = 0, low = 0] = [entries[slot * 2], entries[slot * 2 + 1]];
    if (high === 0 && low === 0) return;
    if (high >>> 8 === hash) into.push((high & 0xff) * 2 ** 32 + low - 1);
  }
}

function rehash(old: Uint32Array, from: number, to: number): Uint32Array {
  const next = new Uint32Array(to * words);
  for (let at = 0; at < from * perBucket; at++) {
    const [high = 0, low = 0] = [old[at * 2], old[at * 2 + 1]];
    if (high === 0 && low === 0) continue;
    for (let bucket = (high >>> 8) & (to - 1); ; bucket = (bucket + 1) & (to - 1)) {
      const slot = freeSlot(next.subarray(bucket * words, (bucket + 1) * words));
      if (slot === undefined) continue;
      next.set([high, low], bucket * words + slot * 2);
      break;
    }
  }
  return next;
}

function spill(table: Uint32Array): Temporary {
  const file = openTemporary();
  try {
    const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
    for (let done = 0; done < bytes.length; ) done += writeSync(file.fd, bytes, done, bytes.length - done, done);
    return file;
  } catch (error) {
    ftruncateSync(file.fd, 0);
    file.close();
    throw error;
  }
}

function readFully(file: Temporary, into: Uint32Array, position: number): Uint32Array {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file.fd, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new Error("the index of the sandbox was cut short");
    done += read;
  }
  return into;
}
