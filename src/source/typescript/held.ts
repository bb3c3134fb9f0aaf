import type { ByHand, Code, Edit, Placement } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import { afterAnchor, anchorAt, asyncSplice, statementOf } from "./anchors.ts";
import { functionsAround, isFn, type Fn } from "./functions.ts";
import { bare, ts, walk, wrapped } from "./parse.ts";
import { lookup } from "./scope.ts";

/** How the code around a call keeps its result, and how statements that use the result are put there. */
export interface Held {
  readonly as: "name" | "pattern" | "returned" | "chained" | "callback" | "discarded";
  /** An expression for a path into the result: `value("usage?.total_tokens")`; `value("")` is the result itself. */
  readonly value: (path: string) => Code | undefined;
  readonly place: Placement;
  /** The node after which the result is known: names declared later are out of scope there. */
  readonly node: ts.Node;
}

/** Why a result cannot be used where it stands. */
export interface NotHeld {
  readonly as: "nested" | "iterated" | "none";
  readonly reason: string;
  readonly node: ts.Node;
  readonly byHand?: ByHand;
}

export const isHeld = (held: Held | NotHeld): held is Held => "place" in held;

/** Options of `heldBy`: `fresh` is the name for a result that has none yet. */
export interface HoldOptions {
  readonly fresh: string;
  /** Steps of a chain that belong to the call itself (`values().returning()`), so that the whole chain is the call. */
  readonly chain?: RegExp;
}

/** Finds how the result of `call` is kept. Total: shapes we cannot write into are `NotHeld` with the reason. */
export function heldBy(call: ts.Expression, options: HoldOptions): Held | NotHeld {
  const steps: string[] = [];
  let at: ts.Node = call;
  for (;;) {
    at = wrapped(at);
    const { parent } = at;
    if (!ts.isPropertyAccessExpression(parent) || parent.expression !== at) break;
    const invoked = ts.isCallExpression(parent.parent) && parent.parent.expression === parent ? parent.parent : undefined;
    if (!invoked) {
      steps.push(parent.name.text);
      at = parent;
    }
    else if (parent.name.text === "then") return heldByThen(invoked, steps);
    else if (/^(?:catch|finally)$/.test(parent.name.text) || options.chain?.test(parent.name.text)) at = invoked;
    else return { as: "nested", reason: `its result goes straight into .${parent.name.text}()`, node: at };
  }
  return heldByParent(at, steps, options);
}

/** What `call().catch(…)` goes on with when the call has failed: nothing, or another answer; undefined where the failure goes on. */
export function caughtIn({ parent }: ts.Expression): "with-nothing" | "with-another" | undefined {
  if (!ts.isPropertyAccessExpression(parent) || parent.name.text !== "catch" || !ts.isCallExpression(parent.parent)) return undefined;
  const [handler] = parent.parent.arguments;
  if (!handler || /\bthrow\b|\breject\b/.test(handler.getText())) return undefined;
  const body = ts.isArrowFunction(handler) || ts.isFunctionExpression(handler) ? handler.body : handler;
  const says = ts.isBlock(body) ? !/\breturn\s*[^;\s}]/.test(body.getText()) : /^(?:console\.\w+(?:\(.*\))?|null|undefined)$/s.test(body.getText());
  return says ? "with-nothing" : "with-another";
}

/** Whether a function gives nothing when a call in it has failed: `try { return await call(); } catch (error) { console.error(error); }`. */
export function givesNothingAfter(call: ts.Node, fn: Fn): boolean {
  for (let at = call; at.parent && at !== fn; at = at.parent) {
    const { parent } = at;
    if (!ts.isTryStatement(parent) || parent.tryBlock !== at || !parent.catchClause) continue;
    const { block } = parent.catchClause;
    const isLast = ts.isBlock(parent.parent) && parent.parent === fn.body && parent.parent.statements.at(-1) === parent;
    const given = returnsIn(block);
    return !/\bthrow\b|\breject\(/.test(block.getText()) && (given.length > 0 || isLast) && given.every((one) => one === undefined || /^(?:null|undefined|false)$/.test(one.getText()));
  }
  return false;
}

/** What the `return` statements of a block give, those of inner functions left out. */
function returnsIn(block: ts.Block): (ts.Expression | undefined)[] {
  const found: (ts.Expression | undefined)[] = [];
  walk(block, (node) => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isReturnStatement(node)) found.push(node.expression);
    return undefined;
  });
  return found;
}

function heldByParent(at: ts.Node, steps: readonly string[], options: HoldOptions): Held | NotHeld {
  const { parent } = at;
  if (ts.isVariableDeclaration(parent) && parent.initializer === at) return heldByVariable(parent, steps);
  if (ts.isBinaryExpression(parent) && parent.right === at && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isExpressionStatement(parent.parent)) return named(parent.left.getText(), steps, parent);
  if (ts.isExpressionStatement(parent)) return discarded(at, parent);
  if (ts.isReturnStatement(parent)) return returned(parent, at, steps, options);
  if (ts.isArrowFunction(parent) && parent.body === at) return arrowBody(parent, at, steps, options);
  if (ts.isForOfStatement(parent) && parent.expression === at) return { as: "iterated", reason: "it is read as a stream in the loop itself", node: at };
  return { as: "nested", reason: "its result is used inside a larger expression", node: at };
}

