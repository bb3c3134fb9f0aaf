import { randomBytes } from "node:crypto";
import type { Clock } from "./clock.ts";
import type { Fact } from "./facts.ts";
import { encode } from "./json.ts";
import { header } from "./load.ts";
import { type Memory, blankIndexes, blankMemory, closeIndexes, settleIndexes } from "./memory.ts";
import { indexRecord, isRecord, kindOf, relinked } from "./record-line.ts";
import { snapshot } from "./snapshot.ts";
import type { Journal } from "./storage/journal.ts";

/** A checkpoint is written after so many records, so that a start need not work out more than these again. */
const checkpointAfter = 50_000;
const compactAfter = 8 << 20;

/** Adds a checkpoint or writes the journal anew when it is time; on a full disk later, because what stands is whole. */
export function tidy(journal: Journal, memory: Memory, clock: Clock): void {
  try {
    if (memory.garbage > Math.max(compactAfter, journal.size() / 2)) compact(journal, memory, clock);
    else if (memory.unsettled >= checkpointAfter) checkpoint(journal, memory, clock);
  } catch (error) {
    if (!("code" in (error as Error))) throw error;
  }
}

/** Adds the whole state, so that a start can begin here. */
function checkpoint(journal: Journal, memory: Memory, clock: Clock): void {
  const start = journal.size();
  journal.appendAll(stateLines(memory, clock));
  memory.garbage += journal.size() - start;
  journal.append(`.${start}`);
  memory.unsettled = 0;
}

/** Writes the journal anew: all records, then the state; what led to it is left out. Throws when the disk refuses, and then all is as before. */
export function compact(journal: Journal, memory: Memory, clock: Clock): void {
  const indexes = blankIndexes();
  journal.replace((append) => {
    append(header);
    journal.scan((line) => {
      const kind = kindOf(line);
      if (!isRecord(kind)) return;
      const next = relinked(line, indexes[kind]);
      indexRecord(indexes, kind, next, append(next));
    });
    const [first = "", ...rest] = stateLines(memory, clock);
    const start = append(first);
    for (const line of rest) append(line);
    append(`.${start}`);
  });
  settleIndexes(indexes);
  closeIndexes(memory.indexes);
  Object.assign(memory, { indexes, garbage: 0, unsettled: 0 });
}

/** Forgets everything, and begins with a new secret. */
export function clear(journal: Journal, memory: Memory, clock: Clock): void {
  const secret = randomBytes(32).toString("hex");
  journal.replace((append) => {
    append(header);
    append(`F${encode([{ kind: "secret", value: secret }] satisfies Fact[])}`);
  });
  closeIndexes(memory.indexes);
  Object.assign(memory, blankMemory(), { secret });
  settleIndexes(memory.indexes);
  clock.move(0);
}

function* stateLines(memory: Memory, clock: Clock): Generator<string> {
  yield `F${encode([{ kind: "secret", value: memory.secret }, { kind: "clock", offset: clock.offset() }] satisfies Fact[])}`;
  for (const fact of snapshot(memory.state)) yield `F${encode([fact])}`;
}
