import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Choices } from "./domain.ts";
import { complaint, unreachable, type Api, type ApiAnswer } from "./credyt.ts";

/** One step of the billing cycle and how it went. */
export interface StepResult {
  readonly step: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail: string;
}

/** What is driven. `pay` settles the first payment of a subscription and `webhook` adds a destination, where that can be done. */
export interface Target {
  readonly api: Api;
  readonly choices: Choices;
  readonly pay?: (subscription: string) => void;
  readonly webhook?: (url: string) => { readonly secret: string };
  /** How long a fee may take to appear, in milliseconds (5000). */
  readonly patience?: number;
}

/**
 * Drives the billing cycle once: customer, fund, event, fee, balance, repeat, portal, webhook. Steps that stand on a failed one are
 * skipped. The customer is a new one, named for this check, so that nothing earlier counts.
 */
export async function* verify(target: Target): AsyncGenerator<StepResult> {
  const listener = target.webhook ? await listen(target.webhook) : undefined;
  try {
    yield* cycle(target, listener);
  } finally {
    listener?.close();
  }
}

type Fields = Readonly<Record<string, unknown>>;

async function* cycle(target: Target, listener: Listener | undefined): AsyncGenerator<StepResult> {
  const { choices, api } = target;
  const customer = await attempt("customer", async () => createCustomer(target, choices.products.length > 0 ? choices.products : await firstProduct(api)));
  yield customer.result;
  if (customer.value === undefined) return;
  const { id, waiting } = customer.value;
  const funded = await attempt("fund", () => fund(target, id));
  yield funded.result;
  const types = [...new Set([...choices.activities.filter(({ billed }) => billed !== false).flatMap(({ eventType }) => eventType ?? []), ...choices.billable.map(({ eventType }) => eventType)])];
  // Undefined once a fee is not known: what stands on it is then skipped.
  let fees: Fees | undefined = noFees;
  for (const type of types.length > 0 ? types : ["chat_completion"]) {
    const sent = await attempt(`event ${type}`, () => sendEvent(target, id, type));
    yield sent.result;
    if (!sent.value) {
      fees = undefined;
      continue;
    }
    const event = sent.value;
    if (waiting) {
      yield { step: `fee ${type}`, outcome: "skipped", detail: "its plan must be paid first, which is not done for you; the sandbox tries it" };
      continue;
    }
    const fee = await attempt(`fee ${type}`, () => readFee(target, event));
    yield fee.result;
    const charged: Fees | undefined = fee.value;
    fees = fees && charged && { own: fees.own + charged.own, all: fees.all + charged.all, others: [...fees.others, ...charged.others] };
    if (charged) yield (await attempt(`repeat ${type}`, () => repeat(target, event, charged))).result;
    else yield { step: `repeat ${type}`, outcome: "skipped", detail: "its fee is not known" };
  }
  const spent = fees;
  const before = funded.value;
  if (before === undefined) yield { step: "balance", outcome: "skipped", detail: "the customer could not be funded" };
  else if (spent === undefined) yield { step: "balance", outcome: "skipped", detail: "not all fees are known" };
  else yield (await attempt("balance", () => readBalance(target, id, before, spent))).result;
  yield (await attempt("portal", () => openPortal(target, id))).result;
  yield listener ? (await attempt("webhook", () => listener.arrived(target.patience ?? 5000))).result : { step: "webhook", outcome: "skipped", detail: "Credyt can only reach a public https address; the sandbox tries it here" };
}

interface Attempted<T> {
  readonly result: StepResult;
  readonly value?: T;
}

/** What a step found, or the sentence that says why it failed. */
type Found<T> = { readonly value: T; readonly detail: string };

class Failed extends Error {}

async function attempt<T>(step: string, act: () => Promise<Found<T>>): Promise<Attempted<T>> {
  try {
    const { value, detail } = await act();
    return { value, result: { step, outcome: "passed", detail } };
  } catch (error) {
    return { result: { step, outcome: "failed", detail: error instanceof Failed ? error.message : unreachable(error) } };
  }
}

const fail = (text: string): never => {
  throw new Failed(text);
};

const ok = (answer: ApiAnswer, what: string): Fields => (answer.status >= 200 && answer.status < 300 ? (answer.body ?? {}) : fail(`${what} answered ${complaint(answer)}`));

