import type { Code, Edit, Signup } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { asAsync, atStart, hookValue, wiredBy, type HookValue } from "./hook.extend.ts";
import { atEnd } from "./webhook.branch.ts";

/** What the function of a trigger is given, and the way from there to the new user. */
interface Trigger {
  readonly path: RegExp;
  readonly way: string;
  readonly symbol: string;
}

const BEFORE = "beforeUserCreated";

/** Functions that Firebase calls when an account is made: since 2 before it is stored, up to then after. */
const TRIGGERS: readonly Trigger[] = [
  { path: /^(?:default\.)?auth\.user\.\(\)\.onCreate$/, way: "", symbol: "auth.user().onCreate" },
  { path: /^(?:default\.)?(?:runWith\.\(\)\.|region\.\(\)\.)+auth\.user\.\(\)\.onCreate$/, way: "", symbol: "auth.user().onCreate" },
  { path: /^beforeUserCreated$/, way: "data", symbol: BEFORE },
];

/** Triggers that are there. One that runs before the account is stored may still refuse it, so the one after it is better. */
export function functionSignups(app: App): readonly Signup[] {
  const found = triggers(app);
  return found.some(({ symbol }) => symbol !== BEFORE) ? found.filter(({ symbol }) => symbol !== BEFORE) : found;
}

function triggers(app: App): readonly Signup[] {
  const files = new Set([...app.code.mentioning("onCreate("), ...app.code.mentioning("beforeUserCreated(")]);
  return [...files].sort().flatMap((file) => {
    const tree = app.code.parse(file);
    const found: Signup[] = [];
    if (tree)
      walk(tree, (node) => {
        const signup = ts.isCallExpression(node) ? triggerAt(app, node) : undefined;
        if (signup) found.push(signup);
      });
    return found;
  });
}

function triggerAt(app: App, call: ts.CallExpression): Signup | undefined {
  const origin = /\b(?:onCreate|beforeUserCreated)$/.test(call.expression.getText()) ? app.originOf(call.expression) : undefined;
  const trigger = origin?.kind === "package" && origin.package === "firebase-functions" ? TRIGGERS.find(({ path }) => path.test(pathOf(origin))) : undefined;
  const given = call.arguments.at(-1);
  const fn = given && (valueOf(app, given) ?? bare(given));
  if (!trigger || !fn || !isFn(fn)) return undefined;
  const tree = call.getSourceFile();
  const value = hookValue(fn, trigger.way === "" ? undefined : trigger.way);
  const site = { file: tree.fileName, line: lineOf(tree, call.getStart(tree)), symbol: trigger.symbol, kind: "auth-event" as const, tool: "firebase", hook: "extend" as const, confidence: 0.9, evidence: [app.at(call)], wired: wiredBy(fn) };
  const user = { id: value?.of("uid") ?? raw("user.uid"), email: value?.of("email") ?? raw("user.email"), name: value?.of("displayName") ?? raw("user.displayName") };
  const reason = value ? reasonNot(app, fn) : "the new user is not in reach there";
  const put = trigger.symbol === BEFORE ? afterChecks(app, fn, value) : (statements: Code) => atStart(fn, statements);
  return { ...site, user, ...(reason === undefined ? { place: (statements: Code): readonly Edit[] => [...(put(statements) ?? []), ...(value?.edits ?? [])] } : { reason }) };
}

/** Behind what may refuse the account; types say that there may be none. */
function afterChecks(app: App, fn: Fn, value: HookValue | undefined): (statements: Code) => readonly Edit[] | undefined {
  const place = fn.body && ts.isBlock(fn.body) ? atEnd(fn.body) : undefined;
  return (statements) => {
    const guarded = app.language === "typescript" && value ? code`if (${value.of("")}) {\n  ${statements}\n}` : statements;
    const edits = place?.(guarded);
    return edits ? [...(asAsync(fn) ?? []), ...edits.filter((one) => one.kind === "insert")] : atStart(fn, guarded);
  };
}

/** Functions are often a package of their own, which cannot import files of the app beside it. */
function reasonNot(app: App, fn: Fn): string | undefined {
  const file = fn.getSourceFile().fileName;
  if (app.code.resolver.packageDir(file) !== app.dir) return "the Cloud Functions are a package of their own, which cannot import this app's files";
  return atStart(fn, raw("")) ? undefined : "its type does not let it wait for a promise";
}
