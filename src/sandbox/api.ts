import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import { accountRoutes } from "./accounts.ts";
import { assetRoutes } from "./assets.ts";
import type { Answer, Call, Credyt, Route } from "./credyt.ts";
import { customerRoutes } from "./customers.ts";
import { eventRoutes } from "./events.ts";
import type { Fault, Faults } from "./faults.ts";
import { decode, encode } from "./json.ts";
import { portalRoutes } from "./portal.ts";
import { Problem, badRequest, invalid, problemBody } from "./problem.ts";
import { productRoutes } from "./products.ts";
import type { RequestLog } from "./request-log.ts";
import { subscriptionRoutes } from "./subscription-routes.ts";
import { taskRoutes } from "./tasks.ts";
import { topUpRoutes } from "./top-ups.ts";
import { vendorRoutes } from "./vendors.ts";
import { walletRoutes } from "./wallets.ts";
import { webhookRoutes } from "./webhooks.ts";

/** All operations of the API, in the order in which paths are matched. */
export const routes: readonly Route[] = [
  ...customerRoutes, ...subscriptionRoutes, ...walletRoutes, ...eventRoutes, ...productRoutes, ...assetRoutes, ...vendorRoutes, ...topUpRoutes, ...portalRoutes, ...webhookRoutes, ...accountRoutes, ...taskRoutes,
];

/** What the API is served with. */
export interface ApiParts {
  readonly credyt: Credyt;
  readonly key: string;
  readonly faults: Faults;
  readonly log: RequestLog;
  /** Aborted when the sandbox closes; ends answers that a fault holds back. */
  readonly closing: AbortSignal;
}

type Web = Context<{ Bindings: HttpBindings }>;

const bodyLimit = 1 << 20;

/** The API as a Hono app: every operation, 405 for other methods on their paths, 404 for the rest. */
export function createApi(parts: ApiParts): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  for (const route of routes) app.on(route.method, route.path, (web) => serve(web, parts, route));
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map((route) => route.method);
    app.all(path, (web) => serve(web, parts, { method: "GET", path, answer: () => wrongMethod(methods) }));
  }
  app.all("*", (web) => serve(web, parts, { method: "GET", path: "*", answer: () => notHere(web.req.path) }));
  return app;
}

function wrongMethod(methods: readonly string[]): Answer {
  const problem = new Problem(405, "Method Not Allowed", `This path takes ${methods.join(", ")}`);
  return { status: 405, body: problemBody(problem), headers: { allow: methods.join(", ") } };
}

function notHere(path: string): Answer {
  return { status: 404, body: problemBody(new Problem(404, "Not Found", `There is no ${path} in this API`)) };
}

async function serve(web: Web, parts: ApiParts, route: Route): Promise<Response> {
  const { credyt, faults, log } = parts;
  const { incoming } = web.env;
  const { pathname, search } = new URL(web.req.url);
  const text = await readBody(incoming);
  const done = log.note({ at: credyt.clock.now(), method: web.req.method, path: pathname + search, headers: web.req.header(), body: text ?? "" });
  const fault = faults.take(web.req.method, pathname);
  let problem: string | undefined;
  const finish = (response: Response) => {
    done({ ...(response !== RESPONSE_ALREADY_SENT && { status: response.status }), ...(fault && { fault: fault.kind }), ...(problem !== undefined && { problem }) });
    credyt.changed({ kind: "request", id: pathname });
    return response;
  };
  const early = fault && (await strike(fault, incoming, parts.closing));
  if (early) return finish(early);
  const response = await answer(web, parts, route, text, (text) => (problem = text));
  if (fault?.kind !== "lost") return finish(response);
  incoming.socket.destroy();
  return finish(RESPONSE_ALREADY_SENT);
}

/** Answers in the request's place, or lets it pass. */
async function strike(fault: Fault, incoming: IncomingMessage, closing: AbortSignal): Promise<Response | undefined> {
  if (fault.kind === "status") {
    const status = fault.status ?? 500;
    const headers = { "content-type": "application/json", ...(fault.retryAfter !== undefined && { "retry-after": String(fault.retryAfter) }) };
    return new Response(encode(problemBody(new Problem(status, "Injected fault", "The sandbox was told to answer this"))), { status, headers });
  }
  if (fault.kind === "reset") {
    incoming.socket.resetAndDestroy();
    return RESPONSE_ALREADY_SENT;
  }
  if (fault.kind === "slow") await wait(fault.delay ?? 1000, closing, incoming);
  if (fault.kind === "hang") {
    await wait(undefined, closing, incoming);
    return RESPONSE_ALREADY_SENT;
  }
  return undefined;
}