const list = (value: unknown): readonly Fields[] => (Array.isArray(value) ? (value as readonly Fields[]) : []);

/** What events cost: in the app's asset, in all, and the other assets that were charged. */
interface Fees {
  readonly own: number;
  readonly all: number;
  readonly others: readonly string[];
}

const noFees: Fees = { own: 0, all: 0, others: [] };

/** The first product of an account that is not paid up front; else the first one. */
async function firstProduct(api: Api): Promise<readonly string[]> {
  const products = list(ok(await api("GET", "/products"), "GET /products")["items"]);
  for (const { id, code } of products.slice(0, 10)) {
    const version = (await api("GET", `/products/${String(id)}`).catch(() => undefined))?.body?.["default_version"] as Fields | undefined;
    if (version && list(version["prices"]).every(({ type }) => type !== "fixed")) return [String(code)];
  }
  return products.slice(0, 1).map(({ code }) => String(code));
}

interface NewCustomer {
  readonly id: string;
  /** Whether its subscription waits for a first payment. */
  readonly waiting: boolean;
}

async function createCustomer({ api, pay }: Target, products: readonly string[]): Promise<Found<NewCustomer>> {
  if (products.length === 0) fail("the account has no product: create one, or name its code in credyt.config.json");
  const external = `credyt-verify-${randomUUID()}`;
  const urls = { return_url: "https://example.com/return", failure_url: "https://example.com/failed" };
  const body = ok(await api("POST", "/customers", { name: "credyt-integrate verify", external_id: external, email: `${external}@example.com`, subscriptions: [{ products: products.map((code) => ({ code })), ...urls }] }), "POST /customers");
  const id = String(body["id"]);
  const [subscription] = list(body["subscriptions"]);
  if (list(subscription?.["required_actions"]).length === 0) return { value: { id, waiting: false }, detail: `${id}, subscribed to ${products.join(", ")}` };
  if (!pay) return { value: { id, waiting: true }, detail: `${id}, waits for its first payment` };
  pay(String(subscription?.["id"]));
  const now = list(ok(await api("GET", `/customers/${id}`), "GET /customers")["subscriptions"])[0];
  return now?.["status"] === "active" ? { value: { id, waiting: false }, detail: `${id}, paid up front and active` } : fail(`the subscription is ${String(now?.["status"])} after its payment`);
}

const account = ({ choices }: Target): string => encodeURIComponent(`default:${choices.asset}`);

async function available(target: Target, customer: string): Promise<number> {
  const answer = await target.api("GET", `/customers/${customer}/wallet/${account(target)}`);
  return answer.status === 404 ? 0 : Number(ok(answer, "GET wallet")["available"]);
}

async function fund(target: Target, customer: string): Promise<Found<number>> {
  ok(await target.api("POST", `/customers/${customer}/wallet/adjustments`, { transaction_id: randomUUID(), asset: target.choices.asset, amount: 100, reason: "gift", description: "credyt-integrate verify" }), "POST adjustments");
  const now = await available(target, customer);
  return now >= 100 ? { value: now, detail: `${now} ${target.choices.asset} available` } : fail(`100 ${target.choices.asset} were given, ${now} are available`);
}

interface SentEvent {
  readonly body: object;
  readonly id: string;
}

async function sendEvent({ api, choices }: Target, customer: string, type: string): Promise<Found<SentEvent>> {
  const volume = choices.activities.find(({ eventType }) => eventType === type)?.volume;
  const data = { total_tokens: 1000, input_tokens: 600, output_tokens: 400, images: 1, seconds: 10, characters: 1000, model: "verify", provider: "verify", ...(volume !== undefined && { [volume]: 1000 }) };
  const id = randomUUID();
  const body = { customer_id: customer, events: [{ id, event_type: type, occurred_at: new Date().toISOString(), subject: "credyt-verify", data }] };
  ok(await api("POST", "/events", body), "POST /events");
  return { value: { id, body }, detail: `accepted as ${id}` };
}

