/** Finds records in the journal by UUID and walks them, newest first, whole or per customer; about 30 bytes a record. */
export interface RecordIndex {
  /** How many records there are, in all or of one owner. */
  count(owner?: string): number;
  /** Adds a record that stands at `offset`; ids must be new. */
  add(id: string, owner: string, offset: number): void;
  /** The offset of the record with this id. `idAt` reads the id at an offset, to tell two ids of one hash apart. */
  find(id: string, idAt: (offset: number) => string): number | undefined;
  /** Offsets from the newest record to the oldest, in all or of one owner. */
  newestFirst(owner?: string): Generator<number>;
}

interface Chain {
  readonly last: number;
  readonly count: number;
}

/** An empty index. */
export function createRecordIndex(): RecordIndex {
  const offsets = growing((length) => new Float64Array(length));
  const previous = growing((length) => new Uint32Array(length));
  const chains = new Map<string, Chain>();
  let hashes = new Uint32Array(1024);
  let numbers = new Uint32Array(1024);
  let count = 0;

  const place = (hash: number, number: number) => {
    const mask = hashes.length - 1;
    let slot = hash & mask;
    while (numbers[slot] !== 0) slot = (slot + 1) & mask;
    hashes[slot] = hash;
    numbers[slot] = number;
  };
  const widen = () => {
    const [oldHashes, oldNumbers] = [hashes, numbers];
    hashes = new Uint32Array(oldHashes.length * 2);
    numbers = new Uint32Array(oldNumbers.length * 2);
    for (let slot = 0; slot < oldNumbers.length; slot++) if (oldNumbers[slot] !== 0) place(oldHashes[slot] ?? 0, oldNumbers[slot] ?? 0);
  };

  return {
    count: (owner) => (owner === undefined ? count : (chains.get(owner)?.count ?? 0)),
    add(id, owner, offset) {
      if (count + 1 > hashes.length * 0.7) widen();
      const chain = chains.get(owner);
      offsets.set(count, offset);
      previous.set(count, chain?.last ?? 0);
      count++;
      chains.set(owner, { last: count, count: (chain?.count ?? 0) + 1 });
      place(hashOf(id), count);
    },
    find(id, idAt) {
      const hash = hashOf(id);
      const mask = hashes.length - 1;
      for (let slot = hash & mask; numbers[slot] !== 0; slot = (slot + 1) & mask) {
        if (hashes[slot] !== hash) continue;
        const offset = offsets.get((numbers[slot] ?? 0) - 1);
        if (idAt(offset).toLowerCase() === id.toLowerCase()) return offset;
      }
      return undefined;
    },
    *newestFirst(owner) {
      if (owner === undefined) for (let at = count; at > 0; at--) yield offsets.get(at - 1);
      else for (let at = chains.get(owner)?.last ?? 0; at > 0; at = previous.get(at - 1)) yield offsets.get(at - 1);
    },
  };
}

/** Mixes the four words of a UUID to 32 bits, so that ids that start alike spread too. */
function hashOf(id: string): number {
  const hex = id.replace(/-/g, "");
  let hash = 0x9e3779b9;
  for (let at = 0; at < 32; at += 8) {
    hash = Math.imul(hash ^ parseInt(hex.slice(at, at + 8), 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  }
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** An array of numbers that grows by chunks and so is never copied. */
function growing<T extends Float64Array | Uint32Array>(make: (length: number) => T): { get(at: number): number; set(at: number, value: number): void } {
  const chunks: T[] = [];
  return {
    get: (at) => chunks[at >>> 16]?.[at & 0xffff] ?? 0,
    set(at, value) {
      const chunk = (chunks[at >>> 16] ??= make(65_536));
      chunk[at & 0xffff] = value;
    },
  };
}
