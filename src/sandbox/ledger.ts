import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import { type Fact, apply, applyEvent, applyTransaction, emptyState } from "./facts.ts";
import { decode, encode } from "./json.ts";
import type { EventRecord, TransactionRecord } from "./records.ts";
import { revive } from "./revive.ts";
import { snapshot } from "./snapshot.ts";
import type { State } from "./state.ts";
import { type Journal, openJournal } from "./storage/journal.ts";
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
  close(): void;
}

/**
 * The journal's lines: the header, then by their first character `F` facts, `E` an event, `T` a transaction, and `.` the end of
 * a checkpoint that began at the offset it names: the facts from there on lead to the state without anything before.
 */
const header = '{"credyt-sandbox":1}';
type Kind = "E" | "T";
/** Where a record's id and its customer's stand in its line: `E{"id":"<uuid>","customer_id":"<id>"`. */
const idAt = [8, 44] as const;
const customerAt = [61, 92] as const;
/** A checkpoint is written after so many records, so that a start need not work out more than these again. */
const checkpointAfter = 50_000;
const compactAfter = 8 << 20;

/** What is in memory of a journal. */
interface Memory {
  secret: string;
  state: State;
  indexes: Readonly<Record<Kind, RecordIndex>>;
  /** Bytes of facts since the journal was last written anew. */
  garbage: number;
  /** Records since the last checkpoint. */
  unsettled: number;
}

/** Opens a ledger on a data file, or on a temporary one. Throws an Error in plain words when the file is not ours, damaged or in use. */
export function openLedger(path: string | undefined, clock: Clock): Ledger {
  const release = path === undefined ? () => {} : lock(path);
  try {
    const journal = openJournal(path);
    const memory = blank();
    if (load(journal, memory, clock, path ?? "The journal")) clear(journal, memory, clock);
    return createLedger(journal, memory, clock, release);
  } catch (error) {
    release();
    throw error;
  }
}

function createLedger(journal: Journal, memory: Memory, clock: Clock, release: () => void): Ledger {
  const tidy = () => {
    try {
      if (memory.garbage > Math.max(compactAfter, journal.size() / 2)) compact(journal, memory, clock);
      else if (memory.unsettled >= checkpointAfter) checkpoint(journal, memory, clock);
    } catch (error) {
      if (!("code" in (error as Error))) throw error; // A full disk: what stands is whole, and tidying comes again.
    }
  };
  tidy();
  return {
    get state() {
      return memory.state;
    },
    events: shelf(journal, memory, "E", applyEvent, tidy),
    transactions: shelf(journal, memory, "T", applyTransaction, tidy),
    secret: () => memory.secret,
    commit(facts) {
      const line = `F${encode(facts)}`;
      journal.append(line);
      for (const fact of facts) happen(memory, clock, fact);
      memory.garbage += line.length;
      tidy();
    },
    sync: () => journal.sync(),
    compact: () => compact(journal, memory, clock),
    clear: () => clear(journal, memory, clock),
    close() {
      journal.close();
      release();
    },
  };
}

function blank(): Memory {
  return { secret: "", state: emptyState(), indexes: { E: createRecordIndex(), T: createRecordIndex() }, garbage: 0, unsettled: 0 };
}

function happen(memory: Memory, clock: Clock, fact: Fact): void {
  if (fact.kind === "clock") clock.move(fact.offset);
  else if (fact.kind === "secret") memory.secret = fact.value;
  else apply(memory.state, fact);
}

function shelf<R extends EventRecord | TransactionRecord>(journal: Journal, memory: Memory, kind: Kind, take: (state: State, record: R) => void, tidy: () => void): Shelf<R> {
  const at = (offset: number) => decode(journal.line(offset).slice(1)) as R;
  const find = (id: string) => memory.indexes[kind].find(id, (offset) => journal.line(offset).slice(...idAt));
  return {
    count: (customer) => memory.indexes[kind].count(customer),
    add(record) {
      const offset = journal.append(`${kind}${encode(record)}`);
      memory.indexes[kind].add(record.id, record.customer_id, offset);
      take(memory.state, record);
      memory.unsettled++;
      tidy();
    },
    has: (id) => find(id) !== undefined,
    get(id) {
      const offset = find(id);
      return offset === undefined ? undefined : at(offset);
    },
    *newestFirst(customer) {
      for (const offset of memory.indexes[kind].newestFirst(customer)) yield at(offset);
    },
  };
}

