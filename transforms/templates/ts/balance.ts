// The balance as pages show it.

import { logCredyt } from "./client";
import type { UserId } from "./customers";
import { asset, availableBalance, formatAmount } from "./wallet";

export interface Balance {
  /** Null when the balance could not be read. */
  available: number | null;
  asset: string;
  /** The amount to show, or "-". */
  text: string;
}

/** Reads what a user can spend. It does not throw, and does not keep a page waiting. */
export async function readBalance(userId: UserId): Promise<Balance> {
  try {
    const available = await availableBalance(userId, Date.now() + 2000);
    return { available, asset, text: formatAmount(available) };
  } catch (error) {
    logCredyt("credyt: balance not read", { reason: String(error) });
    return { available: null, asset, text: "-" };
  }
}
