import { bare, ts, wrapped } from "./parse.ts";
import type { Values } from "./values.ts";

/**
 * Whether code may read `name` of an expression's value as far as the types written around it say: a cast, the type of the variable
 * it is given to, a type argument of the call. True where no type is written, or one that is declared elsewhere.
 */
export function mayRead(values: Values, node: ts.Expression, name: string): boolean {
  const type = writtenType(node);
  const names = type && memberNames(values, type);
  return !names || names.has(name);
}

function writtenType(node: ts.Expression): ts.TypeNode | undefined {
  for (let at: ts.Node = node; at !== wrapped(node).parent; at = at.parent) if (ts.isAsExpression(at) || ts.isTypeAssertionExpression(at)) return at.type;
  const { parent } = wrapped(node);
  if (ts.isVariableDeclaration(parent) && parent.type) return parent.type;
  const call = bare(node);
  return ts.isCallExpression(call) ? call.typeArguments?.[0] : undefined;
}

function memberNames(values: Values, type: ts.TypeNode): ReadonlySet<string> | undefined {
  if (ts.isTypeLiteralNode(type)) return namesOf(type.members);
  if (!ts.isTypeReferenceNode(type) || !ts.isIdentifier(type.typeName) || type.typeArguments) return undefined;
  const declared = declarationOf(values, type.getSourceFile(), type.typeName.text);
  if (!declared) return undefined;
  if (ts.isTypeAliasDeclaration(declared)) return ts.isTypeLiteralNode(declared.type) ? namesOf(declared.type.members) : undefined;
  return declared.heritageClauses ? undefined : namesOf(declared.members);
}

function namesOf(members: readonly ts.TypeElement[]): ReadonlySet<string> | undefined {
  if (members.some(ts.isIndexSignatureDeclaration)) return undefined;
  return new Set(members.flatMap((one) => (one.name ? [one.name.getText().replace(/['"]/g, "")] : [])));
}

function declarationOf(values: Values, tree: ts.SourceFile, name: string): ts.InterfaceDeclaration | ts.TypeAliasDeclaration | undefined {
  const own = tree.statements.find((one): one is ts.InterfaceDeclaration | ts.TypeAliasDeclaration => (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.name.text === name);
  if (own) return own;
  for (const one of tree.statements) {
    if (!ts.isImportDeclaration(one) || !ts.isStringLiteral(one.moduleSpecifier) || !one.importClause?.namedBindings || !ts.isNamedImports(one.importClause.namedBindings)) continue;
    const specifier = one.importClause.namedBindings.elements.find((element) => element.name.text === name);
    const found = specifier && values.code.resolve(tree, one.moduleSpecifier.text);
    const target = found && "file" in found ? values.code.parse(found.file) : undefined;
    if (target && target !== tree) return declarationOf(values, target, (specifier?.propertyName ?? specifier?.name)?.text ?? name);
  }
  return undefined;
}
