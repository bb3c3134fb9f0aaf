import type { ColumnSaying, Edit } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { raw } from "../../code/code.ts";
import { runScript } from "../../source/package-manager.ts";
import { migrationFolders, type MigrationFolder } from "./migration.files.ts";
import { readSqlTables, sqlColumnNames, sqlUserTable, type SqlTable } from "./sql.tables.ts";
import type { Names } from "./store.code.ts";

/** The billing columns as one more SQL migration; without migrations in `CREATE TABLE` itself, and as SQL for databases that exist. */
export function addSqlColumns(app: App, names: Names, type: string): ColumnSaying {
  const table = sqlUserTable(readSqlTables(app));
  if (!table) return { edits: [] };
  const known = sqlColumnNames(table);
  const missing = names.map((name) => known[name]).filter((name) => !table.fields.includes(name));
  if (missing.length === 0) return { edits: [] };
  const quoted = (name: string): string => (/[A-Z]/.test(name) ? (type.startsWith("varchar") ? `\`${name}\`` : `"${name}"`) : name);
  const inUpper = /\b(?:TEXT|VARCHAR|INTEGER|INT|SERIAL|UUID)\b/.test(table.columns.map((column) => column.definition).join(" "));
  const ofType = inUpper ? type.toUpperCase() : type;
  const add = missing.map((name) => `ALTER TABLE ${table.written} ADD COLUMN ${quoted(name)} ${ofType};`).join("\n");
  const drop = missing.map((name) => `ALTER TABLE ${table.written} DROP COLUMN ${quoted(name)};`).join("\n");
  const folder = migrationFolders(app, /\.sql$/).find(({ files }) => files.includes(table.file)) ?? migrationFolders(app, /\.sql$/)[0];
  if (folder) return { edits: migrations(app, folder, add, drop), ...command(app) };
  const reason = "The app has no migrations: a database that exists already needs these columns as well.";
  return { edits: table.columns.length > 0 ? [inCreate(app, table, missing.map(quoted), ofType)] : [], handoff: { reason, paste: raw(add) } };
}

/** A migration named and divided as the newest one is: `.up.sql` and `.down.sql`, or sections in one file. */
function migrations(app: App, folder: MigrationFolder, add: string, drop: string): readonly Edit[] {
  const file = folder.next("credyt");
  const like = app.repo.text(folder.newest) ?? "";
  const create = (path: string, text: string): Edit => ({ kind: "create", file: path, code: raw(`${text}\n`) });
  if (file.endsWith(".up.sql")) return [create(file, add), create(file.replace(/\.up\.sql$/, ".down.sql"), drop)];
  if (/^-- migrate:up/m.test(like)) return [create(file, `-- migrate:up\n${add}\n\n-- migrate:down\n${drop}`)];
  if (/^-- \+goose Up/m.test(like)) return [create(file, `-- +goose Up\n${add}\n\n-- +goose Down\n${drop}`)];
  return [create(file, add)];
}

function command(app: App): { readonly command?: string } {
  const script = Object.keys(app.manifest.scripts ?? {}).find((name) => /^(?:db:)?migrat(?:e|ions?)(?::(?:up|latest|run|deploy))?$/.test(name));
  return script === undefined ? {} : { command: runScript(app, script) };
}

/** After the table's last column, on a line of its own where the others stand so. */
function inCreate(app: App, table: SqlTable, missing: readonly string[], type: string): Edit {
  const last = table.columns.at(-1);
  const text = app.repo.text(table.file) ?? "";
  const lead = /\n[ \t]*$/.test(text.slice(0, last?.start ?? 0)) ? "\n" : " ";
  return { kind: "splice", at: { file: table.file, offset: last?.end ?? 0 }, remove: "", code: raw(missing.map((name) => `,${lead}${name} ${type}`).join("")) };
}
