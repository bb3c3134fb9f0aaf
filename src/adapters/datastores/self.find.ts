import { functionsAround } from "../../source/typescript/functions.ts";
import { keysOf } from "../../source/typescript/literals.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";

/**
 * The variable that holds a new user with its key, when the app makes keys itself: `user` of `insert(user)` or
 * `insert(decamelize(user))` after `user.id = uuid()` or `const user = { id: …, … }`.
 */
export function selfOf(given: ts.Expression | undefined, key: string): string | undefined {
  const at = given && bare(given);
  if (!at) return undefined;
  const names = ts.isIdentifier(at) ? [at] : ts.isCallExpression(at) ? at.arguments.map((one) => bare(one)).filter(ts.isIdentifier) : [];
  return names.find((name) => hasKey(name, key))?.text;
}

function hasKey(name: ts.Identifier, key: string): boolean {
  const declared = lookup(name.text, name)?.node;
  const value = declared && ts.isVariableDeclaration(declared) && declared.initializer ? bare(declared.initializer) : undefined;
  if (value && ts.isObjectLiteralExpression(value) && keysOf(value).includes(key)) return true;
  const scope = functionsAround(name)[0];
  let found = false;
  if (scope)
    walk(scope, (node) => {
      if (node.pos < name.pos && ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && node.left.getText() === `${name.text}.${key}`) found = true;
    });
  return found;
}
