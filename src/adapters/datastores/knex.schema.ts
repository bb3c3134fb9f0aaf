import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isScript, ts, walk } from "../../source/typescript/parse.ts";
import { migrationFolders } from "./migration.files.ts";
import { readSqlTables, sqlType } from "./sql.tables.ts";
import { likeness } from "./users.likeness.ts";

/** A table that Knex creates in a migration, or that its queries name. */
export interface KnexTable {
  readonly name: string;
  readonly file: RepoPath;
  readonly offset: number;
  readonly fields: readonly string[];
  readonly id: { readonly name: string; readonly type: "string" | "number" | "unknown" };
}

/** Every table of the app: from `createTable` in migrations, else from SQL, else from the queries. */
export function readKnexTables(app: App): readonly KnexTable[] {
  const files = app.files(/\.[cm]?[jt]s$/).filter((file) => isScript(file) && /createTable|\.(?:alterTable|table)\s*\(/.test(app.repo.text(file) ?? "") && /schema/.test(app.repo.text(file) ?? ""));
  // An app may keep copies of its migrations; those that are run count first.
  const [run] = migrationFolders(app, /\.[cm]?[jt]s$/);
  const created = [...files].sort((a, b) => Number(run?.files.includes(b) ?? false) - Number(run?.files.includes(a) ?? false)).flatMap((file) => createdIn(app, file));
  const byName = new Map<string, KnexTable>();
  for (const table of created) {
    const known = byName.get(table.name);
    byName.set(table.name, known ? { ...known, fields: [...known.fields, ...table.fields] } : table);
  }
  if (byName.size > 0) return [...byName.values()];
  return readSqlTables(app).map((table) => {
    const key = table.columns.find((column) => /primary\s+key|serial/i.test(column.definition)) ?? table.columns[0];
    return { name: table.name, file: table.file, offset: table.start, fields: table.fields, id: { name: key?.name ?? "id", type: sqlType(key?.definition ?? "") } };
  });
}

function createdIn(app: App, file: RepoPath): KnexTable[] {
  const tree = app.code.parse(file);
  const found: KnexTable[] = [];
  if (tree)
    walk(tree, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !/^(?:createTable|createTableIfNotExists|alterTable|table)$/.test(node.expression.name.text)) return;
      const [name, build] = node.arguments;
      if (!name || !ts.isStringLiteralLike(name) || !build || !(ts.isArrowFunction(build) || ts.isFunctionExpression(build))) return;
      found.push({ name: name.text, file, offset: node.expression.name.getStart(tree), ...columnsIn(build) });
    });
  return found.sort((a, b) => a.offset - b.offset);
}

/** `table.string("email")`: the columns that a builder function makes. */
function columnsIn(build: ts.ArrowFunction | ts.FunctionExpression): Pick<KnexTable, "fields" | "id"> {
  const builder = build.parameters[0]?.name.getText() ?? "table";
  const fields: string[] = [];
  let id: KnexTable["id"] = { name: "id", type: "unknown" };
  walk(build, (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.expression.getText() !== builder) return;
    const type = node.expression.name.text;
    const [name] = node.arguments;
    const column = name && ts.isStringLiteralLike(name) ? name.text : /^(?:increments|bigIncrements)$/.test(type) ? "id" : undefined;
    if (type === "timestamps") fields.push("created_at", "updated_at");
    if (column === undefined || /^(?:foreign|index|unique|primary|dropColumn|references)$/.test(type)) return;
    fields.push(column);
    if (/^(?:increments|bigIncrements)$/.test(type)) id = { name: column, type: "number" };
    else if (column === "id" || /\.primary\(/.test(chainText(node))) id = { name: column, type: /^(?:integer|bigInteger|bigint)$/.test(type) ? "number" : "string" };
  });
  return { fields: [...new Set(fields)], id };
}

function chainText(node: ts.Node): string {
  let at = node;
  while (at.parent && (ts.isPropertyAccessExpression(at.parent) || ts.isCallExpression(at.parent)) && at.parent.pos === node.pos) at = at.parent;
  return at.getText();
}

/** The table of the people who sign in. */
export function knexUser(tables: readonly KnexTable[]): KnexTable | undefined {
  const best = tables.map((table) => ({ table, score: likeness(table) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.table : undefined;
}
