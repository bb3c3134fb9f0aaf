import { randomBytes } from "node:crypto";
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { refusal } from "./access.ts";
import type { Deed } from "./checkout.ts";
import { timestamp } from "./clock.ts";
import type { Core } from "./core.ts";
import type { FaultSpec } from "./faults.ts";
import type { Handle } from "./handle.ts";
import { decode, encode } from "./json.ts";
import { exact } from "./money.ts";
import { dashboardPage } from "./pages/dashboard.ts";
import { portalUrl } from "./portal.ts";
import type { Disguise } from "./postman.ts";
import { Problem, problemBody } from "./problem.ts";
import type { Switches } from "./switches.ts";
import { linkLife } from "./tokens.ts";
import { dashboardView } from "./view.ts";

type Bindings = { Bindings: HttpBindings };
type Web = Context<Bindings>;

/** What the page and the control routes are served with. */
export interface ControlParts {
  readonly core: Core;
  readonly inside: Handle;
  readonly key: string;
  readonly closing: AbortSignal;
}

/** The page at `/` and the control routes under `/__sandbox`, which are no part of Credyt's API. */
export function createControl(parts: ControlParts): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.get("/", (web) => guarded(web, parts, () => page(web, parts)));
  app.use("/__sandbox/*", async (web, next) => {
    const refused = refusal(web, parts.key);
    if (refused) return refuse(refused);
    return next();
  });
  app.get("/__sandbox/live", (web) => live(web, parts));
  for (const [path, read] of Object.entries(reads)) app.get(`/__sandbox${path}`, (web) => settle(web, parts, () => read(parts, web)));
  for (const [path, deed] of Object.entries(deeds)) app.post(`/__sandbox${path}`, async (web) => settle(web, parts, async () => deed(parts, web, await bodyOf(web))));
  app.delete("/__sandbox/faults", (web) => settle(web, parts, () => parts.inside.faults.clear()));
  app.post("/__sandbox/customers/:id/portal", (web) => openPortal(web, parts));
  app.all("/__sandbox/*", () => reply(404, problemBody(new Problem(404, "Not Found", `Control routes: ${Object.keys({ ...reads, ...deeds }).map((path) => `/__sandbox${path}`).join(", ")}`))));
  return app;
}

type Body = Readonly<Record<string, unknown>>;

const reads: Readonly<Record<string, (parts: ControlParts, web: Web) => unknown>> = {
  "/state": ({ core, inside, key }) => ({ url: core.credyt.url, key, ...status(core, inside), customers: inside.customers(), products: [...core.credyt.state.products.values()], events: inside.events(undefined, 1000), deliveries: inside.deliveries(), destinations: [...core.credyt.state.destinations.values()] }),
  "/customers": ({ inside }) => inside.customers(),
  "/customers/:id": ({ inside }, web) => inside.customer(id(web)) ?? gone(`Customer ${id(web)}`),
  "/events": ({ inside }, web) => inside.events(web.req.query("customer"), Number(web.req.query("limit") ?? 1000) || 0),
  "/requests": ({ inside }) => inside.requests(),
  "/deliveries": ({ inside }) => inside.deliveries(),
  "/faults": ({ inside }) => inside.faults.list(),
  "/clock": ({ core, inside }) => status(core, inside).clock,
  "/switches": ({ inside }) => inside.switches(),
};

const deeds: Readonly<Record<string, (parts: ControlParts, web: Web, body: Body) => unknown>> = {
  "/faults": ({ inside }, _, body) => inside.faults.add(fault(body)),
  "/faults/clear": ({ inside }) => inside.faults.clear(),
  "/clock": ({ core, inside }, _, body) => {
    if (body.advance !== undefined) inside.clock.advance(body.advance as string);
    else if (body.set !== undefined) inside.clock.set(body.set as string);
    else if (body.reset !== undefined) inside.clock.reset();
    else throw new RangeError("Give advance (a duration such as 10m), set (a timestamp) or reset.");
    return status(core, inside).clock;
  },
  "/switches": ({ inside }, _, body) => inside.switches(body as Partial<Switches>),
  "/strict": ({ inside }, _, body) => ({ strict: inside.strict(body.on !== false && body.on !== "false") }),
  "/customers/:id/fund": ({ inside }, web, body) => {
    const amount = body.amount === undefined ? undefined : exact(body.amount as string);
    if (!amount?.isFinite() || amount.lte(0)) throw new RangeError("Give an amount above 0.");
    inside.fund(id(web), amount.toFixed(), typeof body.asset === "string" ? body.asset : "USD");
    return inside.customer(id(web));
  },
  "/bills/:id/:deed": ({ inside }, web) => {
    const deed = web.req.param("deed") as Deed;
    if (!["pay", "decline", "leave", "expire", "cancel"].includes(deed)) throw new RangeError("A bill can be paid by pay, decline, leave, expire or cancel at the end of the path.");
    inside.bill(id(web), deed);
    return { id: id(web), deed };
  },
  "/webhooks": ({ inside }, _, body) => {
    if (typeof body.url !== "string" || !URL.canParse(body.url)) throw new RangeError("Give the url of your webhook route.");
    return inside.webhook(body.url, typeof body.secret === "string" ? body.secret : undefined);
  },
  "/deliveries/:id/resend": ({ inside }, web, body) => inside.resend(id(web), disguise(body.as)),
  "/reset": ({ inside }) => inside.reset(),
  "/compact": ({ inside }) => inside.compact(),
};

