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

/**
 * The address of the portal for a user. It signs that user in and is valid for
 * ten minutes: make one per click, for the signed-in user only, and never store it.
 */
export async function createPortalSession(userId: UserId): Promise<string> {
  // <slot appUrl>
  const { APP_URL: appUrl } = process.env;
  // </slot>
  if (!appUrl) {
    throw new Error("APP_URL is not set: set it to the app's public address.");
  }
  const session = await forCustomer(userId, (customerId) =>
    credyt<{ redirect_url: string }>("POST", "/billing-portal/sessions", {
      body: {
        customer_id: customerId,
        return_url: new URL(returnPath, appUrl).href,
        failure_url: new URL(failurePath, appUrl).href,
      },
    }),
  );
  return session.redirect_url;
}
