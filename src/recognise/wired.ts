import { functionsAround } from "../source/typescript/functions.ts";
import { ts, walk } from "../source/typescript/parse.ts";

/** Functions of ours that a site may call; a hand-written integration that uses these names counts as well. */
export const OURS = ["ensureCustomer", "recordUsage", "recordStream", "checkBalance", "createPortalSession", "readBalance", "handleCredytWebhook"] as const;

const CALL = new RegExp(`\\b(${OURS.join("|")})\\s*\\(`, "g");

/** What `wired` says beside a name whose promise nobody waits for: a serverless host may stop before it is done. */
export const UNAWAITED = " without await";

/** Where in a function our functions are called as plain statements, whose promise goes nowhere. */
function unawaited(scope: ts.Node): ReadonlySet<number> {
  const found = new Set<number>();
  walk(scope, (node) => {
    if (!ts.isCallExpression(node) || !ts.isExpressionStatement(node.parent)) return;
    found.add((ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression).getStart());
  });
  return found;
}

/** Which of our functions the code around a node calls, in its outermost function. */
export function wiredIn(node: ts.Node): readonly string[] {
  const scope = functionsAround(node).at(-1);
  if (!scope) return [];
  const calls = callsIn(scope);
  return [...new Set([...calls.map(({ name }) => name), ...notes(scope, calls)])];
}

interface Call {
  readonly name: string;
  readonly at: number;
}

const callsIn = (scope: ts.Node): Call[] => [...scope.getText().matchAll(CALL)].map((match) => ({ name: match[1] ?? "", at: scope.getStart() + match.index }));

/** The names of calls that nobody waits for, marked as such. */
function notes(scope: ts.Node, calls: readonly Call[]): string[] {
  if (calls.length === 0) return [];
  const loose = unawaited(scope);
  return calls.filter(({ at }) => loose.has(at)).map(({ name }) => name + UNAWAITED);
}

/**
 * Which of our functions a billable call is wired with: a record that comes after it and before the next of `others` that runs after
 * it, a balance check that comes before it. A record of one call says nothing of another beside it.
 */
export function wiredAt(node: ts.Node, others: readonly ts.Node[]): readonly string[] {
  const scope = functionsAround(node).at(-1);
  if (!scope) return [];
  const calls = callsIn(scope);
  const beside = others.filter((one) => one !== node && one.getSourceFile() === node.getSourceFile() && functionsAround(one).at(-1) === scope);
  const records = calls.filter(({ name }) => /^record/.test(name));
  const next = Math.min(...beside.filter((one) => one.getStart() >= node.end && !areAlternatives(node, one)).map((one) => one.getStart()));
  const recorded = records.length > beside.length ? records : records.filter(({ at }) => at >= node.getStart() && at < next);
  const checked = calls.filter(({ name, at }) => name === "checkBalance" && at < node.getStart());
  const rest = calls.filter(({ name }) => name !== "checkBalance" && !/^record/.test(name));
  const mine = [...recorded, ...checked, ...rest];
  return [...new Set([...mine.map(({ name }) => name), ...notes(scope, mine)])];
}

/** Two places of which only one runs: branches of an `if`, cases of a `switch`, a `try` and its `catch`. */
function areAlternatives(a: ts.Node, b: ts.Node): boolean {
  for (let at: ts.Node | undefined = a; at?.parent; at = at.parent) {
    const { parent } = at;
    if (b.pos < parent.pos || b.end > parent.end) continue;
    const child = at;
    const other = branchOf(parent, b);
    return (ts.isIfStatement(parent) || ts.isConditionalExpression(parent) || ts.isTryStatement(parent) || ts.isCaseBlock(parent)) && other !== undefined && other !== child;
  }
  return false;
}

function branchOf(parent: ts.Node, node: ts.Node): ts.Node | undefined {
  let found: ts.Node | undefined;
  ts.forEachChild(parent, (child) => {
    if (child.pos <= node.pos && node.end <= child.end) found = child;
  });
  return found;
}

/** Which of our functions a text calls. */
export const calledIn = (text: string): readonly string[] => [...new Set([...text.matchAll(CALL)].map((match) => match[1] ?? ""))];
