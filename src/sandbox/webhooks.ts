import { type Call, type Credyt, type Route, json, noContent } from "./credyt.ts";
import { timestamp } from "./clock.ts";
import type { Fact } from "./facts.ts";
import { newId, newUuid } from "./ids.ts";
import { encode } from "./json.ts";
import { newest } from "./page.ts";
import { notFound, refused } from "./problem.ts";
import { type Check, flag, list, object, optional, read, url } from "./shape.ts";
import type { Delivery, Destination, State } from "./state.ts";

/** Topics a destination may ask for. Only the first is sent; Credyt's own documentation names the others as examples. */
export const topics = ["subscription.activated", "customer.created", "transaction.completed"] as const;

const topic: Check<string> = (value, path, finding) => {
  if (value !== "*" && !topics.includes(value as (typeof topics)[number])) finding.refuse(path, `must be * or one of ${topics.join(", ")}`);
  return value as string;
};
const target: Check<string> = (value, path, finding) => {
  const given = url(value, path, finding);
  if (typeof given === "string" && URL.canParse(given) && new URL(given).protocol === "http:" && !isLoopback(new URL(given).hostname)) finding.refuse(path, "must be https, or http on this machine");
  return given;
};
const newDestination = object({ url: target, topics: optional(list(topic, 1, 50)), connect: optional(flag) });
const change = object({ url: optional(target), topics: optional(list(topic, 1, 50)), enabled: optional(flag) });

/** The operations on webhook destinations. */
export const webhookRoutes: readonly Route[] = [
  { method: "POST", path: "/webhooks", answer: createDestination },
  { method: "GET", path: "/webhooks", query: ["enabled", "connect"], answer: listDestinations },
  { method: "GET", path: "/webhooks/events", query: ["limit", "next", "prev", "destination_id", "status", "time_gte", "time_lte"], answer: listDeliveries },
  { method: "POST", path: "/webhooks/test/:topic", answer: testAll },
  { method: "POST", path: "/webhooks/test/:topic/:account", answer: testAll },
  { method: "GET", path: "/webhooks/:id", answer: (call, { state }) => json(200, destinationView(destinationIn(state, call))) },
  { method: "PATCH", path: "/webhooks/:id", answer: changeDestination },
  { method: "DELETE", path: "/webhooks/:id", answer: deleteDestination },
  { method: "POST", path: "/webhooks/:id/test/:topic", answer: testOne },
  { method: "POST", path: "/webhooks/:id/test/:topic/:account", answer: testOne },
];

/** The facts that an event of `topic` is under way to every destination that asked for it. */
export function announce(topic: string, data: unknown, credyt: Pick<Credyt, "state">, now: number, only?: Destination): readonly Fact[] {
  const envelope = newId("evt");
  // As no parser writes it again: what is signed is the body as sent.
  const body = encode({ id: envelope, type: topic, created: timestamp(now), live_mode: false, data }, " ");
  const wants = (one: Destination) => one.enabled && !one.connect && (one.topics.includes("*") || one.topics.includes(topic));
  const destinations = only ? [only] : [...credyt.state.destinations.values()].filter(wants);
  return destinations.map((one): Fact => ({ kind: "delivery", value: { id: newUuid(), envelope, topic, destination: one.id, body, created: now, attempts: [], outcome: "waiting" } }));
}

/** A destination as it is stored; `secret` is made up unless given. */
export function buildDestination(asked: { readonly url: string; readonly topics?: readonly string[] | undefined; readonly connect?: boolean | undefined; readonly secret?: string | undefined }, now: number): Destination {
  return { id: newId("whd"), url: asked.url, topics: asked.topics ?? ["*"], connect: asked.connect ?? false, enabled: true, secret: asked.secret ?? newId("whsec"), created: now, updated: now };
}

function createDestination(call: Call, credyt: Credyt) {
  const value = buildDestination(read(newDestination, call.body, credyt.strict), call.now);
  credyt.commit({ kind: "destination", value });
  return json(201, { id: value.id, secret: value.secret, created_at: timestamp(value.created) });
}

