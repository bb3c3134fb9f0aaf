import type { App } from "../../source/app.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";

/** A method call: `receiver.method(…)`. */
export interface MethodCall {
  readonly call: ts.CallExpression;
  readonly receiver: ts.Expression;
  readonly method: string;
}

/** Every call of one of `methods` in scripts whose text `hint` takes, in file order. */
export function methodCalls(app: App, methods: RegExp, hint: (text: string) => boolean): readonly MethodCall[] {
  return app.code.scripts.flatMap((file) => {
    const tree = hint(app.repo.text(file) ?? "") ? app.code.parse(file) : undefined;
    const found: MethodCall[] = [];
    if (tree)
      walk(tree, (node) => {
        if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !methods.test(node.expression.name.text)) return;
        found.push({ call: node, receiver: node.expression.expression, method: node.expression.name.text });
      });
    return found;
  });
}

/** The last name of an expression: `user` of `prisma.user`, `this.users` or `db["users"]`; empty otherwise. */
export function tailName(node: ts.Expression): string {
  const at = bare(node);
  if (ts.isPropertyAccessExpression(at)) return at.name.text;
  if (ts.isElementAccessExpression(at) && ts.isStringLiteralLike(at.argumentExpression)) return at.argumentExpression.text;
  return ts.isIdentifier(at) ? at.text : "";
}

/** The object literal an expression is: written out, or kept in a `const` whose only literal it is. */
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
export function valueOf(object: ts.ObjectLiteralExpression | undefined, name: string): ts.Expression | undefined {
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
