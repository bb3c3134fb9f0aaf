import { lastName } from "../source/typescript/functions.ts";
import { bare, ts } from "../source/typescript/parse.ts";
import type { Binding } from "../source/typescript/scope.ts";

/** Whether a name is the user's part of a prompt, and nobody: `const user = ["Read this label:", text].join("\n")`, `(system, user) => …`. */
export function isPrompt({ node }: Binding): boolean {
  if ((ts.isVariableDeclaration(node) || ts.isParameter(node)) && node.type?.getText() === "string") return true;
  if (ts.isVariableDeclaration(node)) return node.initializer !== undefined && isText(bare(node.initializer));
  const beside: readonly ts.Node[] = ts.isBindingElement(node) ? node.parent.elements : ts.isParameter(node) ? node.parent.parameters : [];
  return beside.some((one) => (ts.isBindingElement(one) || ts.isParameter(one)) && /^system(?:Prompt|Message)?$/.test(one.name.getText()));
}

/** Whether an expression makes a text, a list, or a message for a model. */
function isText(node: ts.Node): boolean {
  if (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isArrayLiteralExpression(node)) return true;
  if (ts.isBinaryExpression(node)) return node.operatorToken.kind === ts.SyntaxKind.PlusToken;
  if (ts.isConditionalExpression(node)) return isText(bare(node.whenTrue)) || isText(bare(node.whenFalse));
  if (ts.isObjectLiteralExpression(node)) return node.properties.some((one) => one.name?.getText() === "role");
  return ts.isCallExpression(node) && /^(?:join|trim|replace|replaceAll|concat|stringify)$|prompt|template/i.test(lastName(node.expression));
}
