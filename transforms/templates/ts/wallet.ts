// What a user can spend, in one asset of the user's wallet in Credyt.

import { CredytError, credyt } from "./client";
import type { UserId } from "./customers";
import { forCustomer } from "./customers";

// A currency, or an asset of your own such as credits.
// <slot asset>
export const asset = "USD";
// </slot>

// The decimals of an asset of your own. Undefined for a currency: it has its own.
// <slot precision>
const precision: number | undefined = undefined;
// </slot>

interface Wallet {
  accounts: { id: string; asset?: string; available: number }[];
}

/** The amount a user can spend, below zero too. Throws when Credyt cannot say. */
export async function availableBalance(userId: UserId, deadline?: number) {
  try {
    return await forCustomer(userId, readAvailable, deadline);
  } catch (error) {
    // No wallet yet, so there is nothing in it.
    if (error instanceof CredytError && error.status === 404) return 0;
    throw error;
  }
}

async function readAvailable(customerId: string, deadline: number) {
  const path = `/customers/${encodeURIComponent(customerId)}/wallet`;
  const { accounts }: Wallet = await credyt("GET", path, { deadline });
  const code = asset.toLowerCase();
  const account =
    accounts.find((one) => one.id.toLowerCase() === `default:${code}`) ??
    accounts.find((one) => one.asset?.toLowerCase() === code);
  return account?.available ?? 0;
}

/** An amount as people read it: "$12.50", "¥1,200", "40 CREDITS". */
export function formatAmount(amount: number, maxDecimals = precision): string {
  const options: Intl.NumberFormatOptions = {};
  if (maxDecimals !== undefined) options.maximumFractionDigits = maxDecimals;
  if (precision !== undefined || !/^[a-z]{3}$/i.test(asset)) {
    return `${amount.toLocaleString("en-US", options)} ${asset}`;
  }
  options.style = "currency";
  options.currency = asset;
  return amount.toLocaleString("en-US", options);
}
