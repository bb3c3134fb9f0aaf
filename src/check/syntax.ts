import type { Evidence, FilePatch } from "../domain.ts";
import { isScript, lineOf, parseText, syntaxErrors, ts, walk } from "../source/typescript/parse.ts";

/**
 * Places where a touched file does not run any more: it does not parse, `await` stands in a function that is not async, or a name is
 * declared twice in one block. Faults that were there do not count.
 */
export function brokenPlaces(patch: readonly FilePatch[]): Evidence[] {
  return patch.flatMap((file) => {
    if (isScript(file.file)) return brokenScript(file);
    if (/\.(?:vue|svelte)$/.test(file.file)) return brokenBlocks(file);
    return /\.json$/.test(file.file) ? brokenJson(file) : [];
  });
}

function brokenScript({ file, before, after }: FilePatch): Evidence[] {
  const old = before === undefined ? [] : faultsOf(file, before);
  const now = faultsOf(file, after);
  return now.length <= old.length ? [] : now.slice(0, now.length - old.length).map((offset) => evidenceAt(file, after, offset));
}

/** Offsets at which the parser complains, else those of misplaced `await` and of names declared again. */
function faultsOf(file: string, text: string): number[] {
  const tree = parseText(file, text);
  const errors = syntaxErrors(tree).map(({ offset }) => offset);
  if (errors.length > 0) return errors;
  const misplaced: number[] = declaredAgain(tree.statements);
  walk(tree, (node) => {
    if (ts.isBlock(node)) misplaced.push(...declaredAgain(node.statements));
    if ((ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) && !awaitable(node)) misplaced.push(node.getStart(tree));
  });
  return misplaced;
}

/** At the top of a file the module system decides, which the types check knows. */
function awaitable(node: ts.Node): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (ts.isClassStaticBlockDeclaration(at)) return false;
    if (ts.isFunctionLike(at) && !ts.isTypeNode(at)) return (ts.getCombinedModifierFlags(at as ts.Declaration) & ts.ModifierFlags.Async) !== 0;
  }
  return true;
}

/** Offsets of names that `const`, `let`, `class` or an import gives again among the statements of one block. */
function declaredAgain(statements: readonly ts.Statement[]): number[] {
  const seen = new Set<string>();
  return statements.flatMap(declaredNames).flatMap((name) => {
    const again = seen.has(name.text);
    seen.add(name.text);
    return again ? [name.getStart()] : [];
  });
}

function declaredNames(statement: ts.Statement): ts.Identifier[] {
  if (ts.isVariableStatement(statement)) {
    const scoped = (statement.declarationList.flags & ts.NodeFlags.BlockScoped) !== 0;
    return scoped ? statement.declarationList.declarations.flatMap(({ name }) => boundNames(name)) : [];
  }
  if (ts.isClassDeclaration(statement)) return statement.name ? [statement.name] : [];
  const clause = ts.isImportDeclaration(statement) && !statement.importClause?.isTypeOnly ? statement.importClause : undefined;
  const bindings = clause?.namedBindings;
  const named = bindings === undefined ? [] : ts.isNamespaceImport(bindings) ? [bindings.name] : bindings.elements.filter((one) => !one.isTypeOnly).map((one) => one.name);
  return [...(clause?.name ? [clause.name] : []), ...named];
}

const boundNames = (name: ts.BindingName): ts.Identifier[] => (ts.isIdentifier(name) ? [name] : name.elements.flatMap((one) => (ts.isOmittedExpression(one) ? [] : boundNames(one.name))));

function brokenBlocks({ file, before, after }: FilePatch): Evidence[] {
  const count = (text: string): number => blocks(text).reduce((sum, block) => sum + faultsOf("block.ts", block.text).length, 0);
  if (count(after) <= (before === undefined ? 0 : count(before))) return [];
  return blocks(after).flatMap((block) => faultsOf("block.ts", block.text).map((offset) => evidenceAt(file, after, block.offset + offset)));
}

function blocks(text: string): { readonly offset: number; readonly text: string }[] {
  return [...text.matchAll(/(<script\b[^>]*>)([\s\S]*?)<\/script>/g)].map((match) => ({ offset: match.index + (match[1]?.length ?? 0), text: match[2] ?? "" }));
}

/** Files with comments, such as a tsconfig, did not parse before either: they are left alone. */
function brokenJson({ file, before, after }: FilePatch): Evidence[] {
  if ((before !== undefined && jsonFault(before) !== undefined) || jsonFault(after) === undefined) return [];
  return [evidenceAt(file, after, jsonFault(after) ?? 0)];
}

function jsonFault(text: string): number | undefined {
  try {
    JSON.parse(text.replace(/^\ufeff/, ""));
    return undefined;
  } catch (error) {
    return Number(/position (\d+)/.exec(String(error))?.[1] ?? 0);
  }
}

function evidenceAt(file: string, text: string, offset: number): Evidence {
  const tree = ts.createSourceFile("x.txt", text, ts.ScriptTarget.Latest);
  const line = lineOf(tree, Math.min(offset, text.length));
  return { file, line, text: (text.split("\n")[line - 1] ?? "").trim().slice(0, 200) };
}
