import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { sameKey } from "./api.ts";
import { isLoopback } from "./webhooks.ts";

/** Why a request to the page or a control route is refused; undefined when it may pass. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly text: string;
}

/**
 * Who may use the page and the control routes: whoever has the key, and on this machine everyone, unless it is another site
 * in a browser that asks (by its origin, or by a name that it made point here).
 */
export function refusal(web: Context<{ Bindings: HttpBindings }>, key: string): Refusal | undefined {
  const header = (name: string) => web.req.header(name);
  if (sameKey(header("x-credyt-api-key"), key) || sameKey(basicPassword(header("authorization")), key)) return crossSite(web);
  const { remoteAddress = "" } = web.env.incoming.socket;
  if (!isLoopback(remoteAddress.replace(/^::ffff:/, ""))) return { status: 401, text: "From another machine this page needs the sandbox's key as password." };
  if (!isLoopback(new URL(web.req.url).hostname)) return { status: 403, text: "Open this page as http://127.0.0.1 or http://localhost." };
  return crossSite(web);
}

function crossSite(web: Context<{ Bindings: HttpBindings }>): Refusal | undefined {
  const site = web.req.header("sec-fetch-site");
  const origin = web.req.header("origin");
  const foreign = site !== undefined ? site === "cross-site" || (site === "same-site" && web.req.method !== "GET") : origin !== undefined && origin !== new URL(web.req.url).origin;
  return foreign && web.req.method !== "GET" ? { status: 403, text: "Another site may not do this." } : undefined;
}

function basicPassword(authorization: string | undefined): string | undefined {
  const match = /^Basic (.+)$/i.exec(authorization ?? "");
  return match ? Buffer.from(match[1] ?? "", "base64").toString("utf8").split(":").slice(1).join(":") : undefined;
}
