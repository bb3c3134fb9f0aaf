// https://orm.drizzle.team/docs/sql-schema-declaration
import type { Code, ColumnSaying, StoreSaying, UserModel } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { harmlessScripts, runScript, runTool } from "../../source/package-manager.ts";
import { sharedInstance } from "../../source/typescript/instances.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { lineOf } from "../../source/typescript/parse.ts";
import { defineDatastore } from "../define.ts";
import { drizzleCreations } from "./drizzle.creations.ts";
import { columnText, keyColumn, readTables, tableImport, userTable, type DrizzleTable } from "./drizzle.schema.ts";
import { savedFields, storeCode, typedId, type Names } from "./store.code.ts";
import { emailField, nameField } from "./users.likeness.ts";

// Drizzle's own names are those of the code, whatever the columns are called in the database.
const COLUMNS = { customerId: "credytCustomerId", status: "credytStatus" } as const;
const IN_DATABASE = { customerId: "credyt_customer_id", status: "credyt_status" } as const;

function userModel(app: App): UserModel | undefined {
  const table = userTable(readTables(app));
  if (!table) return undefined;
  const tree = table.call.getSourceFile();
  const key = keyColumn(table) ?? "id";
  const type = columnText(table, key);
  const email = emailField(table.fields);
  const displayName = nameField(table.fields);
  return {
    name: table.name,
    file: table.file,
    line: lineOf(tree, table.call.getStart(tree)),
    id: { name: key, type: /(?:^|\.)(?:\w*serial|\w*int|integer|number)\b/i.test(type) ? "number" : type === "" ? "unknown" : "string" },
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  };
}

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const table = userTable(readTables(app));
  const db = sharedInstance(app, "drizzle", /\bdrizzle\s*[(<]/);
  if (!table || !db) return undefined;
  const users = tableImport(app, table);
  const eq = fromPackage("eq", "drizzle-orm");
  const row = users.name === "user" ? "stored" : "user";
  const picked = [["customerId", COLUMNS.customerId], ...(names.includes("status") ? [["status", COLUMNS.status]] : []), ...(model.email === undefined ? [] : [["email", model.email]]), ...(model.displayName === undefined ? [] : [["name", model.displayName]])];
  return {
    edits: db.edits,
    code: storeCode(app, names, {
      row,
      read: code`const [${row}] = await ${db.value}
  .select({
${raw(picked.map(([name, column]) => `    ${name}: ${users.name}.${column},`).join("\n"))}
  })
  .from(${users})
  .where(${eq}(${users}.${model.id.name}, ${typedId(model)}));`,
      whole: true,
      save: code`await ${db.value}
  .update(${users})
  .set(${savedFields(names, COLUMNS)})
  .where(${eq}(${users}.${model.id.name}, ${typedId(model)}));`,
    }),
    activate: activate(db.value, users, eq, table, model),
  };
}

type Named = Parameters<typeof code>[1];

function activate(db: Named, users: Named, eq: Named, table: DrizzleTable, model: UserModel): Code {
  const set = code`.update(${users})\n.set({ ${COLUMNS.status}: "active" })\n.where(${eq}(${users}.${COLUMNS.customerId}, customerId))`;
  if (table.dialect !== "mysql") return code`const activated = await ${db}\n  ${set}\n  .returning({ id: ${users}.${model.id.name} });\nreturn activated.length > 0;`;
  return code`const [found] = await ${db}\n  .select({ id: ${users}.${model.id.name} })\n  .from(${users})\n  .where(${eq}(${users}.${COLUMNS.customerId}, customerId));\nif (!found) return false;\nawait ${db}\n  ${set};\nreturn true;`;
}

function columns(app: App, _model: UserModel, names: Names): ColumnSaying {
  const table = userTable(readTables(app));
  const missing = names.filter((name) => !table?.fields.includes(COLUMNS[name]));
  if (!table || missing.length === 0) return { edits: [] };
  const type = columnType(app, table);
  const edits = addProperties(table.columns, missing.map((name) => code`${COLUMNS[name]}: ${type(IN_DATABASE[name])}`));
  return { edits, command: migration(app) };
}

/** How this table says a column of text: `text("…")`, `t.varchar({ length: 255 })`. */
function columnType(app: App, table: DrizzleTable): (name: string) => Code {
  const others = table.fields.map((field) => columnText(table, field));
  const prefix = others.map((text) => /^(\w+)\.\w+\s*\(/.exec(text)?.[1]).find((one) => one !== undefined);
  const named = others.some((text) => /^[\w.]+\(\s*["'`]/.test(text));
  const argument = (name: string): string => (named ? JSON.stringify(name) : "");
  const length = (name: string): string => `(${[...(named ? [argument(name)] : []), "{ length: 255 }"].join(", ")})`;
  const long = table.dialect === "mysql" || (!others.some((text) => /^(?:\w+\.)?text\(/.test(text)) && others.some((text) => /^(?:\w+\.)?varchar\(/.test(text)) && !/\btext\b/.test(importLine(app, table)));
  const helper = long ? "varchar" : "text";
  const imported = prefix === undefined ? code`${fromPackage(helper, `drizzle-orm/${table.dialect === "unknown" ? "pg" : table.dialect}-core`)}` : raw(`${prefix}.${helper}`);
  return (name) => code`${imported}${long ? length(name) : `(${argument(name)})`}`;
}

const importLine = (app: App, table: DrizzleTable): string => /import\s*\{[^}]*\}\s*from\s*["']drizzle-orm\/\w+-core["']/.exec(app.repo.text(table.file) ?? "")?.[0] ?? "";

/** What makes and runs the migration: the app's own scripts where it has them. */
function migration(app: App): string {
  const scripts = harmlessScripts(app.manifest.scripts);
  const named = (pattern: RegExp): string | undefined => scripts.find(([, body]) => pattern.test(body))?.[0];
  const generate = named(/drizzle-kit generate(?!.*--name)/);
  const migrate = named(/drizzle-kit migrate/) ?? scripts.find(([name, body]) => /(?:^|:)migrate(?:$|:)/.test(name) && /migrate/.test(body))?.[0];
  const push = named(/drizzle-kit push/);
  const keepsSql = app.files(/(?:^|\/)(?:drizzle|migrations)\/(?:.*\/)?\d+_\w+(?:\.sql|\/migration\.sql)$/).length > 0;
  if (push !== undefined && !keepsSql) return runScript(app, push);
  return `${generate === undefined ? runTool(app, "drizzle-kit generate") : runScript(app, generate)} && ${migrate === undefined ? runTool(app, "drizzle-kit migrate") : runScript(app, migrate)}`;
}

export default defineDatastore({ title: "Drizzle", packages: ["drizzle-orm"], rank: 95, userModel, creations: drizzleCreations, store, columns });
