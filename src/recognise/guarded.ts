import type { RepoPath } from "../domain.ts";
import type { App } from "../source/app.ts";
import { nameOf, type Fn } from "../source/typescript/functions.ts";
import { ts } from "../source/typescript/parse.ts";

/** Whether a guard stands in front of a handler where it is written: `router.post("/", requireAuth, async (req, res) => …)`. */
export function isGuardedInline(handler: Fn): boolean {
  const call = handler.parent;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || !/^(?:get|post|put|patch|delete|all)$/.test(call.expression.name.text)) return false;
  return call.arguments.slice(0, call.arguments.indexOf(handler as ts.Expression)).some((one) => !ts.isStringLiteralLike(one) && GUARD.test(one.getText()) && !OPTIONAL.test(one.getText()));
}

/** Whether a guard stands in front of a handler where another file registers it: `router.post("/", requireAuth, controller.write)`. */
export function isGuardedRoute(app: App, handler: Fn): boolean {
  const name = nameOf(handler).split(".").at(-1) ?? "";
  if (!/^\w{3,}$/.test(name)) return false;
  return app.code.mentioning(name).some((file) => {
    const text = app.repo.text(file) ?? "";
    const found = new RegExp(`\\.(?:get|post|put|patch|delete|all)\\(([^;]{0,300}?)\\b${name}\\b`).exec(text);
    if (!found) return false;
    if (isGuardedMount(app, file)) return true;
    const forGuests = /authRequired:\s*false/.test(text);
    return GUARD.test((found[1] ?? "").replace(/["'`][^"'`]*["'`]/g, "")) || [...text.matchAll(/\.use\(([^\n]*)/g)].some((one) => GUARD.test(one[1] ?? "") && !SETUP.test(one[1] ?? "") && !(forGuests && /^auth\(/.test(one[1] ?? "")));
  });
}

const guards = new WeakMap<App, Map<RepoPath, boolean>>();

/** Whether every mount of the router that a file gives stands behind a guard: `app.use("/api/chat", protect, chatRoutes)`. */
export function isGuardedMount(app: App, file: RepoPath): boolean {
  const known = guards.get(app) ?? new Map<RepoPath, boolean>();
  guards.set(app, known);
  const hit = known.get(file);
  if (hit !== undefined) return hit;
  const mounts = app.code.mentioning(".use(").flatMap((other) => {
    const names = (app.facts(other)?.imports ?? []).filter((one) => one.file === file).flatMap((one) => [one.defaultName, one.namespace, ...one.named.map(({ local }) => local)]).filter((one) => one !== undefined);
    const text = names.length > 0 ? (app.repo.text(other) ?? "") : "";
    return names.flatMap((name) => [...text.matchAll(new RegExp(`\\.use\\(([^\\n;]*?)(?<![\\w$])${name.replace(/\$/g, "\\$")}(?![\\w$])`, "g"))].map((match) => (match[1] ?? "").replace(/(["'`])[^"'`]*\1/g, "")));
  });
  const isGuarded = mounts.length > 0 && mounts.every((before) => before.split(",").some((one) => GUARD.test(one) && !OPTIONAL.test(one)));
  known.set(file, isGuarded);
  return isGuarded;
}

/** Middleware that makes sessions, and guards nothing. */
const SETUP = /passport\.(?:initialize|session)|\bsession\(|cookieSession|csrf|lusca|limit|require\(|["'`]\//i;
const OPTIONAL = /optional|maybe|guest|limit|multer|upload|validat/i;
const GUARD = /auth|login|signed|protect|guard|session|user|verify|passport|jwt|clerk|token/i;

/** `app.post("/webhook", async (req, res) => …)` among routes that have a middleware in between: nobody is signed in there. */
export function isOpen(app: App, handler: Fn): boolean {
  const call = handler.parent;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.arguments.length !== 2 || call.arguments[1] !== handler) return false;
  if (isGuardedMount(app, handler.getSourceFile().fileName)) return false;
  const receiver = call.expression.expression.getText().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const { text } = handler.getSourceFile();
  return ![...text.matchAll(new RegExp(`(?<![\\w$])${receiver}\\.use\\(([^\\n]*)`, "g"))].some((match) => GUARD.test(match[1] ?? ""));
}
