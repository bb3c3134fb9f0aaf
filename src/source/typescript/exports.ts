import { ts } from "./parse.ts";

/** What a file gives under a name: a node of its own, or a name of another module. */
export type Export = { readonly node: ts.Node } | { readonly from: string; readonly name: string };

/** The exports of one file; `stars` are modules re-exported whole. CommonJS counts: `module.exports = { a }` gives `a` and `default`. */
export interface Exports {
  readonly named: ReadonlyMap<string, Export>;
  readonly stars: readonly string[];
}

/** Reads the exports of a file from its syntax. */
export function readExports(file: ts.SourceFile): Exports {
  const named = new Map<string, Export>();
  const stars: string[] = [];
  for (const statement of file.statements) {
    if (ts.isExportDeclaration(statement)) addReexport(statement, named, stars);
    else if (ts.isExportAssignment(statement)) named.set("default", { node: statement.expression });
    else if (ts.isExpressionStatement(statement)) addCommonJs(statement.expression, named, stars);
    else if (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword)) addDeclaration(statement, named);
  }
  return { named, stars };
}

function addDeclaration(statement: ts.Statement, named: Map<string, Export>): void {
  const isDefault = ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword);
  if (ts.isVariableStatement(statement)) {
    for (const one of statement.declarationList.declarations) addBinding(one.name, one, named);
  } else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    if (isDefault) named.set("default", { node: statement });
    if (statement.name && !isDefault) named.set(statement.name.text, { node: statement });
  }
}

function addBinding(name: ts.BindingName, node: ts.Node, named: Map<string, Export>): void {
  if (ts.isIdentifier(name)) named.set(name.text, { node });
  else for (const element of name.elements) if (ts.isBindingElement(element)) addBinding(element.name, element, named);
}

function addReexport(statement: ts.ExportDeclaration, named: Map<string, Export>, stars: string[]): void {
  const from = statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier) ? statement.moduleSpecifier.text : undefined;
  const clause = statement.exportClause;
  if (!clause) {
    if (from !== undefined) stars.push(from);
  } else if (ts.isNamespaceExport(clause)) {
    if (from !== undefined) named.set(clause.name.text, { from, name: "*" });
  } else
    for (const one of clause.elements) {
      const local = one.propertyName ?? one.name;
      named.set(one.name.text, from === undefined ? { node: local } : { from, name: local.text });
    }
}

/** `module.exports = …`, `module.exports.a = …`, `exports.a = …`, and chains of them. */
function addCommonJs(expression: ts.Expression, named: Map<string, Export>, stars: string[]): void {
  if (!ts.isBinaryExpression(expression) || expression.operatorToken.kind !== ts.SyntaxKind.EqualsToken) return;
  const { left, right } = expression;
  if (isModuleExports(left) || (ts.isIdentifier(left) && left.text === "exports")) {
    const value = ts.isBinaryExpression(right) && right.operatorToken.kind === ts.SyntaxKind.EqualsToken ? right.right : right;
    named.set("default", { node: value });
    if (ts.isObjectLiteralExpression(value)) addProperties(value, named);
    if (ts.isCallExpression(value) && ts.isIdentifier(value.expression) && value.expression.text === "require" && value.arguments[0] && ts.isStringLiteral(value.arguments[0])) stars.push(value.arguments[0].text);
  } else if (ts.isPropertyAccessExpression(left) && (isModuleExports(left.expression) || (ts.isIdentifier(left.expression) && left.expression.text === "exports"))) {
    named.set(left.name.text, { node: right });
  }
}

function addProperties(value: ts.ObjectLiteralExpression, named: Map<string, Export>): void {
  for (const property of value.properties) {
    if (ts.isShorthandPropertyAssignment(property)) named.set(property.name.text, { node: property.name });
    else if (ts.isPropertyAssignment(property) && (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name))) named.set(property.name.text, { node: property.initializer });
    else if (ts.isMethodDeclaration(property) && ts.isIdentifier(property.name)) named.set(property.name.text, { node: property });
    else if (ts.isSpreadAssignment(property)) addSpread(property, named);
  }
}

/** `module.exports = { ...helpers }`: the properties of an object that the same file declares. */
function addSpread(property: ts.SpreadAssignment, named: Map<string, Export>): void {
  const name = property.expression.getText();
  for (const statement of property.getSourceFile().statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const value = statement.declarationList.declarations.find((one) => one.name.getText() === name)?.initializer;
    if (value && ts.isObjectLiteralExpression(value)) addProperties(value, named);
  }
}

const isModuleExports = (node: ts.Node): boolean =>
  ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "module" && node.name.text === "exports";
