import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import { type Fact, apply, applyEvent, applyTransaction, emptyState } from "./facts.ts";
import { decode, encode } from "./json.ts";
import type { EventRecord, TransactionRecord } from "./records.ts";
import { revive } from "./revive.ts";
import { snapshot } from "./snapshot.ts";
import type { State } from "./state.ts";
import { openJournal } from "./storage/journal.ts";
import { lock } from "./storage/lock.ts";
import { type RecordIndex, createRecordIndex } from "./storage/record-index.ts";

/** Events or transactions, which stay in the journal: only where they stand is kept in memory. */
export interface Shelf<R> {
  count(customer?: string): number;
  /** Adds a record and lets it happen to the state. Its id must be new. */
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
  /** Whether nothing had happened when the ledger was opened. */
  readonly fresh: boolean;
  close(): void;
}

const header = '{"credyt-sandbox":1}';
/** Where a record's id and its customer's stand in its line: `E{"id":"<uuid>","customer_id":"<id>"`. */
const idAt = [8, 44] as const;
const customerAt = [61, 92] as const;
const compactAfterRecords = 50_000;
const compactAfterBytes = 8 << 20;

/** Opens a ledger on a data file, or on a temporary one. Throws an Error in plain words when the file is not ours, damaged or in use. */
export function openLedger(path: string | undefined, clock: Clock): Ledger {
  const release = path === undefined ? () => {} : lock(path);
  try {
    return open(path, clock, release);
  } catch (error) {
    release();
    throw error;
  }
}

function open(path: string | undefined, clock: Clock, release: () => void): Ledger {
  const journal = openJournal(path);
  let secret = "";
  let state = emptyState();
  let indexes = { E: createRecordIndex(), T: createRecordIndex() };
  let garbage = 0;
  let unsettled = 0;

  const happen = (fact: Fact) => {
    if (fact.kind === "clock") clock.move(fact.offset);
    else if (fact.kind === "secret") secret = fact.value;
    else apply(state, fact);
  };
  const index = (line: Buffer, offset: number) => {
    const kind = String.fromCharCode(line[0] ?? 0).toUpperCase() as "E" | "T";
    indexes[kind].add(line.toString("latin1", ...idAt), line.toString("latin1", ...customerAt), offset);
  };
  const visit = (line: Buffer, offset: number) => {
    const kind = String.fromCharCode(line[0] ?? 0);
    if ("EeTt".includes(kind)) index(line, offset);
    if (kind === "F") (decode(line.toString("utf8", 1)) as unknown[]).forEach((fact) => happen(revive(fact)));
    else if (kind === "E") applyEvent(state, decode(line.toString("utf8", 1)) as EventRecord);
    else if (kind === "T") applyTransaction(state, decode(line.toString("utf8", 1)) as TransactionRecord);
    else if (!"et".includes(kind)) throw new Error(`a line of unknown kind ${JSON.stringify(kind)}`);
    if (kind === "F") garbage += line.length;
    if (kind === "E" || kind === "T") unsettled++;
  };
  const load = () => {
    let number = 0;
    journal.scan((line, offset) => {
      number++;
      if (number === 1 && line.toString("utf8") !== header) throw new Error(`${path ?? "The journal"} is not a data file of the sandbox. Give --data another file.`);
      if (number === 1) return;
      try {
        visit(line, offset);
      } catch (error) {
        throw new Error(`${path ?? "The journal"} is damaged at line ${number}: ${(error as Error).message}. Restore it from a copy, or give --data another file.`);
      }
    });
    return number;
  };
  const compact = () => {
    const next = { E: createRecordIndex(), T: createRecordIndex() };
    journal.replace((append) => {
      append(header);
      for (const fact of [{ kind: "secret", value: secret }, { kind: "clock", offset: clock.offset() }, ...snapshot(state)] as Fact[]) append(`F${encode([fact])}`);
      journal.scan((line) => {
        const kind = String.fromCharCode(line[0] ?? 0);
        if (!"EeTt".includes(kind)) return;
        const settled = Buffer.from(line);
        settled[0] = kind.toLowerCase().charCodeAt(0);
        next[kind.toUpperCase() as "E" | "T"].add(line.toString("latin1", ...idAt), line.toString("latin1", ...customerAt), append(settled));
      });
    });
    indexes = next;
    garbage = 0;
    unsettled = 0;
  };
  const clear = () => {
    state = emptyState();
    indexes = { E: createRecordIndex(), T: createRecordIndex() };
    secret = randomBytes(32).toString("hex");
    clock.move(0);
    journal.replace((append) => {
      append(header);
      append(`F${encode([{ kind: "secret", value: secret }])}`);
    });
    garbage = 0;
    unsettled = 0;
  };
  const shelf = <R extends { readonly id: string; readonly customer_id: string }>(kind: "E" | "T", take: (state: State, record: R) => void): Shelf<R> => ({
    count: (customer) => indexes[kind].count(customer),
    add(record) {
      const offset = journal.append(`${kind}${encode(record)}`);
      indexes[kind].add(record.id, record.customer_id, offset);
      take(state, record);
      unsettled++;
    },
    has: (id) => findIn(indexes[kind], id) !== undefined,
    get(id) {
      const offset = findIn(indexes[kind], id);
      return offset === undefined ? undefined : recordAt<R>(offset);
    },
    *newestFirst(customer) {
      for (const offset of indexes[kind].newestFirst(customer)) yield recordAt<R>(offset);
    },
  });
  const findIn = (records: RecordIndex, id: string) => records.find(id, (offset) => journal.line(offset).slice(...idAt));
  const recordAt = <R>(offset: number) => decode(journal.line(offset).slice(1)) as R;

  const fresh = load() === 0;
  if (fresh) clear();
  else if (unsettled > compactAfterRecords || garbage > Math.max(compactAfterBytes, journal.size() / 2)) compact();

  return {
    get state() {
      return state;
    },
    events: shelf<EventRecord>("E", applyEvent),
    transactions: shelf<TransactionRecord>("T", applyTransaction),
    secret: () => secret,
    commit(facts) {
      const line = `F${encode(facts)}`;
      journal.append(line);
      facts.forEach(happen);
      garbage += line.length;
      if (garbage > Math.max(compactAfterBytes, journal.size() / 2)) compact();
    },
    sync: () => journal.sync(),
    compact,
    clear,
    fresh,
    close() {
      journal.close();
      release();
    },
  };
}
