import type { App } from "../source/app.ts";
import { functionsAround } from "../source/typescript/functions.ts";
import { optionOf } from "../source/typescript/options.ts";
import { bare, ts } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";
import { valueOf } from "../source/typescript/values.ts";
import type { ProviderCall } from "./recordings.ts";

/**
 * What a name says of a call. `where`: only the handler's address and the names of the functions on the way from it to the call count, or
 * the file's too; `nobody`: the file's where the function is given nobody who pays.
 */
const REASONS: readonly { readonly test: RegExp; readonly where: "function" | "both" | "nobody"; readonly reason: string }[] = [
  { test: /\b(?:chat|conversation|thread|session)s? (?:title|name)\b|\btitle from (?:user )?(?:message|chat|conversation)|^(?:generate|create|get|auto|make)? ?title$/, where: "function", reason: "it names a conversation, which is a cost of your product and not an activity of the user" },
  { test: /\b(?:health|healthz|healthcheck|ping|warm ?up|keep ?alive|heartbeat)\b/, where: "both", reason: "it is a health check" },
  { test: /\b(?:cron|crons|cronjob|scheduler)\b/, where: "nobody", reason: "it runs on a schedule, for no user" },
  { test: /\badmin\b/, where: "both", reason: "it is for administrators" },
  { test: /\bsupport (?:chat|bot)\b|\bhelp ?(?:chat|bot)\b/, where: "both", reason: "it is your own support chat" },
  { test: /\btest (?:\w+ )?(?:connection|model|key|provider)\b|\b(?:validate|verify|check) (?:api )?key\b/, where: "function", reason: "it tests a connection" },
];

/** Why the provider's adapter would not bill a call. */
export const exemptByPattern = ({ pattern, node, free }: ProviderCall, app: App): string | undefined => free ?? (typeof pattern.notBilled === "function" ? pattern.notBilled(node, app) : pattern.notBilled);

/** Why a call is not billed unless the user says so; undefined when it is. `isForOne`: the function is given somebody who pays. */
export function notBilledBecause(call: ProviderCall, symbols: readonly string[], node: ts.Node, app: App, isForOne: boolean): string | undefined {
  const said = exemptByPattern(call, app);
  if (said !== undefined) return said;
  const file = words(node.getSourceFile().fileName.slice(app.dir.length).replace(/\.\w+$/, ""));
  const names = symbols.map(words);
  const hit = REASONS.find(({ test, where }) => names.some((name) => test.test(name)) || ((where === "both" || (where === "nobody" && !isForOne)) && test.test(file)));
  return hit?.reason ?? (isUsersKey(app, node, call.made) ? "it runs on the user's own key" : undefined);
}

/** `generateChatTitle`, `support-chat/route` as lower-case words. */
const words = (text: string): string => text.replace(/([a-z\d])([A-Z])/g, "$1 $2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2").replace(/[^A-Za-z\d]+/g, " ").trim().toLowerCase();

const KEYS = ["apiKey", "apiToken", "authToken", "auth", "token", "key"];

/** The client is made from a key that comes with the request or from the user's row: they pay the provider themselves. */
function isUsersKey(app: App, node: ts.Node, made: ts.Node | undefined): boolean {
  const scope = functionsAround(node).at(-1)?.getText() ?? "";
  if (STORED_KEY.test(scope) && !/process\.env|import\.meta/.test(scope)) return true;
  const key = madeBy(app, made).map((client) => keyOf(app, client)).find((one) => one !== undefined);
  if (key) return isFromUser(key, 0);
  return /\b(?:apiKey|api_key):\s*(?:(?:body|json|input|params|user|session\.user|profile)\b[?.!]|previewToken\b|userApiKey\b|customApiKey\b|userKey\b)/.test(scope);
}

/** `decrypt(row.apiKey)`: what users entrust to an app is kept so; an app's own keys come from its environment. */
const STORED_KEY = /\bdecrypt\w*\(\s*[\w.?!]*\.\w*(?:api_?keys?|encrypted_?key)\w*\s*[,)]/i;

/** A key by its option's name, or as the first argument: `new GoogleGenerativeAI(key)`. */
function keyOf(app: App, client: ts.CallExpression | ts.NewExpression): ts.Node | undefined {
  const [first] = client.arguments ?? [];
  const named = KEYS.map((name) => optionOf(app, client, name)).find((one) => one !== undefined);
  return named ?? (ts.isNewExpression(client) && first && /key|token/i.test(first.getText()) && !ts.isObjectLiteralExpression(bare(first)) ? first : undefined);
}

/** What made the object that is called, and what made that: the model of `client.getGenerativeModel(…)` is made by the client. */
function madeBy(app: App, made: ts.Node | undefined): (ts.CallExpression | ts.NewExpression)[] {
  const found: (ts.CallExpression | ts.NewExpression)[] = [];
  for (let at = made; at && found.length < 4 && (ts.isCallExpression(at) || ts.isNewExpression(at)); ) {
    found.push(at);
    const callee: ts.Node = bare(at.expression);
    at = ts.isCallExpression(at) && ts.isPropertyAccessExpression(callee) ? valueOf(app, callee.expression) : undefined;
  }
  return found;
}

const OURS = /process\.env|\benv\b|\bconfig\b|import\.meta|\bsettings\b|\bserverEnv\b/i;
const THEIRS = /^(?:body|json|input|user|profile|previewToken|userApiKey|customApiKey|userKey|customKey|byoKey|userProfile|chatSettings)$/;

/** Whether a key's text leads back to the request or a stored row of the user, and not to the app's own configuration. */
function isFromUser(given: ts.Node, depth: number): boolean {
  const node = bare(given);
  if (depth > 4 || OURS.test(node.getText())) return false;
  if (ts.isBinaryExpression(node)) return isFromUser(node.left, depth + 1);
  let root: ts.Node = node;
  while (ts.isPropertyAccessExpression(root) || ts.isElementAccessExpression(root)) root = bare(root.expression);
  if (!ts.isIdentifier(root)) return false;
  if (THEIRS.test(root.text)) return true;
  if (/^(?:req|request|ctx|c|event)$/.test(root.text)) return /\b(?:body|headers?|query|params)\b/.test(node.getText());
  const declared = lookup(root.text, root)?.node;
  const value = declared && valueOfDeclaration(declared);
  if (!value || OURS.test(value.getText())) return false;
  // `const key = profile.openai_key`, and `const { openai_key: key } = profile`.
  return /\b(?:req|request|ctx|c)\b\.(?:json|body|headers|query|formData)\b/.test(value.getText()) || isFromUser(value, depth + 1);
}

function valueOfDeclaration(node: ts.Node): ts.Node | undefined {
  let at = node;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at)) at = at.parent;
  return ts.isVariableDeclaration(at) ? at.initializer : undefined;
}
