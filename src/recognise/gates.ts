import type { Gate, StatementAnchor, UserExpression } from "../domain.ts";
import { guardAnchor, keepsErrors, unspentAnchor } from "../source/typescript/anchors.ts";
import { callersOf } from "../source/typescript/callers.ts";
import type { Fn } from "../source/typescript/functions.ts";
import { lineOf, ts } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";
import { handlerAround, userOf, type Around, type Recognition } from "./context.ts";
import { ownerOf } from "./levels.ts";
import { wiredAt } from "./wired.ts";

/** How far up the callers of a function are followed to where requests come in. */
const HIGHEST = 4;

/**
 * Where the balance is checked before a billable call: in the handler that makes it, or in every handler that leads to it. Empty when
 * a way to the call has no handler with a user and a place for a statement: then half of the requests would go unchecked.
 */
export function gatesOf(recognition: Recognition, node: ts.CallExpression, around: Around | undefined, user: UserExpression | undefined): readonly Gate[] {
  if (around) {
    const gate = user && gateAt(node, around, user);
    return gate ? [gate] : [];
  }
  return above(recognition, node, 0, new Set()) ?? [];
}

function above(recognition: Recognition, node: ts.Node, depth: number, seen: Set<Fn>): readonly Gate[] | undefined {
  const owner = ownerOf(node);
  if (!owner || depth >= HIGHEST || seen.has(owner)) return undefined;
  seen.add(owner);
  const callers = callersOf(recognition.app.code, recognition.app.originOf, owner).flatMap(({ call }) => (ts.isCallExpression(call) ? [call] : []));
  const gates: Gate[] = [];
  for (const call of callers) {
    const around = handlerAround(recognition, call);
    const user = userOf(recognition, call);
    const found = around ? [user && gateAt(call, around, user)] : above(recognition, call, depth + 1, seen);
    if (!found || found.some((one) => one === undefined)) return undefined;
    gates.push(...found.filter((one) => one !== undefined));
  }
  return gates.length > 0 ? gates : undefined;
}

function gateAt(node: ts.CallExpression, { fn, handler }: Around, user: UserExpression): Gate | undefined {
  const tree = node.getSourceFile();
  const latest = handler.refusal === "thrown" ? outsideTries(node, fn, user) : guardAnchor(node, fn);
  const unspent = latest && unspentAnchor(node, fn);
  const before = unspent && unspent.offset < latest.offset && knownAt(user, node, unspent) ? unspent : latest;
  // In front of what sends the head of the answer, the user may not be known yet.
  if (before && !knownAt(user, node, before)) return undefined;
  return before && { file: tree.fileName, line: lineOf(tree, node.getStart(tree)), symbol: handler.symbol, handler, user, before, wired: wiredAt(node, []).includes("checkBalance") };
}

/** An error of ours must leave the function: it stands before a `try` that would keep it, where the user is known there already. */
function outsideTries(node: ts.CallExpression, fn: Fn, user: UserExpression): StatementAnchor | undefined {
  const roots = rootsOf(user);
  const isKnown = (one: ts.TryStatement): boolean => roots.every((name) => lookup(name, one)?.node === lookup(name, node)?.node);
  const isKept = triesAround(node, fn).some((one) => keepsErrors(one) && !isKnown(one));
  return isKept ? undefined : guardAnchor(node, fn, keepsErrors);
}

/** The variables that the user's id is read from. */
const rootsOf = (user: UserExpression): readonly string[] => user.text.match(/(?<![\w$.])[A-Za-z_$][\w$]*/g) ?? [];

/** Whether the variables that the user's id is read from at `node` have their values at an anchor in front of it. */
function knownAt(user: UserExpression, node: ts.Node, before: StatementAnchor): boolean {
  return rootsOf(user).every((name) => {
    const declared = lookup(name, node)?.node;
    return declared === undefined || declared.pos < before.offset || declared.getSourceFile() !== node.getSourceFile();
  });
}

/** The `try` statements of a function that a node stands in, innermost first. */
function triesAround(node: ts.Node, fn: Fn): readonly ts.TryStatement[] {
  const found: ts.TryStatement[] = [];
  for (let at: ts.Node | undefined = node.parent; at && at !== fn; at = at.parent) if (ts.isTryStatement(at) && node.pos < at.tryBlock.end) found.push(at);
  return found;
}
