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
    const forGuests = /authRequired:\s*false/.test(text);
    return GUARD.test((found[1] ?? "").replace(/["'`][^"'`]*["'`]/g, "")) || [...text.matchAll(/\.use\(([^\n]*)/g)].some((one) => GUARD.test(one[1] ?? "") && !SETUP.test(one[1] ?? "") && !(forGuests && /^auth\(/.test(one[1] ?? "")));
  });
}

/** Middleware that makes sessions, and guards nothing. */
const SETUP = /passport\.(?:initialize|session)|\bsession\(|cookieSession|csrf|lusca|limit|require\(|["'`]\//i;
const OPTIONAL = /optional|maybe|guest|limit|multer|upload|validat/i;
const GUARD = /auth|login|signed|protect|guard|session|user|verify|passport|jwt|clerk|token/i;

/** `app.post("/webhook", async (req, res) => …)` among routes that have a middleware in between: nobody is signed in there. */
export function isOpen(handler: Fn): boolean {
  const call = handler.parent;
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression) || call.arguments.length !== 2 || call.arguments[1] !== handler) return false;
  const receiver = call.expression.expression.getText().replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const { text } = handler.getSourceFile();
  return ![...text.matchAll(new RegExp(`(?<![\\w$])${receiver}\\.use\\(([^\\n]*)`, "g"))].some((match) => GUARD.test(match[1] ?? ""));
}
