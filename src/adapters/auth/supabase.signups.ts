import type { Code, Edit, Signup, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { afterAnchor } from "../../source/typescript/anchors.ts";
import { functionsAround } from "../../source/typescript/functions.ts";
import { insert } from "../../source/typescript/held.ts";
import { lineOf, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import { wiredBy } from "./hook.extend.ts";
import { placeName } from "./place.name.ts";
import { storesModel } from "./model.stored.ts";
import { authCalls, isAction, type AuthCall } from "./supabase.server.ts";

/** Server code by which new accounts come to be, or come back from their mail or provider for the first time. */
export function callSignups(app: App, model: UserModel | undefined): readonly Signup[] {
  return authCalls(app).flatMap((one) => {
    const fn = functionsAround(one.call)[0];
    if (!one.server) return one.method === "signUp" ? [inBrowser(app, one)] : [];
    // Where the app stores a row of its own after it, that is the place.
    if (!fn || (model?.email !== undefined && storesModel(fn.getText(), model))) return [];
    return [signupAt(app, one)];
  });
}

/** Shown, never wired: Credyt's key must not reach a browser. */
function inBrowser(app: App, { call }: AuthCall): Signup {
  const tree = call.getSourceFile();
  return {
    file: tree.fileName, line: lineOf(tree, call.getStart(tree)), symbol: placeName(call), kind: "service-function", tool: "supabase", confidence: 0.3, evidence: [app.at(call)], wired: [],
    user: { id: null, email: null, name: null }, reason: "signs up in the browser, where Credyt's key must not be; the customer is made on the server",
  };
}

/** Who comes back to set a new password has an account. */
const FORGOTTEN = /reset|recover|forgot|password|change-?email/i;

function signupAt(app: App, { call, method }: AuthCall): Signup {
  const tree = call.getSourceFile();
  const isCallback = method === "exchangeCodeForSession" || method === "verifyOtp";
  const site = {
    file: tree.fileName, line: lineOf(tree, call.getStart(tree)), symbol: placeName(call), kind: isCallback ? ("auth-callback" as const) : isAction(call) ? ("server-action" as const) : ("route-handler" as const),
    tool: "supabase", hook: "extend" as const, confidence: isCallback ? 0.85 : method === "signUp" ? 0.9 : 0.7, evidence: [app.at(call)], wired: wiredBy(functionsAround(call).at(-1) ?? call),
  };
  const returning = isCallback && FORGOTTEN.test(tree.fileName) ? { confidence: 0.3, reason: "serves people who have an account already" } : {};
  const result = resultOf(call);
  if ("reason" in result) return { ...site, user: { id: raw("data.user.id"), email: raw("data.user.email"), name: null }, reason: result.reason };
  const { user } = result;
  const after = afterAnchor(call);
  const name = metadataName(app);
  // An address that is taken gives a made-up user without identities.
  const test = method === "signUp" ? `${user}?.identities?.length` : user;
  const place = (statements: Code): readonly Edit[] => (after ? [...result.edits, ...insert(after, code`if (${test}) {\n  ${statements}\n}`)] : []);
  return { ...site, user: { id: raw(`${user}.id`), email: raw(`${user}.email`), name: raw(`${user}.user_metadata.${name}`) }, ...(after ? { place } : { reason: "no statement may be added after it" }), ...returning };
}

/** The key under which this app reads a user's name; providers give `full_name`. */
function metadataName(app: App): string {
  const counts = new Map<string, number>();
  for (const file of app.code.mentioning("user_metadata"))
    for (const match of (app.repo.text(file) ?? "").matchAll(/user_metadata\??\.(full_name|fullName|name|display_name|displayName)\b/g)) counts.set(match[1] ?? "", (counts.get(match[1] ?? "") ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "full_name";
}

type Result = { readonly user: string; readonly edits: readonly Edit[] } | { readonly reason: string };

/** How the code around names the user in a call's `{ data: { user }, error }`, and the edits that give it a name. */
function resultOf(call: ts.CallExpression): Result {
  const at = wrapped(call);
  const { parent } = at;
  const file = call.getSourceFile().fileName;
  const fresh = freshData(call);
  if (ts.isExpressionStatement(parent)) return { user: `${fresh}.user`, edits: [{ kind: "splice", at: { file, offset: parent.getStart() }, remove: "", code: raw(`const { ${field("data", fresh)} } = `) }] };
  const assigned = ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isExpressionStatement(parent.parent) ? parent.left : undefined;
  if (assigned && ts.isIdentifier(assigned)) return { user: `${assigned.text}.data.user`, edits: [] };
  if (!ts.isVariableDeclaration(parent)) return { reason: "its result goes on without a name" };
  if (ts.isIdentifier(parent.name)) return { user: `${parent.name.text}.data.user`, edits: [] };
  if (!ts.isObjectBindingPattern(parent.name)) return { reason: "its result is taken apart as a list" };
  const data = parent.name.elements.find((one) => (one.propertyName ?? one.name).getText() === "data");
  if (!data) return { user: `${fresh}.user`, edits: [first(parent.name, field("data", fresh))] };
  if (ts.isIdentifier(data.name)) return { user: `${data.name.text}.user`, edits: [] };
  if (!ts.isObjectBindingPattern(data.name)) return { reason: "its result is taken apart as a list" };
  const user = data.name.elements.find((one) => (one.propertyName ?? one.name).getText() === "user");
  return user && ts.isIdentifier(user.name) ? { user: user.name.text, edits: [] } : { user: "user", edits: [first(data.name, "user")] };
}

const field = (name: string, local: string): string => (name === local ? name : `${name}: ${local}`);

/** Takes one more field, in front of the others. */
function first(pattern: ts.ObjectBindingPattern, text: string): Edit {
  const one = pattern.elements[0];
  return { kind: "splice", at: { file: pattern.getSourceFile().fileName, offset: one ? one.getStart() : pattern.getStart() + 1 }, remove: "", code: raw(one ? `${text}, ` : ` ${text} `) };
}

/** `data`, or another name where the function has one of that name. */
function freshData(call: ts.CallExpression): string {
  const taken = new Set<string>();
  const scope = functionsAround(call).at(-1) ?? call.getSourceFile();
  walk(scope, (node) => {
    if ((ts.isVariableDeclaration(node) || ts.isBindingElement(node) || ts.isParameter(node)) && ts.isIdentifier(node.name)) taken.add(node.name.text);
  });
  return ["data", "authData", "signedIn"].find((name) => !taken.has(name)) ?? "credytData";
}
