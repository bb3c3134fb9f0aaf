import type { Signup, UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { heldBy, heldByParameter, isHeld, type Held, type NotHeld } from "../../source/typescript/held.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { wiredBy } from "./hook.extend.ts";

const CREATES = /(?:^|\.)(?:findOrCreate\w*|createUser\w*|upsertUser\w*|registerUser\w*|addUser\w*)$/i;

/**
 * Accounts made in the verify callback of a strategy, for an app whose user model no data store here knows: where it is known, the
 * creation itself is found.
 */
export function verifySignups(app: App, model: UserModel | undefined): readonly Signup[] {
  if (model?.email !== undefined) return [];
  return app.code.mentioning("Strategy(").flatMap((file) => {
    const tree = app.code.parse(file);
    const found: Signup[] = [];
    if (tree)
      walk(tree, (node) => {
        if (!ts.isNewExpression(node) || !/Strategy$/.test(node.expression.getText())) return;
        const verify = verifyOf(app, node);
        if (verify) found.push(...createdIn(app, verify, node));
      });
    return found;
  });
}

function verifyOf(app: App, strategy: ts.NewExpression): Fn | undefined {
  const given = strategy.arguments?.at(-1);
  const value = given && (valueOf(app, given) ?? bare(given));
  return value && isFn(value) ? value : undefined;
}

function createdIn(app: App, verify: Fn, strategy: ts.NewExpression): Signup[] {
  const found: Signup[] = [];
  walk(verify, (node) => {
    if (!ts.isCallExpression(node) || !CREATES.test(node.expression.getText()) || found.length > 0) return;
    const held = holdResult(node);
    const of = (path: string) => (isHeld(held) ? (held.value(path) ?? null) : null);
    const id = of("id");
    const tree = node.getSourceFile();
    found.push({
      file: tree.fileName, line: lineOf(tree, node.getStart(tree)), symbol: `${strategy.expression.getText()} verify`, kind: "passport-strategy", tool: "passport", hook: "extend", confidence: 0.75,
      evidence: [app.at(node)], wired: wiredBy(verify), user: { id, email: of("email"), name: null },
      ...(isHeld(held) && id !== null ? { place: held.place } : { reason: isHeld(held) ? "the new account is not kept under a name" : held.reason }),
    });
  });
  return found;
}

/** `findOrCreate(profile, (err, user) => …)` gives its result to a callback. */
function holdResult(call: ts.CallExpression): Held | NotHeld {
  const last = call.arguments.at(-1);
  const callback = last && bare(last);
  return callback && isFn(callback) ? heldByParameter(callback, 1, "callback") : heldBy(call, { fresh: "user" });
}
