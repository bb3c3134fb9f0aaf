// https://kysely.dev/docs/getting-started
import type { ColumnSaying, Edit, StoreSaying, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { sharedInstance } from "../../source/typescript/instances.ts";
import { literalOf } from "../../source/typescript/literals.ts";
import { addMembers } from "../../source/typescript/insertion.ts";
import { bare, lineOf, ts, wrapped } from "../../source/typescript/parse.ts";
import { typeNamed, typeNames, type FieldsOf } from "../../source/typescript/types.ts";
import { defineDatastore, type Creation } from "../define.ts";
import { methodCalls } from "./calls.find.ts";
import { migrationFolders } from "./migration.files.ts";
import { savedFields, storeCode, typedId, type Names } from "./store.code.ts";
import { columnNames, emailField, likeness, nameField } from "./users.likeness.ts";

/** A table of Kysely's database type. */
interface KyselyTable {
  readonly name: string;
  readonly type: FieldsOf;
  readonly fields: readonly string[];
}

/** The table of users in `new Kysely<Database>(…)`. */
function userTable(app: App): KyselyTable | undefined {
  const tables = app.code.mentioning("Kysely<").flatMap((file) => {
    const name = /\bKysely<\s*(\w+)\s*>/.exec(app.repo.text(file) ?? "")?.[1];
    const database = name === undefined ? undefined : typeNamed(app, file, name);
    return [...(database?.members ?? [])].flatMap((member): KyselyTable[] => {
      if (!ts.isPropertySignature(member) || !member.type) return [];
      const type = ts.isTypeLiteralNode(member.type) ? member.type : typeNames(member.type).map((one) => typeNamed(app, member.getSourceFile().fileName, one)).find((one) => one !== undefined);
      return type ? [{ name: member.name.getText().replace(/['"]/g, ""), type, fields: [...type.members].flatMap((one) => (one.name ? [one.name.getText()] : [])) }] : [];
    });
  });
  const best = tables.map((table) => ({ table, score: likeness(table) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.table : undefined;
}

function userModel(app: App): UserModel | undefined {
  const table = userTable(app);
  if (!table) return undefined;
  const tree = table.type.getSourceFile();
  const email = emailField(table.fields);
  const displayName = nameField(table.fields);
  const key = table.fields.includes("id") ? "id" : (table.fields[0] ?? "id");
  const type = [...table.type.members].find((one) => one.name?.getText() === key)?.getText() ?? "";
  return { name: table.name, file: tree.fileName, line: lineOf(tree, table.type.getStart(tree)), id: { name: key, type: /number/.test(type) ? "number" : "string" }, ...(email !== undefined && { email }), ...(displayName !== undefined && { displayName }) };
}

function creations(app: App, model: UserModel | undefined): readonly Creation[] {
  if (!model) return [];
  return methodCalls(app, /^insertInto$/, (text) => text.includes("insertInto")).filter(({ call }) => call.arguments[0] && ts.isStringLiteralLike(call.arguments[0]) && call.arguments[0].text === model.name).map(({ call }) => creation(app, call, model));
}

/** `insertInto("users").values(…).returning("id").executeTakeFirstOrThrow()`. */
function creation(app: App, start: ts.CallExpression, model: UserModel): Creation {
  const steps = new Map<string, ts.CallExpression>();
  let last = start;
  for (;;) {
    const { parent } = wrapped(last);
    if (!ts.isPropertyAccessExpression(parent) || !ts.isCallExpression(parent.parent) || /^(?:then|catch|finally)$/.test(parent.name.text)) break;
    last = parent.parent;
    steps.set(parent.name.text, last);
  }
  const given = steps.get("values")?.arguments[0];
  const fields = literalOf(given);
  const shared = { call: last, ...(fields && { fields }) };
  const row = steps.has("execute") ? "[0]" : "";
  if (steps.has("returningAll")) return { ...shared, row };
  const returning = steps.get("returning");
  if (returning) return { ...shared, row, columns: [...returning.getText().slice(returning.expression.getText().length).matchAll(/["'`](?:\w+\.)?(\w+)["'`]/g)].map((match) => match[1] ?? "") };
  if (app.uses("mysql2") !== undefined) return { ...shared, id: row === "" ? "insertId" : "[0].insertId" };
  const execute = [...steps].find(([name]) => /^execute/.test(name))?.[1];
  if (!execute || !ts.isPropertyAccessExpression(execute.expression)) return shared;
  const at = bare(execute.expression.expression).end;
  const file = start.getSourceFile();
  const lead = /^\s*\n/.test(file.text.slice(at)) ? "\n" : "";
  const edit: Edit = { kind: "splice", at: { file: file.fileName, offset: at }, remove: "", code: raw(`${lead}.returning("${model.id.name}")`) };
  return { ...shared, row, columns: [model.id.name], widen: [edit] };
}

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const table = userTable(app);
  const db = sharedInstance(app, "Kysely", /\bnew\s+Kysely\b/);
  if (!table || !db) return undefined;
  const columns = columnNames(table.fields, "snake");
  const picked = [`"${columns.customerId} as customerId"`, ...(names.includes("status") ? [`"${columns.status} as status"`] : []), ...(model.email === undefined ? [] : [`"${model.email}${model.email === "email" ? "" : " as email"}"`]), ...(model.displayName === undefined ? [] : [`"${model.displayName}${model.displayName === "name" ? "" : " as name"}"`])];
  const where = `.where("${model.id.name}", "=", ${typedId(model)})`;
  return {
    edits: db.edits,
    code: storeCode(app, names, {
      whole: true,
      read: code`const user = await ${db.value}\n  .selectFrom("${table.name}")\n  .select([\n${raw(picked.map((one) => `    ${one},`).join("\n"))}\n  ])\n  ${where}\n  .executeTakeFirst();`,
      save: code`await ${db.value}\n  .updateTable("${table.name}")\n  .set(${savedFields(names, columns)})\n  ${where}\n  .execute();`,
    }),
    activate: code`const { numUpdatedRows } = await ${db.value}
  .updateTable("${table.name}")
  .set({ ${columns.status}: "active" })
  .where("${columns.customerId}", "=", customerId)
  .executeTakeFirstOrThrow();
return numUpdatedRows > 0;`,
  };
}

function columns(app: App, _model: UserModel, names: Names): ColumnSaying {
  const table = userTable(app);
  const known = columnNames(table?.fields ?? [], "snake");
  const missing = names.map((name) => known[name]).filter((name) => !table?.fields.includes(name));
  if (!table || missing.length === 0) return { edits: [] };
  const edits = addMembers(table.type, missing.map((name) => raw(`${name}: string | null`)));
  const folder = migrationFolders(app, /\.[cm]?[jt]s$/)[0];
  const sql = missing.map((name) => `ALTER TABLE ${table.name} ADD COLUMN ${/[A-Z]/.test(name) ? `"${name}"` : name} varchar(255);`).join("\n");
  if (!folder) return { edits, handoff: { reason: "The app keeps no Kysely migrations that could be continued.", paste: raw(sql) } };
  const body = (lines: readonly string[]): string => lines.join("\n");
  const up = missing.map((name) => `  await db.schema.alterTable("${table.name}").addColumn("${name}", "varchar(255)").execute();`);
  const down = [...missing].reverse().map((name) => `  await db.schema.alterTable("${table.name}").dropColumn("${name}").execute();`);
  const text = `import type { Kysely } from "kysely";\n\nexport async function up(db: Kysely<any>): Promise<void> {\n${body(up)}\n}\n\nexport async function down(db: Kysely<any>): Promise<void> {\n${body(down)}\n}\n`;
  return { edits: [...edits, { kind: "create", file: folder.next("add_credyt_columns"), code: raw(/\.[cm]?ts$/.test(folder.newest) ? text : text.replace(/^import type.*\n\n/, "").replace(/: (?:Kysely<any>|Promise<void>)/g, "")) }] };
}

export default defineDatastore({ title: "Kysely", packages: ["kysely"], rank: 65, userModel, creations, store, columns });
