import type { Import, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { asImported } from "../../source/typescript/instances.ts";
import { keysOf, nameText } from "../../source/typescript/literals.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { likeness } from "./users.likeness.ts";

/** A table of a Drizzle schema. */
export interface DrizzleTable {
  /** Its name in the database. */
  readonly name: string;
  /** The exported constant. */
  readonly variable: string;
  readonly file: RepoPath;
  readonly call: ts.CallExpression;
  readonly columns: ts.ObjectLiteralExpression;
  readonly fields: readonly string[];
  readonly dialect: "pg" | "mysql" | "sqlite" | "unknown";
}

const MAKERS = /^(?:(?:pg|mysql|sqlite|singlestore|cockroach)Table|createTable|table)$|Table$/;

/** Every table of the app's Drizzle schemas. */
export function readTables(app: App): readonly DrizzleTable[] {
  const files = app.code.mentioning("drizzle-orm").concat(app.code.mentioning("Table(")).filter((file, i, all) => all.indexOf(file) === i);
  return preferUsed(app, files.flatMap((file) => {
    const tree = /[tT]able\s*\(/.test(app.repo.text(file) ?? "") ? app.code.parse(file) : undefined;
    const found: DrizzleTable[] = [];
    if (tree)
      walk(tree, (node) => {
        if (ts.isVariableDeclaration(node) && node.initializer) found.push(...asTable(app, node));
        return !ts.isFunctionLike(node);
      });
    return found;
  }));
}

/** A table that is declared in two files is the one whose file the app imports: generators leave others behind. */
function preferUsed(app: App, tables: readonly DrizzleTable[]): readonly DrizzleTable[] {
  const twice = new Set(tables.filter((one) => tables.some((other) => other.name === one.name && other.file !== one.file)).map(({ file }) => file));
  if (twice.size === 0) return tables;
  const uses = new Map([...twice].map((file) => [file, app.code.scripts.filter((one) => (app.facts(one)?.imports ?? []).some((fact) => fact.file === file)).length]));
  return [...tables].sort((a, b) => (uses.get(b.file) ?? 0) - (uses.get(a.file) ?? 0));
}

function asTable(app: App, node: ts.VariableDeclaration): DrizzleTable[] {
  const call = node.initializer && tableCall(bare(node.initializer));
  if (!call || !ts.isIdentifier(node.name)) return [];
  const callee = bare(call.expression);
  const maker = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  const [name, second] = call.arguments;
  if (!MAKERS.test(maker) || !name || !ts.isStringLiteralLike(name) || isService(app, callee)) return [];
  const columns = columnsOf(second);
  if (!columns) return [];
  const file = node.getSourceFile().fileName;
  return [{ name: name.text, variable: node.name.text, file, call, columns, fields: keysOf(columns), dialect: dialectOf(app, file, maker) }];
}

/** The call that makes the table of `pgTable("users", { … }).enableRLS()`. */
export function tableCall(given: ts.Node): ts.CallExpression | undefined {
  if (!ts.isCallExpression(given)) return undefined;
  const callee = bare(given.expression);
  const inner = ts.isPropertyAccessExpression(callee) && !MAKERS.test(callee.name.text) ? bare(callee.expression) : undefined;
  return inner ? tableCall(inner) : given;
}

/** A table of Supabase's schema `auth` is the service's own: mirrored for its keys, never written to. */
function isService(app: App, callee: ts.Node): boolean {
  const schema = ts.isPropertyAccessExpression(callee) ? valueOf(app, callee.expression) : undefined;
  const name = schema && ts.isCallExpression(schema) ? schema.arguments[0] : undefined;
  return name !== undefined && ts.isStringLiteralLike(name) && name.text === "auth" && ["@supabase/supabase-js", "@supabase/ssr"].some((one) => app.uses(one) !== undefined);
}

/** The second argument: `{ … }` or `(t) => ({ … })`. */
function columnsOf(node: ts.Expression | undefined): ts.ObjectLiteralExpression | undefined {
  const at = node && bare(node);
  if (!at) return undefined;
  if (ts.isObjectLiteralExpression(at)) return at;
  if (!ts.isArrowFunction(at)) return undefined;
  const body = bare(at.body);
  return ts.isObjectLiteralExpression(body) ? body : undefined;
}

function dialectOf(app: App, file: RepoPath, maker: string): DrizzleTable["dialect"] {
  const text = app.repo.text(file) ?? "";
  if (/^pg/.test(maker) || /drizzle-orm\/(?:pg|cockroach)-core/.test(text)) return "pg";
  if (/^mysql|^singlestore/.test(maker) || /drizzle-orm\/(?:mysql|singlestore)-core/.test(text)) return "mysql";
  return /^sqlite/.test(maker) || /drizzle-orm\/sqlite-core/.test(text) ? "sqlite" : "unknown";
}

/** The table of the people who sign in. */
export function userTable(tables: readonly DrizzleTable[]): DrizzleTable | undefined {
  const best = tables.map((table) => ({ table, score: likeness(table) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.table : undefined;
}

/** The text of a column's definition: `varchar("email", { length: 255 })`. */
export function columnText(table: DrizzleTable, field: string): string {
  const found = table.columns.properties.find((one): one is ts.PropertyAssignment => ts.isPropertyAssignment(one) && nameText(one.name) === field);
  return found?.initializer.getText() ?? "";
}

/** The key column: the one with `.primaryKey()`. */
export const keyColumn = (table: DrizzleTable): string | undefined => table.fields.find((field) => /\.primaryKey\(|primaryKey:\s*true/.test(columnText(table, field)));

/** How code imports the table. */
export const tableImport = (app: App, table: DrizzleTable): Import => asImported(app, { name: table.variable, from: { file: table.file } });
