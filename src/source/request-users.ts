import type { App } from "./app.ts";

/** Names of a user's key, as code reads them off a request, a session or a row. */
export const ID = /^(?:id|_id|userId|uid|sub|user_id|userID|userid)$/;

/** What frameworks and auth libraries put on a request themselves. */
const LIBRARY = /^(?:user|auth|session|state|oidc|currentUser|account|locals)$/;
/** What comes from the browser: nobody has checked who sent it. */
const SENT = /^(?:body|query|params|headers|cookies|header|url|method|file|files|ip|path|get|json|formData|nextUrl|searchParams|text)$/;

const OURS = ["checkBalance(", "recordUsage(", "recordStream(", "createPortalSession(", "readBalance(", "ensureCustomer(", "ensureSubscribed(", "paymentLink("];

/** A text without what calls of ours read: a second look must come to what the first one saw. */
const withoutOurs = (text: string): string =>
  !OURS.some((one) => text.includes(one)) ? text : text.replace(/\bcheckBalance\([^,)]*/g, "").replace(/\b(?:recordUsage|recordStream)\([^;]*?userId:\s*[^,\n]*/g, "").replace(/\b(?:createPortalSession|readBalance|ensureCustomer|ensureSubscribed|paymentLink)\([^)]*\)/g, "");

/** How often each expression for the signed-in user's id is read from the request called `name`, in a text; `?.` and `!` as written. */
export function requestReads(app: App, given: string, name: string): ReadonlyMap<string, number> {
  const text = withoutOurs(given);
  const counts = new Map<string, number>();
  const add = (found: string | undefined): void => void (found !== undefined && counts.set(found, (counts.get(found) ?? 0) + 1));
  for (const match of text.matchAll(new RegExp(`(?<![\\w$.])(${escape(name)}|\\(${escape(name)} as [\\w.<>]+\\))((?:[?!]?\\.[A-Za-z_$][\\w$]*(?:\\(\\))?)+)(!(?![=]))?`, "g")))
    add(asserted(expression(app, match[1] ?? name, match[2] ?? ""), match));
  // `const { user } = req` and `const { userId } = req.auth`: what they take apart can be read again.
  for (const match of text.matchAll(new RegExp(`\\{([^{}]*)\\}(?:\\s*:\\s*[\\w.<>]+)?\\s*=\\s*(?:await\\s+)?${escape(name)}((?:[?!]?\\.[A-Za-z_$][\\w$]*(?:\\(\\))?)*)\\s*(?:as\\b|;|\\n|,|$)`, "g")))
    for (const key of (match[1] ?? "").split(",").map((one) => one.split(/[:=]/)[0]?.trim() ?? "")) {
      const path = `${match[2] ?? ""}.${key}`;
      const read = new RegExp(`\\b${escape(key)}[?!]?\\.(id|_id|userId|uid|sub|user_id)\\b`).exec(text)?.[1];
      add(ID.test(key) ? expression(app, name, path) : read === undefined ? undefined : expression(app, name, `${path}.${read}`));
    }
  return counts;
}

/** `req.userId!` where the `!` belongs to the id itself. */
const asserted = (read: string | undefined, match: RegExpExecArray | RegExpMatchArray): string | undefined => (read !== undefined && match[3] === "!" && match[0] === `${read}!` ? `${read}!` : read);

/** The path up to the id, when it leads to a user that the app or a library put there. */
function expression(app: App, name: string, path: string): string | undefined {
  const steps = path.match(/[?!]?\.[A-Za-z_$][\w$]*(?:\(\))?/g) ?? [];
  const names = steps.map((step) => step.replace(/^[?!]?\./, "").replace(/\(\)$/, ""));
  const end = names.findIndex((one, i) => ID.test(one) && (i > 0 || /user/i.test(one)));
  const [first = ""] = names;
  if (end < 0) return undefined;
  const key = names.slice(0, end + 1).join(".");
  const assigned = assignedOnRequest(app);
  const trusted = SENT.test(first) ? assigned.has(key) : end === 0 ? assigned.has(first) : LIBRARY.test(first) || assigned.has(first) || assigned.has(names.slice(0, 2).join("."));
  // A session's own id is not the user's.
  return trusted && key !== "session.id" && key !== "auth.id" ? `${name}${steps.slice(0, end + 1).join("").replace(/^[?!]/, "")}` : undefined;
}

const assignments = new WeakMap<App, ReadonlySet<string>>();