/** Waits until the time is over, the caller is gone or the sandbox closes. */
function wait(milliseconds: number | undefined, closing: AbortSignal, incoming: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = milliseconds === undefined ? undefined : setTimeout(end, milliseconds);
    function end() {
      clearTimeout(timer);
      closing.removeEventListener("abort", end);
      incoming.socket.off("close", end);
      resolve();
    }
    closing.addEventListener("abort", end);
    incoming.socket.on("close", end);
  });
}

async function answer(web: Web, parts: ApiParts, route: Route, text: string | undefined, wrong: (problem: string) => void): Promise<Response> {
  const { credyt, key } = parts;
  if (!sameKey(web.req.header("x-credyt-api-key"), key)) {
    wrong(web.req.header("x-credyt-api-key") === undefined ? "There is no X-Credyt-Api-Key header" : "The key is not this sandbox's");
    return new Response(null, { status: 401 });
  }
  try {
    const result = route.answer(understand(web, credyt, route, text), credyt);
    await credyt.ledger.sync();
    return respond(result);
  } catch (error) {
    wrong((error as Error).message);
    if (error instanceof Problem) return respond({ status: error.status, body: problemBody(error) });
    credyt.log(`${web.req.method} ${web.req.path} failed: ${(error as Error).stack ?? String(error)}`);
    return respond({ status: 500, body: problemBody(new Problem(500, "Internal Server Error", `The sandbox failed: ${(error as Error).message}`)) });
  }
}

function respond({ status, body, headers }: Answer): Response {
  if (body === undefined) return new Response(null, { status, headers: { ...headers } });
  return new Response(encode(body), { status, headers: { "content-type": "application/json", ...headers } });
}

/** The request as the operations see it. Throws a 400, 413 or 422 problem. */
function understand(web: Web, credyt: Credyt, route: Route, text: string | undefined): Call {
  if (text === undefined) throw new Problem(413, "Payload Too Large", `A request body may have at most ${bodyLimit} bytes`);
  const query = web.req.query();
  if (credyt.strict) refuseUnknown(web, query, route);
  const account = web.req.header("x-credyt-account");
  if (account !== undefined && !credyt.state.accounts.has(account)) throw invalid({ "X-Credyt-Account": ["is not a connected account"] });
  return { params: web.req.param() as Record<string, string>, query, body: bodyOf(web, text, credyt.strict), now: credyt.clock.now() };
}

function bodyOf(web: Web, text: string, strict: boolean): unknown {
  if (text === "") return undefined;
  if (strict && !/^application\/json\b/i.test(web.req.header("content-type") ?? "")) throw invalid({ "Content-Type": ["must be application/json"] });
  try {
    return decode(text);
  } catch {
    throw badRequest("The body is not valid JSON");
  }
}

const ours = /^(x-)?credyt-|^idempotency-key$/;

function refuseUnknown(web: Web, query: Readonly<Record<string, string>>, route: Route): void {
  const errors: Record<string, string[]> = {};
  for (const name of Object.keys(query)) if (!route.query?.includes(name)) errors[name] = ["is not a known query parameter"];
  for (const name of Object.keys(web.req.header())) if (ours.test(name) && name !== "x-credyt-api-key" && name !== "x-credyt-account") errors[name] = ["is not a header of this API"];
  if (Object.keys(errors).length > 0) throw invalid(errors);
}

/** The body as text; undefined when it is too long. */
async function readBody(incoming: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size <= bodyLimit) parts.push(part);
  }
  return size > bodyLimit ? undefined : Buffer.concat(parts).toString("utf8");
}

/** Compares keys without telling by the time it takes how much of one was right. */
export function sameKey(given: string | undefined, key: string): boolean {
  const [a, b] = [Buffer.from(given ?? ""), Buffer.from(key)];
  return a.length === b.length && timingSafeEqual(a, b);
}
