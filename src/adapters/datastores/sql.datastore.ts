import type { UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import type { DatastoreAdapter } from "../define.ts";
import { addSqlColumns } from "./sql.columns.ts";
import type { Speech } from "./sql.drivers.ts";
import { sqlCreations } from "./sql.inserts.ts";
import { sqlStore } from "./sql.store.ts";
import { readSqlTables, sqlType, sqlUserTable } from "./sql.tables.ts";
import { emailField, nameField } from "./users.likeness.ts";

/** What sets one family of drivers apart from the others. */
export interface SqlFamily {
  readonly title: string;
  /** Packages, each with how it is spoken to where a call's own driver cannot be told. */
  readonly packages: Readonly<Record<string, Speech>>;
  readonly rank: number;
  /** The type of a column of text. */
  readonly text: string;
  readonly isOwn: (speech: Speech) => boolean;
}

/** The adapter of a data store that an app speaks to in SQL of its own. */
export function sqlDatastore({ title, packages, rank, text, isOwn }: SqlFamily): DatastoreAdapter {
  const usual = (app: App): Speech => Object.entries(packages).find(([name]) => app.uses(name) !== undefined)?.[1] ?? "pg-rows";
  return {
    title,
    packages: Object.keys(packages),
    rank,
    userModel,
    creations: (app, model) => (model ? sqlCreations(app, model, usual(app), isOwn) : []),
    store: (app, model, names) => sqlStore(app, model, names, usual(app), isOwn),
    columns: (app, _model, names) => addSqlColumns(app, names, text),
  };
}

function userModel(app: App): UserModel | undefined {
  const table = sqlUserTable(readSqlTables(app));
  if (!table) return undefined;
  const key = table.columns.find((column) => /primary\s+key/i.test(column.definition)) ?? table.columns.find((column) => column.name === "id") ?? table.columns[0];
  const email = emailField(table.fields);
  const displayName = nameField(table.fields);
  return {
    name: table.name,
    file: table.file,
    line: app.atOffset(table.file, table.start).line,
    id: { name: key?.name ?? "id", type: sqlType(key?.definition ?? "") },
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  };
}
