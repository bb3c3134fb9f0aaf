// Where this app keeps what it knows about its customers in Credyt.

// <slot store>
/**
 * @typedef {object} StoredUser
 * @property {string | null} customerId
 * @property {string} [status]
 * @property {string} [email]
 * @property {string} [name]
 */

const users = new Map();

/**
 * The user with this id, or null when there is none.
 *
 * @param {string} userId
 * @returns {Promise<StoredUser | null>}
 */
export async function readUser(userId) {
  return users.get(userId) ?? { customerId: null };
}

/**
 * Stores the Credyt id (and payment status) of a user.
 *
 * @param {string} userId
 * @param {{ customerId: string; status?: string }} saved
 */
export async function saveCustomer(userId, saved) {
  users.set(userId, { ...users.get(userId), ...saved });
}
// </slot>
