import type { Clock } from "./clock.ts";
import { clear, compact, tidy } from "./compaction.ts";
import { type Fact, applyEvent, applyTransaction } from "./facts.ts";
import { encode } from "./json.ts";
import { load } from "./load.ts";
import { type Memory, type RecordKind, blankMemory, closeIndexes, happen } from "./memory.ts";
import { idOf, offsetBefore, readRecord, recordLine } from "./record-line.ts";
import type { EventRecord, TransactionRecord } from "./records.ts";
import type { State } from "./state.ts";
import { type Journal, openJournal } from "./storage/journal.ts";
import { lock } from "./storage/lock.ts";

/** Events or transactions, which stay in the journal: only where they stand is kept in memory. */
export interface Shelf<R> {
  count(customer?: string): number;
  /** Adds a record and lets it happen to the state. Its id must be new. Throws when the disk refuses, and then nothing happened. */
  add(record: R): void;
  has(id: string): boolean;
  get(id: string): R | undefined;
  /** Records from the newest to the oldest, in all or of one customer, read one by one. */
  newestFirst(customer?: string): Generator<R>;
}

/** The state and the journal it is kept in. Everything changes here or nowhere. */
export interface Ledger {
  readonly state: State;
  readonly events: Shelf<EventRecord>;
  readonly transactions: Shelf<TransactionRecord>;
  /** Signs the links to payment pages. */
  secret(): string;
  /** Lets facts happen, all or none of them. Throws when the disk refuses, and then nothing happened. */
  commit(facts: readonly Fact[]): void;
  /** Resolves when all that happened so far is on the disk. */
  sync(): Promise<void>;
  /** Writes the journal anew, without what later facts made useless. */
  compact(): void;
  /** Forgets everything. */
  clear(): void;
  close(): void;
}

/** Opens a ledger on a data file, or on a temporary one. Throws an Error in plain words when the file is not ours, damaged or in use. */
export function openLedger(path: string | undefined, clock: Clock): Ledger {
  const release = path === undefined ? () => {} : take(path);
  try {
    const journal = openJournal(path);
    const memory = blankMemory();
    if (load(journal, memory, clock, path ?? "The journal")) clear(journal, memory, clock);
    tidy(journal, memory, clock);
    return createLedger(journal, memory, clock, release);
  } catch (error) {
    release();
    throw error;
  }
}

/** Locks the data file. Throws in plain words when its folder cannot be written. */
function take(path: string): () => void {
  try {
    return lock(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === undefined ? error : new Error(`The data file ${path} cannot be written (${code}). Give --data a file in a folder that is there and yours.`);
  }
}

function createLedger(journal: Journal, memory: Memory, clock: Clock, release: () => void): Ledger {
  const tidyUp = () => tidy(journal, memory, clock);
  return {
    get state() {
      return memory.state;
    },
    events: createShelf(journal, memory, "E", applyEvent, tidyUp),
    transactions: createShelf(journal, memory, "T", applyTransaction, tidyUp),
    secret: () => memory.secret,
    commit(facts) {
      const line = `F${encode(facts)}`;
      journal.append(line);
      for (const fact of facts) happen(memory, clock, fact);
      memory.garbage += line.length;
      tidyUp();
    },
    sync: () => journal.sync(),
    compact: () => compact(journal, memory, clock),
    clear: () => clear(journal, memory, clock),
    close() {
      journal.close();
      closeIndexes(memory.indexes);
      release();
    },
  };
}

function createShelf<R extends EventRecord | TransactionRecord>(journal: Journal, memory: Memory, kind: RecordKind, take: (state: State, record: R) => void, tidyUp: () => void): Shelf<R> {
  const index = () => memory.indexes[kind];
  const find = (id: string) => index().find(id, (offset) => idOf(journal.line(offset)));
  return {
    count: (customer) => index().chain(customer)?.count ?? 0,
    add(record) {
      index().place(record.id, journal.size());
      index().link(record.customer_id, journal.append(recordLine(kind, record, index())));
      take(memory.state, record);
      memory.unsettled++;
      tidyUp();
    },
    has: (id) => find(id) !== undefined,
    get(id) {
      const offset = find(id);
      return offset === undefined ? undefined : readRecord<R>(journal.line(offset));
    },
    *newestFirst(customer) {
      let offset = index().chain(customer)?.last;
      while (offset !== undefined) {
        const line = journal.line(offset);
        yield readRecord<R>(line);
        offset = offsetBefore(line, customer === undefined ? "any" : "customer");
      }
    },
  };
}
