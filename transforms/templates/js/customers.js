// The customers in Credyt: one for each user, known there by the user's own id.

import { CredytError, credyt, logCredyt } from "./client.js";
// <when store>
import { readUser, saveCustomer } from "./store.js";
// </when>
// <when upfront>
import { paymentState, syncCustomer } from "./subscription.js";
// </when>

// The codes of the products that a new customer is subscribed to.
// <slot products>
const products = ["starter"];
// </slot>
// <when upfront>

// Where Credyt sends customers who have paid, and those who have not.
// <slot returnPath>
const returnPath = "/billing";
// </slot>
// <slot failurePath>
const failurePath = "/billing?payment=failed";
// </slot>
// </when>

/**
 * The id of a user in this app: text, a number, an ObjectId.
 * @typedef {string | number | bigint | { toString(): string }} UserId
 */

/**
 * @typedef {object} NewCustomer
 * @property {UserId} externalId
 * @property {string | null} [email]
 * @property {string | null} [name]
 */

/**
 * @typedef {object} Customer
 * @property {string | null} customerId
 *   Credyt's id, or null when Credyt could not be reached.
// <when upfront>
 * @property {"active" | "pending" | "unavailable"} status
 *   Only "active" has paid; "pending" has yet to, at redirectUrl.
 * @property {string | null} redirectUrl
// </when>
 */

/**
 * @typedef {object} CustomerBody
 * @property {string} id
 * @property {string | null} [external_id]
 */

/**
 * A look-up is answered with the customer itself, or with a page.
 * @typedef {CustomerBody & { items?: CustomerBody[] }} Found
 */

/**
 * Makes a user a customer. It may run twice, and in parallel. It never throws:
 * the sign-up goes on without Credyt, and customerIdFor() catches up later.
 *
 * @param {NewCustomer} user
 * @returns {Promise<Customer>}
 */
export async function ensureCustomer(user) {
  const deadline = Date.now() + 10_000;
  try {
    // <when store>
    const userId = externalIdOf(user.externalId);
    const stored = await readUser(userId);
    // </when>
    // <when upfront>
    if (stored?.customerId && stored.status !== "active") {
      return await syncCustomer(stored.customerId, deadline);
    }
    // </when>
    // <when store>
    if (stored?.customerId) {
      return {
        customerId: stored.customerId,
        // <when upfront>
        status: "active",
        redirectUrl: null,
        // </when>
      };
    }
    // </when>
    const body = await createCustomer(user, deadline);
    const customer = {
      customerId: body.id,
      // <when upfront>
      ...(await paymentState(body, deadline)),
      // </when>
    };
    // <when store>
    await saveCustomer(userId, customer);
    // </when>
    return customer;
  } catch (error) {
    logCredyt("credyt: user is not a customer yet", {
      userId: String(user.externalId),
      reason: String(error),
    });
    return {
      customerId: null,
      // <when upfront>
      status: "unavailable",
      redirectUrl: null,
      // </when>
    };
  }
}

/**
 * The Credyt id of a user. Users from before the integration become customers
 * here. Null when this app has no such user; throws when Credyt cannot say.
 *
 * @param {UserId} userId
 * @param {number} [deadline]
 */
export async function customerIdFor(userId, deadline) {
  // <when store>
  const stored = await readUser(externalIdOf(userId));
  if (stored?.customerId) return stored.customerId;

  // </when>
  return findOrCreateCustomer(userId, deadline);
}

/**
 * The Credyt id of a user, whatever is stored here.
 *
 * @param {UserId} userId
 * @param {number} [deadline]
 */
export async function findOrCreateCustomer(userId, deadline) {
  const externalId = externalIdOf(userId);
  // <when store>
  const stored = await readUser(externalId);
  if (!stored) return null;

  // </when>
  const user = {
    externalId,
    // <when store>
    email: stored.email,
    name: stored.name,
    // </when>
  };
  const found = await findCustomer(externalId, deadline);
  const body = found ?? (await createCustomer(user, deadline));
  // <when store>
  const customer = {
    customerId: body.id,
    // <when upfront>
    ...(await paymentState(body, deadline)),
    // </when>
  };
  await saveCustomer(externalId, customer);
  // </when>
  return body.id;
}