async function readFee({ api, choices, patience = 5000 }: Target, { id }: SentEvent): Promise<Found<Fees>> {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await api("GET", `/events/${id}`);
    const fees = answer.status === 404 ? [] : list(ok(answer, "GET /events")["fees"]);
    if (fees.length > 0) {
      const sum = (some: readonly Fields[]): number => some.reduce((total, fee) => total + Number(fee["amount"]), 0);
      const asset = (fee: Fields | undefined): string => String(fee?.["currency"] ?? fee?.["asset"] ?? "");
      // A fee that names no asset is taken for one in the app's own.
      const foreign = fees.filter((fee) => !["", choices.asset.toLowerCase()].includes(asset(fee).toLowerCase()));
      const value = { own: sum(fees.filter((fee) => !foreign.includes(fee))), all: sum(fees), others: foreign.map(asset) };
      return { value, detail: `${value.all} ${asset(fees[0])} by ${String(fees[0]?.["product_code"] ?? "a product")}`.replace("  ", " ") };
    }
    if (Date.now() > end) fail("no fee: no price of the customer's products has this event type, or the subscription is not active");
    await new Promise((resolve) => setTimeout(resolve, Math.min(250, patience)));
  }
}

/** The same event once more must cost nothing more. */
async function repeat(target: Target, event: SentEvent, fee: Fees): Promise<Found<true>> {
  const answer = await target.api("POST", "/events", event.body);
  if (answer.status !== 409) ok(answer, "POST /events");
  const { value: again } = await readFee({ ...target, patience: 0 }, event);
  return again.all === fee.all ? { value: true, detail: "the same event again is billed once" } : fail(`the same event again made the fee ${again.all} instead of ${fee.all}`);
}

async function readBalance(target: Target, customer: string, before: number, { own: fees, others }: Fees): Promise<Found<number>> {
  if (fees === 0 && others.length > 0) fail(`the fees are in ${[...new Set(others)].join(", ")}, but this app looks at its balance in ${target.choices.asset}: set "asset" in credyt.config.json to what the price is in`);
  const end = Date.now() + (target.patience ?? 5000);
  for (;;) {
    const now = await available(target, customer);
    if (Math.abs(before - fees - now) < 1e-9) return { value: now, detail: `${now} ${target.choices.asset} left after ${fees}` };
    if (Date.now() > end) fail(`${now} ${target.choices.asset} are left, ${before - fees} were expected`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function openPortal({ api }: Target, customer: string): Promise<Found<string>> {
  const body = ok(await api("POST", "/billing-portal/sessions", { customer_id: customer, return_url: "https://example.com/return", failure_url: "https://example.com/failed" }), "POST /billing-portal/sessions");
  const url = String(body["redirect_url"] ?? "");
  return URL.canParse(url) ? { value: url, detail: `a session until ${String(body["expires_at"])}` } : fail("the answer has no redirect_url");
}

interface Listener {
  readonly arrived: (patience: number) => Promise<Found<true>>;
  readonly close: () => void;
}

/** A place for webhooks on this machine, which checks their signature as an app must. */
async function listen(add: NonNullable<Target["webhook"]>): Promise<Listener> {
  const seen: { readonly signature: string; readonly raw: string }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk)).on("end", () => {
      seen.push({ signature: String(request.headers["credyt-signature"] ?? ""), raw: Buffer.concat(chunks).toString() });
      response.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { secret } = add(`http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`);
  const arrived = async (patience: number): Promise<Found<true>> => {
    for (const end = Date.now() + patience; ; await new Promise((resolve) => setTimeout(resolve, 100))) {
      const activated = seen.find(({ raw }) => raw.includes("subscription.activated"));
      if (activated) return isSigned(activated, secret) ? { value: true, detail: "subscription.activated arrived, its signature holds" } : fail("subscription.activated arrived with a signature that does not hold");
      if (Date.now() > end) fail("subscription.activated did not arrive");
    }
  };
  return { arrived, close: () => server.close() };
}

function isSigned({ signature, raw }: { readonly signature: string; readonly raw: string }, secret: string): boolean {
  const parts = new Map(signature.split(",").map((part) => part.trim().split("=", 2) as [string, string]));
  const expected = Buffer.from(createHmac("sha256", secret).update(`${parts.get("t") ?? ""}.${raw}`).digest("hex"));
  const given = Buffer.from(parts.get("v0") ?? "");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
