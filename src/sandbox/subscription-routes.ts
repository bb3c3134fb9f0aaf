import { type Call, type Credyt, type Route, json, noContent } from "./credyt.ts";
import { customerIn } from "./customers.ts";
import { Problem, notFound, refused } from "./problem.ts";
import { object, oneOf, read } from "./shape.ts";
import type { Customer, Subscription } from "./state.ts";
import { activate, activation, buildSubscription, newSubscription, replace, subscribed, subscriptionView, versionAsked } from "./subscriptions.ts";

const statusChange = object({ status: oneOf("active", "inactive") });
const productChange = object({ version: versionAsked });

/** The operations on subscriptions of a customer that exists. */
export const subscriptionRoutes: readonly Route[] = [
  { method: "POST", path: "/customers/:id/subscriptions", answer: addSubscription },
  { method: "PATCH", path: "/customers/:id/subscriptions/:subscription", answer: changeStatus },
  { method: "PATCH", path: "/customers/:id/subscriptions/:subscription/products/:product", answer: changeProduct },
];

function addSubscription(call: Call, credyt: Credyt) {
  allowed(credyt);
  const customer = customerIn(credyt, call);
  const subscription = buildSubscription(read(newSubscription, call.body, credyt.strict), customer.id, "subscription", credyt, call.now);
  const activated = subscription.status === "active" ? activation(customer, subscription, credyt, call.now) : [];
  credyt.commit({ kind: "customer", value: { ...customer, subscriptions: [...customer.subscriptions, subscription] } }, ...activated);
  return json(201, subscriptionView(subscription, credyt, "asked"));
}

function changeStatus(call: Call, credyt: Credyt) {
  allowed(credyt);
  const customer = customerIn(credyt, call);
  const subscription = subscriptionIn(customer, call);
  const { status } = read(statusChange, call.body, credyt.strict);
  if (status === "active" && subscription.status === "inactive") activate(credyt, customer, subscription.id, call.now);
  else if (status === "active" && subscription.status !== "active") throw refused("status", "cannot be set to active: the subscription waits for payment or for its start");
  else if (status === "inactive") replace(credyt, customer, { ...subscription, status: "inactive" });
  return noContent;
}

function changeProduct(call: Call, credyt: Credyt) {
  allowed(credyt);
  const customer = customerIn(credyt, call);
  const subscription = subscriptionIn(customer, call);
  const { version } = read(productChange, call.body, credyt.strict);
  const current = subscription.products.find((one) => one.id === call.params.product || one.code === call.params.product);
  if (!current) throw notFound(`Product ${call.params.product ?? ""} of the subscription`);
  const { product } = subscribed({ id: current.id, code: undefined, version }, "product", credyt);
  replace(credyt, customer, { ...subscription, products: subscription.products.map((one) => (one.id === current.id ? product : one)) });
  return noContent;
}

function subscriptionIn(customer: Customer, call: Call): Subscription {
  const subscription = customer.subscriptions.find((one) => one.id === call.params.subscription);
  if (!subscription) throw notFound(`Subscription ${call.params.subscription ?? ""}`);
  return subscription;
}

function allowed(credyt: Credyt): void {
  if (!credyt.switches.subscriptionChanges) throw new Problem(405, "Method Not Allowed", "The switch subscriptionChanges is off");
}
