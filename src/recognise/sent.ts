import type { App } from "../source/app.ts";
import { assignedOnRequest } from "../source/request-users.ts";
import { functionsAround, isFn, nameOf, type Fn } from "../source/typescript/functions.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { lookup, type Binding } from "../source/typescript/scope.ts";

/**
 * Whether a name holds what the browser sent: a part of the request's body, query, path or form, a tRPC input, an argument of a server
 * action. Such a `userId` says who somebody claims to be; to bill by it would let anybody spend another's money.
 */
export const isSent = (app: App, binding: Binding): boolean => holdsSent({ app, seen: new Set() }, binding);

/** What is being looked at already: a variable may be assigned from itself. */
interface Look {
  readonly app: App;
  readonly seen: ReadonlySet<ts.Node>;
}

function holdsSent({ app, seen }: Look, binding: Binding): boolean {
  if (seen.has(binding.node)) return false;
  // A webhook that proves its sender may name a user.
  if (functionsAround(binding.node).some((fn) => PROOF.test(fn.getText()) || isProven(fn))) return false;
  const parameter = parameterAround(binding.node);
  if (parameter) return isSentParameter(parameter, binding);
  const declaration = variableAround(binding.node);
  return declaration !== undefined && valuesOf(declaration).some((value) => isSentValue({ app, seen: new Set([...seen, binding.node]) }, value, 0, keyOf(binding)));
}

/** All that a variable may hold: what it begins with, and what its function assigns to it, each in some branch. */
function valuesOf(declaration: ts.VariableDeclaration): ts.Expression[] {
  const { name, initializer } = declaration;
  const values = initializer ? [initializer] : [];
  const scope = (declaration.parent.flags & ts.NodeFlags.Const) === 0 && ts.isIdentifier(name) ? functionsAround(declaration)[0] : undefined;
  if (scope)
    walk(scope, (node) => {
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && node.left.getText() === name.getText()) values.push(node.right);
    });
  return values;
}

const PROOF = /webhook_?secret|signature|svix|hmac|timingSafeEqual/i;

/** Given to what checks the sender first: `export const POST = verifySignatureAppRouter(handler)`. */
function isProven(fn: Fn): boolean {
  const { parent } = wrapped(fn);
  if (ts.isCallExpression(parent)) return CHECKS.test(parent.expression.getText());
  const name = lastNameOf(fn);
  return name !== "" && new RegExp(`\\bverify\\w*Signature\\w*\\(\\s*${name}\\b`).test(fn.getSourceFile().text);
}

const CHECKS = /\bverify\w*Signature\w*$/;
const lastNameOf = (fn: Fn): string => /^\w+$/.exec(nameOf(fn))?.[0] ?? "";

const INPUTS = /^(?:input|parsedInput|clientInput|bindArgsParsedInputs|formData|data|body|params|searchParams|query)$/;

/** Arguments of a server action, and the inputs that wrappers hand on. */
function isSentParameter(parameter: ts.ParameterDeclaration, binding: Binding): boolean {
  const fn = parameter.parent;
  if (ts.isIdentifier(parameter.name)) return isAction(fn);
  return keyPath(binding.node).some((key) => INPUTS.test(key)) || (isAction(fn) && ts.isFunctionDeclaration(fn));
}

/** Keys from a parameter's pattern to a name: `input`, `userId` of `({ input: { userId } })`. */
function keyPath(node: ts.Node): string[] {
  const keys: string[] = [];
  for (let at = node; ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at); at = at.parent) if (ts.isBindingElement(at)) keys.unshift((at.propertyName ?? at.name).getText());
  return keys;
}

const keyOf = (binding: Binding): string => keyPath(binding.node).join(".");

