import type { Credyt } from "./credyt.ts";
import { notFound } from "./problem.ts";
import type { Customer, Subscription, TopUp } from "./state.ts";
import { activate, replace } from "./subscriptions.ts";
import { finish } from "./top-ups.ts";

/** Something a customer is asked to pay. */
export type Bill =
  | { readonly kind: "subscription"; readonly customer: Customer; readonly subscription: Subscription }
  | { readonly kind: "top-up"; readonly topUp: TopUp };

/** What a customer can do on a payment page, and what time can do to it. */
export type Deed = "pay" | "decline" | "leave" | "expire" | "cancel";

/** The subscription or top-up with this id. Throws 404. */
export function billOf(credyt: Credyt, id: string): Bill {
  const topUp = credyt.state.topUps.get(id);
  if (topUp) return { kind: "top-up", topUp };
  for (const customer of credyt.state.customers.values()) {
    const subscription = customer.subscriptions.find((one) => one.id === id);
    if (subscription) return { kind: "subscription", customer, subscription };
  }
  throw notFound(`A subscription or top-up ${id}`);
}

/** Does to a bill what the customer or time does. A declined top-up has failed; a declined subscription still waits. */
export function settleBill(credyt: Credyt, bill: Bill, deed: Deed, now: number): void {
  if (bill.kind === "top-up") settleTopUp(credyt, bill.topUp, deed, now);
  else settleSubscription(credyt, bill.customer, bill.subscription, deed, now);
}

function settleTopUp(credyt: Credyt, topUp: TopUp, deed: Deed, now: number): void {
  if (deed === "pay") finish(credyt, topUp, "succeeded", now);
  else if (deed === "decline" || deed === "cancel") finish(credyt, topUp, "failed", now);
  else if (deed === "expire") credyt.commit({ kind: "top-up", value: { ...topUp, link: { ...topUp.link, expires: Math.min(topUp.link.expires, now) } } });
}

function settleSubscription(credyt: Credyt, customer: Customer, subscription: Subscription, deed: Deed, now: number): void {
  // A payment page may still be open when the subscription was cancelled: only what waits for payment can be paid.
  if (deed === "pay" && subscription.status === "pending") activate(credyt, customer, subscription.id, now);
  else if (deed === "cancel") replace(credyt, customer, { ...subscription, status: "inactive" });
  else if (deed === "expire" && subscription.link) replace(credyt, customer, { ...subscription, link: { ...subscription.link, expires: Math.min(subscription.link.expires, now) } });
}
