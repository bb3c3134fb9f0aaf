import type { Code, Handler } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isWithin, versionOf } from "../../source/versions.ts";
import type { Fn } from "../../source/typescript/functions.ts";
import { answer, body, functionAt, guarded, isTypedAnswer, json, withMessage } from "./handler.refusal.ts";
import { passesErrorsOn } from "./handler.errors.ts";
import { actionFailure } from "./next.actions.ts";

/** Refuses in the way of this handler: a 402, the error of a server action, a `TRPCError`, a redirect from a page. */
export function refuse(handler: Handler, check: string, paymentRequired: Code, app: App): Code | undefined {
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  const sent = body(handler.errorKey, check, paymentRequired);
  if (handler.kind === "route") return handler.names.c === undefined ? guarded(check, code`return ${response(handler, sent)};`) : guarded(check, code`return ${handler.names.c}.json(${sent}, 402);`);
  if (handler.kind === "api-route") return guarded(check, answer(handler, json(`${handler.names.res ?? "res"}.status(402)`, sent, handler.answer === "end")));
  if (handler.kind === "procedure") return guarded(check, code`throw new ${fromPackage("TRPCError", "@trpc/server")}({ code: "${trpcCode(app)}", message: ${check}.message });`);
  const fn = functionAt(app, handler);
  if (handler.kind === "server-action") return fn && guarded(check, withMessage(actionFailure(app, fn), check));
  if (handler.kind === "component") return fn && passesErrorsOn(fn) ? guarded(check, code`${fromPackage("redirect", "next/navigation")}(${paymentRequired}(${check}).topUpUrl);`) : undefined;
  return undefined;
}

/** A response with status 402 as this route makes its others. */
function response(handler: Handler, sent: Code): Code {
  const form = handler.answer ?? "Response.json";
  const maker = form.includes("NextResponse") ? code`${fromPackage("NextResponse", "next/server")}` : raw("Response");
  if (form.endsWith(".json")) return code`${maker}.json(${sent}, { status: 402 })`;
  return handler.errorKey === "" ? code`new ${maker}(${sent}, { status: 402 })` : code`new ${maker}(JSON.stringify(${sent}), { status: 402, headers: { "Content-Type": "application/json" } })`;
}

/** tRPC has a code for 402 since 11.4. */
const trpcCode = (app: App): string => {
  const version = versionOf(app, "@trpc/server");
  return version && isWithin(version, "11.4", undefined) ? "PAYMENT_REQUIRED" : "FORBIDDEN";
};

/** Sends a new user to the payment page: `redirect` from an action or a page, the address as JSON from an API. */
export function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const fn = functionAt(app, handler);
  const url = `${customer}.redirectUrl`;
  if (!fn) return undefined;
  // `redirect` throws: a catch around it would take the new user for a failure.
  if (handler.kind === "server-action" || handler.kind === "component") return hasCatch(fn) ? undefined : code`if (${url}) ${fromPackage("redirect", "next/navigation")}(${url});`;
  if (handler.kind === "api-route") return paid(url, answer(handler, json(handler.names.res ?? "res", raw(`{ redirectUrl: ${url} }`), isTypedAnswer(fn))));
  if (handler.kind !== "route" || handler.names.c !== undefined) return undefined;
  if (/\bredirect\(/.test(fn.getText())) return paid(url, code`return Response.redirect(${url}, 303);`);
  const maker = handler.answer?.includes("NextResponse") ? code`${fromPackage("NextResponse", "next/server")}` : raw("Response");
  return paid(url, code`return ${maker}.json({ redirectUrl: ${url} });`);
}

const paid = (url: string, statements: Code): Code => (statements.parts.some((part) => typeof part === "string" && part.includes("\n")) ? code`if (${url}) {\n  ${statements}\n}` : code`if (${url}) ${statements}`);

const hasCatch = (fn: Fn): boolean => /\bcatch\s*[({]/.test(fn.getText());
