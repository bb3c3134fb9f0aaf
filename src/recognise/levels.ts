import type { Level } from "./recordings.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { functionsAround, symbolAt, type Fn } from "../source/typescript/functions.ts";
import { heldBy } from "../source/typescript/held.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { chokeAround } from "./choke.ts";
import { handlerAround, userOf, type Recognition } from "./context.ts";

const HIGHEST = 7;

/** A wrapper that everything calls has more ways up than a reader would follow. */
const WAYS = 400;

/** The functions on the way up so far, none of which is entered twice, and how many more steps may be taken in all. */
interface Way {
  readonly passed: readonly ts.Node[];
  readonly budget: { left: number };
}

/** The levels at or above a provider's call where a user is in scope, each a site. Empty when no way up reaches one. */
export const levelsAbove = (recognition: Recognition, start: Level): Level[] => climb(recognition, start, { passed: [], budget: { left: WAYS } });

function climb(recognition: Recognition, level: Level, way: Way): Level[] {
  const { app } = recognition;
  const choke = chokeAround(level.node);
  // The app charges for what runs here already: that is the activity, whatever is called inside.
  if (choke) return [{ ...level, node: choke, answer: choke, via: [...level.via, app.at(level.node)], transparent: false, steps: [], choke: true }];
  const user = userOf(recognition, level.node);
  const handler = handlerAround(recognition, level.node)?.handler;
  // What only looks like a handler, by its parameters, may well be called by one.
  const handled = handler !== undefined && (handler.kind !== "route" || handler.route !== undefined);
  const usable = user !== undefined || (handler !== undefined && level.via.length > 0);
  if (user && (handled || user.nullable !== true)) return [level];
  if (handled || level.via.length >= HIGHEST) return usable ? [level] : [];
  // A user who may be missing is taken only where no caller knows one for certain.
  const above = callerLevels(recognition, level, way);
  return above.length === 0 && usable ? [level] : above;
}

function callerLevels(recognition: Recognition, level: Level, { passed, budget }: Way): Level[] {
  const { app } = recognition;
  const owner = ownerOf(level.node);
  if (!owner || passed.includes(owner)) return [];
  const transparent = level.transparent && givesBack(owner, level.answer);
  return callersOf(app.code, app.originOf, owner).flatMap((caller) => {
    // Nothing can be handed down through a table whose type says what its functions take.
    if (!ts.isCallExpression(caller.call) || caller.by === "chosen" || budget.left-- <= 0) return [];
    const certain = caller.by === "resolved";
    const next: Level = {
      ...level, node: caller.call, answer: caller.call, via: [...level.via, app.at(level.node)], transparent, certain: level.certain && certain,
      steps: [...level.steps, { fn: owner, call: caller.call, certain }],
    };
    return climb(recognition, next, { passed: [...passed, owner], budget });
  });
}

/**
 * The function whose call runs the node: callbacks run with the function around them, members of an object that is given away and
 * local functions that are called by their name run when somebody calls those.
 */
export function ownerOf(node: ts.Node): Fn | undefined {
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
