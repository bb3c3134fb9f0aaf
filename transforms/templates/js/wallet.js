// What a user can spend, in one asset of the user's wallet in Credyt.

import { CredytError, credyt } from "./client.js";
import { forCustomer } from "./customers.js";

/** @typedef {import("./customers.js").UserId} UserId */

// A currency, or an asset of your own such as credits.
// <slot asset>
export const asset = "USD";
// </slot>

// The decimals of an asset of your own. Undefined for a currency: it has its own.
// <slot precision>
/** @type {number | undefined} */
const precision = undefined;
// </slot>

/**
 * @typedef {object} Wallet
 * @property {{ id: string; asset?: string; available: number }[]} accounts
 */

/**
 * The amount a user can spend, below zero too. Throws when Credyt cannot say.
 *
 * @param {UserId} userId
 * @param {number} [deadline]
 */
export async function availableBalance(userId, deadline) {
  try {
    return await forCustomer(userId, readAvailable, deadline);
  } catch (error) {
    // No wallet yet, so there is nothing in it.
    if (error instanceof CredytError && error.status === 404) return 0;
    throw error;
  }
}

/**
 * @param {string} customerId
 * @param {number} deadline
 */
async function readAvailable(customerId, deadline) {
  const path = `/customers/${encodeURIComponent(customerId)}/wallet`;
  /** @type {Wallet} */
  const { accounts } = await credyt("GET", path, { deadline });
  const code = asset.toLowerCase();
  const account =
    accounts.find((one) => one.id.toLowerCase() === `default:${code}`) ??
    accounts.find((one) => one.asset?.toLowerCase() === code);
  return account?.available ?? 0;
}

/**
 * An amount as people read it: "$12.50", "¥1,200", "40 CREDITS".
 *
 * @param {number} amount
 * @param {number} [maxDecimals]
 * @returns {string}
 */
export function formatAmount(amount, maxDecimals = precision) {
  /** @type {Intl.NumberFormatOptions} */
  const options = {};
  if (maxDecimals !== undefined) options.maximumFractionDigits = maxDecimals;
  if (precision !== undefined || !/^[a-z]{3}$/i.test(asset)) {
    return `${amount.toLocaleString("en-US", options)} ${asset}`;
  }
  options.style = "currency";
  options.currency = asset;
  return amount.toLocaleString("en-US", options);
}
