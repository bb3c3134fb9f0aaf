import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { decode, encode } from "../../src/sandbox/json.ts";
import { exact, shown } from "../../src/sandbox/money.ts";
import { after, duration } from "../../src/sandbox/clock.ts";
import { createRecordIndex } from "../../src/sandbox/storage/record-index.ts";

test("JSON keeps numbers that a double cannot hold", () => {
  const text = '{"a":0.1,"b":123456789012345678901234567890.5,"c":"12345678901234567890","d":[-1.00000000000000000000001],"e":1e-7,"f":"\\"9999999999999999999\\""}';
  expect(encode(decode(text))).toBe('{"a":0.1,"b":123456789012345678901234567890.5,"c":"12345678901234567890","d":[-1.00000000000000000000001],"e":1e-7,"f":"\\"9999999999999999999\\""}');
  expect(encode({ a: undefined, b: null, c: [undefined], d: exact("1e-12"), e: 'x"y\n' })).toBe('{"b":null,"c":[null],"d":0.000000000001,"e":"x\\"y\\n"}');
  expect(() => decode("{12345678901234567890:1}")).toThrow(SyntaxError);
});

test("amounts are shown grouped, never rounded", () => {
  expect(["0", "5", "-0.003", "1234567.5", "-1234.123456789012"].map((text) => shown(exact(text)))).toEqual(["0.00", "5.00", "-0.003", "1,234,567.50", "-1,234.123456789012"]);
});

test("intervals end on a month's last day; durations are read", () => {
  const end = (start: string, interval: "day" | "week" | "month" | "year", count: number) => new Date(after(Date.parse(start), interval, count)).toISOString();
  expect(end("2026-01-31T10:00:00Z", "month", 1)).toBe("2026-02-28T10:00:00.000Z");
  expect(end("2026-01-31T10:00:00Z", "month", 2)).toBe("2026-03-31T10:00:00.000Z");
  expect(end("2024-02-29T10:00:00Z", "year", 1)).toBe("2025-02-28T10:00:00.000Z");
  expect(end("2026-12-31T10:00:00Z", "week", 1)).toBe("2027-01-07T10:00:00.000Z");
  expect([duration("10m"), duration("1.5 h"), duration(7), duration("-1d"), duration("soon"), duration(Number.NaN), duration(undefined)]).toEqual([600_000, 5_400_000, 7, -86_400_000, undefined, undefined, undefined]);
});

test("the index finds every record, in memory and in its file, while it is filled and after", () => {
  const index = createRecordIndex();
  const ids = Array.from({ length: 91_000 }, (_, at) => (at % 2 === 0 ? randomUUID() : `0190a000-0000-7000-8000-${at.toString(16).padStart(12, "0")}`));
  const far = 2 ** 33;
  const idAt = (offset: number) => ids[offset - far] ?? "";
  const add = (from: number, to: number) => {
    for (let at = from; at < to; at++) {
      index.place(ids[at] ?? "", far + at);
      index.link(`owner ${at % 3}`, far + at);
    }
  };
  const check = (to: number, step = 97) => {
    for (let at = 0; at < to; at += step) if (index.find(ids[at] ?? "", idAt) !== far + at) throw new Error(`record ${at} of ${to} is not found`);
    for (let at = to; at < ids.length; at += 9973) expect(index.find(ids[at] ?? "", idAt)).toBe(undefined);
  };
  add(0, 10_000);
  check(10_000);
  index.settle();
  check(10_000);
  add(10_000, 60_000);
  check(60_000);
  add(60_000, ids.length);
  check(ids.length, 1);
  expect(index.find((ids[10] ?? "").toUpperCase(), idAt)).toBe(far + 10);
  expect([index.chain()?.count, index.chain("owner 1"), index.chain("nobody")]).toEqual([91_000, { last: far + 90_997, count: 30_333 }, undefined]);
  index.close();
});
