// The billing portal: a page of Credyt where customers add funds and see invoices.

import { credyt } from "./client.js";
import { forCustomer } from "./customers.js";

/** @typedef {import("./customers.js").UserId} UserId */

// Where customers go when they leave the portal, and when its link has expired.
// <slot returnPath>
const returnPath = "/billing";
// </slot>
// <slot failurePath>
const failurePath = "/billing?portal=failed";
// </slot>

/**
 * @typedef {object} Session
 * @property {string} redirect_url
 */

/**
 * The address of the portal for a user. It signs that user in and is valid for
 * ten minutes: make one per click, for the signed-in user only, and never store it.
 *
 * @param {UserId} userId
 * @returns {Promise<string>}
 */
export async function createPortalSession(userId) {
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
    /** @type {Session} */
    const session = await credyt("POST", path, options);
    return session.redirect_url;
  });
}
