import type { Code } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { carried, type Renames } from "../../source/typescript/carry.ts";
import { addressOf, registrationsOf, type Registered, type ServerKind } from "./server.registrations.ts";

const NAMES = /auth|jwt|session|log-?(?:ged)?-?in|sign-?(?:ed)?-?in|protect|require|guard|user|clerk|bearer|verify|passport|principal/i;
const OTHERS = /cors|logger|rate|limit|helmet|compress|csrf|body|pars|valid|static|error|cache|timing|etag|secure-?headers/i;
const SAYS_NO = /\b401\b|unauthori[sz]ed|\.set\(\s*["'](?:user|session|jwtPayload|userId|auth)["']|\.state\.\w*user|jwtVerify|isAuthenticated/i;

/** Whether a middleware finds out who is signed in: by its name, else by what it does. */
export function isSignIn(app: App, guard: ts.Expression): boolean {
  const name = guard.getText().split("\n")[0] ?? "";
  if (!isFn(guard)) {
    if (OTHERS.test(name)) return false;
    if (NAMES.test(name)) return true;
  }
  const value = valueOf(app, guard);
  return value !== undefined && isFn(value) && SAYS_NO.test(value.getText());
}

/** Middlewares of a router that find out who is signed in, with the path below which they run. */
export function signInGuards(app: App, kind: ServerKind): readonly (Registered & { readonly kind: "guard" })[] {
  return registrationsOf(app, kind).all.filter((one): one is Registered & { readonly kind: "guard" } => one.kind === "guard" && one.guards.some((guard) => isSignIn(app, guard)));
}

/** Whether what is registered for a path reaches an address below it. */
export function covers(pattern: string, address: string): boolean {
  const parts = pattern.split("/").filter((part) => part !== "");
  const steps = address.split("/").filter((part) => part !== "");
  const open = parts.at(-1) === "*" || parts.at(-1) === "(.*)";
  const fixed = open ? parts.slice(0, -1) : parts;
  return fixed.every((part, i) => part === "*" || part.startsWith(":") || part === steps[i]) && (open || fixed.length === steps.length);
}

/** The sign-in middlewares that run in front of a route, outermost first. */
export function guardsOf(app: App, kind: ServerKind, route: Registered & { readonly kind: "route" }): readonly ts.Expression[] {
  const address = addressOf(app, kind, route);
  const shared = signInGuards(app, kind).filter((one) => runsBefore(kind, one, route) && covers(addressOf(app, kind, one), address));
  return [...shared.flatMap((one) => one.guards), ...route.guards].filter((guard) => isSignIn(app, guard));
}

/** In one file a middleware runs for what is registered after it. */
const runsBefore = (_kind: ServerKind, guard: Registered, route: Registered): boolean => guard.call.getSourceFile() !== route.call.getSourceFile() || guard.call.end <= route.call.end;

/** Guards as a new file can write them; undefined when one is known to its own file alone. */
export function carriedGuards(app: App, guards: readonly ts.Expression[], renames: Renames = {}): readonly Code[] | undefined {
  const found = guards.map((guard) => (isFn(guard) ? undefined : carried(app, guard, renames)));
  return found.every((one) => one !== undefined) ? found : undefined;
}
