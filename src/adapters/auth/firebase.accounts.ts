import type { Signup, UserModel } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { heldBy, isHeld } from "../../source/typescript/held.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { wiredBy } from "./hook.extend.ts";
import { placeName } from "./place.name.ts";
import { storesModel } from "./model.stored.ts";

const CREATES = /(?:^|\.)(?:auth|getAuth)\.\(\)\.(?:\w+\.\(\)\.)*createUser$/;

/** Accounts that the server itself makes: `getAuth().createUser({ email, password })`. */
export function accountSignups(app: App, model: UserModel | undefined): readonly Signup[] {
  return app.code.mentioning("createUser(").flatMap((file) => {
    const tree = app.code.parse(file);
    const found: Signup[] = [];
    if (tree)
      walk(tree, (node) => {
        const signup = ts.isCallExpression(node) ? accountAt(app, model, node) : undefined;
        if (signup) found.push(signup);
      });
    return found;
  });
}

function accountAt(app: App, model: UserModel | undefined, call: ts.CallExpression): Signup | undefined {
  const origin = /\bcreateUser$/.test(call.expression.getText()) ? app.originOf(call.expression) : undefined;
  if (origin?.kind !== "package" || origin.package !== "firebase-admin" || !CREATES.test(pathOf(origin))) return undefined;
  const around = functionsAround(call);
  // Where the app stores a row of its own as well, that is the place.
  if (model?.email !== undefined && storesModel(around[0]?.getText() ?? "", model)) return undefined;
  const tree = call.getSourceFile();
  const held = heldBy(call, { fresh: "account" });
  const of = (path: string) => (isHeld(held) ? (held.value(path) ?? null) : null);
  const id = of("uid");
  const isAdmin = /admin|invite|seed|import/i.test(`${placeName(call)} ${tree.fileName.slice(app.dir.length).replace(/firebase-?admin/gi, "")}`);
  return {
    file: tree.fileName, line: lineOf(tree, call.getStart(tree)), symbol: placeName(call), kind: "route-handler", tool: "firebase", hook: "extend", confidence: isAdmin ? 0.4 : 0.8,
    evidence: [app.at(call)], wired: wiredBy(around.at(-1) ?? call), user: { id: id ?? raw("user.uid"), email: of("email"), name: of("displayName") },
    ...(isHeld(held) && id !== null ? { place: held.place } : { reason: isHeld(held) ? "the new account is not kept under a name" : held.reason }),
  };
}
