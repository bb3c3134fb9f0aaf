import type { RepoPath } from "../domain.ts";
import type { Repo } from "../source/repo.ts";
import { parseText, ts } from "../source/typescript/parse.ts";
import { dirname, join, normalize, readManifest, type Manifest } from "../source/typescript/resolve.ts";

/**
 * What a file is to the browser. `entry`: its code is sent there. `stripped`: it is sent, but without the exports in `server` and what only
 * they use. `server`: a boundary; who imports it gets no code of it.
 */
export type Side = { readonly kind: "entry" } | { readonly kind: "stripped"; readonly server: readonly string[] } | { readonly kind: "server" } | { readonly kind: "shared" };

const NEXT_SERVER = ["getServerSideProps", "getStaticProps", "getStaticPaths"];
const ROUTE_SERVER = ["loader", "action", "headers", "middleware", "unstable_middleware"];

/** Says for each file of a repo whether its code reaches the browser by itself. Reads manifests and `index.html` files, each once. */
export function browserSides(repo: Repo): (file: RepoPath) => Side {
  const manifests = new Map<RepoPath, Manifest>();
  for (const file of repo.files) if (/(?:^|\/)package\.json$/.test(file)) manifests.set(dirname(file), readManifest(repo.text(file)) ?? {});
  const dirs = [...manifests.keys()].sort((a, b) => b.length - a.length);
  const packageOf = (file: RepoPath): RepoPath => dirs.find((dir) => dir === "" || file.startsWith(`${dir}/`)) ?? "";
  const pages = new Set(repo.files.filter((file) => /(?:^|\/)index\.html$/.test(file)).flatMap((file) => moduleScripts(repo, file)));
  return (file) => {
    const text = repo.text(file) ?? "";
    if (/\.server\.[cm]?[jt]sx?$|(?:^|\/)\.server\//.test(file) || hasDirective(text, "use server")) return { kind: "server" };
    if (hasDirective(text, "use client") || pages.has(file)) return { kind: "entry" };
    const dir = packageOf(file);
    return byFramework(dir === "" ? file : file.slice(dir.length + 1), manifests.get(dir) ?? {}, repo.has(join(dir, "app/root.tsx")) || repo.has(join(dir, "app/root.jsx")));
  };
}

function byFramework(path: string, manifest: Manifest, routesInApp: boolean): Side {
  const uses = (name: string): boolean => manifest.dependencies?.[name] !== undefined || manifest.devDependencies?.[name] !== undefined;
  if (uses("next") && /^(?:src\/)?pages\/(?!api\/|_document\.)/.test(path) && /\.[jt]sx?$/.test(path)) return { kind: "stripped", server: NEXT_SERVER };
  if (routesInApp && /^app\/(?:root|entry\.client|routes\/.*)\.[jt]sx?$/.test(path)) return { kind: "stripped", server: ROUTE_SERVER };
  if (uses("@sveltejs/kit")) {
    if (/\+(?:page|layout)\.server\.[jt]s$|\+server\.[jt]s$|^src\/lib\/server\//.test(path)) return { kind: "server" };
    if (/\.svelte$|\+(?:page|layout)\.[jt]s$|hooks\.client\.[jt]s$/.test(path)) return { kind: "entry" };
  }
  if (uses("nuxt")) return /^server\//.test(path) ? { kind: "server" } : /\.vue$|^(?:app\/)?(?:composables|plugins|middleware)\//.test(path) ? { kind: "entry" } : { kind: "shared" };
  if (uses("react-scripts") && /^src\/index\.[jt]sx?$/.test(path)) return { kind: "entry" };
  return { kind: "shared" };
}

/** A directive counts only in front of the first statement. */
export const hasDirective = (text: string, directive: string): boolean => new RegExp(`^\\ufeff?(?:\\s|//[^\\n]*\\n|/\\*[\\s\\S]*?\\*/|(["'])use [\\w ]+\\1;?)*?(["'])${directive}\\2`).test(text);

/** The scripts that an `index.html` of Vite or alike starts. */
function moduleScripts(repo: Repo, page: RepoPath): RepoPath[] {
  return [...(repo.text(page) ?? "").matchAll(/<script\b[^>]*\btype=["']module["'][^>]*\bsrc=["']([^"']+)["']|<script\b[^>]*\bsrc=["']([^"']+)["'][^>]*\btype=["']module["']/g)]
    .map((match) => normalize(join(dirname(page), match[1] ?? match[2] ?? "")))
    .filter((file) => repo.has(file));
}

/** Whether an import of a file is still there once types, and for a stripped file its server exports, are gone. */
export function keepsImport(file: RepoPath, text: string, specifier: string, server: readonly string[]): boolean {
  if (!/\.[cm]?[jt]sx?$/.test(file)) return true;
  const tree = parseText(file, text);
  const imports = tree.statements.filter((one) => (ts.isImportDeclaration(one) || ts.isExportDeclaration(one)) && one.moduleSpecifier !== undefined && ts.isStringLiteral(one.moduleSpecifier) && one.moduleSpecifier.text === specifier);
  if (imports.length === 0) return true;
  const live = imports.filter((one) => !typeOnly(one as ts.ImportDeclaration | ts.ExportDeclaration));
  if (live.length === 0) return false;
  // TypeScript drops an import whose names are only used as types, with or without the word `type`.
  const typed = /\.[cm]?tsx?$/.test(file);
  return live.some((one) => !ts.isImportDeclaration(one) || one.importClause === undefined || ((server.length === 0 && !typed) || usedOutside(tree, namesOf(one.importClause), server)));
}

function typeOnly(one: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(one)) return one.isTypeOnly;
  const clause = one.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings && ts.isNamedImports(clause.namedBindings) ? clause.namedBindings.elements : undefined;
  return clause.name === undefined && named !== undefined && named.length > 0 && named.every((element) => element.isTypeOnly);
}

function namesOf(clause: ts.ImportClause): string[] {
  const bindings = clause.namedBindings;
  const named = bindings === undefined ? [] : ts.isNamespaceImport(bindings) ? [bindings.name.text] : bindings.elements.map((element) => element.name.text);
  return [...(clause.name ? [clause.name.text] : []), ...named];
}

/** Whether code that stays in the browser's copy uses one of the names as a value; what only server exports use is dropped with them. */
function usedOutside(tree: ts.SourceFile, names: readonly string[], server: readonly string[]): boolean {
  const statements = tree.statements.filter((one) => !ts.isImportDeclaration(one) && !ts.isInterfaceDeclaration(one) && !ts.isTypeAliasDeclaration(one)).map((one) => ({ declares: declaredBy(one), mentions: identifiersIn(one), kept: server.length === 0 || !isDeclaration(one) || (isExported(one) && !declaredBy(one).some((name) => server.includes(name))) }));
  const reached = new Set(statements.filter(({ kept }) => kept).flatMap(({ mentions }) => [...mentions]));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { declares, mentions } of statements) {
      if (!declares.some((name) => reached.has(name) && !server.includes(name))) continue;
      for (const name of mentions) if (!reached.has(name)) grown = reached.add(name) !== undefined;
    }
  }
  return names.some((name) => reached.has(name));
}

const isDeclaration = (node: ts.Statement): boolean => ts.isFunctionDeclaration(node) || ts.isVariableStatement(node) || ts.isClassDeclaration(node);
const isExported = (node: ts.Statement): boolean => ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false);

function declaredBy(node: ts.Statement): string[] {
  if ((ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name) return [node.name.text];
  if (!ts.isVariableStatement(node)) return [];
  return node.declarationList.declarations.flatMap(({ name }) => (ts.isIdentifier(name) ? [name.text] : [...identifiersIn(name)]));
}

function identifiersIn(node: ts.Node): Set<string> {
  const found = new Set<string>();
  const visit = (at: ts.Node): void => {
    if (ts.isIdentifier(at)) found.add(at.text);
    const typed = (ts.isTypeNode(at) && !ts.isExpressionWithTypeArguments(at)) || (ts.isHeritageClause(at) && at.token === ts.SyntaxKind.ImplementsKeyword);
    if (!typed) ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}
