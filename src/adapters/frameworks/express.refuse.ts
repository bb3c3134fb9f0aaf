import type { Code, Handler } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { isPage } from "./express.failure.ts";

/**
 * `if (!check.allowed) return res.status(402).json(paymentRequired(check));`, or the way in which this handler fails: its error class,
 * `next(error)`, its error page.
 */
export function refuse(handler: Handler, check: string, paymentRequired: Code): Code | undefined {
  if (handler.kind !== "route") return undefined;
  if (handler.throws) return guarded(check, withMessage(handler.throws.code, check));
  const { res } = handler.names;
  if (res === undefined) return undefined;
  return guarded(check, answer(handler, code`${res}.status(402).json(${body(handler.errorKey, check, paymentRequired)})`));
}

/** The text of an error's code with `check.message` in place of `$message`. */
export const withMessage = (given: Code, check: string): Code => ({ parts: given.parts.map((part) => (typeof part === "string" ? part.replaceAll("$message", `${check}.message`) : part)) });

/** The JSON body: ours, below the app's key where it nests its errors; the text alone where it sends bare texts. */
export function body(errorKey: string | undefined, check: string, paymentRequired: Code): Code {
  if (errorKey === "") return raw(`${check}.message`);
  const outer = errorKey?.split(".").slice(0, -1) ?? [];
  return outer.reduceRight<Code>((inner, key) => code`{ ${key}: ${inner} }`, code`${paymentRequired}(${check})`);
}

/** One statement on the line of its `if`; several in a block. */
export function guarded(check: string, statements: Code): Code {
  const lines = statements.parts.filter((part) => typeof part === "string").join("").split("\n").length;
  return lines === 1 ? code`if (!${check}.allowed) ${statements}` : code`if (!${check}.allowed) {\n  ${statements}\n}`;
}

/** `return answer;` where the handler gives its answers back, else the answer and a bare `return`. */
export const answer = (handler: Handler, sent: Code): Code => (handler.returnsAnswer ? code`return ${sent};` : code`${sent};\nreturn;`);

/** Sends a new user to the payment page: a redirect from a page's form, the address as JSON from an API. */
export function sendToPayment(handler: Handler, customer: string, app: App): Code | undefined {
  const { res } = handler.names;
  const fn = functionAt(app, handler);
  if (handler.kind !== "route" || res === undefined || !fn) return undefined;
  const created = /\.status\(\s*(?:201|\w+\.CREATED)\s*\)/.exec(fn.getText())?.[0] ?? "";
  const sent = isPage(fn) ? raw(`${res}.redirect(303, ${customer}.redirectUrl)`) : raw(`${res}${created}.json({ redirectUrl: ${customer}.redirectUrl })`);
  const statements = answer(handler, sent);
  return handler.returnsAnswer ? code`if (${customer}.redirectUrl) ${statements}` : code`if (${customer}.redirectUrl) {\n  ${statements}\n}`;
}

/** The function a handler was made from. */
export function functionAt(app: App, handler: Handler): Fn | undefined {
  const tree = app.code.parse(handler.file);
  let found: Fn | undefined;
  if (tree)
    walk(tree, (node) => {
      if (!found && isFn(node) && lineOf(tree, node.getStart(tree)) === handler.line && node.parameters.every((one) => !ts.isIdentifier(one.name) || Object.values(handler.names).length === 0 || Object.values(handler.names).includes(one.name.text))) found = node;
    });
  return found;
}