function changeDestination(call: Call, credyt: Credyt) {
  const before = destinationIn(credyt.state, call);
  const asked = read(change, call.body, credyt.strict);
  const value = { ...before, url: asked.url ?? before.url, topics: asked.topics ?? before.topics, enabled: asked.enabled ?? before.enabled, updated: call.now };
  credyt.commit({ kind: "destination", value });
  return json(200, destinationView(value));
}

function deleteDestination(call: Call, credyt: Credyt) {
  credyt.commit({ kind: "gone", of: "destination", id: destinationIn(credyt.state, call).id });
  return noContent;
}

function listDestinations(call: Call, { state }: Credyt) {
  const { enabled, connect } = call.query;
  const items = newest(state.destinations)
    .filter((one) => (enabled === undefined || String(one.enabled) === enabled) && (connect === undefined || String(one.connect) === connect))
    .map(({ id, url, topics, connect, enabled, created, updated }) => ({ id, url, topics, connect, enabled, created_at: timestamp(created), updated_at: timestamp(updated) }));
  return json(200, { items, total_count: items.length });
}

function testOne(call: Call, credyt: Credyt) {
  return test(call, credyt, destinationIn(credyt.state, call));
}

function testAll(call: Call, credyt: Credyt) {
  return test(call, credyt);
}

function test(call: Call, credyt: Credyt, only?: Destination) {
  const name = call.params.topic ?? "";
  if (!topics.includes(name as (typeof topics)[number])) throw refused("topic", `must be one of ${topics.join(", ")}`);
  const { account } = call.params;
  if (account !== undefined && !credyt.state.accounts.has(account)) throw notFound(`Account ${account}`);
  const sample = { customer_id: newId("cust"), subscription_id: newId("sub"), occurred_at: timestamp(call.now) };
  const facts = announce(name, call.body ?? sample, credyt, call.now, only);
  if (facts.length > 0) credyt.commit(...facts);
  const [first] = facts;
  return json(202, { id: first?.kind === "delivery" ? first.value.envelope : newId("evt") });
}

/** A page by cursor: `next` and `prev` are positions in the list of deliveries, newest first. */
function listDeliveries(call: Call, { state }: Credyt) {
  const { destination_id, status, time_gte, time_lte, next, prev } = call.query;
  const limit = Math.min(Math.max(Number(call.query.limit ?? 20) || 20, 1), 100);
  const all = newest(state.deliveries).filter(
    (one) =>
      (destination_id === undefined || one.destination === destination_id) &&
      (status === undefined || one.outcome === (status.toLowerCase() === "success" ? "delivered" : "failed")) &&
      (time_gte === undefined || one.created >= Date.parse(time_gte)) &&
      (time_lte === undefined || one.created <= Date.parse(time_lte)),
  );
  const start = Math.max(0, Number(next ?? prev ?? 0) || 0);
  const cursor = (at: number) => (at < 0 || at >= all.length ? undefined : String(at));
  return json(200, { models: all.slice(start, start + limit).map(deliveryItem), pagination: { limit, next: cursor(start + limit), prev: start === 0 ? undefined : cursor(Math.max(0, start - limit)) } });
}

function deliveryItem(delivery: Delivery) {
  const { envelope, destination, topic, created, outcome, attempts, body } = delivery;
  const last = timestamp(attempts.at(-1)?.at ?? created);
  return {
    id: envelope, destination_id: destination, topic, time: timestamp(created),
    successful_at: outcome === "delivered" ? last : undefined, failed_at: outcome === "failed" ? last : undefined, data: (JSON.parse(body) as { readonly data: unknown }).data,
  };
}

function destinationIn(state: State, call: Call): Destination {
  const destination = state.destinations.get(call.params.id ?? "");
  if (!destination) throw notFound(`Webhook destination ${call.params.id ?? ""}`);
  return destination;
}

function destinationView({ id, url, topics, connect, enabled, secret, created, updated }: Destination) {
  return { id, url, topics, connect, enabled, secret, created_at: timestamp(created), updated_at: timestamp(updated) };
}

/** Whether a host name means this machine. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}
