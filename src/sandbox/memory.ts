import type { Clock } from "./clock.ts";
import { type Fact, apply, emptyState } from "./facts.ts";
import type { State } from "./state.ts";
import { type RecordIndex, createRecordIndex } from "./storage/record-index.ts";

/** The kinds of record: `E` an event, `T` a transaction. */
export type RecordKind = "E" | "T";

/** Where the records of each kind stand in the journal. */
export type Indexes = Readonly<Record<RecordKind, RecordIndex>>;

/** What is in memory of a journal. */
export interface Memory {
  /** Signs the links to payment pages. */
  secret: string;
  state: State;
  indexes: Indexes;
  /** Bytes of facts since the journal was last written anew. */
  garbage: number;
  /** Records since the last checkpoint. */
  unsettled: number;
}

/** The memory of an empty journal, its indexes ready to be filled and then settled. */
export function blankMemory(): Memory {
  return { secret: "", state: emptyState(), indexes: blankIndexes(), garbage: 0, unsettled: 0 };
}

/** Indexes of no records. */
export function blankIndexes(): Indexes {
  return { E: createRecordIndex(), T: createRecordIndex() };
}

/** Lets a fact happen, in the state or to the clock. */
export function happen(memory: Memory, clock: Clock, fact: Fact): void {
  if (fact.kind === "clock") clock.move(fact.offset);
  else if (fact.kind === "secret") memory.secret = fact.value;
  else apply(memory.state, fact);
}

/** Ends the filling of indexes. */
export function settleIndexes({ E, T }: Indexes): void {
  E.settle();
  T.settle();
}

/** Lets go of the files of indexes. */
export function closeIndexes({ E, T }: Indexes): void {
  E.close();
  T.close();
}
