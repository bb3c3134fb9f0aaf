// The billing portal: a page of Credyt where customers add funds and see invoices.

import { credyt } from "./client";
import type { UserId } from "./customers";
import { forCustomer } from "./customers";

// Where customers go when they leave the portal, and when its link has expired.
// <slot returnPath>
const returnPath = "/billing";
// </slot>
// <slot failurePath>
const failurePath = "/billing?portal=failed";
// </slot>

interface Session {
  redirect_url: string;
}

/**
 * The address of the portal for a user. It signs that user in and is valid for
 * ten minutes: make one per click, for the signed-in user only, and never store it.
 */
export async function createPortalSession(userId: UserId): Promise<string> {
  // <slot appUrl>
  const { APP_URL: appUrl } = process.env;
  // </slot>
  if (!appUrl) {
    // <slot appUrlMissing>
    throw new Error("APP_URL is not set: set it to the app's public address.");
    // </slot>
  }
  const return_url = new URL(returnPath, appUrl).href;
  const failure_url = new URL(failurePath, appUrl).href;
  return forCustomer(userId, async (customer_id, deadline) => {
    const body = { customer_id, return_url, failure_url };
    const options = { body, deadline };
    const path = "/billing-portal/sessions";
    const session: Session = await credyt("POST", path, options);
    return session.redirect_url;
  });
}
