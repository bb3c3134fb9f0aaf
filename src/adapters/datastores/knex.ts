// https://knexjs.org/guide/query-builder.html
import type { Code, ColumnSaying, Edit, StoreSaying, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { runScript, runTool } from "../../source/package-manager.ts";
import { sharedInstance } from "../../source/typescript/instances.ts";
import { literalOf } from "../../source/typescript/literals.ts";
import { ts } from "../../source/typescript/parse.ts";
import { defineDatastore, type Creation } from "../define.ts";
import { methodCalls, tailName } from "./calls.find.ts";
import { knexUser, readKnexTables } from "./knex.schema.ts";
import { migrationFolders } from "./migration.files.ts";
import { selfOf } from "./self.find.ts";
import { savedFields, storeCode, typedId, type Names } from "./store.code.ts";
import { columnNames, emailField, nameField, plainName } from "./users.likeness.ts";

function userModel(app: App): UserModel | undefined {
  const table = knexUser(readKnexTables(app));
  if (!table) return undefined;
  const email = emailField(table.fields);
  const displayName = nameField(table.fields);
  return { name: table.name, file: table.file, line: app.atOffset(table.file, table.offset).line, id: table.id, ...(email !== undefined && { email }), ...(displayName !== undefined && { displayName }) };
}

function creations(app: App, model: UserModel | undefined): readonly Creation[] {
  if (!model) return [];
  return methodCalls(app, /^(?:insert|insertAndFetch|insertGraph|insertGraphAndFetch|into)$/, (text) => /\.(?:insert|insertAndFetch|insertGraph)\s*\(/.test(text)).flatMap(({ call, receiver, method }): Creation[] => {
    if (method === "into") return [];
    const objection = ts.isCallExpression(receiver) && /\.query\(/.test(receiver.getText()) && plainName(tailName((receiver.expression as ts.PropertyAccessExpression).expression ?? receiver)) === plainName(model.name);
    if (!objection && !isTable(receiver, call, model.name)) return [];
    return [objection ? byModel(call) : byTable(app, call, model)];
  });
}

/** `knex("users")`, `db.from("users")`, `trx.table("users")`, `knex.insert(…).into("users")`. */
function isTable(receiver: ts.Expression, call: ts.CallExpression, table: string): boolean {
  const named = new RegExp(`\\(\\s*["'\`](?:\\w+\\.)?${table}["'\`]\\s*\\)$`);
  if (ts.isCallExpression(receiver) && named.test(receiver.getText()) && !/\b(?:supabase|storage|collection)\b/i.test(receiver.getText())) return true;
  const after = call.parent?.parent;
  return Boolean(after && ts.isCallExpression(after) && new RegExp(`\\.into\\(\\s*["'\`]${table}["'\`]\\s*\\)$`).test(after.getText()));
}

const CHAIN = /^(?:returning|into|transacting|onConflict|ignore|merge|withSchema|timeout|debug)$/;

/** Objection gives the stored object itself. */
function byModel(call: ts.CallExpression): Creation {
  const fields = literalOf(call.arguments[0]);
  return { call, chain: /^(?:returning|first|into|transacting|context)$/, row: "", ...(fields && { fields }) };
}

/** What Knex gives depends on the database and on `returning`. */
function byTable(app: App, call: ts.CallExpression, model: UserModel): Creation {
  const [given, second] = call.arguments;
  const fields = literalOf(given);
  const self = selfOf(given, model.id.name);
  const shared: Creation = { call, chain: CHAIN, ...(fields && { fields }) };
  if (self !== undefined) return { ...shared, self, row: "" };
  const { last, returning } = chain(call, second);
  const modern = !/^[~^]?0\./.test(app.uses("knex") ?? "");
  if (returning === undefined) {
    if (!isPostgres(app)) return { ...shared, id: "[0]" };
    const edit: Edit = { kind: "splice", at: { file: last.getSourceFile().fileName, offset: last.end }, remove: "", code: raw(`.returning("${model.id.name}")`) };
    return { ...shared, ...(modern ? { row: "[0]", columns: [model.id.name] } : { id: "[0]" }), widen: [edit] };
  }
  const whole = /\*/.test(returning);
  if (!whole && !new RegExp(`["'\`]${model.id.name}["'\`]`).test(returning)) return shared;
  return whole || modern || /,/.test(returning) ? { ...shared, row: "[0]", ...(!whole && { columns: [...returning.matchAll(/["'`](\w+)["'`]/g)].map((match) => match[1] ?? "") }) } : { ...shared, id: "[0]" };
}

/** The end of the chain, and what is asked to come back: `.returning("id")` or the second argument. */
function chain(call: ts.CallExpression, second: ts.Expression | undefined): { readonly last: ts.CallExpression; readonly returning: string | undefined } {
  let last = call;
  let returning = second?.getText();
  for (;;) {
    const { parent } = last;
    if (!ts.isPropertyAccessExpression(parent) || !CHAIN.test(parent.name.text) || !ts.isCallExpression(parent.parent)) return { last, returning };
    last = parent.parent;
    if (parent.name.text === "returning") returning = last.arguments.map((one) => one.getText()).join(", ");
  }
}

const isPostgres = (app: App): boolean => ["pg", "pg-native", "@electric-sql/pglite"].some((name) => app.uses(name) !== undefined);

const dbOf = (app: App): ReturnType<typeof sharedInstance> => sharedInstance(app, "nex", /(?<!\.)\b[kK]nex(?:\.default|\.knex)?\s*[(<]|require\(["']knex["']\)\s*\(/);

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const table = knexUser(readKnexTables(app));
  const db = dbOf(app);
  if (!table || !db) return undefined;
  const columns = columnNames(table.fields, "snake");
  const users = code`${db.value}("${table.name}")`;
  const where = `{ ${model.id.name}: ${typedId(model)} }`;
  return {
    edits: db.edits,
    code: storeCode(app, names, {
      read: code`const user = await ${users}.where(${where}).first();`,
      columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
      email: model.email && `user.${model.email}`,
      name: model.displayName && `user.${model.displayName}`,
      save: code`await ${users}
  .where(${where})
  .update(${savedFields(names, columns)});`,
    }),
    activate: code`const count = await ${users}
  .where({ ${columns.customerId}: customerId })
  .update({ ${columns.status}: "active" });
return count > 0;`,
  };
}

function columns(app: App, _model: UserModel, names: Names): ColumnSaying {
  const table = knexUser(readKnexTables(app));
  const known = columnNames(table?.fields ?? [], "snake");
  const missing = names.map((name) => known[name]).filter((name) => !table?.fields.includes(name));
  if (!table || missing.length === 0) return { edits: [] };
  const folder = migrationFolders(app, /\.[cm]?[jt]s$/)[0];
  const sql = missing.map((name) => `ALTER TABLE ${table.name} ADD COLUMN ${/[A-Z]/.test(name) ? `"${name}"` : name} VARCHAR(255);`).join("\n");
  if (!folder) return { edits: [], handoff: { reason: "The app keeps no Knex migrations that could be continued.", paste: raw(sql) } };
  const script = Object.entries(app.manifest.scripts ?? {}).find(([, body]) => /knex(?:\s+--\S+(?:\s+\S+)?)*\s+migrate:(?:latest|up)/.test(body) && !/&&/.test(body))?.[0];
  return {
    edits: [{ kind: "create", file: folder.next("add_credyt_columns"), code: migration(app.repo.text(folder.newest) ?? "", table.name, missing, /\.tsx?$/.test(folder.newest)) }],
    command: script === undefined ? runTool(app, "knex migrate:latest") : runScript(app, script),
  };
}

/** One more migration in the module style of the newest one. */
function migration(like: string, table: string, names: readonly string[], typed: boolean): Code {
  const esm = typed || /^export\s/m.test(like);
  const head = typed ? `import type { Knex } from "knex";\n\n` : "";
  const fn = (name: string, body: string): string => `${esm ? `export async function ${name}(knex${typed ? ": Knex): Promise<void>" : ")"} {` : `exports.${name} = async function (knex) {`}\n  await knex.schema.alterTable("${table}", (table) => {\n${body}\n  });\n}${esm ? "" : ";"}\n`;
  const up = names.map((name) => `    table.string("${name}");`).join("\n");
  const down = [...names].reverse().map((name) => `    table.dropColumn("${name}");`).join("\n");
  return raw(`${head}${fn("up", up)}\n${fn("down", down)}`);
}

export default defineDatastore({ title: "Knex", packages: ["knex", "objection"], rank: 60, userModel, creations, store, columns });
