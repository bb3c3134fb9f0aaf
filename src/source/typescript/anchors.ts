import type { Anchor, StatementAnchor } from "../../domain.ts";
import { headersBefore } from "./headers.ts";
import { enclosing } from "./origin.ts";
import { functionsAround, isAsync, isFn, isGenerator, type Fn } from "./functions.ts";
import { bare, ts, wrapped } from "./parse.ts";
import { spendingBefore } from "./spending.ts";

type Lists = ts.Block | ts.SourceFile | ts.CaseOrDefaultClause | ts.ModuleBlock;

const isList = (node: ts.Node): node is Lists => ts.isBlock(node) || ts.isSourceFile(node) || ts.isCaseOrDefaultClause(node) || ts.isModuleBlock(node);

/** The statement around a node that stands in a list of statements, so that another may stand beside it; none in `if (x) call()`. */
export function statementOf(node: ts.Node): ts.Statement | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (at.parent && isList(at.parent) && !ts.isSourceFile(at)) return (at.parent.statements as readonly ts.Node[]).includes(at) ? (at as ts.Statement) : undefined;
    if (ts.isStatement(at) && !ts.isBlock(at) && at.parent && !isList(at.parent)) return undefined;
    // The body of an arrow without a block has no statement to stand beside; the arrow itself is part of one.
    if (at !== node && ts.isArrowFunction(at) && !ts.isBlock(at.body)) return undefined;
  }
  return undefined;
}

const LOOPS = new Set([ts.SyntaxKind.ForStatement, ts.SyntaxKind.ForInStatement, ts.SyntaxKind.ForOfStatement, ts.SyntaxKind.WhileStatement, ts.SyntaxKind.DoStatement]);

/**
 * The statement before which a balance gate guards `node`: the innermost one that is in `handler` itself, outside inner functions and
 * loops, so that the check runs once and may leave the handler. `outside` says which `try` statements it must not stand in either.
 */
export function guardAnchor(node: ts.Node, handler: Fn, outside: (one: ts.TryStatement) => boolean = () => false, sooner: Sooner = headersBefore): StatementAnchor | undefined {
  let at: ts.Node = node;
  for (let up: ts.Node | undefined = node.parent; up && up !== handler; up = up.parent) {
    if (isFn(up) || LOOPS.has(up.kind)) at = up;
    if (ts.isTryStatement(up) && node.pos < up.tryBlock.end && outside(up)) at = up;
  }
  const inner = statementOf(at);
  const statement = inner && functionsAround(inner)[0] === handler ? (sooner(inner, handler) ?? inner) : undefined;
  return statement && anchorAt(statement, "before", handler);
}

/** The statement in front of which a guard has to stand, where that is earlier than the one it guards. */
type Sooner = (statement: ts.Statement, handler: Fn) => ts.Statement | undefined;

/** In front of what takes the user's own credits, and of what sends the head of the answer: whoever is refused must have lost nothing. */
export function unspentAnchor(node: ts.Node, handler: Fn, outside?: (one: ts.TryStatement) => boolean): StatementAnchor | undefined {
  return guardAnchor(node, handler, outside, (statement, fn) => {
    const spending = spendingBefore(statement, fn);
    return headersBefore(spending ?? statement, fn) ?? spending;
  });
}

/** Whether a `try` keeps an error that is thrown in it: its `catch` does not throw that same error again. */
export function keepsErrors({ catchClause }: ts.TryStatement): boolean {
  const name = catchClause?.variableDeclaration?.name.getText();
  return catchClause !== undefined && !(name !== undefined && new RegExp(`\\bthrow\\s+${name}\\s*(?:;|\\n|\\}|$)`).test(catchClause.block.getText()));
}

