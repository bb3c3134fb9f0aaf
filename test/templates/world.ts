import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterAll, afterEach } from "vitest";
import { toCommonJs } from "../../src/code/commonjs.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../src/sandbox/index.ts";
import { type Condition, filesOf, render, templates } from "./render.ts";

/** The three forms in which the templates reach an app. */
export const kinds = ["typescript", "javascript", "commonjs"] as const;
export type Kind = (typeof kinds)[number];

/** Cases that wait for retries run out: all of them for one form, one for the others, which sync.test.ts shows to be the same program. */
export const slowCases = <Case>(kind: Kind, cases: readonly Case[]): readonly Case[] => (kind === "typescript" ? cases : cases.slice(0, 1));

export interface StoredUser {
  customerId: string | null;
  status?: string | null;
  email?: string | null;
  name?: string | null;
}

export interface Customer {
  customerId: string | null;
  status?: "active" | "pending" | "unavailable";
  redirectUrl?: string | null;
}

export interface BalanceCheck {
  allowed: boolean;
  reason?: string;
  available: number | null;
  needed: number;
  asset: string;
  message: string;
}

export interface Cost {
  vendor_id?: string;
  vendor_external_id?: string;
  amount: number;
  currency: string;
}

/** What the generated files export, as the code around them calls it. */
export interface Generated {
  credyt(method: string, path: string, options?: { body?: unknown; query?: Record<string, string>; retry?: boolean; deadline?: number }): Promise<unknown>;
  logCredyt(message: string, details?: unknown): void;
  ensureCustomer(user: { externalId: unknown; email?: string | null; name?: string | null }): Promise<Customer>;
  customerIdFor(userId: unknown): Promise<string | null>;
  paymentLinkFor(userId: unknown): Promise<string | null>;
  isActive(userId: unknown): Promise<boolean>;
  recordUsage(usage: { userId: unknown; eventType: string; data?: unknown; id?: unknown; subject?: unknown; description?: string | null; occurredAt?: unknown; costs?: Cost[] }): Promise<void>;
  costsOf(activity: { provider?: unknown; model?: unknown; data: Record<string, unknown> }): Cost[];
  estimate(activity: string, input?: number): number;
  checkBalance(userId: unknown, limits: { atLeast: number }): Promise<BalanceCheck>;
  paymentRequired(check: BalanceCheck): Record<string, unknown>;
  createPortalSession(userId: unknown): Promise<string>;
  readBalance(userId: unknown): Promise<{ available: number | null; asset: string; text: string }>;
  formatAmount(amount: number, maxDecimals?: number): string;
  handleCredytWebhook(rawBody: unknown, signatureHeader: string | null | undefined): Promise<{ status: number }>;
  isSigned(rawBody: string | Uint8Array, signatureHeader: string | null | undefined, secret: string, now?: number): boolean;
}

/** An app with the generated files in it, and the sandbox it talks to. */
export interface World extends Generated {
  readonly sandbox: Sandbox;
  /** What the app logged, a line each. */
  readonly lines: string[];
  /** The rows of the app's user table, by id. */
  readonly users: Map<string, StoredUser>;
  /** Credyt goes away. */
  offline(): Promise<void>;
}

/** How a world is set up; `conditions` are those of an app with a store and everything that costs nothing unless given. */
export interface WorldOptions {
  readonly conditions?: readonly Condition[];
  readonly slots?: Readonly<Record<string, string>>;
  readonly sandbox?: SandboxOptions;
}

export const CANARY = "canary-5f1d0c";
export const KEY = `key_${CANARY}`;
export const WEBHOOK_SECRET = `whsec_${CANARY}`;
export const APP_URL = "https://app.example/some/path";

const folders: string[] = [];
const running: Sandbox[] = [];
let seen: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
  const leaks = seen.filter((line) => line.includes(CANARY));
  seen = [];
  if (leaks.length > 0) throw new Error(`A secret was logged: ${leaks.join("\n")}`);
});

/** Renders, loads and connects the generated files. The sandbox is strict and has the products `starter` and `pro` (paid up front). */
export async function world(kind: Kind, options: WorldOptions = {}): Promise<World> {
  const sandbox = await startSandbox({ strict: true, key: KEY, products: ["starter", "pro:upfront"], ...options.sandbox });
  running.push(sandbox);
  Object.assign(process.env, { CREDYT_API_KEY: KEY, CREDYT_API_URL: sandbox.url, CREDYT_WEBHOOK_SECRET: WEBHOOK_SECRET, APP_URL });
  const lines: string[] = [];
  seen = lines;
  const users = new Map<string, StoredUser>();
  Object.assign(globalThis, { credytTest: { lines, users } });
  const generated = await load(kind, new Set(options.conditions ?? ["store", "costs", "gate"]), options.slots ?? {});
  const offline = () => {
    running.splice(running.indexOf(sandbox), 1);
    return sandbox.close();
  };
  return { ...generated, sandbox, lines, users, offline };
}

const testSlots = {
  log: "globalThis.credytTest.lines.push(line);",
  store: `const { users } = globalThis.credytTest;
export async function readUser(userId) {
  return users.get(userId) ?? null;
}
export async function saveCustomer(userId, saved) {
  users.set(userId, { ...users.get(userId), customerId: saved.customerId, ...(saved.status && { status: saved.status }) });
}`,
};

async function load(kind: Kind, conditions: ReadonlySet<string>, slots: Readonly<Record<string, string>>): Promise<Generated> {
  const folder = mkdtempSync(join(tmpdir(), "credyt-templates-"));
  folders.push(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: kind === "commonjs" ? "commonjs" : "module" }));
  const all = templates(kind === "typescript" ? "ts" : "js");
  const names = filesOf(conditions);
  for (const name of names) writeFileSync(join(folder, `${name}.js`), compile(kind, render(all[name], conditions, { ...testSlots, ...slots })));
  // Loaded by Node itself: the test runner's own import would transform the files first.
  writeFileSync(join(folder, "load.cjs"), "module.exports = (name) => import(name);\n");
  const require = createRequire(join(folder, "package.json"));
  const importByNode = require("./load.cjs") as (name: string) => Promise<object>;
  const modules = await Promise.all(names.map((name) => (kind === "commonjs" ? require(`./${name}`) : importByNode(`./${name}.js`))));
  return Object.assign({}, ...modules) as Generated;
}

const compiled = new Map<string, string>();

function compile(kind: Kind, text: string): string {
  const known = compiled.get(kind + text);
  if (known !== undefined) return known;
  const result = compileAnew(kind, text);
  compiled.set(kind + text, result);
  return result;
}

function compileAnew(kind: Kind, text: string): string {
  if (kind === "javascript") return text;
  if (kind === "commonjs") return toCommonJs(text);
  const specifiers = text.replace(/^(import .* from "\.\/\w+)";$/gm, '$1.js";');
  return ts.transpileModule(specifiers, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true } }).outputText;
}
