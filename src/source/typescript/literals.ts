import { bare, ts } from "./parse.ts";
import { lookup } from "./scope.ts";

/** The object literal an expression is: written out, or what the `const` it names was given. */
export function literalOf(node: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  if (!node) return undefined;
  const at = bare(node);
  if (ts.isObjectLiteralExpression(at)) return at;
  if (!ts.isIdentifier(at)) return undefined;
  const declared = lookup(at.text, at)?.node;
  const value = declared && ts.isVariableDeclaration(declared) && declared.initializer ? bare(declared.initializer) : undefined;
  return value && ts.isObjectLiteralExpression(value) ? value : undefined;
}

/** The value of a property of an object literal. A shorthand's value is its name. */
export function propertyOf(object: ts.ObjectLiteralExpression | undefined, name: string): ts.Expression | undefined {
  for (const property of object?.properties ?? []) {
    if (!property.name || nameText(property.name) !== name) continue;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
    if (ts.isPropertyAssignment(property)) return property.initializer;
  }
  return undefined;
}

/** A property's name as text, quotes left out; empty when it is computed. */
export const nameText = (name: ts.PropertyName): string => (ts.isIdentifier(name) || ts.isStringLiteralLike(name) || ts.isPrivateIdentifier(name) ? name.text : "");

/** Names of the properties written out in an object literal. */
export const keysOf = (object: ts.ObjectLiteralExpression): readonly string[] => object.properties.flatMap((one) => (one.name ? [nameText(one.name)] : []));