function kindOf(line: Buffer): string {
  return String.fromCharCode(line[0] ?? 0);
}

function index(indexes: Memory["indexes"], line: Buffer, offset: number): void {
  indexes[kindOf(line) as Kind].add(line.toString("latin1", ...idAt), line.toString("latin1", ...customerAt), offset);
}

/** Reads the journal: once through for where everything stands, then from the last checkpoint for the state. Returns whether it was empty. */
function load(journal: Journal, memory: Memory, clock: Clock, name: string): boolean {
  let start = header.length + 1;
  let lines = 0;
  journal.scan((line, offset) => {
    const kind = kindOf(line);
    if (++lines === 1 && line.toString("utf8") !== header) throw new Error(`${name} is not a data file of the sandbox. Give --data another file.`);
    if (kind === "E" || kind === "T") index(memory.indexes, line, offset);
    else if (kind === "F") memory.garbage += line.length;
    else if (kind === ".") start = Number(line.toString("utf8", 1));
    else if (lines > 1) throw damaged(name, lines, `it begins with ${JSON.stringify(kind)}`);
  });
  if (lines === 0) return true;
  journal.scan((line, offset) => {
    try {
      replay(memory, clock, line);
    } catch (error) {
      throw damaged(name, lineNumber(journal, offset), (error as Error).message);
    }
  }, start);
  return false;
}

function lineNumber(journal: Journal, offset: number): number {
  let number = 0;
  journal.scan((_, at) => void (at <= offset && number++));
  return number;
}

function replay(memory: Memory, clock: Clock, line: Buffer): void {
  const kind = kindOf(line);
  if (kind === ".") return;
  const content = decode(line.toString("utf8", 1));
  if (kind === "F") for (const fact of content as unknown[]) happen(memory, clock, revive(fact));
  else if (kind === "E") applyEvent(memory.state, content as EventRecord);
  else applyTransaction(memory.state, content as TransactionRecord);
  if (kind !== "F") memory.unsettled++;
}

function damaged(name: string, line: number, why: string): Error {
  return new Error(`${name} is damaged at line ${line}: ${why}. Restore it from a copy, or give --data another file.`);
}

function* checkpointLines(memory: Memory, clock: Clock): Generator<string> {
  yield `F${encode([{ kind: "secret", value: memory.secret }, { kind: "clock", offset: clock.offset() }] satisfies Fact[])}`;
  for (const fact of snapshot(memory.state)) yield `F${encode([fact])}`;
}

/** Adds the whole state, so that a start can begin here. Throws when the disk refuses; then the last checkpoint stands. */
function checkpoint(journal: Journal, memory: Memory, clock: Clock): void {
  const start = journal.size();
  journal.appendAll(checkpointLines(memory, clock));
  memory.garbage += journal.size() - start;
  journal.append(`.${start}`);
  memory.unsettled = 0;
}

/** Writes all records, then the state; what led to it is left out. */
function compact(journal: Journal, memory: Memory, clock: Clock): void {
  const indexes = { E: createRecordIndex(), T: createRecordIndex() };
  journal.replace((append) => {
    append(header);
    journal.scan((line) => {
      const kind = kindOf(line);
      if (kind === "E" || kind === "T") index(indexes, line, append(line));
    });
    let start: number | undefined;
    for (const line of checkpointLines(memory, clock)) {
      const offset = append(line);
      start ??= offset;
    }
    append(`.${start ?? 0}`);
  });
  memory.indexes = indexes;
  memory.garbage = 0;
  memory.unsettled = 0;
}

function clear(journal: Journal, memory: Memory, clock: Clock): void {
  Object.assign(memory, blank(), { secret: randomBytes(32).toString("hex") });
  clock.move(0);
  journal.replace((append) => {
    append(header);
    append(`F${encode([{ kind: "secret", value: memory.secret }])}`);
  });
}