function status(core: Core, inside: Handle) {
  const { clock } = core.credyt;
  return { strict: inside.strict(), switches: inside.switches(), clock: { now: timestamp(clock.now()), offset: clock.offset() } };
}

function fault(body: Body): FaultSpec {
  const numbers = ["status", "retryAfter", "delay", "skip", "times"];
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, numbers.includes(name) && value !== "" ? Number(value) : value])) as unknown as FaultSpec;
}

function disguise(as: unknown): Disguise {
  const known: readonly Disguise[] = ["valid", "forged", "unsigned", "stale", "changed"];
  if (as !== undefined && !known.includes(as as Disguise)) throw new RangeError(`as must be one of ${known.join(", ")}.`);
  return (as as Disguise | undefined) ?? "valid";
}

function id(web: Web): string {
  return web.req.param("id") ?? "";
}

function gone(what: string): never {
  throw new Problem(404, "Not Found", `${what} was not found`);
}

/** The body of a control call: JSON, or a form of the page. */
async function bodyOf(web: Web): Promise<Body> {
  const text = await web.req.text();
  if (/^application\/x-www-form-urlencoded/.test(web.req.header("content-type") ?? "")) return Object.fromEntries(new URLSearchParams(text));
  const body = text === "" ? {} : decode(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new RangeError("The body must be a JSON object.");
  return body as Body;
}

/** Does the work and answers it; a form without the page's script is sent back to the page. */
async function settle(web: Web, { core }: ControlParts, work: () => unknown): Promise<Response> {
  try {
    const result = await work();
    await core.credyt.ledger.sync();
    if (web.req.method === "POST") core.credyt.changed({ kind: "other", id: web.req.path });
    if (web.req.method === "POST" && /text\/html/.test(web.req.header("accept") ?? "")) return web.redirect("/", 303);
    return reply(200, result ?? {});
  } catch (error) {
    if (error instanceof Problem) return reply(error.status, problemBody(error));
    if (error instanceof RangeError || error instanceof SyntaxError || /DecimalError/.test((error as Error).message)) return reply(422, problemBody(new Problem(422, "Not possible", (error as Error).message)));
    throw error;
  }
}

function reply(status: number, body: unknown): Response {
  return new Response(encode(body), { status, headers: { "content-type": "application/json" } });
}

function refuse({ status, text }: { readonly status: number; readonly text: string }): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8", ...(status === 401 && { "www-authenticate": 'Basic realm="Credyt sandbox, password is the key"' }) } });
}

function guarded(web: Web, parts: ControlParts, work: () => Response): Response {
  const refused = refusal(web, parts.key);
  return refused ? refuse(refused) : work();
}

function page(web: Web, { core, key }: ControlParts): Response {
  const nonce = randomBytes(16).toString("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'`;
  const text = dashboardPage(dashboardView(core, key, web.req.query("q") ?? ""), nonce);
  return new Response(text, { headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "content-security-policy": policy } });
}

function openPortal(web: Web, { core, inside }: ControlParts): Response {
  const customer = inside.customer(id(web));
  if (!customer) return reply(404, problemBody(new Problem(404, "Not Found", `Customer ${id(web)} was not found`)));
  const { credyt } = core;
  return web.redirect(portalUrl(credyt, customer.id, { return_url: `${credyt.url}/`, failure_url: `${credyt.url}/` }, credyt.clock.now() + linkLife), 303);
}

/** A stream of what changes, for the page: one message per change, and a sign of life every 15 seconds. */
function live(web: Web, { core, closing }: ControlParts): Response {
  const text = new TextEncoder();
  let stop = () => {};
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = (line: string) => controller.enqueue(text.encode(line));
      const unwatch = core.live.watch((change) => ((controller.desiredSize ?? 0) > -1000 ? send(`data: ${encode(change)}\n\n`) : undefined));
      const beat = setInterval(() => send(": alive\n\n"), 15_000);
      const close = () => controller.close();
      stop = () => {
        unwatch();
        clearInterval(beat);
        closing.removeEventListener("abort", close);
      };
      closing.addEventListener("abort", close);
      send(": open\n\n");
    },
    cancel: () => stop(),
  });
  web.req.raw.signal.addEventListener("abort", () => stop());
  return new Response(stream, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}
