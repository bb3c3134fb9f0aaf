import { randomBytes } from "node:crypto";
import { startSandbox, type Sandbox } from "../../../src/sandbox/index.ts";
import type { SeenCustomer, SeenEvent } from "../../../src/sandbox/seen.ts";
import { buildApp, startApp, type RunningApp } from "../apps.ts";
import type { Account, Activity, Outcome } from "../samples/sample.ts";
import { openSession, type Session } from "../session.ts";
import { newNonce, type Behaviour, type ProviderCall, type StubProviders } from "../stub-providers.ts";
import type { WiredApp } from "./wire.ts";

/** A call to a provider that must be billed once it is answered, under one of these event types. */
export interface Due {
  readonly call: ProviderCall;
  readonly types: readonly string[];
}

/** Somebody who uses the app, and what must have been billed to them so far. */
export interface Visitor {
  readonly account: Account;
  readonly session: Session;
  /** How the sign-up ended. */
  readonly outcome: Outcome;
  readonly due: Due[];
}

/** A wired app that runs beside a strict sandbox and stub providers, and all that was seen of it. */
export interface World {
  readonly wired: WiredApp;
  readonly app: RunningApp;
  readonly sandbox: Sandbox;
  readonly stub: StubProviders;
  readonly visitors: Visitor[];
  /** The customers of each address when the books were closed. */
  readonly known: Map<string, readonly SeenCustomer[]>;
  /** Everything the app has sent to anybody. */
  readonly heard: string[];
  /** Values that nobody outside the server may ever see. */
  readonly secrets: readonly string[];
  readonly webhookSecret: string;
  readonly mode: "dev" | "production";
}

/** How a wired app is started. */
export interface WorldOptions {
  readonly stub: StubProviders;
  readonly mode?: "dev" | "production";
  readonly env?: Readonly<Record<string, string>>;
}

/** The vendors that the sample apps' configs name. */
const VENDORS = ["openai", "claude", "groq", "replicate"];

const secret = (name: string): string => `${name}_${randomBytes(12).toString("hex")}`;

/** The variables with which a wired app finds a sandbox, and a canary that nobody may see. */
export const billingEnv = (sandbox: Pick<Sandbox, "url" | "key">, webhookSecret: string): Readonly<Record<string, string>> => ({
  CREDYT_API_URL: sandbox.url, CREDYT_API_KEY: sandbox.key, CREDYT_WEBHOOK_SECRET: webhookSecret,
});

/** Starts a wired app against a sandbox of its own. */
export async function openWorld(wired: WiredApp, { stub, mode = "dev", env = {} }: WorldOptions): Promise<World> {
  const sandbox = await startSandbox({ strict: true, key: secret("key"), webhookBackoffScale: 0.001 });
  const webhookSecret = `whsec_${randomBytes(24).toString("base64")}`;
  try {
    await addVendors(sandbox);
    const canary = secret("canary");
    const around = { ...billingEnv(sandbox, webhookSecret), CANARY: canary, ...env };
    // The key is in the environment of the build too, where it could slip into a bundle.
    if (mode === "production" && wired.sample.framework === "next") await buildApp(wired, around);
    const app = await startApp(wired, { mode, providers: stub.env, env: around, clerkWebhook: "/api/webhooks/clerk" });
    if (wired.billing === "upfront") sandbox.webhook(new URL(wired.routes.webhook, app.url).href, webhookSecret);
    return { wired, app, sandbox, stub, visitors: [], known: new Map(), heard: [], webhookSecret, mode, secrets: [sandbox.key, webhookSecret, canary] };
  } catch (error) {
    await sandbox.close();
    throw error;
  }
}

async function addVendors(sandbox: Sandbox): Promise<void> {
  for (const name of VENDORS) await callSandbox(sandbox, "POST", "/vendors", { name, external_id: name });
}

/** Makes the sandbox of a running app as new, and forgets whoever used the app. */
export async function freshen({ wired, app, sandbox, visitors, known, heard, webhookSecret }: World): Promise<void> {
  sandbox.reset();
  await addVendors(sandbox);
  if (wired.billing === "upfront") sandbox.webhook(new URL(wired.routes.webhook, app.url).href, webhookSecret);
  visitors.length = 0;
  heard.length = 0;
  known.clear();
}

/** Ends the app and its sandbox. */
export async function closeWorld({ app, sandbox }: World): Promise<void> {
  await app.stop();
  await sandbox.close();
}