/**
 * Asks Credyt something for which it needs its own id of the user.
 *
 * @template T
 * @param {UserId} userId
 * @param {(customerId: string, deadline: number) => Promise<T>} ask
 * @param {number} [deadline]
 * @returns {Promise<T>}
 */
export async function forCustomer(userId, ask, deadline = Date.now() + 10_000) {
  const customerId = await customerIdFor(userId, deadline);
  if (customerId === null) throw new Error(`Credyt: no user ${String(userId)}`);
  try {
    return await ask(customerId, deadline);
  } catch (error) {
    if (!isUnknown(error)) throw error;
    // The id may be of another environment: a sandbox, or Credyt's test mode.
    const currentId = await findOrCreateCustomer(userId, deadline);
    if (currentId === null || currentId === customerId) throw error;
    return ask(currentId, deadline);
  }
}

/**
 * Whether Credyt refused a request because it does not know its subject.
 *
 * @param {unknown} error
 * @returns {error is CredytError}
 */
export function isUnknown(error) {
  return error instanceof CredytError && [400, 404, 422].includes(error.status);
}

/**
 * The id of a user as text. A missing one would bill the wrong user.
 *
 * @param {UserId | null | undefined} userId
 * @returns {string}
 */
export function externalIdOf(userId) {
  const id = String(userId ?? "");
  if (["", "NaN", "[object Object]"].includes(id)) throw new Error("No user id.");
  return id;
}
// <when upfront>

/**
 * A fresh link to pay for the plan, or null when nothing is to be paid.
 *
 * @param {UserId} userId
 * @returns {Promise<string | null>}
 */
export async function paymentLinkFor(userId) {
  const { redirectUrl } = await forCustomer(userId, syncCustomer);
  return redirectUrl;
}

/**
 * Whether the user has paid for the plan. When in doubt: no.
 *
 * @param {UserId} userId
 * @returns {Promise<boolean>}
 */
export async function isActive(userId) {
  try {
    const stored = await readUser(externalIdOf(userId));
    if (stored?.status === "active") return true;

    // The webhook may be late, so Credyt is asked.
    const { status } = await forCustomer(userId, syncCustomer);
    return status === "active";
  } catch (error) {
    const details = { userId: String(userId), reason: String(error) };
    logCredyt("credyt: payment state unknown", details);
    return false;
  }
}
// </when>

/**
 * @param {NewCustomer} user
 * @param {number} [deadline]
 */
async function createCustomer(user, deadline) {
  const externalId = externalIdOf(user.externalId);
  // <when upfront>
  // <slot appUrl>
  const { APP_URL: appUrl } = process.env;
  // </slot>
  if (!appUrl) {
    // <slot appUrlMissing>
    throw new Error("APP_URL is not set: set it to the app's public address.");
    // </slot>
  }
  // </when>
  const subscription = {
    products: products.map((code) => ({ code })),
    // <when upfront>
    return_url: new URL(returnPath, appUrl).href,
    failure_url: new URL(failurePath, appUrl).href,
    redirect_to: "return_url",
    // </when>
  };
  const body = {
    external_id: externalId,
    name: user.name || user.email || externalId,
    email: user.email || undefined,
    subscriptions: products.length > 0 ? [subscription] : [],
  };
  try {
    return await credyt("POST", "/customers", { body, deadline });
  } catch (error) {
    // 409 or 422: it is there already, or a parallel request was faster. After
    // other failures it may be there as well, when only the answer got lost.
    const found = await findCustomer(externalId, deadline).catch(() => null);
    if (found) return found;
    throw error;
  }
}

/**
 * @param {string} externalId
 * @param {number} [deadline]
 */
async function findCustomer(externalId, deadline) {
  try {
    const options = { query: { external_id: externalId }, deadline };
    /** @type {Found} */
    const found = await credyt("GET", "/customers", options);
    const page = found.items ?? [found];
    return page.find((one) => one.external_id === externalId) ?? null;
  } catch (error) {
    if (isUnknown(error)) return null;
    throw error;
  }
}
