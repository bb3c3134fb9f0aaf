import { bare, ts } from "./parse.ts";
import { valueOf, type Values } from "./values.ts";

/** The object literals that a call is given, names followed to where the literal is written; of `new Client(new Configuration({ … }))` the inner one. */
export function optionLiterals(values: Values, call: ts.CallExpression | ts.NewExpression, depth = 0): readonly ts.ObjectLiteralExpression[] {
  return (call.arguments ?? []).flatMap((argument) => {
    const literal = literalOf(values, argument);
    if (literal || depth > 2) return literal ? [literal] : [];
    const value = valueOf(values, argument);
    return value && ts.isNewExpression(value) ? optionLiterals(values, value, depth + 1) : [];
  });
}

/** The object literal an expression is; of `JSON.stringify({ … })` the literal inside. */
export function literalOf(values: Values, node: ts.Node): ts.ObjectLiteralExpression | undefined {
  const at = bare(node);
  if (ts.isCallExpression(at) && at.expression.getText() === "JSON.stringify" && at.arguments[0]) return literalOf(values, at.arguments[0]);
  const value = ts.isObjectLiteralExpression(at) ? at : valueOf(values, at);
  return value && ts.isObjectLiteralExpression(value) ? value : undefined;
}

/** A property of an object literal by name: `a: 1`, `a`, `a() {}`. */
export function propertyOf(literal: ts.ObjectLiteralExpression, name: string): ts.ObjectLiteralElementLike | undefined {
  return literal.properties.find((one) => one.name !== undefined && one.name.getText().replace(/['"]/g, "") === name);
}

/** The value of a property: `b` of `a: b`, the name itself of `a`. */
export function valueIn(literal: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  const property = propertyOf(literal, name);
  if (!property) return undefined;
  if (ts.isPropertyAssignment(property)) return property.initializer;
  return ts.isShorthandPropertyAssignment(property) ? property.name : undefined;
}

/** The value of an option of a call, in the first of its literals that has it. */
export function optionOf(values: Values, call: ts.CallExpression | ts.NewExpression, name: string): ts.Expression | undefined {
  for (const literal of optionLiterals(values, call)) {
    const value = valueWithin(values, literal, name, 0);
    if (value) return value;
  }
  return undefined;
}

/** A property of a literal, or of what is spread into it. */
function valueWithin(values: Values, literal: ts.ObjectLiteralExpression, name: string, depth: number): ts.Expression | undefined {
  const own = valueIn(literal, name);
  if (own || depth > 3) return own;
  for (const property of literal.properties) {
    const spread = ts.isSpreadAssignment(property) ? literalOf(values, property.expression) : undefined;
    const value = spread && valueWithin(values, spread, name, depth + 1);
    if (value) return value;
  }
  return undefined;
}