function heldByVariable(declaration: ts.VariableDeclaration, steps: readonly string[]): Held | NotHeld {
  const { name } = declaration;
  if (ts.isIdentifier(name)) return named(name.text, steps, declaration);
  if (ts.isArrayBindingPattern(name)) {
    const first = name.elements[0];
    return first && ts.isBindingElement(first) && ts.isIdentifier(first.name) ? named(first.name.text, [], declaration, "0") : { as: "nested", reason: "its result is taken apart as a list", node: declaration };
  }
  const after = afterAnchor(declaration);
  if (!after) return noAnchor(declaration);
  const wanted: { readonly head: string; readonly local: string }[] = [];
  return {
    as: "pattern",
    node: declaration,
    value: (path) => {
      const [head, rest] = split(strip(path, steps) ?? "");
      if (head === "") return undefined;
      const present = name.elements.find((one) => (one.propertyName ?? one.name).getText() === head && ts.isIdentifier(one.name) && !one.dotDotDotToken);
      const others = name.elements.find((one) => one.dotDotDotToken);
      if (present || others) return raw(present ? `${present.name.getText()}${rest}` : `${others?.name.getText() ?? ""}.${head}${rest}`);
      const known = wanted.find((one) => one.head === head) ?? { head, local: freeBeside(declaration, head) };
      if (!wanted.includes(known)) wanted.push(known);
      return raw(`${known.local}${rest}`);
    },
    place: (statements) => [...widen(name, wanted), ...insert(after, statements)],
  };
}

/** A name for a new variable beside a declaration: one that means nothing there yet. */
function freeBeside(declaration: ts.Node, name: string): string {
  const other = `${name[0]?.toUpperCase() ?? ""}${name.slice(1)}`;
  return [name, `result${other}`, `answer${other}`].find((one) => lookup(one, declaration) === undefined) ?? `${name}$`;
}

/** Adds properties to `const { text } = …`, after the last one. */
function widen(pattern: ts.ObjectBindingPattern, wanted: readonly { readonly head: string; readonly local: string }[]): Edit[] {
  const last = pattern.elements.at(-1);
  const file = pattern.getSourceFile();
  if (wanted.length === 0) return [];
  const added = wanted.map((one) => (one.local === one.head ? one.head : `${one.head}: ${one.local}`)).join(", ");
  return [{ kind: "splice", at: { file: file.fileName, offset: last ? last.end : pattern.getStart(file) + 1 }, remove: "", code: raw(last ? `, ${added}` : ` ${added} `) }];
}

function named(name: string, steps: readonly string[], node: ts.Node, element?: string): Held | NotHeld {
  const after = afterAnchor(failureCheck(name, node) ?? node);
  if (!after) return noAnchor(node);
  // `(await call()).data` keeps only a part: paths that start with that part can still be read.
  const value = (path: string): Code | undefined => {
    const rest = strip(path, steps);
    if (rest === undefined || (element !== undefined && steps.length > 0)) return undefined;
    return raw(rest === "" ? name : rest.startsWith("?.") || rest.startsWith("[") ? name + rest : `${name}.${rest}`);
  };
  return { as: "name", node, value, place: (statements) => insert(after, statements) };
}

/** `if (!response.ok) throw …` right behind a request: what failed has not been used. */
function failureCheck(name: string, node: ts.Node): ts.IfStatement | undefined {
  const statement = statementOf(node);
  const list = statement && "statements" in statement.parent ? (statement.parent.statements as ts.NodeArray<ts.Statement>) : undefined;
  const next = statement && list?.[list.indexOf(statement) + 1];
  const asks = new RegExp(`!\\s*${name.replace(/[$.]/g, "\\$&")}\\.ok\\b|(?<![\\w.])${name.replace(/[$.]/g, "\\$&")}\\.status(?:Code)?\\s*(?:!==?|>=?)\\s*\\d`);
  const leaves = next && ts.isIfStatement(next) && !next.elseStatement && asks.test(next.expression.getText()) && /\b(?:return|throw|continue)\b/.test(next.thenStatement.getText());
  return leaves ? next : undefined;
}

/** `path` below the steps already taken, or undefined when it lies elsewhere. */
function strip(path: string, steps: readonly string[]): string | undefined {
  let rest = path;
  for (const step of steps) {
    const match = new RegExp(`^${step}(?:\\?)?(?:\\.|$)`).exec(rest);
    if (!match) return undefined;
    rest = rest.slice(match[0].length);
  }
  return rest;
}

