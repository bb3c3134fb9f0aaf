// Plans that are paid up front: has this customer paid, and if not, where?

import { credyt } from "./client.js";
import { saveCustomer } from "./store.js";

/**
 * @typedef {object} PaymentState
 * @property {"active" | "pending"} status
 *   Only "active" has paid; "pending" has yet to, at redirectUrl.
 * @property {string | null} redirectUrl
 */

/**
 * @typedef {object} CustomerBody
 * @property {string} id
 * @property {string | null} [external_id]
 * @property {Subscription[] | null} [subscriptions]
 */

/**
 * @typedef {object} Subscription
 * @property {string | null} [status]
 * @property {string | null} [started_at]
 * @property {RequiredAction[] | null} [required_actions]
 */

/**
 * @typedef {object} RequiredAction
 * @property {string} type
 * @property {string} [redirect_url]
 */

/**
 * The payment state in an answer of Credyt, which is asked when it is missing.
 *
 * @param {CustomerBody} customer
 * @param {number} [deadline]
 * @returns {Promise<PaymentState>}
 */
export async function paymentState(customer, deadline) {
  const isWhole = Boolean(customer.subscriptions);
  const whole = isWhole ? customer : await readCustomer(customer.id, deadline);
  const subscriptions = whole.subscriptions ?? [];
  const waiting = subscriptions.filter(isWaiting);
  const isActive = waiting.length === 0 && subscriptions.some(isPaid);
  return {
    status: isActive ? "active" : "pending",
    redirectUrl: paymentLink(waiting),
  };
}

/**
 * Reads the payment state of a customer from Credyt, and stores it.
 *
 * @param {string} customerId
 * @param {number} [deadline]
 */
export async function syncCustomer(customerId, deadline) {
  const body = await readCustomer(customerId, deadline);
  const state = await paymentState({ subscriptions: [], ...body });
  const customer = { customerId: body.id, ...state };
  if (body.external_id) await saveCustomer(body.external_id, customer);
  return customer;
}

/**
 * @param {string} customerId
 * @param {number} [deadline]
 */
async function readCustomer(customerId, deadline) {
  const path = `/customers/${encodeURIComponent(customerId)}`;
  return credyt("GET", path, { deadline });
}

/**
 * @param {Subscription} subscription
 * @returns {boolean}
 */
function isWaiting({ status, required_actions }) {
  if (status === "pending" || status === "action_required") return true;
  return (required_actions ?? []).length > 0;
}

/**
 * A status that is not listed here has not paid, also one that Credyt adds later.
 *
 * @param {Subscription} subscription
 * @returns {boolean}
 */
function isPaid({ status, started_at }) {
  return status ? status === "active" : Boolean(started_at);
}

/**
 * Never kept: a link is valid for minutes, and reading the customer renews it.
 *
 * @param {Subscription[]} waiting
 * @returns {string | null}
 */
function paymentLink(waiting) {
  /** @type {RequiredAction[]} */
  const actions = [];
  for (const one of waiting) actions.push(...(one.required_actions ?? []));
  const action = actions.find(({ type }) => type === "payment") ?? actions[0];
  return action?.redirect_url ?? null;
}
