// Reports what users have used. Credyt bills it.

// <slot crypto>
import { createHash, randomUUID } from "node:crypto";
// </slot>

import { CredytError, credyt, logCredyt } from "./client.js";
// <when costs>
import { costsOf } from "./costs.js";
// </when>
import { externalIdOf, findOrCreateCustomer, isUnknown } from "./customers.js";
// <when gate>
import { release } from "./gate.js";
// </when>

/** @typedef {import("./customers.js").UserId} UserId */

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHA1 = /^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/;

/** @typedef {string | number | boolean | null | undefined} Value */

/**
 * @typedef {object} Usage
 * @property {UserId | null | undefined} userId
 *   Without a user nobody is billed, and the log says so.
 * @property {string} eventType The event type of the price in Credyt.
 * @property {Record<string, Value>} [data]
 *   Volumes and dimensions of the price, such as tokens and the model.
 * @property {UserId | null} [id]
 *   Your own id of the activity, if it has one: repeats are billed once.
 * @property {UserId | null} [subject] What was worked on. Credyt groups events by it.
 * @property {string | null} [description]
 * @property {Date | string | null} [occurredAt]
 * @property {Cost[]} [costs]
 */

/**
 * What an activity cost you at a vendor: for your reports, never billed.
 * @typedef {object} Cost
 * @property {string} [vendor_id]
 * @property {string} [vendor_external_id]
 * @property {number} amount
 * @property {string} currency
 */

/**
 * @typedef {object} UsageEvent
 * @property {string} id
 * @property {string} event_type
 * @property {string} occurred_at
 * @property {string} [subject]
 * @property {string} [description]
 * @property {Record<string, string | number | boolean>} data
 * @property {(Cost & { id: string })[]} [costs]
 */

/**
 * @typedef {object} Batch
 * @property {string} customer_external_id
 * @property {UsageEvent[]} events
 */

/**
 * Reports one activity of a user. Await it: on a serverless host, work that is
 * left over after the response is cut off. It never throws; an event that could
 * not be delivered is logged whole, for `npx credyt-integrate replay`.
 *
 * @param {Usage} usage
 */
export async function recordUsage(usage) {
  /** @type {Batch | undefined} */
  let batch;
  try {
    const externalId = externalIdOf(usage.userId);
    // <slot id>
    const id = eventId(externalId, usage);
    // </slot>
    batch = {
      customer_external_id: externalId,
      events: [toEvent(id, usage)],
    };
    await deliver(externalId, batch);
  } catch (error) {
    logCredyt("credyt: usage not delivered", {
      eventType: usage.eventType,
      reason: String(error),
    });
    if (batch) logCredyt("credyt.undelivered", batch);
    // <when gate>
  } finally {
    release(usage.userId);
    // </when>
  }
}

/**
 * @param {string} userId
 * @param {Batch} batch
 */
async function deliver(userId, batch) {
  const deadline = Date.now() + 10_000;
  let refusal = await send(batch, deadline);
  if (!refusal) return;

  // The user may be new to Credyt: from before the integration, or signed up
  // while Credyt was out of reach.
  const customerId = await findOrCreateCustomer(userId, deadline);
  if (customerId !== null) refusal = await send(batch, deadline);

  // Costs are for your own reports. The bill must not fail over an unknown vendor.
  if (refusal && batch.events.some(({ costs }) => costs)) {
    logCredyt("credyt: costs not taken", { reason: refusal.message });
    const events = batch.events.map((event) => ({
      ...event,
      costs: undefined,
    }));
    refusal = await send({ ...batch, events }, deadline);
  }
  if (refusal) throw refusal;
}

/**
 * Sends the events, or returns the reason why Credyt does not take them.
 *
 * @param {Batch} batch
 * @param {number} deadline
 * @returns {Promise<Error | null>}
 */
async function send(batch, deadline) {
  try {
    await credyt("POST", "/events", { body: batch, retry: true, deadline });
    return null;
  } catch (error) {
    if (isUnknown(error)) return error;
    // 409: delivered before.
    if (error instanceof CredytError && error.status === 409) return null;
    throw error;
  }
}

/**
 * @param {string} id
 * @param {Usage} usage
 * @returns {UsageEvent}
 */
function toEvent(id, usage) {
  const { eventType, subject, description } = usage;
  const data = toData(usage.data ?? {});
  const costs = usage.costs ?? [];
  // <when costs>
  const { provider, model } = data;
  if (!usage.costs) costs.push(...costsOf({ provider, model, data }));
  // </when>
  /** @type {UsageEvent} */
  const event = {
    id,
    event_type: eventType,
    occurred_at: timestamp(usage.occurredAt),
    subject: toText(subject),
    description: toText(description),
    data,
  };
  if (costs.length > 0) {
    event.costs = costs.map((cost, at) => ({ id: `${id}:${at}`, ...cost }));
  }
  return event;
}

// <slot eventId>
/**
 * Made before the first attempt and kept over all of them, so that Credyt bills
 * the activity once. The same id of your own gives the same UUID.
 *
 * @param {string} externalId
 * @param {Usage} usage
 * @returns {string}
 */
function eventId(externalId, { eventType, id }) {
  const own = toText(id);
  if (own === undefined) return randomUUID();
  if (UUID.test(own)) return own.toLowerCase();
  const name = JSON.stringify([externalId, eventType, own]);
  const hash = createHash("sha1").update(name).digest("hex");
  return hash.replace(SHA1, "$1-$2-5$3-8$4-$5");
}
// </slot>

/**
 * An id that says nothing is none: it would be the same for every activity.
 *
 * @param {UserId | null | undefined} value
 * @returns {string | undefined}
 */
function toText(value) {
  const text = String(value ?? "");
  return text === "" || text === "[object Object]" ? undefined : text;
}

/**
 * @param {Date | string | null | undefined} moment
 * @returns {string}
 */
function timestamp(moment) {
  const date = new Date(moment ?? Date.now());
  return (Number.isNaN(date.getTime()) ? new Date() : date).toISOString();
}

/**
 * Credyt takes text, finite numbers and booleans.
 *
 * @param {Record<string, Value>} values
 * @returns {UsageEvent["data"]}
 */
function toData(values) {
  /** @type {UsageEvent["data"]} */
  const data = {};
  for (const [name, value] of Object.entries(values)) {
    if (
      (typeof value === "number" && Number.isFinite(value)) ||
      typeof value === "string" ||
      typeof value === "boolean"
    ) {
      data[name] = value;
    } else if (value !== undefined && value !== null) {
      logCredyt("credyt: value left out of a usage event", { name });
    }
  }
  return data;
}
