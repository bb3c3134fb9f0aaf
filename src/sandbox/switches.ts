/** How the sandbox answers where Credyt's own behaviour is not documented or sources disagree. */
export interface Switches {
  /** Status of a subscription that waits for payment. */
  readonly waitingStatus: "pending" | "action_required";
  /** Body of POST /customers: with the subscriptions, or the id alone. */
  readonly customerBody: "full" | "id";
  /** Status for an `external_id` that is in use. */
  readonly duplicateStatus: 422 | 409;
  /** GET with `external_id` or `code`: 303 to the resource (404 when there is none), a page, or the object itself. */
  readonly lookup: "redirect" | "page" | "object";
  /** Status of POST /events; 204 has no body, the others tell accepted from duplicate. */
  readonly eventsStatus: 204 | 200 | 201 | 202;
  /** Status of POST /billing-portal/sessions. */
  readonly portalStatus: 200 | 201;
  /** Whether subscriptions can be added and changed after the customer was created. */
  readonly subscriptionChanges: boolean;
  /** Whether `error=expired` and the like is added to the failure URL. */
  readonly errorParameter: boolean;
  /** Whether any lower-case word is taken as the reason of an adjustment. */
  readonly anyReason: boolean;
  /** Whether `subscription.activated` is sent for usage-only subscriptions too. */
  readonly activatedForUsage: boolean;
  /** Whether `events[].costs[].id` must be sent; `strict` means in strict mode only. */
  readonly costIds: "strict" | "always" | "never";
  /** What the `id` of an adjustment's answer is. */
  readonly adjustmentId: "own" | "transaction";
  /** Where a customer who leaves a payment page unpaid lands. */
  readonly leaveTo: "failure_url" | "return_url";
  /** How far below zero an account may go in its asset; null is without limit. */
  readonly overdraftLimit: number | null;
  /** Milliseconds between an event and its first webhook attempt. */
  readonly webhookDelay: number;
  /** Milliseconds before a payment page sends the browser back. */
  readonly returnDelay: number;
}

/** The switches of a new sandbox: what the newest source says. */
export const defaultSwitches: Switches = {
  waitingStatus: "pending",
  customerBody: "full",
  duplicateStatus: 422,
  lookup: "redirect",
  eventsStatus: 204,
  portalStatus: 200,
  subscriptionChanges: true,
  errorParameter: false,
  anyReason: false,
  activatedForUsage: true,
  costIds: "strict",
  adjustmentId: "own",
  leaveTo: "failure_url",
  overdraftLimit: null,
  webhookDelay: 0,
  returnDelay: 0,
};

const allowed: Readonly<Record<keyof Switches, readonly unknown[] | "boolean" | "milliseconds" | "limit">> = {
  waitingStatus: ["pending", "action_required"],
  customerBody: ["full", "id"],
  duplicateStatus: [422, 409],
  lookup: ["redirect", "page", "object"],
  eventsStatus: [204, 200, 201, 202],
  portalStatus: [200, 201],
  subscriptionChanges: "boolean",
  errorParameter: "boolean",
  anyReason: "boolean",
  activatedForUsage: "boolean",
  costIds: ["strict", "always", "never"],
  adjustmentId: ["own", "transaction"],
  leaveTo: ["failure_url", "return_url"],
  overdraftLimit: "limit",
  webhookDelay: "milliseconds",
  returnDelay: "milliseconds",
};

/** The switches with changes applied. Throws a RangeError naming an unknown switch or value. */
export function changeSwitches(current: Switches, changes: Readonly<Record<string, unknown>>): Switches {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(allowed, name)) throw new RangeError(`There is no switch ${name}. Known switches: ${Object.keys(allowed).join(", ")}.`);
    const rule = allowed[name as keyof Switches];
    if (!fits(value, rule)) throw new RangeError(`Switch ${name} cannot be ${JSON.stringify(value)}. Use ${Array.isArray(rule) ? rule.join(", ") : wording[rule as string]}.`);
  }
  return { ...current, ...changes };
}

const wording: Readonly<Record<string, string>> = { boolean: "true or false", milliseconds: "a number of milliseconds from 0", limit: "null or a number from 0" };

function fits(value: unknown, rule: readonly unknown[] | "boolean" | "milliseconds" | "limit"): boolean {
  if (rule === "boolean") return typeof value === "boolean";
  if (rule === "milliseconds" || rule === "limit") return (rule === "limit" && value === null) || (typeof value === "number" && value >= 0);
  return rule.includes(value);
}
