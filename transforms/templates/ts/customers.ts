// The customers in Credyt: one for each user, known there by the user's own id.

import { CredytError, credyt, logCredyt } from "./client";
// <when store>
import { readUser, saveCustomer } from "./store";
// </when>
// <when upfront>
import { paymentState, syncCustomer } from "./subscription";
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

/** The id of a user in this app: text, a number, an ObjectId. */
export type UserId = string | number | bigint | { toString(): string };

export interface NewCustomer {
  externalId: UserId;
  email?: string | null | undefined;
  name?: string | null | undefined;
}

export interface Customer {
  /** Credyt's id, or null when Credyt could not be reached. */
  customerId: string | null;
  // <when upfront>
  /** Only "active" has paid; "pending" has yet to, at redirectUrl. */
  status: "active" | "pending" | "unavailable";
  redirectUrl: string | null;
  // </when>
}

interface CustomerBody {
  id: string;
  external_id?: string | null;
}

/** A look-up is answered with the customer itself, or with a page. */
type Found = CustomerBody & { items?: CustomerBody[] };

/**
 * Makes a user a customer. It may run twice, and in parallel. It never throws:
 * the sign-up goes on without Credyt, and customerIdFor() catches up later.
 */
export async function ensureCustomer(user: NewCustomer): Promise<Customer> {
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
 */
export async function customerIdFor(userId: UserId, deadline?: number) {
  // <when store>
  const stored = await readUser(externalIdOf(userId));
  if (stored?.customerId) return stored.customerId;

  // </when>
  return findOrCreateCustomer(userId, deadline);
}

/** The Credyt id of a user, whatever is stored here. */
export async function findOrCreateCustomer(userId: UserId, deadline?: number) {
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

/** Asks Credyt something for which it needs its own id of the user. */
export async function forCustomer<T>(
  userId: UserId,
  ask: (customerId: string, deadline: number) => Promise<T>,
  deadline = Date.now() + 10_000,
): Promise<T> {
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

/** Whether Credyt refused a request because it does not know its subject. */
export function isUnknown(error: unknown): error is CredytError {
  return error instanceof CredytError && [400, 404, 422].includes(error.status);
}

/** The id of a user as text. A missing one would bill the wrong user. */
export function externalIdOf(userId: UserId | null | undefined): string {
  const id = String(userId ?? "");
  if (["", "NaN", "[object Object]"].includes(id)) throw new Error("No user id.");
  return id;
}
// <when upfront>

/** A fresh link to pay for the plan, or null when nothing is to be paid. */
export async function paymentLinkFor(userId: UserId): Promise<string | null> {
  const { redirectUrl } = await forCustomer(userId, syncCustomer);
  return redirectUrl;
}

/** Whether the user has paid for the plan. When in doubt: no. */
export async function isActive(userId: UserId): Promise<boolean> {
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

async function createCustomer(user: NewCustomer, deadline?: number) {
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
    return await credyt<CustomerBody>("POST", "/customers", { body, deadline });
  } catch (error) {
    // 409 or 422: it is there already, or a parallel request was faster. After
    // other failures it may be there as well, when only the answer got lost.
    const found = await findCustomer(externalId, deadline).catch(() => null);
    if (found) return found;
    throw error;
  }
}

async function findCustomer(externalId: string, deadline?: number) {
  try {
    const options = { query: { external_id: externalId }, deadline };
    const found: Found = await credyt("GET", "/customers", options);
    const page = found.items ?? [found];
    return page.find((one) => one.external_id === externalId) ?? null;
  } catch (error) {
    if (isUnknown(error)) return null;
    throw error;
  }
}
