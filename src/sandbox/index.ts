import { type ServerType, createAdaptorServer } from "@hono/node-server";
import type { AddressInfo } from "node:net";
import { createApi } from "./api.ts";
import { createBilling } from "./billing.ts";
import { createControl } from "./control.ts";
import { createCore } from "./core.ts";
import { createHandle } from "./handle.ts";
import { type SandboxOptions, defaultKey } from "./options.ts";
import type { Sandbox } from "./sandbox.ts";

export type { Deed } from "./checkout.ts";
export type { ProductSpec } from "./demo.ts";
export type { Fault, FaultKind, FaultSpec } from "./faults.ts";
export { type SandboxOptions, type WebhookSpec, defaultKey, defaultPort } from "./options.ts";
export { productOption } from "./product-option.ts";
export type { Disguise } from "./postman.ts";
export type { LoggedRequest } from "./request-log.ts";
export type { Sandbox } from "./sandbox.ts";
export type { SeenCustomer, SeenDelivery, SeenEvent } from "./seen.ts";
export type { Switches } from "./switches.ts";

/** Starts a local Credyt. Throws an Error in plain words when the port is taken, or the data file or a product cannot be used. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const host = options.host ?? "127.0.0.1";
  const key = options.key ?? defaultKey;
  const core = createCore(options);
  const inside = createHandle(core);
  const closing = new AbortController();
  const app = createControl({ core, inside, key, closing: closing.signal });
  app.route("/", createBilling(core.credyt));
  app.route("/", createApi({ ...core, key, closing: closing.signal }));
  app.onError((error) => {
    core.credyt.log(error.stack ?? error.message);
    return new Response(null, { status: 500 });
  });
  const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false });
  keepConnections(server);
  try {
    await listen(server, options.port ?? 0, host);
  } catch (error) {
    core.stop();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  const url = `http://${nameOf(host)}:${port}`;
  core.at(url);
  core.postman.resume();
  const close = async () => {
    closing.abort();
    await stopListening(server);
    core.stop();
  };
  return { ...inside, url, port, key, close };
}

function listen(server: ServerType, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new Error(`Port ${port} is taken. Stop what listens there, or choose another with --port.`) : error);
    });
    server.listen(port, host, () => resolve());
  });
}

/** Keeps idle connections longer than clients do, so that none is closed just as a client uses it again. */
function keepConnections(server: ServerType): void {
  if (!("keepAliveTimeout" in server)) return;
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 70_000;
}

function stopListening(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });
}

/** A name under which a listening address can be called. */
function nameOf(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
