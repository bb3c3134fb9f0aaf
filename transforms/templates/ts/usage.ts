// Reports what users have used. Credyt bills it.

// <slot crypto>
import { createHash, randomUUID } from "node:crypto";
// </slot>

import { CredytError, credyt, logCredyt } from "./client";
// <when costs>
import { costsOf } from "./costs";
// </when>
import type { UserId } from "./customers";
import { externalIdOf, findOrCreateCustomer, isUnknown } from "./customers";
// <when gate>
import { release } from "./gate";
// </when>

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SHA1 = /^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/;

type Value = string | number | boolean | null | undefined;

export interface Usage {
  /** Without a user nobody is billed, and the log says so. */
  userId: UserId | null | undefined;
  /** The event type of the price in Credyt. */
  eventType: string;
  /** Volumes and dimensions of the price, such as tokens and the model. */
  data?: Record<string, Value>;
  /** Your own id of the activity, if it has one: repeats are billed once. */
  id?: UserId | null | undefined;
  /** What was worked on. Credyt groups events by it. */
  subject?: UserId | null | undefined;
  description?: string | null | undefined;
  occurredAt?: Date | string | null | undefined;
  costs?: Cost[] | undefined;
}

/** What an activity cost you at a vendor: for your reports, never billed. */
export interface Cost {
  vendor_id?: string;
  vendor_external_id?: string;
  amount: number;
  currency: string;
}

interface UsageEvent {
  id: string;
  event_type: string;
  occurred_at: string;
  subject?: string | undefined;
  description?: string | undefined;
  data: Record<string, string | number | boolean>;
  costs?: (Cost & { id: string })[] | undefined;
}

interface Batch {
  customer_external_id: string;
  events: UsageEvent[];
}

/**
 * Reports one activity of a user. Await it: on a serverless host, work that is
 * left over after the response is cut off. It never throws; an event that could
 * not be delivered is logged whole, for `npx credyt-integrate replay`.
 */
export async function recordUsage(usage: Usage): Promise<void> {
  let batch: Batch | undefined;
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

async function deliver(userId: string, batch: Batch): Promise<void> {
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

/** Sends the events, or returns the reason why Credyt does not take them. */
async function send(batch: Batch, deadline: number): Promise<Error | null> {
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

function toEvent(id: string, usage: Usage): UsageEvent {
  const { eventType, subject, description } = usage;
  const data = toData(usage.data ?? {});
  const costs = usage.costs ?? [];
  // <when costs>
  const { provider, model } = data;
  if (!usage.costs) costs.push(...costsOf({ provider, model, data }));
  // </when>
  const event: UsageEvent = {
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
// Made before the first attempt and kept over all of them, so that Credyt bills
// the activity once. The same id of your own gives the same UUID.
function eventId(externalId: string, { eventType, id }: Usage): string {
  const own = toText(id);
  if (own === undefined) return randomUUID();
  if (UUID.test(own)) return own.toLowerCase();
  const name = JSON.stringify([externalId, eventType, own]);
  const hash = createHash("sha1").update(name).digest("hex");
  return hash.replace(SHA1, "$1-$2-5$3-8$4-$5");
}
// </slot>

// An id that says nothing is none: it would be the same for every activity.
function toText(value: UserId | null | undefined): string | undefined {
  const text = String(value ?? "");
  return text === "" || text === "[object Object]" ? undefined : text;
}

function timestamp(moment: Date | string | null | undefined): string {
  const date = new Date(moment ?? Date.now());
  return (Number.isNaN(date.getTime()) ? new Date() : date).toISOString();
}

// Credyt takes text, finite numbers and booleans.
function toData(values: Record<string, Value>): UsageEvent["data"] {
  const data: UsageEvent["data"] = {};
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
