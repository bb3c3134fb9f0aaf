import { type Check, list, map, moment, note, object, optional, scalar, text, unsigned, uuid } from "./shape.ts";

const cost = object({
  id: optional(text(255)),
  vendor_id: optional(text(64)),
  vendor_external_id: optional(text(255)),
  category: optional(text(200)),
  description: optional(note(1000)),
  metadata: optional(map(scalar)),
  units: optional(unsigned),
  unit_price: optional(unsigned),
  input_volume: optional(unsigned),
  volume_rate: optional(unsigned),
  package_size: optional(unsigned),
  amount: unsigned,
  currency: optional(text(16)),
});

/** A usage event as callers send it. */
export const usageEvent = object({
  id: uuid,
  event_type: text(200),
  occurred_at: moment,
  subject: optional(note(500)),
  description: optional(note(2000)),
  data: optional(map(scalar)),
  costs: optional(list(cost, 0, 100)),
});

/** The body of POST /events. */
export const usageRequest = object({ customer_id: optional(text(64)), customer_external_id: optional(text(255)), events: list(usageEvent, 1, 1000) });

type Of<C> = C extends Check<infer T> ? T : never;

/** A usage event that passed the checks. */
export type UsageEvent = Of<typeof usageEvent>;
