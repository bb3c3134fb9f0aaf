import { assetOf } from "./assets.ts";
import { type Clock, createClock } from "./clock.ts";
import type { Change, Credyt } from "./credyt.ts";
import { assetsNamed, productSpec, demo, demoPro } from "./demo.ts";
import type { Fact } from "./facts.ts";
import { type Faults, createFaults } from "./faults.ts";
import { type Ledger, openLedger } from "./ledger.ts";
import { type Live, createLive } from "./live.ts";
import type { SandboxOptions } from "./options.ts";
import { exact } from "./money.ts";
import { type Postman, createPostman } from "./postman.ts";
import { Problem } from "./problem.ts";
import { buildProduct, productCoded } from "./products.ts";
import type { Asset } from "./state.ts";
import { type RequestLog, createRequestLog } from "./request-log.ts";
import { type Switches, changeSwitches, defaultSwitches } from "./switches.ts";
import { buildDestination } from "./webhooks.ts";

/** The parts of a sandbox that have nothing to do with HTTP. */
export interface Core {
  readonly credyt: Credyt;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly live: Live;
  readonly postman: Postman;
  /** Where it is reached; to be set once it listens. */
  at(url: string): void;
  switches(changes?: Readonly<Record<string, unknown>>): Switches;
  strict(on?: boolean): boolean;
  reset(): void;
  stop(): void;
}

/** What can be changed while a sandbox runs. */
interface Settings {
  url: string;
  strict: boolean;
  switches: Switches;
}

/** Opens the ledger and fills a fresh one with the products and destinations of the options. Throws an Error in plain words. */
export function createCore(options: SandboxOptions): Core {
  const settings: Settings = { url: "", strict: options.strict ?? false, switches: changeSwitches(defaultSwitches, options.switches ?? {}) };
  const clock = createClock(options.clock);
  const [live, log, faults] = [createLive(), createRequestLog(), createFaults()];
  const ledger = openLedger(options.data, clock);
  const credyt = createCredyt(settings, { ledger, clock, live, log: options.log, send: (id) => postman.send(id) });
  const postman = createPostman(credyt, options.webhookBackoffScale ?? 1);
  try {
    seed(credyt, options);
  } catch (error) {
    ledger.close();
    throw error;
  }
  return {
    credyt, faults, log, live, postman,
    at: (to) => void (settings.url = to),
    switches: (changed) => (settings.switches = changeSwitches(settings.switches, changed ?? {})),
    strict: (on) => (settings.strict = on ?? settings.strict),
    reset() {
      postman.stop();
      ledger.clear();
      faults.clear();
      log.clear();
      seed(credyt, options);
      live.tell({ kind: "other", id: "" });
    },
    stop() {
      postman.stop();
      ledger.close();
    },
  };
}

function createCredyt(settings: Settings, parts: { readonly ledger: Ledger; readonly clock: Clock; readonly live: Live; readonly log: SandboxOptions["log"]; readonly send: (delivery: string) => void }): Credyt {
  const { ledger, clock, live, send } = parts;
  return {
    ledger,
    clock,
    get strict() {
      return settings.strict;
    },
    get state() {
      return ledger.state;
    },
    get switches() {
      return settings.switches;
    },
    get url() {
      return settings.url;
    },
    log: parts.log ?? (() => {}),
    changed: (change) => live.tell(change),
    commit(...facts) {
      ledger.commit(facts);
      for (const fact of facts) if (fact.kind === "delivery" && fact.value.attempts.length === 0 && fact.value.outcome === "waiting") send(fact.value.id);
      for (const change of changes(facts)) live.tell(change);
    },
  };
}

/** Adds the products and destinations of the options that are not there yet; their codes may be any that an account has. */
function seed(credyt: Credyt, options: SandboxOptions): void {
  const { ledger } = credyt;
  const lenient = { state: ledger.state, strict: false };
  const asked = (options.products ?? []).map(productSpec);
  const built = [demo, demoPro].filter(({ code }) => !asked.some((one) => one.code === code));
  for (const spec of [...built, ...asked]) {
    if (productCoded(ledger.state, String(spec.code))) continue;
    const code = String(spec.code);
    if (!/^[\w.-]{1,64}$/.test(code)) throw new Error(`${JSON.stringify(code)} cannot be a product code. Use letters, digits, dots, hyphens and underscores.`);
    for (const asset of assetsNamed(spec)) if (!assetOf(ledger.state, asset)) credyt.commit({ kind: "asset", value: strangeAsset(asset, credyt.clock.now()) });
    try {
      credyt.commit({ kind: "product", value: { ...buildProduct({ ...spec, code: "from_options" }, lenient, credyt.clock.now()), code } });
    } catch (error) {
      throw error instanceof Problem ? new Error(`Product ${String(spec.code)} cannot be used: ${error.message}.`) : error;
    }
  }
  const known = new Set([...ledger.state.destinations.values()].map((one) => one.url));
  for (const webhook of options.webhooks ?? []) if (!known.has(webhook.url)) credyt.commit({ kind: "destination", value: buildDestination(webhook, credyt.clock.now()) });
}

/** An asset that a product of the options is priced in: a hundred of them for a dollar, so that the portal can sell it. */
function strangeAsset(code: string, now: number): Asset {
  return { code, name: code, precision: 2, created: now, fiat: false, rates: [{ source: "USD", rate: exact(0.01), from: now }] };
}

function changes(facts: readonly Fact[]): readonly Change[] {
  return facts.map((fact): Change => {
    if (fact.kind === "customer" || fact.kind === "delivery") return { kind: fact.kind, id: fact.value.id };
    return { kind: "customer" in fact ? "customer" : "other", id: "customer" in fact ? fact.customer : "" };
  });
}
