// The balance as pages show it.

import { logCredyt } from "./client.js";
import { asset, availableBalance, formatAmount } from "./wallet.js";

/** @typedef {import("./customers.js").UserId} UserId */

/**
 * @typedef {object} Balance
 * @property {number | null} available Null when the balance could not be read.
 * @property {string} asset
 * @property {string} text The amount to show, or "-".
 */

/**
 * Reads what a user can spend. It does not throw, and does not keep a page waiting.
 *
 * @param {UserId} userId
 * @returns {Promise<Balance>}
 */
export async function readBalance(userId) {
  try {
    const available = await availableBalance(userId, Date.now() + 2000);
    return { available, asset, text: formatAmount(available) };
  } catch (error) {
    logCredyt("credyt: balance not read", { reason: String(error) });
    return { available: null, asset, text: "-" };
  }
}
