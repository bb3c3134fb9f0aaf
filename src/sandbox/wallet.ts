import { type Interval, after } from "./clock.ts";
import { type Money, total, zero } from "./money.ts";
import type { Schedule } from "./state.ts";

/** Value that was put into an account. Times are in milliseconds; lower priority is spent first. */
export interface Grant {
  readonly id: string;
  readonly amount: Money;
  readonly rest: Money;
  readonly purpose: string;
  readonly priority: number;
  readonly effective: number;
  readonly expires: number;
  readonly created: number;
}

/** One asset's account in a wallet. `debt` is what was spent beyond all grants. */
export interface Account {
  readonly name: string;
  readonly asset: string;
  readonly grants: readonly Grant[];
  readonly ended: readonly Grant[];
  readonly debt: Money;
  readonly schedules: readonly Schedule[];
}

/** A customer's accounts by lower-case id (`default:usd`). */
export type Wallets = Map<string, Account>;

/** How many spent and expired grants an account remembers. */
const remembered = 20;

/** An account with nothing in it. */
export function emptyAccount(name: string, asset: string): Account {
  return { name, asset, grants: [], ended: [], debt: zero, schedules: [] };
}

/** The account's id as the API writes it. */
export function accountId(account: Pick<Account, "name" | "asset">): string {
  return `${account.name}:${account.asset}`;
}

/** What can be spent at `now`; below 0 when more was spent than was there. */
export function available(account: Account, now: number): Money {
  const settled = settle(account, now);
  return total(settled.grants.filter((grant) => grant.effective <= now).map((grant) => grant.rest)).minus(settled.debt);
}

/** Adds a grant; what the account owes is taken from it first. */
export function credit(account: Account, grant: Grant, now: number): Account {
  return settle({ ...account, grants: [...account.grants, grant] }, now);
}

/** Takes an amount out, from the grants in their order, the rest as debt. */
export function debit(account: Account, amount: Money, now: number): Account {
  const settled = settle(account, now);
  let open = amount;
  const spend = new Map<string, Money>();
  for (const grant of settled.grants.filter((one) => one.effective <= now).sort(spendingOrder)) {
    if (open.isZero()) break;
    const part = open.lt(grant.rest) ? open : grant.rest;
    spend.set(grant.id, part);
    open = open.minus(part);
  }
  const grants = settled.grants.map((grant) => ({ ...grant, rest: grant.rest.minus(spend.get(grant.id) ?? zero) }));
  return sweep({ ...settled, grants, debt: settled.debt.plus(open) }, now);
}

/** Brings an account up to `now`: recurring credits arrive, new grants pay debt, expired ones leave. */
export function settle(account: Account, now: number): Account {
  const due = account.schedules.length === 0 ? account : refresh(account, now);
  if (due.debt.isZero() && due.grants.every((grant) => grant.expires > now && !grant.rest.isZero())) return due;
  let debt = due.debt;
  const grants = [...due.grants].sort((a, b) => a.effective - b.effective).map((grant) => {
    if (debt.isZero() || grant.effective > now) return grant;
    const part = debt.lt(grant.rest) ? debt : grant.rest;
    debt = debt.minus(part);
    return { ...grant, rest: grant.rest.minus(part) };
  });
  return sweep({ ...due, grants, debt }, now);
}

/** Moves grants that are spent or expired out of the way. */
function sweep(account: Account, now: number): Account {
  const over = (grant: Grant) => grant.expires <= now || grant.rest.isZero();
  if (!account.grants.some(over)) return account;
  const ended = [...account.ended, ...account.grants.filter(over)].slice(-remembered);
  return { ...account, ended, grants: account.grants.filter((grant) => !over(grant)) };
}

function refresh(account: Account, now: number): Account {
  const grants = [...account.grants];
  const schedules: Schedule[] = [];
  for (const schedule of account.schedules) {
    let period = schedule.period;
    let start = startOf(schedule, period);
    for (; start <= now && (period === 0 || schedule.refresh !== undefined); start = startOf(schedule, ++period)) grants.push(periodGrant(schedule, period, start));
    if (schedule.refresh !== undefined || period === 0) schedules.push({ ...schedule, period });
  }
  return { ...account, grants, schedules };
}

function periodGrant(schedule: Schedule, period: number, start: number): Grant {
  const expires = schedule.refresh === "rollover" ? farAway : startOf(schedule, period + 1);
  const { amount, purpose } = schedule;
  return { id: `${schedule.name}:${schedule.anchor}:${period}`, amount, rest: amount, purpose, priority: schedule.priority ?? ordinary, effective: start, expires, created: start };
}

function startOf(schedule: Schedule, period: number): number {
  return after(schedule.anchor, schedule.interval satisfies Interval, schedule.count * period);
}

/** When value ends that never ends: the last second of the year 9999. */
export const farAway = 253_402_300_799_000;

/** The priority of value that names none. */
export const ordinary = 100;

const purposes = ["promotion", "bundled", "paid"];

/** Lower priority first, then what expires sooner, then promotion, bundled, paid, then the oldest. */
function spendingOrder(a: Grant, b: Grant): number {
  return a.priority - b.priority || a.expires - b.expires || purposes.indexOf(a.purpose) - purposes.indexOf(b.purpose) || a.created - b.created;
}
