import type { RepoPath } from "../../domain.ts";
import type { Codebase } from "./codebase.ts";
import { ts } from "./parse.ts";

/** A declaration that says what fields something has. */
export type FieldsOf = ts.InterfaceDeclaration | ts.TypeLiteralNode;

/** The interface or object type that `name` means in a file, imports and re-exports followed. */
export function typeNamed(app: { readonly code: Codebase }, file: RepoPath, name: string, depth = 0): FieldsOf | undefined {
  const tree = app.code.parse(file);
  if (!tree || depth > 5) return undefined;
  for (const statement of tree.statements) {
    if (ts.isInterfaceDeclaration(statement) && statement.name.text === name) return statement;
    if (ts.isTypeAliasDeclaration(statement) && statement.name.text === name) return literalIn(statement.type);
  }
  for (const statement of tree.statements) {
    const from = importOf(statement, name);
    const found = from && app.code.resolve(tree, from.module);
    const type = found && "file" in found ? typeNamed(app, found.file, from.name, depth + 1) : undefined;
    if (type) return type;
  }
  return undefined;
}

/** `{ … }` and `Base & { … }`. */
function literalIn(type: ts.TypeNode): FieldsOf | undefined {
  if (ts.isTypeLiteralNode(type)) return type;
  return ts.isIntersectionTypeNode(type) ? type.types.find(ts.isTypeLiteralNode) : undefined;
}

function importOf(statement: ts.Statement, name: string): { readonly module: string; readonly name: string } | undefined {
  if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
    const named = statement.importClause?.namedBindings;
    const one = named && ts.isNamedImports(named) ? named.elements.find((element) => element.name.text === name) : undefined;
    return one && { module: statement.moduleSpecifier.text, name: (one.propertyName ?? one.name).text };
  }
  if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return undefined;
  if (!statement.exportClause) return { module: statement.moduleSpecifier.text, name };
  const one = ts.isNamedExports(statement.exportClause) ? statement.exportClause.elements.find((element) => element.name.text === name) : undefined;
  return one && { module: statement.moduleSpecifier.text, name: (one.propertyName ?? one.name).text };
}

/** What a type says of its fields: in place, or by the name of an interface or alias. */
export function fieldsOf(app: { readonly code: Codebase }, type: ts.TypeNode): FieldsOf | undefined {
  const written = literalIn(type);
  if (written) return written;
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? typeNamed(app, type.getSourceFile().fileName, type.typeName.text) : undefined;
}

/** Names of the types written in a type argument: `IUser` and `Document` of `IUser & mongoose.Document`. */
export function typeNames(type: ts.TypeNode | undefined): readonly string[] {
  if (!type) return [];
  if (ts.isTypeReferenceNode(type)) return [ts.isIdentifier(type.typeName) ? type.typeName.text : type.typeName.right.text];
  return ts.isIntersectionTypeNode(type) || ts.isUnionTypeNode(type) ? type.types.flatMap(typeNames) : [];
}

/** Whether a type has a member of this name. */
export const hasMember = (type: FieldsOf, name: string): boolean => type.members.some((member) => member.name !== undefined && member.name.getText().replace(/['"]/g, "") === name);
