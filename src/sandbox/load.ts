import type { Clock } from "./clock.ts";
import { applyEvent, applyTransaction } from "./facts.ts";
import { decode } from "./json.ts";
import { type Memory, happen, settleIndexes } from "./memory.ts";
import { indexRecord, isRecord, kindOf, readRecord } from "./record-line.ts";
import { revive } from "./revive.ts";
import type { Journal } from "./storage/journal.ts";

/** The first line of every data file. */
export const header = '{"credyt-sandbox":1}';

/**
 * Reads a journal into memory: once through for where everything stands, then from the last checkpoint for the state. Returns whether
 * it was empty. Throws an Error in plain words, naming the file, when it is not ours or damaged.
 *
 * After the header each line begins with its kind: `F` facts, `E` an event, `T` a transaction, `.` the end of a checkpoint that
 * began at the offset it names; the facts from there on lead to the state without anything before.
 */
export function load(journal: Journal, memory: Memory, clock: Clock, name: string): boolean {
  const start = survey(journal, memory, name);
  settleIndexes(memory.indexes);
  if (start === undefined) return true;
  journal.scan((line, offset) => {
    try {
      replay(memory, clock, line);
    } catch (error) {
      throw damaged(name, lineNumber(journal, offset), (error as Error).message);
    }
  }, start);
  return false;
}

/** Indexes the records; returns where the last checkpoint begins, undefined in an empty file. */
function survey(journal: Journal, memory: Memory, name: string): number | undefined {
  let start: number | undefined;
  let lines = 0;
  journal.scan((line, offset) => {
    const kind = kindOf(line);
    if (++lines === 1) {
      if (line.toString("utf8") !== header) throw new Error(`${name} is not a data file of the sandbox. Give --data another file.`);
      start = header.length + 1;
    } else if (isRecord(kind)) indexRecord(memory.indexes, kind, line, offset);
    else if (kind === "F") memory.garbage += line.length;
    else if (kind === ".") start = Number(line.toString("utf8", 1));
    else throw damaged(name, lines, `it begins with ${JSON.stringify(kind)}`);
  });
  return start;
}

function replay(memory: Memory, clock: Clock, line: Buffer): void {
  const kind = kindOf(line);
  if (kind === "F") for (const fact of decode(line.toString("utf8", 1)) as unknown[]) happen(memory, clock, revive(fact));
  if (kind === "E") applyEvent(memory.state, readRecord(line.toString("utf8")));
  if (kind === "T") applyTransaction(memory.state, readRecord(line.toString("utf8")));
  if (isRecord(kind)) memory.unsettled++;
}

function lineNumber(journal: Journal, offset: number): number {
  let number = 0;
  journal.scan((_, at) => void (at <= offset && number++));
  return number;
}

function damaged(name: string, line: number, why: string): Error {
  return new Error(`${name} is damaged at line ${line}: ${why}. Restore it from a copy, or give --data another file.`);
}
