import type { Code } from "../domain.ts";
import type { Creation } from "../adapters/define.ts";
import { raw } from "../code/code.ts";
import { isFn, type Fn } from "../source/typescript/functions.ts";
import { bare, ts, walk } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";

/**
 * The expression that a new user's column was given, as it can be said again at the site: for a call further up, arguments stand for
 * the parameters, and every name must mean the same `at` the place. Undefined where saying it again is not harmless (a call that makes an id) or not possible.
 */
export function storedField(creation: Creation, calls: readonly (ts.CallExpression | ts.NewExpression)[], column: string | undefined, at: ts.Node): Code | undefined {
  if (column === undefined) return undefined;
  let value: ts.Expression | undefined = creation.given?.[column] ?? inLiteral(creation.fields, column);
  let rest = "";
  // From the creation outwards: each call is of the function that the step before stands in.
  for (const call of [...calls].reverse()) {
    const carried: { readonly value: ts.Expression; readonly rest: string } | undefined = value && argumentFor(value, rest, call);
    if (!carried) return undefined;
    ({ value, rest } = carried);
  }
  return value && isHarmless(value) && isShort(value) && isInScope(value, at) ? raw(text(value) + rest) : undefined;
}

/** Whether every name in an expression means the same at another node. */
function isInScope(value: ts.Expression, at: ts.Node): boolean {
  let same = true;
  const visit = (node: ts.Node): void => {
    const isName = ts.isIdentifier(node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node);
    if (isName && lookup(node.text, node)?.node !== lookup(node.text, at)?.node) same = false;
  };
  visit(value);
  walk(value, visit);
  return same;
}

/** Longer texts read better as the stored row's own field. */
const isShort = (node: ts.Expression): boolean => node.getText().length <= 60 && !node.getText().includes("\n");

const text = (node: ts.Expression): string => node.getText();

function inLiteral(fields: ts.ObjectLiteralExpression | undefined, column: string): ts.Expression | undefined {
  for (const property of fields?.properties ?? []) {
    if (!property.name || property.name.getText().replace(/['"]/g, "") !== column) continue;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
    if (ts.isPropertyAssignment(property)) return property.initializer;
  }
  return undefined;
}

/** What a call passes for a value that is a parameter of the called function, or a property of one. */
function argumentFor(value: ts.Expression, rest: string, call: ts.CallExpression | ts.NewExpression): { readonly value: ts.Expression; readonly rest: string } | undefined {
  const path: string[] = [];
  let at = withoutCleaning(bare(value));
  while (ts.isPropertyAccessExpression(at)) {
    path.unshift(at.name.text);
    at = bare(at.expression);
  }
  const declared = ts.isIdentifier(at) ? lookup(at.text, at)?.node : undefined;
  const parameter = declared && parameterOf(declared);
  if (!declared || !parameter) return undefined;
  const given = call.arguments?.[parameter.index];
  if (!given) return undefined;
  const steps = [...parameter.path, ...path];
  const literal = bare(given);
  if (steps.length > 0 && ts.isObjectLiteralExpression(literal)) {
    const inner = inLiteral(literal, steps[0] ?? "");
    return inner && { value: inner, rest: steps.slice(1).map((step) => `.${step}`).join("") + rest };
  }
  return { value: given, rest: steps.map((step) => `.${step}`).join("") + rest };
}

/** `email.toLowerCase()` as `email`: what is stored differs in nothing that matters to a person. */
function withoutCleaning(node: ts.Node): ts.Node {
  return ts.isCallExpression(node) && node.arguments.length === 0 && ts.isPropertyAccessExpression(node.expression) && /^(?:toLowerCase|trim)$/.test(node.expression.name.text) ? withoutCleaning(bare(node.expression.expression)) : node;
}

/** Which parameter a declared name is, or is taken out of: `({ email }) => …`. */
function parameterOf(declared: ts.Node): { readonly index: number; readonly path: readonly string[] } | undefined {
  if (ts.isParameter(declared)) return { index: (declared.parent as Fn).parameters.indexOf(declared), path: [] };
  if (!ts.isBindingElement(declared) || !ts.isObjectBindingPattern(declared.parent)) return undefined;
  const owner = declared.parent.parent;
  const key = (declared.propertyName ?? declared.name).getText();
  return ts.isParameter(owner) && isFn(owner.parent) ? { index: owner.parent.parameters.indexOf(owner), path: [key] } : undefined;
}

/** Whether an expression has no effect and costs nothing when it is evaluated again. */
function isHarmless(node: ts.Expression): boolean {
  const at = ts.isNonNullExpression(node) || ts.isAsExpression(node) || ts.isParenthesizedExpression(node) ? (bare(node) as ts.Expression) : node;
  if (ts.isIdentifier(at)) return at.text !== "undefined";
  if (ts.isPropertyAccessExpression(at)) return at.expression.kind === ts.SyntaxKind.ThisKeyword || isHarmless(at.expression);
  if (ts.isElementAccessExpression(at)) return isHarmless(at.expression) && ts.isNumericLiteral(at.argumentExpression);
  if (ts.isTemplateExpression(at)) return at.templateSpans.every((span) => isHarmless(span.expression));
  if (ts.isCallExpression(at)) return at.arguments.length === 0 && ts.isPropertyAccessExpression(at.expression) && /^(?:toLowerCase|trim|toString)$/.test(at.expression.name.text) && isHarmless(at.expression.expression);
  return ts.isBinaryExpression(at) && /^(?:\?\?|\|\|)$/.test(at.operatorToken.getText()) && isHarmless(at.left) && (isHarmless(at.right) || ts.isLiteralExpression(at.right) || at.right.kind === ts.SyntaxKind.NullKeyword);
}
