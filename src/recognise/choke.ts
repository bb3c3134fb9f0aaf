import type { UserExpression } from "../domain.ts";
import { raw } from "../code/code.ts";
import { lastName } from "../source/typescript/functions.ts";
import { isFn } from "../source/typescript/functions.ts";
import { bare, ts, wrapped } from "../source/typescript/parse.ts";

/** A function of the app that takes credits for what its callback does: `useCredit(org, "images", async () => …)`. */
const TAKES_CREDITS = /^(?:use|consume|deduct|charge|spend|take|debit|reserve|withdraw|with)\w*(?:credits?|tokens?|quota|usage|balance)$/i;

/** The call around a node that already charges for it, when the node stands in a callback given to one. */
export function chokeAround(node: ts.Node): ts.CallExpression | undefined {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    const { parent } = wrapped(at);
    if (isFn(at) && ts.isCallExpression(parent) && parent.arguments.includes(wrapped(at) as ts.Expression) && TAKES_CREDITS.test(lastName(parent.expression))) return parent;
  }
  return undefined;
}

/** Customers are made for users: a team or an organization that pays is nobody that Credyt knows. */
const PAYER = /^(?:account|user|customer|member)$/i;

/** Who pays at a choke point: its first argument, when that says that it is somebody. */
export function payerOf(choke: ts.CallExpression): UserExpression | undefined {
  const first = choke.arguments[0] && bare(choke.arguments[0]);
  if (!first) return undefined;
  const text = first.getText();
  const name = lastName(first);
  if (/^(?:(?:account|user|customer|member)Id|uid|userID)$/.test(name) || (name === "id" && PAYER.test(text.split(".").at(-2) ?? ""))) return { id: raw(text), text };
  return PAYER.test(name) ? { id: raw(`${text}.id`), text: `${text}.id` } : undefined;
}
