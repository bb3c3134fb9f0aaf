import { createHashTable } from "./hash-table.ts";

/** Where the newest record stands, and how many there are. */
export interface Chain {
  readonly last: number;
  readonly count: number;
}

/** Finds records in the journal by UUID, and where the chains of all records and of each owner's begin. */
export interface RecordIndex {
  /** The chain of all records, or of one owner's; undefined when it is empty. */
  chain(owner?: string): Chain | undefined;
  /** Notes that the record with this id will stand at `offset`. Throws when the disk refuses. */
  place(id: string, offset: number): void;
  /** Makes the record at `offset`, which stands there by now, the newest. */
  link(owner: string, offset: number): void;
  /** The offset of the record with this id. `idAt` reads the id at an offset; it may be that of no record. */
  find(id: string, idAt: (offset: number) => string): number | undefined;
  /** Ends the filling from a journal. */
  settle(): void;
  close(): void;
}

/** An empty index, to be filled from a journal and then settled. */
export function createRecordIndex(): RecordIndex {
  const chains = new Map<string, Chain>();
  const table = createHashTable();
  let all: Chain | undefined;
  const longer = (chain: Chain | undefined, last: number): Chain => ({ last, count: (chain?.count ?? 0) + 1 });
  return {
    chain: (owner) => (owner === undefined ? all : chains.get(owner)),
    place: (id, offset) => table.add(hashOf(id), offset),
    link(owner, offset) {
      all = longer(all, offset);
      chains.set(owner, longer(chains.get(owner), offset));
    },
    find: (id, idAt) => table.candidates(hashOf(id)).find((offset) => idAt(offset).toLowerCase() === id.toLowerCase()),
    settle: () => table.settle(),
    close: () => table.close(),
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