const split = (path: string): readonly [string, string] => {
  const head = /^[\w$]+/.exec(path)?.[0] ?? "";
  return [head, path.slice(head.length)];
};

function discarded(at: ts.Node, statement: ts.ExpressionStatement): Held | NotHeld {
  const after = afterAnchor(statement);
  if (!after) return noAnchor(statement);
  return { as: "discarded", node: at, value: () => undefined, place: (statements) => insert(after, statements) };
}

/** `return await call()`: the result gets a name, the statement ours, then the same value is returned. */
function returned(statement: ts.ReturnStatement, at: ts.Node, steps: readonly string[], options: HoldOptions): Held | NotHeld {
  const fn = functionsAround(statement)[0];
  const anchor = anchorAt(statement, "after", fn);
  if (!anchor || !statementOf(statement) || steps.length > 0) return noAnchor(statement);
  const file = statement.getSourceFile();
  const start = statement.getStart(file);
  const awaited = ts.isAwaitExpression(at) || (ts.isParenthesizedExpression(at) && ts.isAwaitExpression(at.expression));
  return {
    as: "returned",
    node: statement,
    value: (path) => joinPath(options.fresh, path),
    place: (statements) => [
      { kind: "splice", at: { file: file.fileName, offset: start }, remove: "return", code: raw(`const ${options.fresh} =${awaited ? "" : " await"}`) },
      ...insert(anchor, code`${statements}\nreturn ${options.fresh};`),
    ],
  };
}

/** `async (x) => call()`: the body becomes a block. */
function arrowBody(fn: ts.ArrowFunction, at: ts.Node, steps: readonly string[], options: HoldOptions): Held | NotHeld {
  const file = fn.getSourceFile();
  const async = (ts.getCombinedModifierFlags(fn) & ts.ModifierFlags.Async) !== 0;
  const splice = async ? undefined : asyncSplice(fn);
  if ((!async && !splice) || steps.length > 0) return { as: "nested", reason: "the function has no body to write a statement into", node: fn };
  const text = at.getText(file);
  return {
    as: "returned",
    node: fn,
    value: (path) => joinPath(options.fresh, path),
    place: (statements) => [
      ...(splice ? [{ kind: "splice" as const, at: splice, remove: "", code: raw("async ") }] : []),
      { kind: "splice", at: { file: file.fileName, offset: at.getStart(file) }, remove: "", code: raw(`{\n  const ${options.fresh} = ${text.startsWith("await ") ? "" : "await "}`) },
      { kind: "splice", at: { file: file.fileName, offset: at.end }, remove: "", code: code`;\n  ${statements}\n  return ${options.fresh};\n}` },
    ],
  };
}

/** `call().then((result) => …)`: the callback's parameter is the result. */
function heldByThen(then: ts.CallExpression, steps: readonly string[]): Held | NotHeld {
  const callback = then.arguments[0] && bare(then.arguments[0]);
  if (!callback || !isFn(callback)) return { as: "nested", reason: "its result goes to a function that is defined elsewhere", node: then };
  return heldByParameter(callback, 0, "chained", steps);
}

/** A callback whose parameter is the result: statements go to the start of its body. `(err, user)` callbacks: `index` 1. */
export function heldByParameter(callback: Fn, index: number, as: "chained" | "callback", steps: readonly string[] = []): Held | NotHeld {
  const parameter = callback.parameters[index];
  if (!parameter || !ts.isIdentifier(parameter.name) || !callback.body || !ts.isBlock(callback.body) || steps.length > 0)
    return { as: "nested", reason: "the callback gives its result no name", node: callback };
  const { name } = parameter.name ? { name: parameter.name.text } : { name: "" };
  const error = index > 0 ? callback.parameters[0]?.name.getText() : undefined;
  const statements = callback.body.statements;
  // `if (err) …` comes first: our line stands behind it.
  const guard = error === undefined ? undefined : statements.findLast((one) => ts.isIfStatement(one) && one.expression.getText().includes(error));
  const beside = guard ?? statements[0];
  const anchor = beside && anchorAt(beside, guard ? "after" : "before", callback);
  if (!anchor) return noAnchor(callback);
  return { as, node: callback, value: (path) => joinPath(name, path), place: (added) => insert(anchor, added) };
}

const joinPath = (name: string, path: string): Code => raw(path === "" ? name : path.startsWith("[") || path.startsWith("?.") ? name + path : `${name}.${path}`);

const noAnchor = (node: ts.Node): NotHeld => ({ as: "none", reason: "no statement may be added beside it", node });

/** Statements beside an anchor, and `async` where the function needs it. */
export function insert(anchor: NonNullable<ReturnType<typeof anchorAt>>, statements: Code): Edit[] {
  const edits: Edit[] = [{ kind: "insert", at: anchor, code: statements }];
  return anchor.makeAsync ? [{ kind: "splice", at: anchor.makeAsync, remove: "", code: raw("async ") }, ...edits] : edits;
}
