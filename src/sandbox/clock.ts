/** The sandbox's clock: real time plus an offset that tests and people can move. */
export interface Clock {
  /** Milliseconds since 1970, in sandbox time. */
  now(): number;
  /** How far sandbox time is ahead of real time, in milliseconds. */
  offset(): number;
  /** Sets that distance. */
  move(offset: number): void;
}

/** A clock on top of `real`, by default the machine's. */
export function createClock(real: () => number = Date.now): Clock {
  let offset = 0;
  return { now: () => real() + offset, offset: () => offset, move: (to) => void (offset = to) };
}

/** Milliseconds since 1970 as an ISO 8601 timestamp in UTC. */
export function timestamp(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 };

/** Reads a duration: milliseconds as a number, or text such as `90s`, `10m`, `2h`, `1d`, `1w`, `1y`; undefined when it is neither. */
export function duration(value: unknown): number | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  const match = /^(-?\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w|y)$/.exec(typeof value === "string" ? value.trim() : "");
  const unit = match && units[match[2] ?? ""];
  return match && unit ? Number(match[1]) * unit : undefined;
}

/** A calendar interval of billing and entitlements. */
export type Interval = "day" | "week" | "month" | "year";

/** The moment `count` intervals after `start`; a month's last day stays a last day. */
export function after(start: number, interval: Interval, count: number): number {
  if (interval === "day" || interval === "week") return start + count * (interval === "day" ? 1 : 7) * 86_400_000;
  const date = new Date(start);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + count * (interval === "month" ? 1 : 12));
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}
