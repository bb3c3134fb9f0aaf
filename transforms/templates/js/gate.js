// Asks, before something costly starts, whether the user can pay for it.

import { logCredyt } from "./client.js";
// <when upfront>
import { isActive } from "./customers.js";
// </when>
import { asset, availableBalance, formatAmount } from "./wallet.js";

/** @typedef {import("./customers.js").UserId} UserId */

// What each activity may cost: an amount, or a function of an input such as the
// most tokens it may use. Keep it at the price your customers pay, or above.
// <slot estimates>
/** @type {Record<string, number | ((input: number) => number)>} */
const estimates = {
  chat: 0.02,
  completion: (maxTokens) => (maxTokens * 15) / 1e6,
};
// </slot>

// When Credyt cannot be reached: true lets users go on, false stops them.
// <slot unavailable>
const allowWhenUnavailable = true;
// </slot>

// How long the user is kept waiting for that (ms).
const PATIENCE = 5000;

// Where users add funds.
// <slot topUpPath>
const topUpPath = "/billing";
// </slot>
// <when upfront>

// Where users pay for a plan that waits for payment.
// <slot paymentPath>
const paymentPath = "/billing/pay";
// </slot>
// </when>

const CODES = {
  insufficient: "insufficient_balance",
  pending: "payment_pending",
  unavailable: "billing_unavailable",
};

// What the running requests of a user may still spend. Without it, ten requests
// at once would all pass on the same balance. It covers this process only: what
// passes on another one can take the balance below zero, once.
const HOLD = 30_000;
/** @type {{ userId: string; amount: number; until: number }[]} */
let reservations = [];

/**
 * @typedef {object} BalanceCheck
 * @property {boolean} allowed
 * @property {"insufficient" | "pending" | "unavailable"} [reason]
 * @property {number | null} available
 *   What the user can spend now; null when it is not known.
 * @property {number} needed
 * @property {string} asset
 * @property {string} message For the user; empty when there is nothing to say.
 */

/**
 * What an activity may cost.
 *
 * @param {string} activity
 * @param {number} [input]
 * @returns {number}
 */
export function estimate(activity, input = 0) {
  const price = estimates[activity] ?? 0;
  return typeof price === "function" ? price(input) : price;
}

/**
 * Whether a user can pay `atLeast`. It never throws: look at `allowed`.
 *
 * @param {UserId | null | undefined} userId
 * @param {{ atLeast: number }} limits
 * @returns {Promise<BalanceCheck>}
 */
export async function checkBalance(userId, { atLeast }) {
  const check = { available: null, needed: atLeast, asset, message: "" };
  // Without a user there is no wallet: what visitors may do is up to the app.
  if (userId === null || userId === undefined) return { ...check, allowed: true };
  // <when upfront>
  // Usage from before the plan is paid would never be billed.
  if (!(await isActive(userId))) {
    const message = `Your plan waits for its payment. Pay at ${paymentPath}.`;
    return { ...check, allowed: false, reason: "pending", message };
  }
  // </when>
  try {
    const available = await availableBalance(userId, Date.now() + PATIENCE);
    if (reserve(userId, atLeast, available)) {
      return { ...check, allowed: true, available };
    }
    const message = tooLow(available, atLeast);
    const reason = "insufficient";
    return { ...check, allowed: false, reason, available, message };
  } catch (error) {
    const details = { userId: String(userId), reason: String(error) };
    logCredyt("credyt: balance not checked", details);
    const message = "Billing cannot be reached. Please try again in a minute.";
    const allowed = allowWhenUnavailable;
    return { ...check, allowed, reason: "unavailable", message };
  }
}

/**
 * What a refused user gets to read, as JSON with status 402.
 *
 * @param {BalanceCheck} check
 */
export function paymentRequired(check) {
  const details = {
    code: CODES[check.reason ?? "insufficient"],
    available: check.available,
    needed: check.needed,
    asset: check.asset,
    topUpUrl: topUpPath,
    // <when upfront>
    ...(check.reason === "pending" && { topUpUrl: paymentPath }),
    // </when>
  };
  // <slot answer>
  return { error: check.message, ...details };
  // </slot>
}

/**
 * @param {number} available
 * @param {number} needed
 * @returns {string}
 */
function tooLow(available, needed) {
  if (available > 0 && available >= needed) {
    return "Another request of yours is still running. Please wait for it.";
  }
  const has = `you have ${formatAmount(available, 6)}`;
  const needs = needed > 0 ? `, this needs ${formatAmount(needed, 6)}` : "";
  return `Your balance is too low: ${has}${needs}. Add funds at ${topUpPath}.`;
}

/**
 * @param {UserId} userId
 * @param {number} amount
 * @param {number} available
 * @returns {boolean}
 */
function reserve(userId, amount, available) {
  const now = Date.now();
  reservations = reservations.filter(({ until }) => until > now);
  let spendable = available;
  for (const one of reservations) {
    if (one.userId === String(userId)) spendable -= one.amount;
  }
  if (!(spendable > 0 && spendable >= amount)) return false;
  reservations.push({ userId: String(userId), amount, until: now + HOLD });
  return true;
}

/**
 * Ends the oldest reservation of a user; recordUsage() calls it.
 *
 * @param {UserId | null | undefined} userId
 */
export function release(userId) {
  const id = String(userId);
  const index = reservations.findIndex((one) => one.userId === id);
  if (index >= 0) reservations.splice(index, 1);
}