/** What functions of the app put on a request: `user`, `userId`, `apiKeyData`, even `body.userId` where a middleware overwrites it. */
export function assignedOnRequest(app: App): ReadonlySet<string> {
  const hit = assignments.get(app);
  if (hit) return hit;
  const found = new Set<string>();
  for (const file of app.code.scripts)
    for (const match of (app.repo.text(file) ?? "").matchAll(/(?<![\w$.])(?:\(\s*)?(?:req|request|_req|ctx|context|c)(?:\s+as\s+[\w.<>]+\s*\))?\.((?:\w+\.)?\w+)\s*=(?!=|>)/g)) {
      const path = match[1] ?? "";
      if (/user|auth|account|member|apiKey|token|decoded|jwt|payload|claims|customer|profile|uid|principal|\bsub\b/i.test(path)) found.add(path);
    }
  assignments.set(app, found);
  return found;
}

const usual = new WeakMap<App, Map<string, string | undefined>>();

/** The expression with which most handlers of the app read the signed-in user from the request called `name`. */
export function usualRead(app: App, name: string): string | undefined {
  const table = usual.get(app) ?? new Map<string, string | undefined>();
  usual.set(app, table);
  if (!table.has(name)) {
    const counts = new Map<string, number>();
    const uses = [".", "?.", "!.", " as "].map((rest) => `${name}${rest}`).concat(["= ", "=", "await "].map((head) => `${head}${name}`));
    for (const file of app.code.scripts)
      if (uses.some((use) => app.code.contains(file, use))) for (const [read, count] of requestReads(app, app.repo.text(file) ?? "", name)) counts.set(read, (counts.get(read) ?? 0) + count);
    table.set(name, mostRead(counts));
  }
  return table.get(name);
}

/** The expression for the user's id on the request called `name`, or on its response: as handlers read it, else what middleware puts there. */
export const requestUserRead = (app: App, name: string): string | undefined => usualRead(app, name) ?? keptOnResponse(app) ?? tokenUser(app, name) ?? assignedUser(app, name);

/** `res.locals.jwtData.id`, where most handlers of an app read the user off the response. */
function keptOnResponse(app: App): string | undefined {
  const read = usualRead(app, "res");
  return read?.startsWith("res.locals.") === true ? read : undefined;
}

/**
 * `req.login.userId` where a middleware that verifies tokens sets `req.login`, and tokens are signed with `{ userId: user._id }`. No handler
 * need read the id for that: many look the user up by another key of the token.
 */
function tokenUser(app: App, name: string): string | undefined {
  const key = tokenKey(app);
  if (key === undefined) return undefined;
  const properties = app.code.mentioning("verify").filter((file) => app.code.importers(file).length > 0).flatMap((file) => verifiedAs(app.repo.text(file) ?? "") ?? []);
  const read = new Map(properties.map((one) => [`${name}.${one}.${key}`, app.code.mentioning(`${name}.${one}`).length]));
  return mostRead(read);
}

/** The property of the request that a verified token is given to. */
function verifiedAs(text: string): string | undefined {
  for (const match of text.matchAll(VERIFIED)) {
    const property = new RegExp(`\\breq(?:uest)?\\.(\\w+)\\s*=\\s*${match[1] ?? match[2]}\\s*[;\\n]`).exec(text.slice(match.index))?.[1];
    if (property !== undefined) return property;
  }
  return undefined;
}

/** `const decoded = jwt.verify(…)` and `jwt.verify(token, secret, (error, decoded) => …)`: what the token is called. */
const VERIFIED = /\b(\w+)\s*=\s*(?:await\s+)?[\w.]*\bverify\w*\(|\bverify\w*\([^;{}]*?\(\s*\w+\s*,\s*(\w+)/g;

/** The key under which the app's tokens carry the user's id: `userId` of `jwt.sign({ userId: user._id }, …)`. */
function tokenKey(app: App): string | undefined {
  for (const file of app.code.mentioning("sign(")) {
    const found = /\bsign\(\s*\{[^{}]*?\b(\w+)\s*:\s*\w*[uU]ser\w*\._?id\b[^{}]*\}/.exec(app.repo.text(file) ?? "")?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `req.currentUser.id` where a middleware sets `req.currentUser` and no handler reads the id of it. */
function assignedUser(app: App, name: string): string | undefined {
  const found = [...assignedOnRequest(app)].find((one) => /^(?:user|currentUser|account|authUser)$/.test(one));
  return found && `${name}.${found}.${app.uses("mongoose") === undefined ? "id" : "_id"}`;
}

/** The expression that is read most; with its `!` where the code writes it, since its type needs one then. */
export function mostRead(counts: ReadonlyMap<string, number>): string | undefined {
  const best = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  return best !== undefined && counts.has(`${best}!`) ? `${best}!` : best;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
