import type { Code, Handler } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isPage } from "./express.failure.ts";
import { answer, body, functionAt, guarded, isTypedAnswer, json, withMessage } from "./handler.refusal.ts";

/**
 * `if (!check.allowed) return res.status(402).json(paymentRequired(check));`, or the way in which this handler fails: its error class,
 * `next(error)`, its error page.
 */
export function refuse(handler: Handler, check: string, paymentRequired: Code): Code | undefined {
  if (handler.kind !== "route" && handler.refusal !== "thrown") return undefined;
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  const { res } = handler.names;
  if (res === undefined) return undefined;
  return guarded(check, answer(handler, json(`${res}.status(402)`, body(handler.errorKey, check, paymentRequired), handler.answer === "end")));
}

/** Sends a new user to the payment page: a redirect from a page's form, the address as JSON from an API. */
export function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const { res } = handler.names;
  const fn = functionAt(app, handler);
  if (handler.kind !== "route" || res === undefined || !fn) return undefined;
  const created = /\.status\(\s*(?:201|\w+\.CREATED)\s*\)/.exec(fn.getText())?.[0] ?? "";
  const sent = isPage(fn) ? raw(`${res}.redirect(303, ${customer}.redirectUrl)`) : json(`${res}${created}`, raw(`{ redirectUrl: ${customer}.redirectUrl }`), isTypedAnswer(fn));
  const statements = answer(handler, sent);
  return handler.returnsAnswer ? code`if (${customer}.redirectUrl) ${statements}` : code`if (${customer}.redirectUrl) {\n  ${statements}\n}`;
}
