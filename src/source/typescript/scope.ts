import { ts } from "./parse.ts";

/** Where a name comes from: the node that declares it, and for an import or a destructuring the way into the value. */
export interface Binding {
  readonly name: string;
  /** The declaring node: import specifier, variable, function, class, parameter, binding element. */
  readonly node: ts.Declaration;
}

const scopes = new WeakMap<ts.Node, ReadonlyMap<string, Binding>>();

/** What the name means at `at`: the innermost declaration in scope, or undefined for a global. */
export function lookup(name: string, at: ts.Node): Binding | undefined {
  for (let node: ts.Node | undefined = at; node; node = node.parent) {
    if (!isScope(node)) continue;
    const found = declarationsIn(node).get(name);
    if (found) return found;
  }
  return undefined;
}

/** Every name visible at a node, innermost first; a name appears once. */
export function visibleNames(at: ts.Node): readonly Binding[] {
  const seen = new Map<string, Binding>();
  for (let node: ts.Node | undefined = at; node; node = node.parent) {
    if (!isScope(node)) continue;
    for (const [name, binding] of declarationsIn(node)) if (!seen.has(name)) seen.set(name, binding);
  }
  return [...seen.values()];
}

function isScope(node: ts.Node): boolean {
  return (
    ts.isSourceFile(node) || ts.isBlock(node) || ts.isModuleBlock(node) || ts.isFunctionLike(node) || ts.isCaseBlock(node) ||
    ts.isForStatement(node) || ts.isForInStatement(node) || ts.isForOfStatement(node) || ts.isCatchClause(node) || ts.isClassExpression(node)
  );
}

function declarationsIn(scope: ts.Node): ReadonlyMap<string, Binding> {
  const known = scopes.get(scope);
  if (known) return known;
  const names = new Map<string, Binding>();
  const add = (name: ts.Node | undefined, node: ts.Declaration): void => {
    if (name && ts.isIdentifier(name) && !names.has(name.text)) names.set(name.text, { name: name.text, node });
    else if (name && (ts.isObjectBindingPattern(name) || ts.isArrayBindingPattern(name)))
      for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name, element);
  };
  if (ts.isFunctionLike(scope)) for (const parameter of scope.parameters) add(parameter.name, parameter);
  if (ts.isFunctionExpression(scope) || ts.isClassExpression(scope)) add(scope.name, scope);
  if (ts.isCatchClause(scope) && scope.variableDeclaration) add(scope.variableDeclaration.name, scope.variableDeclaration);
  if ((ts.isForStatement(scope) || ts.isForInStatement(scope) || ts.isForOfStatement(scope)) && scope.initializer && ts.isVariableDeclarationList(scope.initializer))
    for (const one of scope.initializer.declarations) add(one.name, one);
  if (ts.isCaseBlock(scope)) for (const clause of scope.clauses) for (const statement of clause.statements) addStatement(statement, add);
  if (ts.isSourceFile(scope) || ts.isBlock(scope) || ts.isModuleBlock(scope)) for (const statement of scope.statements) addStatement(statement, add);
  scopes.set(scope, names);
  return names;
}

type Add = (name: ts.Node | undefined, node: ts.Declaration) => void;

function addStatement(statement: ts.Statement, add: Add): void {
  if (ts.isVariableStatement(statement)) for (const one of statement.declarationList.declarations) add(one.name, one);
  else if (isOverload(statement)) return;
  else if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) add(statement.name, statement);
  // `declare global { var db: Client }` declares nothing in this file.
  else if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement) || ts.isModuleDeclaration(statement)) return;
  else if (ts.isImportDeclaration(statement)) addImport(statement, add);
  else if (ts.isImportEqualsDeclaration(statement)) add(statement.name, statement);
  else addHoisted(statement, add);
}

/** A signature in front of the function itself, which follows. */
const isOverload = (statement: ts.Statement): boolean => ts.isFunctionDeclaration(statement) && !statement.body && !ts.getModifiers(statement)?.some((one) => one.kind === ts.SyntaxKind.DeclareKeyword);

function addImport(statement: ts.ImportDeclaration, add: Add): void {
  const clause = statement.importClause;
  if (!clause) return;
  if (clause.name) add(clause.name, clause);
  const named = clause.namedBindings;
  if (named && ts.isNamespaceImport(named)) add(named.name, named);
  if (named && ts.isNamedImports(named)) for (const one of named.elements) add(one.name, one);
}

/** `var` declared in an inner block belongs to the function around it. */
function addHoisted(statement: ts.Node, add: Add): void {
  ts.forEachChild(statement, (child) => {
    if (ts.isFunctionLike(child) || ts.isClassLike(child)) return;
    if (ts.isVariableDeclarationList(child) && (child.flags & ts.NodeFlags.BlockScoped) === 0) for (const one of child.declarations) add(one.name, one);
    addHoisted(child, add);
  });
}
