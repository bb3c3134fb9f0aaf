import { Decimal } from "decimal.js";
import type { Numeric } from "./money.ts";
import { isUuid } from "./ids.ts";
import { invalid } from "./problem.ts";

/** Where a check puts what it refuses, and whether unknown members are refused. */
export interface Finding {
  readonly strict: boolean;
  refuse(path: string, message: string): void;
}

/** Checks one value of a request and returns it typed; on a refusal the returned value is meaningless. */
export type Check<T> = (value: unknown, path: string, finding: Finding) => T;

type Parsed<F> = { readonly [K in keyof F]: F[K] extends Check<infer T> ? T : never };

/** Runs a check over a request body. Throws a 422 problem naming every refused member. */
export function read<T>(check: Check<T>, body: unknown, strict: boolean): T {
  const errors: Record<string, string[]> = {};
  const value = check(body, "", { strict, refuse: (path, message) => void (errors[path] ??= []).push(message) });
  if (Object.keys(errors).length > 0) throw invalid(errors);
  return value;
}

/** The member may be absent or null. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path, finding) => (value === undefined || value === null ? undefined : check(value, path, finding));
}

/** Text of 1 to `max` characters, optionally of a pattern that `rule` puts in words. */
export function text(max = 1000, pattern?: RegExp, rule = ""): Check<string> {
  return (value, path, finding) => {
    if (value === undefined || value === null) finding.refuse(path, "is required");
    else if (typeof value !== "string") finding.refuse(path, "must be a string");
    else if (value.length === 0) finding.refuse(path, "must not be empty");
    else if (value.length > max) finding.refuse(path, `must have at most ${max} characters`);
    else if (pattern && !pattern.test(value)) finding.refuse(path, rule);
    return value as string;
  };
}

/** Text of up to `max` characters that may be empty. */
export function note(max = 1000): Check<string> {
  return (value, path, finding) => (value === "" ? "" : text(max)(value, path, finding));
}

/** A UUID. */
export const uuid: Check<string> = (value, path, finding) => {
  const id = text()(value, path, finding);
  if (typeof id === "string" && id.length > 0 && !isUuid(id)) finding.refuse(path, "must be a UUID");
  return id;
};

/** One of some words. */
export function oneOf<T extends string>(...words: readonly T[]): Check<T> {
  return (value, path, finding) => {
    if (value === undefined || value === null) finding.refuse(path, "is required");
    else if (!words.includes(value as T)) finding.refuse(path, `must be one of ${words.join(", ")}`);
    return value as T;
  };
}

/** A number below 10^15 in size, as JSON number; digits beyond a double's are kept. */
export const number: Check<Numeric> = (value, path, finding) => {
  if (value === undefined || value === null) finding.refuse(path, "is required");
  else if (!isNumeric(value)) finding.refuse(path, "must be a number");
  else if (Decimal.abs(value).gte(1e15)) finding.refuse(path, "is out of range");
  return value as Numeric;
};

/** A number above 0. */
export const positive: Check<Numeric> = (value, path, finding) => {
  const amount = number(value, path, finding);
  if (isNumeric(amount) && new Decimal(amount).lte(0)) finding.refuse(path, "must be greater than 0");
  return amount;
};

/** A number of 0 or more. */
export const unsigned: Check<Numeric> = (value, path, finding) => {
  const amount = number(value, path, finding);
  if (isNumeric(amount) && new Decimal(amount).lt(0)) finding.refuse(path, "must not be negative");
  return amount;
};

/** A whole number between two bounds. */
export function integer(least: number, most: number): Check<number> {
  return (value, path, finding) => {
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) finding.refuse(path, `must be a whole number from ${least} to ${most}`);
    return value as number;
  };
}

/** true or false. */
export const flag: Check<boolean> = (value, path, finding) => {
  if (typeof value !== "boolean") finding.refuse(path, "must be true or false");
  return value as boolean;
};

/** An ISO 8601 timestamp with `Z` or an offset and 0 to 9 fractional digits, kept as it was written. */
export const moment: Check<string> = (value, path, finding) => {
  if (value === undefined || value === null) finding.refuse(path, "is required");
  else if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i.test(value) || Number.isNaN(Date.parse(value)) || !isDay(value.slice(0, 10)))
    finding.refuse(path, "must be an ISO 8601 timestamp such as 2026-06-02T09:14:03.120Z");
  return value as string;
};

/** Whether the calendar has this day: `Date` takes 30 February for 2 March. */
function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** An absolute http or https URL. */
export const url: Check<string> = (value, path, finding) => {
  if (value === undefined || value === null) finding.refuse(path, "is required");
  else if (typeof value !== "string" || !/^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : "")) finding.refuse(path, "must be an absolute http or https URL");
  return value as string;
};

/** An array with `least` to `most` entries. */
export function list<T>(check: Check<T>, least = 0, most = 1000): Check<readonly T[]> {
  return (value, path, finding) => {
    if (value === undefined || value === null) return finding.refuse(path, "is required"), [];
    if (!Array.isArray(value)) return finding.refuse(path, "must be an array"), [];
    if (value.length < least) finding.refuse(path, `must have at least ${least} ${least === 1 ? "entry" : "entries"}`);
    if (value.length > most) return finding.refuse(path, `must have at most ${most} entries`), [];
    return value.map((entry, position) => check(entry, `${path}[${position}]`, finding));
  };
}

/** An object with free names and values of one kind. */
export function map<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, path, finding) => {
    if (!isObject(value)) finding.refuse(path, "must be an object");
    else for (const [name, member] of Object.entries(value)) check(member, `${path}.${name}`, finding);
    return value as Record<string, T>;
  };
}

/** An object with known members; members it does not know are dropped, or refused in strict mode. */
export function object<F extends Readonly<Record<string, Check<unknown>>>>(fields: F): Check<Parsed<F>> {
  const names = Object.keys(fields);
  return (value, path, finding) => {
    if (!isObject(value)) return finding.refuse(path || "body", value === undefined ? "is required" : "must be an object"), {} as Parsed<F>;
    const prefix = path === "" ? "" : `${path}.`;
    if (finding.strict) for (const name of Object.keys(value)) if (!Object.hasOwn(fields, name)) finding.refuse(`${prefix}${name}`, "is not a known field");
    const parsed: Record<string, unknown> = {};
    for (const name of names) {
      const member = fields[name]?.(value[name], `${prefix}${name}`, finding);
      if (member !== undefined) parsed[name] = member;
    }
    return parsed as Parsed<F>;
  };
}

/** Text, true or false, or a number: what a value of `data` may be; anything goes outside strict mode. */
export const scalar: Check<unknown> = (value, path, finding) => {
  if (finding.strict && typeof value !== "string" && typeof value !== "boolean" && !isNumeric(value)) finding.refuse(path, "must be a string, a number, true or false");
  return value;
};

/** Whether a value counts as a number here. */
export function isNumeric(value: unknown): value is Numeric {
  return (typeof value === "number" && Number.isFinite(value)) || Decimal.isDecimal(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !Decimal.isDecimal(value);
}
