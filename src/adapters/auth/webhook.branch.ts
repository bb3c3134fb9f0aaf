import type { Code, Edit } from "../../domain.ts";
import { anchorAt } from "../../source/typescript/anchors.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { insert } from "../../source/typescript/held.ts";
import { ts, walk } from "../../source/typescript/parse.ts";

/** The part of a webhook's handler that runs for one kind of event. */
export interface Branch {
  readonly body: ts.Block | ts.CaseOrDefaultClause;
  /** The expression that is compared with the event's name. */
  readonly tested: ts.Node;
  /** Whether nothing but this comparison (or others of the same kind) leads here, so that a union's type is narrowed by it. */
  readonly alone: boolean;
}

/** Every branch of a file that is taken when something equals `word`: cases, comparisons, lists with `includes`. */
export function branchesOf(tree: ts.SourceFile, word: string): readonly Branch[] {
  const found: Branch[] = [];
  walk(tree, (node) => {
    if (!ts.isStringLiteralLike(node) || node.text !== word) return;
    const branch = branchOf(node);
    if (branch) found.push(branch);
  });
  return found;
}

function branchOf(literal: ts.StringLiteralLike): Branch | undefined {
  const { parent } = literal;
  if (ts.isCaseClause(parent)) return ofCase(parent);
  const test = ts.isBinaryExpression(parent) ? parent : ts.isArrayLiteralExpression(parent) ? includesAround(parent) : undefined;
  const statement = test && ifAround(test);
  const tested = test && (ts.isBinaryExpression(test) ? (test.left === literal ? test.right : test.left) : test.arguments[0]);
  if (!test || !statement || !tested) return undefined;
  const negated = ts.isBinaryExpression(test) && test.operatorToken.getText().startsWith("!");
  const body = negated ? afterLeaving(statement) : ts.isBlock(statement.thenStatement) ? statement.thenStatement : undefined;
  return body && { body, tested, alone: ts.isBinaryExpression(test) };
}

function includesAround(array: ts.Node): ts.CallExpression | undefined {
  const access = array.parent;
  return ts.isPropertyAccessExpression(access) && access.name.text === "includes" && ts.isCallExpression(access.parent) ? access.parent : undefined;
}

function ifAround(test: ts.Node): ts.IfStatement | undefined {
  for (let at = test; at.parent && !isFn(at); at = at.parent) if (ts.isIfStatement(at.parent)) return at.parent.expression === at ? at.parent : undefined;
  return undefined;
}

/** `if (event.type !== "user.created") return …`: what follows is the branch. */
function afterLeaving(statement: ts.IfStatement): ts.Block | undefined {
  return /\b(?:return|throw)\b/.test(statement.thenStatement.getText()) && ts.isBlock(statement.parent) ? statement.parent : undefined;
}

function ofCase(clause: ts.CaseClause): Branch | undefined {
  const list = clause.parent.clauses;
  const body = list.slice(list.indexOf(clause)).find((one) => one.statements.length > 0);
  const only = body?.statements.length === 1 ? body.statements[0] : undefined;
  return body && { body: only && ts.isBlock(only) ? only : body, tested: clause.parent.parent.expression, alone: true };
}

/** Puts statements at the end of a branch, in front of what leaves it. */
export function atEnd(body: Branch["body"]): ((statements: Code) => readonly Edit[]) | undefined {
  const last = body.statements.at(-1);
  const leaves = last && (ts.isReturnStatement(last) || ts.isBreakStatement(last) || ts.isThrowStatement(last));
  const anchor = last && anchorAt(last, leaves ? "before" : "after");
  return anchor && ((statements) => insert(anchor, statements));
}

/** Variables of the blocks around a node, up to its function, that are declared in front of it; outermost first. */
export function declaredBefore(at: ts.Node): readonly ts.VariableDeclaration[] {
  const found: ts.VariableDeclaration[][] = [];
  for (let node = at; node.parent && !isFn(node); node = node.parent) {
    const list = node.parent;
    if (!ts.isBlock(list) && !ts.isCaseOrDefaultClause(list)) continue;
    found.unshift(list.statements.filter((one) => one.end <= at.getStart()).flatMap((one) => (ts.isVariableStatement(one) ? [...one.declarationList.declarations] : [])));
  }
  return found.flat();
}
