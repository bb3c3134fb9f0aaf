import type { FileFacts, ImportFact, ModuleSystem, RepoPath, Style } from "../../domain.ts";
import { detectStyle } from "../../code/style.ts";
import type { Codebase } from "./codebase.ts";
import { ts } from "./parse.ts";

// The names of modules are no names of the file: `"../types/HttpError.js"` leaves `HttpError` free.
const SPECIFIERS = /(?<=\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)(?:"[^"\n]*"|'[^'\n]*')/g;

/** What writing into a script needs to know. `fallback` decides style where the file does not show one. */
export function readFacts(codebase: Codebase, file: RepoPath, fallback: Style, moduleSystem: ModuleSystem): FileFacts | undefined {
  const tree = codebase.parse(file);
  if (!tree) return undefined;
  const imports = tree.statements.flatMap((statement) => [...importFact(codebase, tree, statement)]);
  const system = imports.some((one) => one.kind === "import") || tree.statements.some((one) => ts.isExportAssignment(one) || ts.isExportDeclaration(one)) ? "esm" : imports.length > 0 ? "commonjs" : moduleSystem;
  let names: ReadonlySet<string> | undefined;
  return {
    file, text: tree.text, style: detectStyle(tree.text, fallback), moduleSystem: system, imports, head: headOf(tree),
    // Wanted of the few files that are written into.
    get names() {
      return (names ??= new Set(tree.text.replace(SPECIFIERS, "").match(/[A-Za-z_$][\w$]*/g) ?? []));
    },
  };
}

function* importFact(codebase: Codebase, tree: ts.SourceFile, statement: ts.Statement): Generator<ImportFact> {
  if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
    const clause = statement.importClause;
    const named = clause?.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings : undefined;
    yield {
      ...base(codebase, tree, "import", statement.moduleSpecifier.text, statement),
      typeOnly: clause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
      named: named?.elements.map((one) => ({ imported: (one.propertyName ?? one.name).text, local: one.name.text })) ?? [],
      ...(clause?.name && { defaultName: clause.name.text }),
      ...(clause?.namedBindings && ts.isNamespaceImport(clause.namedBindings) && { namespace: clause.namedBindings.name.text }),
      ...(named && { namedEnd: named.elements.at(-1)?.end ?? named.getStart(tree) + 1 }),
    };
  } else if (ts.isVariableStatement(statement)) {
    for (const one of statement.declarationList.declarations) {
      const module = requiredModule(one.initializer);
      if (module === undefined) continue;
      const pattern = ts.isObjectBindingPattern(one.name) ? one.name : undefined;
      yield {
        ...base(codebase, tree, "require", module, statement),
        typeOnly: false,
        named: pattern?.elements.map((element) => ({ imported: (element.propertyName ?? element.name).getText(tree), local: element.name.getText(tree) })) ?? [],
        ...(ts.isIdentifier(one.name) && { namespace: one.name.text }),
        ...(pattern && pattern.elements.length > 0 && { namedEnd: pattern.elements.at(-1)?.end ?? 0 }),
      };
    }
  } else if (ts.isExpressionStatement(statement)) {
    const module = requiredModule(statement.expression);
    if (module !== undefined) yield { ...base(codebase, tree, "require", module, statement), typeOnly: false, named: [] };
  }
}

function base(codebase: Codebase, tree: ts.SourceFile, kind: ImportFact["kind"], module: string, statement: ts.Statement): Pick<ImportFact, "kind" | "module" | "start" | "end" | "file"> {
  const found = codebase.resolve(tree, module);
  return { kind, module, start: statement.getStart(tree), end: statement.end, ...(found && "file" in found && { file: found.file }) };
}

/** The module of `require("x")`, `require("x").y`, `require("x")()`. */
function requiredModule(node: ts.Expression | undefined): string | undefined {
  if (!node) return undefined;
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "require" && node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])) return node.arguments[0].text;
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return requiredModule(node.expression);
  return undefined;
}

/** After the hashbang, a licence comment and the directives; at the start of the first statement otherwise. */
function headOf(tree: ts.SourceFile): number {
  let head = 0;
  for (const statement of tree.statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) break;
    head = statement.end;
  }
  if (head > 0) return head;
  const hashbang = /^\ufeff?#![^\n]*\n/.exec(tree.text)?.[0].length ?? 0;
  return hashbang > 0 ? hashbang : tree.text.startsWith("\ufeff") ? 1 : 0;
}
