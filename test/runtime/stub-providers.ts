import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { AddressInfo } from "node:net";
import { anthropic } from "./providers/anthropic.ts";
import { google } from "./providers/google.ts";
import { openai } from "./providers/openai.ts";
import { replicate } from "./providers/replicate.ts";
import type { Provider, ProviderReply, ProviderRequest, Usage } from "./providers/provider.ts";

/** How the stub treats the calls that carry one nonce. Without one it answers in full, at once. */
export interface Behaviour {
  /** Answer with this HTTP status, for the first `times` calls (all when absent). */
  readonly fail?: { readonly status: number; readonly times?: number };
  /** Break the connection after this many frames of a stream. */
  readonly abortAfter?: number;
  /** Wait this long before each frame of a stream and before each plain answer, in milliseconds. */
  readonly delayMs?: number;
  /** What the answer reports in place of `usageOf(nonce)`. */
  readonly usage?: Usage;
}

/** One call that a provider would have charged for, or refused. */
export interface ProviderCall {
  readonly provider: Provider["name"];
  /** The provider's own word for it: `chat.completions`, `responses`, `messages`, `predictions` ... */
  readonly endpoint: string;
  readonly model: string;
  readonly nonce: string;
  readonly streamed: boolean;
  readonly usage: Usage;
  readonly body: Readonly<Record<string, unknown>>;
  /** `failed`: refused with a status; `aborted`: broken off by the stub; `left`: the caller hung up first. */
  outcome: "pending" | "answered" | "failed" | "aborted" | "left";
}

/** A running stub. */
export interface StubProviders {
  readonly url: string;
  /** Environment variables that send every SDK to the stub, with keys it accepts. */
  readonly env: Readonly<Record<string, string>>;
  /** The calls so far, of one nonce or of all, in order of arrival. */
  calls(nonce?: string): readonly ProviderCall[];
  /** Sets how the calls of one nonce go from now on. */
  behave(nonce: string, behaviour: Behaviour): void;
  stop(): Promise<void>;
}

const PROVIDERS: readonly Provider[] = [openai, anthropic, google, replicate];
const NONCE = /nonce-[0-9a-f]{12}/;

/** A word to put into a prompt, by which the stub knows the run it belongs to. */
export const newNonce = (): string => `nonce-${randomUUID().replaceAll("-", "").slice(0, 12)}`;

/** What the stub says to a prompt with this nonce. */
export const textOf = (nonce: string): string => `The stub answers ${nonce || "nobody"} in a few words.`;

/** The tokens the stub reports for this nonce: the same each time, other for another nonce. */
export function usageOf(nonce: string): Usage {
  const hash = createHash("sha256").update(nonce).digest();
  return { input: 20 + (hash[0] ?? 0), output: 10 + (hash[1] ?? 0) };
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly raw: string; readonly json: Record<string, unknown> }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const raw = Buffer.concat(parts).toString("utf8");
  try {
    return { raw, json: JSON.parse(raw || "{}") as Record<string, unknown> };
  } catch {
    return { raw, json: {} };
  }
}

const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};

/** Sends a reply as its behaviour says, and tells how it ended. */
async function send(response: ServerResponse, reply: ProviderReply, behaviour: Behaviour): Promise<ProviderCall["outcome"]> {
  const delay = behaviour.delayMs ?? 0;
  if (reply.kind !== "stream") {
    if (delay > 0) await wait(delay);
    if (response.destroyed) return "left";
    if (reply.kind === "json") sendJson(response, reply.status ?? 200, reply.body);
    else response.writeHead(200, { "content-type": reply.type }).end(reply.bytes);
    return "answered";
  }
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  for (const [index, text] of reply.frames.entries()) {
    if (delay > 0) await wait(delay);
    if (response.destroyed) return "left";
    if (index === behaviour.abortAfter) {
      response.destroy();
      return "aborted";
    }
    // Waiting for each write keeps frames apart on the wire, and lets an abort come after the frames before it.
    await new Promise((sent) => response.write(text, sent));
  }
  response.end();
  return "answered";
}

interface Book {
  readonly calls: ProviderCall[];
  readonly behaviours: Map<string, Behaviour>;
  readonly failures: Map<string, number>;
}

/** Whether this call is one of those that must fail; counts it if so. */
function mustFail(book: Book, nonce: string, fail: Behaviour["fail"]): boolean {
  const failed = book.failures.get(nonce) ?? 0;
  if (fail === undefined || failed >= (fail.times ?? Infinity)) return false;
  book.failures.set(nonce, failed + 1);
  return true;
}

async function handle(book: Book, origin: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", origin);
  const [, prefix = "", ...rest] = url.pathname.split("/");
  const provider = PROVIDERS.find(({ name }) => name === prefix);
  if (provider === undefined) return sendJson(response, 404, { error: `no provider at ${url.pathname}` });
  const { raw, json } = await bodyOf(request);
  const nonce = NONCE.exec(`${raw} ${url.pathname}`)?.[0] ?? "";
  const behaviour = book.behaviours.get(nonce) ?? {};
  const asked: ProviderRequest = {
    method: request.method ?? "GET", path: `/${rest.join("/")}`, query: url.searchParams, body: json,
    nonce, text: textOf(nonce), usage: behaviour.usage ?? usageOf(nonce), origin,
  };
  const reply = provider.answer(asked);
  if (reply === undefined) return sendJson(response, 404, provider.error(404, `no ${asked.method} ${asked.path}`));
  if ("free" in reply && reply.free === true) return void (await send(response, reply, {}));
  const model = String(json["model"] ?? /models\/([^:]+?)(?::|\/predictions)/.exec(asked.path)?.[1] ?? "");
  const call: ProviderCall = { provider: prefix as Provider["name"], endpoint: reply.endpoint, model, nonce, streamed: reply.kind === "stream", usage: asked.usage, body: json, outcome: "pending" };
  book.calls.push(call);
  if (mustFail(book, nonce, behaviour.fail)) {
    call.outcome = "failed";
    return sendJson(response, behaviour.fail?.status ?? 500, provider.error(behaviour.fail?.status ?? 500, `told to fail ${nonce}`));
  }
  call.outcome = await send(response, reply, behaviour);
}

/** Starts the stub of all providers on a free loopback port. */
export async function startStubProviders(): Promise<StubProviders> {
  const book: Book = { calls: [], behaviours: new Map(), failures: new Map() };
  const server = createServer((request, response) => {
    handle(book, originOf(), request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const originOf = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = originOf();
  return {
    url,
    env: Object.assign({}, ...PROVIDERS.map((provider) => provider.env(`${url}/${provider.name}`))) as Record<string, string>,
    calls: (nonce) => book.calls.filter((call) => nonce === undefined || call.nonce === nonce),
    behave: (nonce, behaviour) => {
      book.behaviours.set(nonce, behaviour);
      book.failures.delete(nonce);
    },
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
