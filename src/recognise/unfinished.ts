import type { Signup } from "../domain.ts";
import type { App } from "../source/app.ts";
import { lastName, type Fn } from "../source/typescript/functions.ts";
import { ts, walk } from "../source/typescript/parse.ts";

/** Rows, roles and rights that belong to an account, and the mail that confirms it. */
const SETS_UP = /^(?:create|insert|update|save|upsert|bulkCreate|(?:set|add|assign|attach|create|insert|update|save|upsert)[A-Z]\w*|findOneAnd\w+|findByIdAnd\w+|send\w*(?:mail|verification|confirmation|otp|link|code|welcome)\w*)$/i;
/** What only signs the new user in, or answers. */
const SIGNS_IN = /token|session|cookie|header|jwt|status|customer|timeout|interval|type$|hash|setItem/i;

/**
 * The first thing that is done for a new account behind the place where it was stored: `user.setRoles(roles)`, a workspace, the mail that
 * confirms the address. Nothing for what only signs the user in.
 */
export function unfinished(app: App, created: ts.Node, fn: Fn | undefined): Pick<Signup, "unfinished"> {
  let found: ts.CallExpression | undefined;
  if (fn?.body)
    walk(fn.body, (node) => {
      if (found || ts.isCatchClause(node)) return false;
      if (!ts.isCallExpression(node) || node.expression.end <= created.end) return undefined;
      const name = lastName(node.expression);
      if (SETS_UP.test(name) && !SIGNS_IN.test(node.expression.getText())) found = node;
      return undefined;
    });
  return found ? { unfinished: app.at(found) } : {};
}