/** A place right after the statement that holds `node`. Undefined where no statement may stand, or where it could never run. */
export function afterAnchor(node: ts.Node): StatementAnchor | undefined {
  const statement = statementOf(node);
  const fn = functionsAround(node)[0];
  if (!statement || !fn || ts.isReturnStatement(statement) || ts.isThrowStatement(statement)) return undefined;
  return anchorAt(statement, "after", fn);
}

/** An anchor beside a statement, if our `await` may stand there. */
export function anchorAt(statement: ts.Statement, place: "before" | "after", fn: Fn | undefined = functionsAround(statement)[0]): StatementAnchor | undefined {
  const file = statement.getSourceFile();
  const list = statement.parent;
  if (!fn) return undefined;
  const start = place === "before" ? commentedStart(statement) : statement.getStart(file);
  const base = { file: file.fileName, offset: place === "before" ? start : statement.end, place, start, block: [list.getStart(file), list.end] as const };
  if (isAsync(fn)) return base;
  const makeAsync = asyncSplice(fn);
  return makeAsync && { ...base, makeAsync };
}

/** Where a statement begins with the comments that belong to it: each on lines of its own, no blank line between them. */
export function commentedStart(statement: ts.Statement): number {
  const { text } = statement.getSourceFile();
  let start = statement.getStart();
  for (const range of [...(ts.getLeadingCommentRanges(text, statement.pos) ?? [])].reverse()) {
    const isOwnLine = /(?:^|\n)[ \t]*$/.test(text.slice(0, range.pos));
    if (!isOwnLine || !/^[ \t]*\r?\n?[ \t]*$/.test(text.slice(range.end, start))) break;
    start = range.pos;
  }
  return start;
}

/**
 * Where `async ` may be spliced in. Only for functions whose result nobody uses as a plain value: callbacks, handlers, functions that
 * give a promise already. Constructors, accessors and generators never.
 */
export function asyncSplice(fn: Fn): Anchor | undefined {
  if (ts.isConstructorDeclaration(fn) || ts.isAccessor(fn) || isGenerator(fn) || !mayBecomeAsync(fn)) return undefined;
  const file = fn.getSourceFile();
  const first = ts.isMethodDeclaration(fn) ? fn.name : ts.isFunctionDeclaration(fn) ? (fn.getChildren(file).find((child) => child.kind === ts.SyntaxKind.FunctionKeyword) ?? fn) : fn;
  return { file: file.fileName, offset: first.getStart(file) };
}

function mayBecomeAsync(fn: Fn): boolean {
  if (fn.type && !/^(?:Promise|any|unknown|void)\b/.test(fn.type.getText())) return false;
  const value = wrapped(fn);
  // A callback: its result goes to a promise chain, a router or an event, all of which take a promise.
  if (ts.isCallExpression(value.parent) && value.parent.expression !== value) return !SYNC_CALLERS.test(value.parent.expression.getText());
  return fn.parameters.length >= 2 || returnsPromise(fn);
}

/** Functions that use what their callback returns at once. */
const SYNC_CALLERS = /\.(?:map|filter|some|every|find|findIndex|reduce|sort|flatMap|replace|forEach|transaction)$|^(?:useMemo|useCallback|useEffect|describe|setState)$/;

function returnsPromise(fn: Fn): boolean {
  if (fn.type && /^Promise\b/.test(fn.type.getText())) return true;
  const last = fn.body && ts.isBlock(fn.body) ? fn.body.statements.at(-1) : undefined;
  const value = last && ts.isReturnStatement(last) && last.expression ? bare(last.expression) : undefined;
  if (!value) return false;
  if (ts.isNewExpression(value)) return value.expression.getText() === "Promise";
  return ts.isCallExpression(value) && ts.isPropertyAccessExpression(value.expression) && /^(?:then|catch|finally)$/.test(value.expression.name.text);
}

/** Whether a node stands inside a loop of the function that holds it. */
export function inLoop(node: ts.Node): boolean {
  const around = enclosing(node, (at) => isFn(at) || LOOPS.has(at.kind));
  return around !== undefined && !isFn(around);
}
