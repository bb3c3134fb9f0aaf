import type { Codebase } from "./codebase.ts";
import type { Origin } from "./origin.ts";
import { bare, ts } from "./parse.ts";
import { lookup } from "./scope.ts";

/** What following a value needs: the code and where names come from. An `App` is one. */
export interface Values {
  readonly code: Codebase;
  readonly originOf: (node: ts.Node) => Origin | undefined;
}

const DEEPEST = 16;

/**
 * The node whose value an expression has: names are followed through declarations, imports, exports and members; calls are not
 * entered, so that `const signup = asyncHandler(async (req, res) => …)` gives the call. Undefined for what cannot be followed.
 */
export function valueOf(values: Values, given: ts.Node, depth = 0): ts.Node | undefined {
  const node = bare(given);
  if (depth > DEEPEST) return undefined;
  if (ts.isIdentifier(node)) return ofName(values, node, depth);
  if (ts.isPropertyAccessExpression(node) && node.expression.getText() === "process.env") return node;
  if (ts.isPropertyAccessExpression(node)) return memberOf(values, node.expression, node.name.text, depth);
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) return memberOf(values, node.expression, node.argumentExpression.text, depth);
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "require" && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0]))
    return exported(values, fileOf(values, node.getSourceFile(), node.arguments[0].text), "default", depth + 1) ?? node;
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "bind") return valueOf(values, node.expression.expression, depth + 1);
  return ofDeclaration(values, node, depth);
}

function ofName(values: Values, node: ts.Identifier, depth: number): ts.Node | undefined {
  const binding = lookup(node.text, node);
  return binding && ofDeclaration(values, binding.node, depth + 1);
}

function ofDeclaration(values: Values, node: ts.Node, depth: number): ts.Node | undefined {
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node)) return node.initializer ? valueOf(values, node.initializer, depth + 1) : node;
  if (ts.isImportSpecifier(node)) return exported(values, moduleOf(values, node.parent.parent.parent), (node.propertyName ?? node.name).text, depth + 1);
  if (ts.isImportClause(node)) return exported(values, moduleOf(values, node.parent), "default", depth + 1);
  if (ts.isBindingElement(node)) return ofElement(values, node, depth);
  return node;
}

/** `const { signup } = require("./controllers/auth")`: the member of what is taken apart. */
function ofElement(values: Values, node: ts.BindingElement, depth: number): ts.Node | undefined {
  const owner = node.parent.parent;
  const key = node.propertyName ?? node.name;
  if (!ts.isVariableDeclaration(owner) || !owner.initializer || !ts.isIdentifier(key)) return node;
  return memberOf(values, owner.initializer, key.text, depth + 1) ?? node;
}

function memberOf(values: Values, base: ts.Node, name: string, depth: number): ts.Node | undefined {
  const origin = values.originOf(base);
  if (origin?.kind === "module") return exported(values, origin.file, name, depth + 1);
  if (origin?.kind === "object") {
    for (const property of origin.node.properties) {
      if (!property.name || property.name.getText().replace(/['"]/g, "") !== name) continue;
      if (ts.isPropertyAssignment(property)) return valueOf(values, property.initializer, depth + 1);
      return ts.isShorthandPropertyAssignment(property) ? ofShorthand(values, property, depth) : property;
    }
  }
  return origin?.kind === "class" ? ofClass(values, origin.node, name, depth) : undefined;
}

function ofShorthand(values: Values, property: ts.ShorthandPropertyAssignment, depth: number): ts.Node | undefined {
  const binding = lookup(property.name.text, property.parent.parent);
  return binding && ofDeclaration(values, binding.node, depth + 1);
}

function ofClass(values: Values, node: ts.ClassLikeDeclaration, name: string, depth: number): ts.Node | undefined {
  const own = node.members.find((member) => member.name?.getText() === name);
  if (own) return ofDeclaration(values, own, depth);
  const base = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const parent = base && values.originOf(base.expression);
  return parent?.kind === "class" && depth < DEEPEST ? ofClass(values, parent.node, name, depth + 1) : undefined;
}

function exported(values: Values, file: string | undefined, name: string, depth: number): ts.Node | undefined {
  const tree = file === undefined ? undefined : values.code.parse(file);
  if (!tree || file === undefined || depth > DEEPEST) return undefined;
  const table = values.code.exports(file);
  const hit = table.named.get(name);
  if (hit && "node" in hit) return valueOf(values, hit.node, depth + 1);
  if (hit) return exported(values, fileOf(values, tree, hit.from), hit.name, depth + 1);
  for (const star of table.stars) {
    const found = exported(values, fileOf(values, tree, star), name, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function moduleOf(values: Values, statement: ts.Node): string | undefined {
  return ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier) ? fileOf(values, statement.getSourceFile(), statement.moduleSpecifier.text) : undefined;
}

function fileOf(values: Values, tree: ts.SourceFile, specifier: string): string | undefined {
  const found = values.code.resolve(tree, specifier);
  return found && "file" in found ? found.file : undefined;
}

/**
 * The text an expression stands for, as far as the code says it: literals, templates, sums, names and members followed. What is not
 * known reads as `*`; of `a || "b"` the written side counts.
 */
export function textValue(values: Values, given: ts.Node, depth = 0): string {
  const node = bare(given);
  if (depth > 8) return "*";
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isTemplateExpression(node)) return node.head.text + node.templateSpans.map((span) => textValue(values, span.expression, depth + 1) + span.literal.text).join("");
  if (ts.isBinaryExpression(node)) {
    const right = textValue(values, node.right, depth + 1);
    return node.operatorToken.kind === ts.SyntaxKind.PlusToken ? textValue(values, node.left, depth + 1) + right : right;
  }
  const value = valueOf(values, node);
  if (value && value !== node) return textValue(values, value, depth + 1);
  return (ts.isCallExpression(node) && fallbackOf(node)) || "*";
}

/** The default of `getEnv("BASE_PATH", "/api")`. */
function fallbackOf({ arguments: [name, fallback] }: ts.CallExpression): string | undefined {
  return name && fallback && ts.isStringLiteralLike(name) && /^[A-Z][A-Z0-9_]*$/.test(name.text) && ts.isStringLiteralLike(fallback) ? fallback.text : undefined;
}

/** What another file writes to have a declaration: the file's export of it. Undefined when the file keeps it to itself. */
export function exportOf(code: Codebase, node: ts.Node): { readonly name: string; readonly as: "named" | "default" } | undefined {
  const { named } = code.exports(node.getSourceFile().fileName);
  const given = (one: ts.Node): boolean => one === node || (ts.isIdentifier(one) && lookup(one.text, one)?.node === node);
  let found: { readonly name: string; readonly as: "named" | "default" } | undefined;
  for (const [name, value] of named) {
    if (!("node" in value) || !given(value.node)) continue;
    if (name !== "default") return { name, as: "named" };
    found = { name: declaredName(node), as: "default" };
  }
  return found;
}

/** The name a declaration gives its value; the stem of its file when it has none. */
function declaredName(node: ts.Node): string {
  const name = (node as ts.Node & { readonly name?: ts.Node }).name;
  if (name && ts.isIdentifier(name)) return name.text;
  const stem = node.getSourceFile().fileName.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "";
  return stem.replace(/[^\w]+(\w)?/g, (_, letter: string | undefined) => (letter ?? "").toUpperCase());
}