/** A function that browsers call directly: exported under `"use server"`, not given to a wrapper that passes a checked user. */
function isAction(fn: ts.Node): boolean {
  if (!isFn(fn) || (ts.isCallExpression(fn.parent) && !isFn(fn.parent))) return false;
  const directive = /^\s*(?:\/\/[^\n]*\n|\/\*[\s\S]*?\*\/|\s)*["']use server["']/;
  const own = fn.body && ts.isBlock(fn.body) ? fn.body.statements[0]?.getText() : undefined;
  if (own !== undefined && directive.test(own)) return true;
  const outer = functionsAround(fn).length === 0;
  const exported = /^export\b/.test((ts.isFunctionDeclaration(fn) ? fn : fn.parent.parent?.parent)?.getText() ?? "");
  return outer && exported && directive.test(fn.getSourceFile().text);
}

const SENT_CALL = /\b(?:_?req|request|c|ctx|event)(?:\.req|\.request)?\.(?:json|formData|text|arrayBuffer|param|query|queries|parseBody|valid)$|\b(?:searchParams|formData|params|query|url\.searchParams)\.get$|^(?:readBody|getQuery|getRouterParam|readValidatedBody)$/;
const SENT_PATH = /\b(?:req|request|ctx\.request|_req|event|evt)\.(?:body|query|params)\b|\bsearchParams\b|\bnextUrl\b|\bformData\b/;

function isSentValue(look: Look, given: ts.Expression, depth: number, key: string): boolean {
  const node = bare(given);
  if (depth > 6) return false;
  const text = node.getText();
  const overwritten = /\b(?:req|request)\.((?:body|headers)(?:\.\w+)?)/.exec(text)?.[1];
  if (overwritten !== undefined && (assignedOnRequest(look.app).has(overwritten) || assignedOnRequest(look.app).has(`${overwritten}.${key}`))) return false;
  if (ts.isCallExpression(node)) return isSentCall(look, node, text, depth);
  if (ts.isNewExpression(node)) return false;
  if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return SENT_PATH.test(text) || isSentValue(look, node.expression, depth + 1, key);
  if (ts.isBinaryExpression(node)) return isSentValue(look, node.left, depth + 1, key) || isSentValue(look, node.right, depth + 1, key);
  if (ts.isConditionalExpression(node)) return isSentValue(look, node.whenTrue, depth + 1, key) || isSentValue(look, node.whenFalse, depth + 1, key);
  if (!ts.isIdentifier(node)) return false;
  if (/^(?:input|parsedInput|formData|searchParams)$/.test(node.text)) return true;
  const declared = lookup(node.text, node);
  return declared !== undefined && holdsSent(look, declared);
}

/** `await req.json()`, `schema.parse(body)`, `headers().get("x-user-id")` unless the app's middleware sets that header. */
function isSentCall(look: Look, node: ts.CallExpression, text: string, depth: number): boolean {
  const callee = node.expression.getText();
  const header = /headers(?:\(\))?\)?\.get$|\.(?:header|get)$/.test(callee) && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0]) ? node.arguments[0].text : undefined;
  if (header !== undefined && /header/i.test(callee)) return !look.app.code.scripts.some((file) => new RegExp(`(?:\\.set\\(\\s*|headers\\[)["'\`]${header}["'\`]`, "i").test(look.app.repo.text(file) ?? ""));
  if (SENT_CALL.test(callee)) return true;
  // A validated body is still the sender's word; a token that was verified is not.
  if (/\.(?:parse|safeParse|parseAsync|safeParseAsync|validate|cast)$|^JSON\.parse$|^(?:String|Number|parseInt)$/.test(callee)) return node.arguments.some((one) => isSentValue(look, one, depth + 1, "")) || SENT_PATH.test(text);
  return /\b(?:find|get|select|fetch|query|load|retrieve)\w*$/i.test(callee) && node.arguments.some((one) => namesSentId(look, one));
}

/** `findFirst({ where: { clerkId: userid } })` with an id that was sent finds whoever the sender names. */
function namesSentId(look: Look, given: ts.Expression): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node)) return;
    if (ts.isPropertyAccessExpression(node) && /id$/i.test(node.name.text) && SENT_PATH.test(node.getText())) found = true;
    if (ts.isIdentifier(node) && /id$/i.test(node.text) && !(ts.isPropertyAssignment(node.parent) && node.parent.name === node) && !(ts.isPropertyAccessExpression(node.parent) && node.parent.name === node)) {
      const binding = lookup(node.text, ts.isShorthandPropertyAssignment(node.parent) ? node.parent.parent : node);
      if (binding && holdsSent(look, binding)) found = true;
    }
    ts.forEachChild(node, visit);
  };
  visit(given);
  return found;
}

/** The parameter that a declaration is part of. */
function parameterAround(node: ts.Node): ts.ParameterDeclaration | undefined {
  let at = node;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isParameter(at) ? at : undefined;
}

function variableAround(node: ts.Node): ts.VariableDeclaration | undefined {
  let at = node;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at) || ts.isArrayBindingPattern(at)) at = at.parent;
  return ts.isVariableDeclaration(at) ? at : undefined;
}
