import { functionsAround } from "../source/typescript/functions.ts";
import { ts } from "../source/typescript/parse.ts";

/** Functions of ours that a site may call; a hand-written integration that uses these names counts as well. */
export const OURS = ["ensureCustomer", "recordUsage", "recordStream", "checkBalance", "createPortalSession", "readBalance", "handleCredytWebhook"] as const;

const CALL = new RegExp(`\\b(${OURS.join("|")})\\s*\\(`, "g");

/** Which of our functions the code around a node calls, in its outermost function. */
export function wiredIn(node: ts.Node): readonly string[] {
  const scope = functionsAround(node).at(-1);
  return scope ? calledIn(scope.getText()) : [];
}

/**
 * Which of our functions a billable call is wired with: a record that comes after it and before the next of `others` that runs after
 * it, a balance check that comes before it. A record of one call says nothing of another beside it.
 */
export function wiredAt(node: ts.Node, others: readonly ts.Node[]): readonly string[] {
  const scope = functionsAround(node).at(-1);
  if (!scope) return [];
  const start = scope.getStart();
  const calls = [...scope.getText().matchAll(CALL)].map((match) => ({ name: match[1] ?? "", at: start + match.index }));
  const beside = others.filter((one) => one !== node && one.getSourceFile() === node.getSourceFile() && functionsAround(one).at(-1) === scope);
  const records = calls.filter(({ name }) => /^record/.test(name));
  const next = Math.min(...beside.filter((one) => one.getStart() >= node.end && !areAlternatives(node, one)).map((one) => one.getStart()));
  const recorded = records.length > beside.length ? records : records.filter(({ at }) => at >= node.getStart() && at < next);
  const checked = calls.filter(({ name, at }) => name === "checkBalance" && at < node.getStart());
  const rest = calls.filter(({ name }) => name !== "checkBalance" && !/^record/.test(name));
  return [...new Set([...recorded, ...checked, ...rest].map(({ name }) => name))];
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
