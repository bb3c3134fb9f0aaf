import type { HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import type { Core } from "./core.ts";

/** Placeholder. */
export function createControl(_core: Core, _key: string, _closing: AbortSignal): Hono<{ Bindings: HttpBindings }> {
  return new Hono<{ Bindings: HttpBindings }>();
}