/** A request to the sandbox with its own key, as somebody who has an account would send it. Throws when it is refused. */
export async function callSandbox({ url, key }: Pick<Sandbox, "url" | "key">, method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url + path, { method, headers: { "content-type": "application/json", "x-credyt-api-key": key }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} ended with ${response.status}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Somebody new, not signed up. Name and address carry a nonce of their own. */
export function newAccount(): Account {
  const nonce = newNonce();
  return { name: `Ann ${nonce.slice(6)}`, email: `${nonce}@sample.test`, password: "correct-horse" };
}

/** A session at the app whose answers are kept. */
export const visit = (world: World): Session => openSession(world.app.url, (text) => world.heard.push(text));

/** Signs somebody up, by the app's usual way unless another is named. */
export async function signUp(world: World, { way, account = newAccount() }: { readonly way?: string; readonly account?: Account } = {}): Promise<Visitor> {
  const session = visit(world);
  const act = world.app.sample.signUps[way ?? Object.keys(world.app.sample.signUps)[0] ?? ""];
  if (act === undefined) throw new Error(`${world.app.name} has no sign-up ${way}`);
  const outcome = await act(session, account, world.app.services);
  const visitor: Visitor = { account, session, outcome, due: [] };
  world.visitors.push(visitor);
  return visitor;
}

/** The customers that Credyt has for an account: one, when all is well. */
export function customersOf({ sandbox, app }: World, { email }: Account): readonly SeenCustomer[] {
  const clerkId = app.services.clerk?.find(email)?.id;
  return sandbox.customers().filter((one) => one.email === email || (clerkId !== undefined && one.external_id === clerkId));
}

/** The one customer of an account. Throws when there is none, or more. */
export function customerOf(world: World, account: Account): SeenCustomer {
  const [customer, ...more] = customersOf(world, account);
  if (customer === undefined || more.length > 0) throw new Error(`${account.email} is ${more.length + (customer ? 1 : 0)} customers\n${world.app.logs().slice(-4000)}`);
  return customer;
}

/** Somebody new with that much in the wallet. */
export async function funded(world: World, amount: number | string): Promise<Visitor> {
  const visitor = await signUp(world);
  world.sandbox.fund(customerOf(world, visitor.account).id, amount);
  return visitor;
}

/** The events of a visitor, without those that a test has sent itself. */
export const eventsOf = (world: World, { account }: Visitor): readonly SeenEvent[] =>
  customersOf(world, account).flatMap(({ id }) => world.sandbox.events(id)).filter(({ subject }) => subject !== OWN);

/** The subject of events that tests send. */
const OWN = "sent-by-the-test";

/** Empties a wallet by an event that costs all that is in it. */
export async function drain({ sandbox, ...world }: World, { account }: Visitor): Promise<void> {
  const customer = customerOf({ sandbox, ...world }, account);
  const tokens = Math.round((Number(sandbox.balance(customer.id)) / 0.002) * 1000);
  if (tokens <= 0) return;
  const event = { id: crypto.randomUUID(), event_type: "chat_completion", occurred_at: new Date().toISOString(), subject: OWN, data: { total_tokens: tokens } };
  await callSandbox(sandbox, "POST", "/events", { customer_id: customer.id, events: [event] });
}

/** One use of the app, and the calls that it made to providers. */
export interface Use {
  readonly nonce: string;
  readonly outcome: Outcome;
  readonly calls: readonly ProviderCall[];
}

/** How something is used. */
export interface UseOptions {
  /** What the stub does. */
  readonly behaviour?: Behaviour;
  /** Runs after everything is arranged, right before the use. */
  readonly before?: () => Promise<void> | void;
}

/** Lets a visitor use one activity. Whatever providers answer is due from then on. */
export async function use(world: World, visitor: Visitor, activity: Activity, { behaviour, before }: UseOptions = {}): Promise<Use> {
  const nonce = newNonce();
  const { stub } = world;
  const arranged = (await activity.arrange?.(visitor.session, nonce)) ?? "";
  const earlier = stub.calls(nonce);
  const arrangedTypes = Object.values(world.app.sample.activities).map(({ event }) => event);
  for (const call of earlier) visitor.due.push({ call, types: arrangedTypes });
  if (behaviour !== undefined) stub.behave(nonce, behaviour);
  await before?.();
  try {
    const outcome = await activity.act(visitor.session, nonce, arranged);
    return { nonce, outcome, calls: stub.calls(nonce).slice(earlier.length) };
  } finally {
    for (const call of stub.calls(nonce).slice(earlier.length)) visitor.due.push({ call, types: [activity.event] });
  }
}
