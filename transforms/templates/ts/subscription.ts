// Plans that are paid up front: has this customer paid, and if not, where?

import { credyt } from "./client";
import { saveCustomer } from "./store";

export interface PaymentState {
  /** Only "active" has paid; "pending" has yet to, at redirectUrl. */
  status: "active" | "pending";
  redirectUrl: string | null;
}

interface CustomerBody {
  id: string;
  external_id?: string | null;
  subscriptions?: Subscription[] | null;
}

interface Subscription {
  status?: string | null;
  started_at?: string | null;
  required_actions?: RequiredAction[] | null;
}

interface RequiredAction {
  type: string;
  redirect_url?: string;
}

/** The payment state in an answer of Credyt, which is asked when it is missing. */
export async function paymentState(
  customer: CustomerBody,
  deadline?: number,
): Promise<PaymentState> {
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

/** Reads the payment state of a customer from Credyt, and stores it. */
export async function syncCustomer(customerId: string, deadline?: number) {
  const body = await readCustomer(customerId, deadline);
  const state = await paymentState({ subscriptions: [], ...body });
  const customer = { customerId: body.id, ...state };
  if (body.external_id) await saveCustomer(body.external_id, customer);
  return customer;
}

async function readCustomer(customerId: string, deadline?: number) {
  const path = `/customers/${encodeURIComponent(customerId)}`;
  return credyt<CustomerBody>("GET", path, { deadline });
}

function isWaiting({ status, required_actions }: Subscription): boolean {
  if (status === "pending" || status === "action_required") return true;
  return (required_actions ?? []).length > 0;
}

// A status that is not listed here has not paid, also one that Credyt adds later.
function isPaid({ status, started_at }: Subscription): boolean {
  return status ? status === "active" : Boolean(started_at);
}

// Never kept: a link is valid for minutes, and reading the customer renews it.
function paymentLink(waiting: Subscription[]): string | null {
  const actions: RequiredAction[] = [];
  for (const one of waiting) actions.push(...(one.required_actions ?? []));
  const action = actions.find(({ type }) => type === "payment") ?? actions[0];
  return action?.redirect_url ?? null;
}
