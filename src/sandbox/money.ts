import { Decimal } from "decimal.js";

/** Exact decimal numbers, wide enough that no product of two amounts is rounded. */
export const Exact: Decimal.Constructor = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN, toExpNeg: -60, toExpPos: 60 });

/** An exact amount in major units of its asset (12.5 is $12.50). */
export type Money = Decimal;

/** A number as it comes out of a request: plain when a double holds it exactly, else a Decimal. */
export type Numeric = number | Decimal;

/** The amount 0. */
export const zero: Money = new Exact(0);

/** Turns a number of a request or of the journal into an exact amount; 0.1 stays 0.1. */
export function exact(value: Numeric | string): Money {
  return new Exact(value);
}

/** Rounds to the 12 decimal places that balances are kept in. */
export function booked(amount: Money): Money {
  return amount.toDecimalPlaces(12);
}

/** Adds amounts up exactly. */
export function total(amounts: Iterable<Money>): Money {
  let sum = zero;
  for (const amount of amounts) sum = sum.plus(amount);
  return sum;
}

/** The amount for people: thousands grouped, at least two decimals, never rounded. */
export function shown(amount: Money): string {
  const [whole = "0", fraction = ""] = amount.abs().toFixed().split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${amount.isNegative() && !amount.isZero() ? "-" : ""}${grouped}.${fraction.padEnd(2, "0")}`;
}
