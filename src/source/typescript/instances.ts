import type { Edit, Import, RepoPath } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../app.ts";
import { bare, ts, walk } from "./parse.ts";
import { lookup } from "./scope.ts";
import { addProperties } from "./insertion.ts";

/**
 * The client that the app shares between its files: an exported value made with `made` (`/new PrismaClient\b/`), in a file that
 * contains `word`. The one that most files import wins. Undefined when every file makes its own.
 */
export function exportedInstance(app: App, word: string, made: RegExp): Import | undefined {
  const found = candidates(app, word, made).flatMap((file) => exportsMade(app, file, made));
  return mostImported(app, found);
}

const candidates = (app: App, word: string, made: RegExp): readonly RepoPath[] => app.code.mentioning(word).filter((file) => made.test(app.repo.text(file) ?? ""));

/** A value of the app, and what must be edited before others may import it. */
export interface Shared {
  readonly value: Import;
  readonly edits: readonly Edit[];
}

/** As `exportedInstance`; a client that a module keeps to itself is exported from there. */
export function sharedInstance(app: App, word: string, made: RegExp): Shared | undefined {
  const value = exportedInstance(app, word, made);
  if (value) return { value, edits: [] };
  return candidates(app, word, made).map((file) => exporting(app, file, made)).find((one) => one !== undefined);
}

/** Exports a module's own client. Not from a file that nobody imports: that is an entry, and importing it would start the app. */
function exporting(app: App, file: RepoPath, made: RegExp): Shared | undefined {
  const tree = app.code.parse(file);
  const kept = tree?.statements.find((one): one is ts.VariableStatement => ts.isVariableStatement(one) && one.declarationList.declarations.some((declared) => ts.isIdentifier(declared.name) && isMade(declared, made)));
  const declared = kept?.declarationList.declarations.find((one) => isMade(one, made));
  if (!tree || !kept || !declared || !ts.isIdentifier(declared.name) || importsOf(app, file).length === 0) return undefined;
  const value: Import = { name: declared.name.text, from: { file } };
  if (tree.statements.some((one) => ts.isImportDeclaration(one) || ts.isExportDeclaration(one) || ts.canHaveModifiers(one) && ts.getModifiers(one)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword)))
    return { value, edits: [{ kind: "splice", at: { file, offset: kept.getStart(tree) }, remove: "", code: raw("export ") }] };
  const list = tree.statements.flatMap((one) => (ts.isExpressionStatement(one) && ts.isBinaryExpression(one.expression) && one.expression.left.getText() === "module.exports" && ts.isObjectLiteralExpression(one.expression.right) ? [one.expression.right] : []))[0];
  return list && { value, edits: addProperties(list, [raw(declared.name.text)]) };
}

/** Of several exported values the one that most files of the app import. */
export function mostImported(app: App, values: readonly Import[]): Import | undefined {
  const best = values.map((value) => ({ value, uses: usesOf(app, value) })).sort((a, b) => b.uses - a.uses)[0]?.value;
  return best && asImported(app, best);
}

/** A value of another workspace package is imported by that package's name, as the app does already. */
export function asImported(app: App, value: Import): Import {
  if (!("file" in value.from) || app.dir === "" || value.from.file.startsWith(`${app.dir}/`)) return value;
  const { file } = value.from;
  const owner = app.code.resolver.packageDir(file);
  const name = [...app.code.resolver.packages.values()].find((one) => one.dir === owner)?.name;
  if (name === undefined) return value;
  for (const one of app.code.mentioning(name)) {
    if (!one.startsWith(`${app.dir}/`) || (value.as !== "default" && !app.code.contains(one, value.name))) continue;
    const used = app.facts(one)?.imports.find((fact) => (fact.module === name || fact.module.startsWith(`${name}/`)) && (value.as === "default" ? fact.defaultName !== undefined && fact.file === file : fact.named.some(({ imported }) => imported === value.name)));
    if (used) return { ...value, from: { package: used.module } };
  }
  return value;
}

function exportsMade(app: App, file: RepoPath, made: RegExp): Import[] {
  const tree = app.code.parse(file);
  if (!tree) return [];
  return [...app.code.exports(file).named].flatMap(([name, one]): Import[] => {
    if (!("node" in one) || !isMade(one.node, made)) return [];
    if (name !== "default") return [{ name, from: { file } }];
    return [{ name: defaultName(app, file, one.node), from: { file }, as: "default" }];
  });
}

