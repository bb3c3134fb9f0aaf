import type { App } from "../source/app.ts";
import { functionsAround } from "../source/typescript/functions.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";

/** An HTTP request written in the app: `fetch(url, …)`, `axios.post(url, …)`, `got(url)`. */
export interface HostCall {
  /** `METHOD address`, holes of templates as `*`. */
  readonly url: string;
  readonly streaming: boolean;
  /** The expression that holds the answer's body: the request, or the `.json()` that reads its response. */
  readonly answer: ts.Expression;
}

const CLIENTS = /^(?:axios|got|ky|superagent|needle|node-fetch|undici|cross-fetch|isomorphic-fetch|isomorphic-unfetch|ofetch)$/;

/** Reads a call as an HTTP request; undefined when it is none, or its address is not written in the code. */
export function hostCall(app: App, node: ts.CallExpression): HostCall | undefined {
  const origin = app.originOf(node.expression);
  const name = origin?.kind === "package" && CLIENTS.test(origin.package) ? (origin.path.at(-1) ?? "") : origin?.kind === "global" && /^(?:fetch|\$fetch|globalThis\.fetch|window\.fetch)$/.test(origin.path.join(".")) ? "fetch" : undefined;
  if (name === undefined || !node.arguments[0]) return undefined;
  const first = bare(node.arguments[0]);
  const options = ts.isObjectLiteralExpression(first) ? first : node.arguments[1] && bare(node.arguments[1]);
  const address = ts.isObjectLiteralExpression(first) ? property(first, "url") : first;
  if (!address) return undefined;
  const verb = /^(?:get|post|put|patch|delete)$/.test(name) ? name.toUpperCase() : methodOf(options);
  const isFetch = name === "fetch" || (origin?.kind === "package" && /fetch|undici/.test(origin.package));
  return { url: `${verb} ${literal(address, 0)}`, streaming: /\bstream["']?\s*:\s*true\b/.test(node.getText()), answer: isFetch ? (bodyOf(node) ?? node) : node };
}

function methodOf(options: ts.Node | undefined): string {
  const value = options && ts.isObjectLiteralExpression(options) ? property(options, "method") : undefined;
  return value && ts.isStringLiteralLike(value) ? value.text.toUpperCase() : "GET";
}

function property(literalNode: ts.ObjectLiteralExpression, name: string): ts.Expression | undefined {
  for (const one of literalNode.properties) {
    if (ts.isPropertyAssignment(one) && one.name.getText().replace(/['"]/g, "") === name) return bare(one.initializer) as ts.Expression;
    if (ts.isShorthandPropertyAssignment(one) && one.name.text === name) return one.name;
  }
  return undefined;
}

/** The text of an address with what is not known as `*`: names are followed to their initial values. */
function literal(node: ts.Node, depth: number): string {
  const at = bare(node);
  if (ts.isStringLiteralLike(at)) return at.text;
  if (ts.isTemplateExpression(at)) return at.head.text + at.templateSpans.map((span) => literal(span.expression, depth + 1) + span.literal.text).join("");
  if (ts.isBinaryExpression(at)) return at.operatorToken.kind === ts.SyntaxKind.PlusToken ? literal(at.left, depth + 1) + literal(at.right, depth + 1) : literal(at.right, depth + 1);
  if (ts.isIdentifier(at) && depth < 5) {
    const declared = lookup(at.text, at)?.node;
    if (declared && ts.isVariableDeclaration(declared) && declared.initializer) return literal(declared.initializer, depth + 1);
  }
  if (ts.isNewExpression(at) && at.arguments?.[0]) return literal(at.arguments[0], depth + 1);
  if (ts.isPropertyAccessExpression(at) && /^process\.env\./.test(at.getText())) return `\${${at.name.text}}`;
  return "*";
}

/** `const data = await response.json()` after `const response = await fetch(…)`: the call that reads the body. */
function bodyOf(node: ts.CallExpression): ts.Expression | undefined {
  const declaration = wrapped(node).parent;
  const name = ts.isVariableDeclaration(declaration) && ts.isIdentifier(declaration.name) ? declaration.name.text : undefined;
  const scope = functionsAround(node)[0];
  if (name === undefined || !scope) return undefined;
  let found: ts.Expression | undefined;
  walk(scope, (at) => {
    if (!found && ts.isCallExpression(at) && ts.isPropertyAccessExpression(at.expression) && at.expression.name.text === "json" && at.expression.expression.getText() === name && at.pos > node.pos) found = at;
  });
  return found;
}
