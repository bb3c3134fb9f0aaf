import type { Level } from "./recordings.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { functionsAround, symbolAt, type Fn } from "../source/typescript/functions.ts";
import { heldBy } from "../source/typescript/held.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { handlerAround, userOf, type Recognition } from "./context.ts";

const HIGHEST = 7;

/** The levels at or above a provider's call where a user is in scope, each a site. Empty when no way up reaches one. */
export const levelsAbove = (recognition: Recognition, start: Level): Level[] => climb(recognition, start, new Set());

function climb(recognition: Recognition, level: Level, seen: Set<ts.Node>): Level[] {
  if (userOf(recognition, level.node)) return [level];
  if (handlerAround(recognition, level.node) || level.via.length >= HIGHEST) return level.via.length > 0 && handlerAround(recognition, level.node) ? [level] : [];
  const owner = ownerOf(level.node);
  if (!owner || seen.has(owner)) return [];
  seen.add(owner);
  const transparent = level.transparent && givesBack(owner, level.answer);
  return callersOf(recognition.app.code, recognition.app.originOf, owner).flatMap((caller) => {
    if (!ts.isCallExpression(caller.call)) return [];
    const certain = caller.by === "resolved";
    const next: Level = {
      ...level, node: caller.call, answer: caller.call, via: [...level.via, recognition.app.at(level.node)], transparent, certain: level.certain && certain,
      steps: [...level.steps, { fn: owner, call: caller.call, certain }],
    };
    return climb(recognition, next, seen);
  });
}

/**
 * The function whose call runs the node: callbacks run with the function around them, members of an object that is given away and
 * local functions that are called by their name run when somebody calls those.
 */
function ownerOf(node: ts.Node): Fn | undefined {
  const around = functionsAround(node);
  const inner = around.findIndex((fn, i) => i < around.length - 1 && (isGivenAway(fn) || isCalledWithin(fn, around[i + 1])));
  const own = inner < 0 ? around : around.slice(0, inner + 1);
  return inner >= 0 ? own.at(-1) : (own.findLast((fn) => symbolAt(fn) !== "" && !ts.isConstructorDeclaration(fn)) ?? own.at(-1));
}

/** A local function with a name that the function around it calls. */
function isCalledWithin(fn: Fn, outer: Fn | undefined): boolean {
  const { parent } = wrapped(fn);
  const name = ts.isFunctionDeclaration(fn) ? fn.name?.text : ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : undefined;
  let called = false;
  if (name !== undefined && outer) walk(outer, (at) => void (ts.isCallExpression(at) && ts.isIdentifier(at.expression) && at.expression.text === name && (called = true)));
  return called;
}

/** A member of an object or class, or a function that is returned: somebody else calls it, later. */
function isGivenAway(fn: Fn): boolean {
  if (ts.isMethodDeclaration(fn) || ts.isAccessor(fn)) return true;
  const { parent } = wrapped(fn);
  return ts.isPropertyAssignment(parent) || ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === wrapped(fn));
}

/** Whether a function returns the answer itself, so that its callers can read usage from it. */
function givesBack(fn: Fn, answer: ts.Expression): boolean {
  const { parent } = wrapped(answer);
  if (parent === fn || (ts.isReturnStatement(parent) && functionsAround(parent)[0] === fn)) return true;
  const held = heldBy(answer, { fresh: "result" });
  if (held.as !== "name" || !fn.body) return false;
  const name = held.value("");
  let returned = false;
  walk(fn.body, (node) => {
    if (ts.isReturnStatement(node) && node.expression && name && bare(node.expression).getText() === name.parts.join("")) returned = true;
  });
  return returned;
}
