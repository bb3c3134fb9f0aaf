// Where this app keeps what it knows about its customers in Credyt.

// <slot store>
export interface StoredUser {
  customerId: string | null;
  status?: string;
  email?: string;
  name?: string;
}

const users = new Map<string, StoredUser>();

/** The user with this id, or null when there is none. */
export async function readUser(userId: string): Promise<StoredUser | null> {
  return users.get(userId) ?? { customerId: null };
}

/** Stores the Credyt id (and payment status) of a user. */
export async function saveCustomer(
  userId: string,
  saved: { customerId: string; status?: string },
): Promise<void> {
  users.set(userId, { ...users.get(userId), ...saved });
}
// </slot>
