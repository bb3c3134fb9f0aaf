import type { App } from "../../source/app.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";

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
