import { decode, encode } from "./json.ts";
import type { Indexes, RecordKind } from "./memory.ts";
import type { EventRecord, TransactionRecord } from "./records.ts";
import type { RecordIndex } from "./storage/record-index.ts";

/*
 * A record's line: its kind, then in 12 hexadecimal digits each the offset of its customer's record before it and of anyone's,
 * then `{"id":"<uuid>","customer_id":"<id>"` and the rest of the record.
 */
const contentAt = 25;
const idAt = [32, 68] as const;
const customerAt = [85, 116] as const;
const pointers = { customer: [1, 13], any: [13, 25] } as const;
const none = "-".repeat(12);

/** The first character of a line. */
export function kindOf(line: Buffer): string {
  return String.fromCharCode(line[0] ?? 0);
}

/** Whether a line is a record. */
export function isRecord(kind: string): kind is RecordKind {
  return kind === "E" || kind === "T";
}

/** The line of a record that will be the newest in `index`. */
export function recordLine(kind: RecordKind, record: EventRecord | TransactionRecord, index: RecordIndex): string {
  return `${kind}${links(index, record.customer_id)}${encode(record)}`;
}

/** The record of a line. */
export function readRecord<R extends EventRecord | TransactionRecord>(line: string): R {
  return decode(line.slice(contentAt)) as R;
}

/** The id of the record of a line. */
export function idOf(line: string): string {
  return line.slice(...idAt);
}

/** The offset of the record before this one, of the same customer or of anyone. */
export function offsetBefore(line: string, of: keyof typeof pointers): number | undefined {
  const text = line.slice(...pointers[of]);
  return text === none ? undefined : parseInt(text, 16);
}

/** The same record as the newest in `index`, in a line of its own. */
export function relinked(line: Buffer, index: RecordIndex): Buffer {
  const copy = Buffer.from(line);
  copy.write(links(index, customerOf(line)), 1, "latin1");
  return copy;
}

/** Notes where the record of a line stands. */
export function indexRecord(indexes: Indexes, kind: RecordKind, line: Buffer, offset: number): void {
  indexes[kind].place(line.toString("latin1", ...idAt), offset);
  indexes[kind].link(customerOf(line), offset);
}

function customerOf(line: Buffer): string {
  return line.toString("latin1", ...customerAt);
}

function links(index: RecordIndex, customer: string): string {
  const place = (offset: number | undefined) => offset?.toString(16).padStart(12, "0") ?? none;
  return place(index.chain(customer)?.last) + place(index.chain()?.last);
}
