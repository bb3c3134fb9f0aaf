/** What goes wrong: an answer with an error status, a slow one, none at all, a cut connection, or a cut connection after the work was done. */
export type FaultKind = "status" | "slow" | "hang" | "reset" | "lost";

/** A fault to be injected into requests to the API. */
export interface FaultSpec {
  readonly kind: FaultKind;
  /** The status of kind `status`; 500 unless given. */
  readonly status?: number;
  /** Seconds in the `Retry-After` header of kind `status`. */
  readonly retryAfter?: number;
  /** Milliseconds that kind `slow` waits before the request is worked on; 1000 unless given. */
  readonly delay?: number;
  /** Paths it concerns, `*` standing for any text; all unless given. */
  readonly path?: string;
  /** The method it concerns; all unless given. */
  readonly method?: string;
  /** How many matching requests pass before it begins; 0 unless given. */
  readonly skip?: number;
  /** How many requests it concerns; without limit unless given. */
  readonly times?: number;
}

/** A fault that was set, with how often it struck. */
export interface Fault extends FaultSpec {
  readonly id: number;
  readonly struck: number;
}

/** The faults in force. */
export interface Faults {
  /** Sets a fault. Throws a RangeError in plain words when it makes no sense. */
  add(spec: FaultSpec): Fault;
  list(): readonly Fault[];
  /** Removes one fault, or all. */
  clear(id?: number): void;
  /** The fault that strikes this request, counted as struck. The one set first goes first. */
  take(method: string, path: string): Fault | undefined;
}

const kinds: readonly FaultKind[] = ["status", "slow", "hang", "reset", "lost"];
const members = ["kind", "status", "retryAfter", "delay", "path", "method", "skip", "times"];

/** No faults yet. */
export function createFaults(): Faults {
  let faults: readonly (Fault & { readonly seen: number })[] = [];
  let last = 0;
  return {
    add(spec) {
      check(spec);
      const fault = { ...spec, id: ++last, struck: 0, seen: 0 };
      faults = [...faults, fault];
      return seen(fault);
    },
    list: () => faults.map(seen),
    clear: (id) => void (faults = id === undefined ? [] : faults.filter((one) => one.id !== id)),
    take(method, path) {
      for (const fault of faults) {
        if (!concerns(fault, method, path) || fault.struck >= (fault.times ?? Infinity)) continue;
        const strikes = fault.seen >= (fault.skip ?? 0);
        faults = faults.map((one) => (one === fault ? { ...one, seen: one.seen + 1, struck: one.struck + (strikes ? 1 : 0) } : one));
        if (strikes) return seen(fault);
      }
      return undefined;
    },
  };
}

function seen({ seen: _, ...fault }: Fault & { readonly seen: number }): Fault {
  return fault;
}

function concerns(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  const pattern = fault.path.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${pattern}$`).test(path);
}

function check(spec: FaultSpec): void {
  for (const name of Object.keys(spec)) if (!members.includes(name)) throw new RangeError(`A fault has no member ${name}. Known members: ${members.join(", ")}.`);
  if (!kinds.includes(spec.kind)) throw new RangeError(`A fault's kind must be one of ${kinds.join(", ")}.`);
  if (spec.status !== undefined && !(Number.isInteger(spec.status) && spec.status >= 400 && spec.status <= 599)) throw new RangeError("A fault's status must be from 400 to 599.");
  for (const name of ["retryAfter", "delay", "skip", "times"] as const)
    if (spec[name] !== undefined && !(typeof spec[name] === "number" && spec[name] >= 0)) throw new RangeError(`A fault's ${name} must be a number from 0.`);
  for (const name of ["path", "method"] as const) if (spec[name] !== undefined && typeof spec[name] !== "string") throw new RangeError(`A fault's ${name} must be text.`);
}
