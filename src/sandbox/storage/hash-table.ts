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

/** An empty table. It is filled in memory until `settle`, for speed. */
export function createHashTable(): HashTable {
  let buckets = 64;
  let table: Uint32Array | undefined = new Uint32Array(buckets * words);
  let file: Temporary | undefined;
  let count = 0;
  let filling = true;
  const page = new Uint32Array(words);

  const bucket = (at: number): Uint32Array => {
    if (table) return table.subarray(at * words, (at + 1) * words);
    readFully(file as Temporary, page, at * words * 4);
    return page;
  };
  const put = (at: number, slot: number, high: number, low: number) => {
    if (table) table.set([high, low], at * words + slot * 2);
    else writeSync((file as Temporary).fd, new Uint32Array([high, low]), 0, 8, (at * words + slot * 2) * 4);
  };
  const widen = () => {
    const next = rehash(table ?? whole(file as Temporary, buckets * words), buckets, buckets * 2);
    store(next, buckets * 2);
  };
  /** Puts a table in place, in memory or in a file of its own. */
  const store = (next: Uint32Array, size: number) => {
    const spilled = filling || size <= memoryBuckets ? undefined : spill(next);
    file?.close();
    [file, table, buckets] = [spilled, spilled ? undefined : next, size];
  };

  return {
    add(hash, offset) {
      if (count >= buckets * perBucket * fullness) widen();
      const [high, low] = pack(hash, offset);
      for (let at = hash & (buckets - 1); ; at = (at + 1) & (buckets - 1)) {
        const slot = freeSlot(bucket(at));
        if (slot === undefined) continue;
        put(at, slot, high, low);
        count++;
        return;
      }
    },
    candidates(hash) {
      const found: number[] = [];
      for (let at = hash & (buckets - 1); ; at = (at + 1) & (buckets - 1)) {
        const entries = bucket(at);
        collect(entries, hash & 0xffffff, found);
        if (freeSlot(entries) !== undefined) return found;
      }
    },
    settle() {
      filling = false;
      if (table) store(table, buckets);
    },
    close: () => file?.close(),
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

function whole(file: Temporary, length: number): Uint32Array {
  const table = new Uint32Array(length);
  readFully(file, table, 0);
  return table;
}

function readFully(file: Temporary, into: Uint32Array, position: number): void {
  const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
  for (let done = 0; done < bytes.length; ) {
    const read = readSync(file.fd, bytes, done, bytes.length - done, position + done);
    if (read === 0) throw new Error("the index of the sandbox was cut short");
    done += read;
  }
}
