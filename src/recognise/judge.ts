import type { Evidence } from "../domain.ts";
import type { App } from "../source/app.ts";
import { functionsAround, symbolAt } from "../source/typescript/functions.ts";
import { bare, ts } from "../source/typescript/parse.ts";

/** How sure we are that a user is stored because a person signs up, and the lines that say so. */
export interface Judgement {
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

const SIGNUP = /sign.?up|regist(?:er|ration)|\bjoin\b|create.?account|create.?user|new.?user|add.?user|onboard|find.?or.?create|auth.?callback|get.?or.?create|social.?login|o.?auth|google|github|facebook/i;
/** Accounts that nobody asks for: made at start-up, in bulk, for tests. */
const NOBODY = /\bseed|import|migrat|\bcron\b|\bdemo|bulk|initiali[sz]e|bootstrap|provision|impersonat|fixture|\bmock|sandbox/i;
/** Accounts that somebody else makes, or that stand for no person. */
const NOT_SIGNUP = /invit|admin|\bsync\b|team.?member|guest|anonymous|stripe|checkout|subscription|lemon|paddle|machine|\bbot\b|service.?account/i;
const HASHES = /bcrypt|argon2|scrypt|pbkdf2|hash(?:ed)?_?password|password_?hash|\bpassword\b/i;
const PROFILE = /profile\.(?:id|emails?|displayName|_json|photos)|\boauth|id_?token|accessToken|googleUser|githubUser/i;
const MADE_UP = /\b(?:is_?(?:machine|bot|guest|anonymous|demo|system|test)|guest|bot)\b\s*:\s*(?:true|!0)/i;

/** Judges a site by what the code around it calls itself, what it stores, and what stands beside it. */
export function judge(app: App, node: ts.Node, symbol: string, route: string | undefined): Judgement {
  const functions = functionsAround(node);
  const called = ts.isCallExpression(node) ? (/[\w$]+$/.exec(node.expression.getText())?.[0] ?? "") : "";
  const words = spaced(`${symbol} ${route ?? ""} ${called} ${functions.map((fn) => nameIn(fn)).join(" ")}`);
  const file = spaced(node.getSourceFile().fileName.slice(app.dir.length));
  const local = (functions[0] ?? node.getSourceFile()).getText();
  const stored = node.getText();
  let confidence = 0.55;
  if (SIGNUP.test(words)) confidence += 0.3;
  else if (SIGNUP.test(file) || /auth|passport|login/i.test(file)) confidence += 0.15;
  if (HASHES.test(local) || PROFILE.test(local)) confidence += 0.15;
  if (NOT_SIGNUP.test(words) || MADE_UP.test(stored)) confidence -= 0.4;
  else if (NOT_SIGNUP.test(file)) confidence -= 0.3;
  const covered = coveredBy(app, node);
  if (isForNobody(app, node)) confidence = Math.min(confidence - 0.35, 0.4);
  if (covered) confidence = Math.min(confidence, 0.4);
  return { confidence: Math.max(0.05, Math.min(0.98, Math.round(confidence * 100) / 100)), evidence: covered ? [covered] : [] };
}

const spaced = (text: string): string => text.replace(/([a-z])([A-Z])/g, "$1 $2");

/** Whether the code around a node makes accounts that nobody signs up for. */
export function isForNobody(app: App, node: ts.Node): boolean {
  const file = node.getSourceFile().fileName.slice(app.dir.length);
  return NOBODY.test(spaced(`${file} ${functionsAround(node).map(nameIn).join(" ")}`));
}

const nameIn = (fn: ts.Node): string => (ts.isMethodDeclaration(fn) || ts.isFunctionDeclaration(fn) ? (fn.name?.getText() ?? "") : symbolAt(fn.getChildAt(0) ?? fn));

/** A hook of the auth library that runs for this account as well: an adapter's `createUser`, options whose `events` know new users. */
function coveredBy(app: App, node: ts.Node): Evidence | undefined {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    if (!ts.isObjectLiteralExpression(at)) continue;
    const named = (name: string): ts.ObjectLiteralElementLike | undefined => (at as ts.ObjectLiteralExpression).properties.find((one) => one.name?.getText() === name);
    if (named("createUser") && (named("linkAccount") || named("getUserByAccount") || spreadsAdapter(at))) return app.at(named("createUser") ?? at);
    const events = named("events");
    const inner = events && ts.isPropertyAssignment(events) ? bare(events.initializer) : undefined;
    const knows = inner && ts.isObjectLiteralExpression(inner) ? inner.properties.find((one) => /^(?:createUser|signIn)$/.test(one.name?.getText() ?? "") && (one.name?.getText() === "createUser" || /isNewUser|createdAt|created_at/.test(one.getText()))) : undefined;
    if (knows?.name?.getText() === "signIn") return app.at(knows);
  }
  return undefined;
}

/** `{ ...PrismaAdapter(prisma), createUser: … }` and `adapter: { … }`. */
const spreadsAdapter = (node: ts.ObjectLiteralExpression): boolean => node.properties.some((one) => ts.isSpreadAssignment(one) && /adapter/i.test(one.getText())) || /adapter/i.test(symbolAt(node));
