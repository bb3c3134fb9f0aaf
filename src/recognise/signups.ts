import type { Code, Signup, SignupKind } from "../domain.ts";
import type { Creation } from "../adapters/define.ts";
import { raw } from "../code/code.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { functionsAround, symbolAt } from "../source/typescript/functions.ts";
import { heldBy, isHeld, heldByParameter, insert, type Held, type NotHeld } from "../source/typescript/held.ts";
import { afterAnchor } from "../source/typescript/anchors.ts";
import { bare, lineOf, ts } from "../source/typescript/parse.ts";
import { handlerAround, type Recognition } from "./context.ts";
import { wiredIn } from "./wired.ts";

/** Every place where a new account has just been stored: creations in the app's own code, and hooks of its auth libraries. */
export function findSignups(recognition: Recognition): readonly Signup[] {
  const stored = recognition.datastores.flatMap(({ id, adapter }) => adapter.creations(recognition.app, recognition.userModel).flatMap((creation) => atCreation(recognition, id, creation)));
  const hooks = recognition.auth.flatMap(({ adapter }) => adapter.signups?.(recognition.app, recognition.userModel) ?? []);
  return dedupe([...hooks, ...stored]).sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** One site for each statement: a hook that an auth library knows better than the data store wins. */
function dedupe(sites: readonly Signup[]): Signup[] {
  const seen = new Map<string, Signup>();
  for (const site of sites) {
    const key = `${site.file}:${site.line}`;
    if (!seen.has(key)) seen.set(key, site);
  }
  return [...seen.values()];
}

function atCreation(recognition: Recognition, tool: string, creation: Creation): Signup[] {
  const held = holdCreation(creation);
  const group = `${creation.call.getSourceFile().fileName}:${creation.call.getStart()}`;
  const own = site(recognition, tool, creation, creation.call, held, group);
  if (isHeld(held) && held.as !== "returned") return [own];
  const callers = throughCallers(recognition, tool, creation, group, creation.call, 0);
  return callers.length > 0 ? callers : [own];
}

function holdCreation(creation: Creation): Held | NotHeld {
  if (creation.callback) return heldByParameter(creation.callback.fn, creation.callback.index, "callback");
  const held = heldBy(creation.call as ts.Expression, { fresh: "user", ...(creation.chain && { chain: creation.chain }) });
  if (creation.self === undefined || !isHeld(held) || held.as === "name") return held;
  const { self } = creation;
  const after = afterAnchor(creation.call);
  if (held.as === "chained" || !after) return { ...held, value: (path) => raw(path === "" ? self : `${self}.${path}`) };
  return { ...held, value: (path) => raw(path === "" ? self : `${self}.${path}`), place: (statements) => insert(after, statements) };
}

/** `return User.create(…)` in a service: the callers that keep the new user are the places to write. */
function throughCallers(recognition: Recognition, tool: string, creation: Creation, group: string, node: ts.Node, depth: number): Signup[] {
  const owner = functionsAround(node)[0];
  if (!owner || depth > 3) return [];
  return callersOf(recognition.app.code, recognition.app.originOf, owner).flatMap(({ call, by }) => {
    if (!ts.isCallExpression(call)) return [];
    const held = heldBy(call, { fresh: "user" });
    if (isHeld(held) && held.as !== "returned" && held.as !== "discarded") {
      const found = site(recognition, tool, creation, call, held, group);
      return [by === "resolved" ? found : { ...found, confidence: Math.min(found.confidence, 0.6) }];
    }
    const further = throughCallers(recognition, tool, creation, group, call, depth + 1);
    return further.length > 0 || !isHeld(held) ? further : [site(recognition, tool, creation, call, held, group)];
  });
}

function site(recognition: Recognition, tool: string, creation: Creation, node: ts.Expression, held: Held | NotHeld, group: string): Signup {
  const { app, userModel } = recognition;
  const tree = node.getSourceFile();
  const around = handlerAround(recognition, node);
  const symbol = around?.handler.symbol ?? symbolAt(node);
  const judged = judge(recognition, node, symbol, around?.handler.route);
  const direct = node === creation.call;
  const row = (path: string): Code | undefined => (!isHeld(held) || (direct && creation.row === undefined) ? undefined : held.value(direct && creation.row ? `${creation.row}${path === "" ? "" : `.${path}`}` : path));
  const id = row(userModel?.id.name ?? "id") ?? null;
  return {
    file: tree.fileName,
    line: lineOf(tree, node.getStart(tree)),
    symbol,
    kind: kindOf(around?.handler.kind, symbol, tree.fileName),
    tool,
    user: { id, email: field(creation, direct, "email") ?? (userModel?.email === undefined ? null : (row(userModel.email) ?? null)), name: field(creation, direct, "name") ?? (userModel?.displayName === undefined ? null : (row(userModel.displayName) ?? null)) },
    confidence: judged.confidence,
    evidence: [app.at(node), ...(direct ? [] : [app.at(creation.call)]), ...judged.evidence],
    wired: wiredIn(node),
    group,
    ...(around && { handler: around.handler }),
    ...(isHeld(held) && id !== null
      ? { place: (statements: Code) => [...(direct ? (creation.widen ?? []) : []), ...held.place(statements)] }
      : { reason: isHeld(held) ? "the new row's id is not known here" : held.reason }),
  };
}

const FIELDS = { email: /^(?:email|emailAddress|mail|user_email)$/i, name: /^(?:name|fullName|full_name|displayName|display_name|username|userName|firstName|first_name)$/ };

/** The expression a new user's field was given, where reading it again is harmless and it is in scope after the call. */
function field(creation: Creation, direct: boolean, which: keyof typeof FIELDS): Code | undefined {
  if (!direct || !creation.fields) return undefined;
  for (const property of creation.fields.properties) {
    if (!property.name || !FIELDS[which].test(property.name.getText().replace(/['"]/g, ""))) continue;
    if (ts.isShorthandPropertyAssignment(property)) return raw(property.name.text);
    if (ts.isPropertyAssignment(property) && isPlain(property.initializer)) return raw(property.initializer.getText());
  }
  return undefined;
}

const isPlain = (node: ts.Expression): boolean => ts.isIdentifier(node) || (ts.isPropertyAccessExpression(bare(node)) && isPlain((bare(node) as ts.PropertyAccessExpression).expression));

function kindOf(handler: string | undefined, symbol: string, file: string): SignupKind {
  if (/webhook/i.test(file)) return "webhook";
  if (/passport|strategy/i.test(file) || /strategy|passport/i.test(symbol)) return "passport-strategy";
  if (handler === "server-action") return "server-action";
  if (handler === "route" || handler === "api-route" || handler === "procedure") return /callback/i.test(file) ? "auth-callback" : "route-handler";
  return "service-function";
}

const SIGNUP = /sign.?up|regist(?:er|ration)|\bjoin\b|create.?account|create.?user|new.?user|add.?user|onboard|find.?or.?create|auth.?callback/i;
const NOT_SIGNUP = /invit|admin|seed|import|migrat|\bsync\b|team.?member|demo|guest|anonymous|bulk|cron|stripe|checkout|subscription|lemon|paddle/i;

/** How sure we are that this creation is a person signing up, and why. */
function judge(recognition: Recognition, node: ts.Node, symbol: string, route: string | undefined): { readonly confidence: number; readonly evidence: Signup["evidence"] } {
  const { app } = recognition;
  const words = `${symbol} ${route ?? ""} ${functionsAround(node).map(symbolAt).join(" ")}`.replace(/([a-z])([A-Z])/g, "$1 $2");
  const file = node.getSourceFile().fileName.slice(app.dir.length);
  const scope = functionsAround(node).at(-1)?.getText() ?? "";
  const local = functionsAround(node)[0]?.getText() ?? scope;
  let confidence = 0.55;
  if (SIGNUP.test(words)) confidence += 0.3;
  else if (SIGNUP.test(file) || /auth|passport|login/i.test(file)) confidence += 0.15;
  if (/bcrypt|argon2|scrypt|hash(?:ed)?Password|password/i.test(local) || /profile\.(?:id|emails|displayName)|oauth/i.test(local)) confidence += 0.15;
  if (NOT_SIGNUP.test(words)) confidence -= 0.35;
  else if (NOT_SIGNUP.test(file)) confidence -= 0.3;
  return { confidence: Math.max(0.05, Math.min(0.98, Math.round(confidence * 100) / 100)), evidence: [] };
}
