import type { Fn } from "./functions.ts";
import { isFn, lastName } from "./functions.ts";
import { firstBefore } from "./headers.ts";
import { ts, walk } from "./parse.ts";

/**
 * The first statement in front of `statement` that takes from what the app itself lets its users spend: `await deductCredits(userId, 1)`.
 * Who is refused behind it has paid for nothing.
 */
export const spendingBefore = (statement: ts.Statement, handler: Fn): ts.Statement | undefined => firstBefore(statement, handler, spends);

const TAKES = /^(?:deduct|debit|consume|decrement|decrease|subtract|spend|burn|reduce|reserve|charge)(?:\w*?)(?:credit|coin|point|quota|balance|token|allowance)s?(?:[A-Z]\w*)?$/i;

function spends(statement: ts.Statement): boolean {
  if (!ts.isExpressionStatement(statement) && !ts.isVariableStatement(statement)) return false;
  let found = false;
  walk(statement, (node) => {
    if (found || isFn(node)) return false;
    found = ts.isCallExpression(node) && TAKES.test(lastName(node.expression));
    return undefined;
  });
  return found;
}
