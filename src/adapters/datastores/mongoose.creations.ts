import type { UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import type { Creation } from "../define.ts";
import { methodCalls, tailName } from "./calls.find.ts";
import { callbackOf, savedCreations } from "./saves.find.ts";
import { plainName } from "./users.likeness.ts";

const CALLED = /\.(?:create|register|findOrCreate|findOneAndUpdate|findByIdAndUpdate|insertOne)\s*\(/;
const METHODS = /^(?:create|register|findOrCreate|findOneAndUpdate|findByIdAndUpdate|insertOne)$/;

/** Every call that stores a new user document: `User.create`, `new User()` with its `save()`, upserts, plugins' methods. */
export function mongooseCreations(app: App, model: UserModel | undefined): readonly Creation[] {
  if (!model) return [];
  const word = new RegExp(`${escape(model.name.replace(/s$/i, ""))}`, "i");
  const isModel = (node: ts.Expression): boolean => isUserModel(app, node, model.name);
  const called = methodCalls(app, METHODS, (text) => word.test(text) && CALLED.test(text)).flatMap((found) => (isModel(found.receiver) ? byMethod(found.call, found.method) : []));
  return [...called, ...savedCreations(app, (node) => (ts.isNewExpression(node) && isModel(node.expression) ? (node.arguments ?? []) : undefined))];
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Whether an expression is the user model: followed to `model("User", …)`, else by the name it has where it is injected. */
function isUserModel(app: App, node: ts.Expression, name: string): boolean {
  const origin = app.originOf(node);
  const called = plainName(tailName(node)) === plainName(name);
  if (origin?.kind === "package") {
    if (!/mongoose|typegoose/.test(origin.package)) return false;
    const first = origin.made && ts.isCallExpression(origin.made) ? origin.made.arguments[0] : undefined;
    return first && (ts.isStringLiteralLike(first) || ts.isIdentifier(first)) ? first.text === name : origin.path.at(-1) === name || called;
  }
  return called && origin?.kind !== "function" && (origin?.kind !== "object" || /^(?:models?|db)$/.test(tailName(node)) === false);
}

function byMethod(call: ts.CallExpression, method: string): Creation[] {
  const [first, second, third] = call.arguments;
  if (method === "findOneAndUpdate" || method === "findByIdAndUpdate") return upsert(call, second, third);
  const callback = callbackOf(call);
  const list = first && ts.isArrayLiteralExpression(bare(first)) ? (bare(first) as ts.ArrayLiteralExpression) : undefined;
  const given = list ? list.elements[0] : method === "register" && first && ts.isNewExpression(bare(first)) ? (bare(first) as ts.NewExpression).arguments?.[0] : first;
  const fields = literalOf(given);
  return [{ call, row: list ? "[0]" : "", ...(fields && { fields }), ...(callback && { callback }) }];
}

/** `findOneAndUpdate(filter, { $setOnInsert }, { upsert: true, new: true })`. */
function upsert(call: ts.CallExpression, update: ts.Expression | undefined, options: ts.Expression | undefined): Creation[] {
  const literal = literalOf(options);
  if (propertyOf(literal, "upsert")?.kind !== ts.SyntaxKind.TrueKeyword) return [];
  const whole = literalOf(update);
  const fields = literalOf(propertyOf(whole, "$setOnInsert")) ?? literalOf(propertyOf(whole, "$set")) ?? whole;
  const returned = propertyOf(literal, "new") ?? propertyOf(literal, "returnDocument") ?? propertyOf(literal, "returnOriginal");
  const callback = callbackOf(call);
  return [{ call, ...(returned && { row: "" }), ...(fields && { fields }), ...(callback && { callback }) }];
}