/** Whether a value is made with `made`: where it is declared, assigned, or in a function of the same file that gives it. */
function isMade(node: ts.Node, made: RegExp, depth = 0): boolean {
  const at = bare(node);
  if (ts.isFunctionLike(at) || ts.isClassLike(at) || depth > 3) return false;
  if (ts.isIdentifier(at)) {
    const declared = lookup(at.text, at)?.node;
    return declared !== undefined && declared !== at && (ts.isVariableDeclaration(declared) || ts.isBindingElement(declared)) && isMade(declared, made, depth + 1);
  }
  if (!ts.isVariableDeclaration(at) || !ts.isIdentifier(at.name)) return made.test(at.getText()) || givenBy(at, made);
  const value = at.initializer && bare(at.initializer);
  if (value && (ts.isFunctionLike(value) || ts.isClassLike(value))) return false;
  if (made.test(at.getText()) || (value && (ts.isIdentifier(value) ? isMade(value, made, depth + 1) : givenBy(value, made)))) return true;
  return assigned(at.getSourceFile(), at.name.text, made);
}

/** `globalThis.prisma ?? makeClient()`, `Clients.shared()`: a function or class of the same file, which may call another one. */
function givenBy(node: ts.Node, made: RegExp, depth = 0): boolean {
  let found = false;
  const visit = (one: ts.Node): void => {
    if (found || !ts.isCallExpression(one)) return;
    const callee = ts.isPropertyAccessExpression(one.expression) ? one.expression.expression : one.expression;
    const declared = ts.isIdentifier(callee) ? lookup(callee.text, one)?.node : undefined;
    if (!declared || !(ts.isFunctionDeclaration(declared) || ts.isVariableDeclaration(declared) || (ts.isClassDeclaration(declared) && callee !== one.expression))) return;
    found = made.test(declared.getText()) || (depth < 2 && givenBy(declared, made, depth + 1));
  };
  visit(node);
  walk(node, visit);
  return found;
}

function assigned(tree: ts.SourceFile, name: string, made: RegExp): boolean {
  return tree.text.includes(`${name} = `) && new RegExp(`\\b${name.replace(/\$/g, "\\$")}\\s*(?:\\?\\?|\\|\\|)?=\\s*(?:await\\s+)?`).test(tree.text) && assignments(tree, name).some((value) => made.test(value.getText()));
}

function assignments(tree: ts.SourceFile, name: string): ts.Expression[] {
  const found: ts.Expression[] = [];
  walk(tree, (node) => {
    if (ts.isBinaryExpression(node) && ts.isIdentifier(node.left) && node.left.text === name && /=$/.test(node.operatorToken.getText())) found.push(node.right);
  });
  return found;
}

/** What a default export is called: by most importers, else by its own file. */
export function defaultName(app: App, file: RepoPath, node: ts.Node): string {
  const counts = new Map<string, number>();
  for (const local of importsOf(app, file).flatMap((fact) => fact.defaultName ?? (fact.kind === "require" ? fact.namespace : undefined) ?? [])) counts.set(local, (counts.get(local) ?? 0) + 1);
  const usual = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  const at = bare(node);
  const stem = file.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "";
  return usual ?? (ts.isIdentifier(at) ? at.text : /^[A-Za-z_$][\w$]*$/.test(stem) && stem !== "index" ? stem : "db");
}

/** How often files of the app import a value from the file that exports it. */
function usesOf(app: App, value: Import): number {
  if (!("file" in value.from)) return 0;
  const { file } = value.from;
  return importsOf(app, file).filter((fact) => (value.as === "default" ? fact.defaultName !== undefined || (fact.kind === "require" && fact.namespace !== undefined) : fact.named.some((one) => one.imported === value.name) || fact.namespace !== undefined)).length;
}

/** How files of the app import a file; of many importers a sample tells. */
function importsOf(app: App, file: RepoPath): readonly NonNullable<ReturnType<App["facts"]>>["imports"][number][] {
  return app.code.importers(file).slice(0, ENOUGH).flatMap((one) => app.facts(one)?.imports.filter((fact) => fact.file === file) ?? []);
}

const ENOUGH = 40;
