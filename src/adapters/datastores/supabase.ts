// https://supabase.com/docs/reference/javascript/insert
import type { Code, ColumnSaying, Edit, StoreSaying, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { runTool } from "../../source/package-manager.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { asImported, defaultName } from "../../source/typescript/instances.ts";
import { literalOf } from "../../source/typescript/literals.ts";
import { bare, ts, wrapped } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { defineDatastore, type Creation } from "../define.ts";
import { methodCalls } from "./calls.find.ts";
import { migrationFolders } from "./migration.files.ts";
import { rowType, savedFields, storeCode, type Names } from "./store.code.ts";
import { supabaseUser, type SupabaseTable } from "./supabase.tables.ts";
import { columnNames, emailField, nameField } from "./users.likeness.ts";

function userModel(app: App): UserModel | undefined {
  const table = supabaseUser(app);
  if (!table) return undefined;
  const email = emailField(table.fields);
  const displayName = nameField(table.fields);
  return { name: table.name, file: table.file, line: app.atOffset(table.file, table.offset).line, id: { name: table.key, type: "string" }, ...(email !== undefined && { email }), ...(displayName !== undefined && { displayName }) };
}

function creations(app: App, model: UserModel | undefined): readonly Creation[] {
  if (!model || model.name === "auth.users") return [];
  const table = new RegExp(`\\.from\\(\\s*["'\`]${model.name}["'\`]\\s*\\)$`);
  const found = methodCalls(app, /^(?:insert|upsert)$/, (text) => text.includes(model.name) && /\.(?:insert|upsert)\s*\(/.test(text) && !/^\s*["']use client["']/.test(text));
  return found.filter(({ receiver }) => table.test(receiver.getText())).map(({ call }) => creation(call, model));
}

/** The whole chain is the call: `insert(…).select().single()` gives `{ data, error }`. */
function creation(call: ts.CallExpression, model: UserModel): Creation {
  let last = call;
  const steps: string[] = [];
  for (;;) {
    const { parent } = wrapped(last);
    if (!ts.isPropertyAccessExpression(parent) || !ts.isCallExpression(parent.parent) || /^(?:then|catch|finally)$/.test(parent.name.text)) break;
    last = parent.parent;
    steps.push(parent.name.text);
  }
  const given = call.arguments[0] && bare(call.arguments[0]);
  const fields = literalOf(given && ts.isArrayLiteralExpression(given) ? given.elements[0] : call.arguments[0]);
  const shared = { call: last, ...(fields && { fields }) };
  if (steps.includes("select")) return { ...shared, row: steps.some((step) => /^(?:single|maybeSingle)$/.test(step)) ? "data" : "data[0]" };
  const at = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.getStart() - 1 : 0;
  const lead = /\n[ \t]*$/.test(call.getSourceFile().text.slice(0, at)) ? "\n" : "";
  const edit: Edit = { kind: "splice", at: { file: call.getSourceFile().fileName, offset: last.end }, remove: "", code: raw(`${lead}.select("${model.id.name}")${lead}.single()`) };
  return { ...shared, row: "data", columns: [model.id.name], ...(fields?.properties.some((one) => one.name?.getText() === model.id.name) ? {} : { widen: [edit] }) };
}

/** A client with the service role, as a value or from a function without parameters: only it may write what users may not. */
function adminClient(app: App): Code | undefined {
  for (const file of app.code.mentioning("supabase").filter((one) => ROLE.test(app.repo.text(one) ?? "") && !/^\s*["']use client["']/.test(app.repo.text(one) ?? "")))
    for (const [name, one] of app.code.exports(file).named) {
      if (!("node" in one)) continue;
      const value = valueOf(one.node);
      const isMaker = isFn(value) && value.parameters.every((parameter) => parameter.initializer ?? parameter.questionToken);
      if (!/createClient|createServerClient/.test(value.getText()) || !ROLE.test(value.getText()) || (isFn(value) && !isMaker)) continue;
      const imported = asImported(app, name === "default" ? { name: defaultName(app, file, one.node), from: { file }, as: "default" } : { name, from: { file } });
      const there = app.language === "typescript" && GIVES_NONE.test(value.getText()) ? "!" : "";
      if (!isFn(value)) return code`${imported}${there}`;
      return value.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.AsyncKeyword) ? code`(await ${imported}())${there}` : code`${imported}()${there}`;
    }
  return undefined;
}

/** A deployment without Supabase has no client, and asks nothing of it. */
const GIVES_NONE = /\breturn\s+(?:null|undefined)\b|:\s*null\s*$/;

const ROLE = /SERVICE_?ROLE|SUPABASE_SECRET|serviceRole/i;

function valueOf(node: ts.Node): ts.Node {
  const at = bare(node);
  const declared = ts.isIdentifier(at) ? lookup(at.text, at)?.node : at;
  return declared && ts.isVariableDeclaration(declared) && declared.initializer ? bare(declared.initializer) : (declared ?? at);
}

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const table = supabaseUser(app);
  const client = adminClient(app);
  if (!table || table.own || !client) return undefined;
  const columns = columnNames(table.fields, "snake");
  const typed = app.language === "typescript";
  const from = code`${client}\n  .from("${table.name}")`;
  const match = `.eq("${model.id.name}", userId)`;
  return {
    code: storeCode(app, names, {
      ...(typed && { before: rowType(model, names, columns) }),
      read: code`const { data: user, error } = await ${from}\n  .select()\n  ${match}\n  .maybeSingle${typed ? "<UserRow>" : ""}();\nif (error) throw error;`,
      columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
      email: model.email && `user.${model.email}`,
      name: model.displayName && `user.${model.displayName}`,
      save: typed
        ? code`// A wide type: the generated ones may not know these columns yet.\nconst values: object = ${savedFields(names, columns)};\nconst { error } = await ${from}\n  .update(values)\n  ${match};\nif (error) throw error;`
        : code`const { error } = await ${from}\n  .update(${savedFields(names, columns)})\n  ${match};\nif (error) throw error;`,
    }),
    activate: code`${typed ? `const values: object = { ${columns.status}: "active" };\n` : ""}const { data, error } = await ${from}
  .update(${typed ? "values" : `{ ${columns.status}: "active" }`})
  .eq("${columns.customerId}", customerId)
  .select("${model.id.name}");
if (error) throw error;
return data.length > 0;`,
  };
}

function columns(app: App, _model: UserModel, names: Names): ColumnSaying {
  const table = supabaseUser(app);
  const known = columnNames(table?.fields ?? [], "snake");
  const missing = names.map((name) => known[name]).filter((name) => !table?.fields.includes(name));
  // Without a client that may write them the columns would stay empty.
  if (!table || table.own || missing.length === 0 || !adminClient(app)) return { edits: [] };
  const sql = missing.map((name) => `alter table public.${quoted(table)} add column ${/[A-Z]/.test(name) ? `"${name}"` : name} text;`).join("\n");
  const folder = migrationFolders(app, /\.sql$/).find(({ dir }) => /supabase\/migrations$/.test(dir));
  if (!folder) return { edits: [], handoff: { reason: "The app keeps no Supabase migrations: run this in the SQL editor of the project.", paste: raw(sql) } };
  return { edits: [{ kind: "create", file: folder.next("credyt"), code: raw(`${sql}\n`) }], command: runTool(app, "supabase db push") };
}

const quoted = (table: SupabaseTable): string => (/[A-Z]/.test(table.name) ? `"${table.name}"` : table.name);

export default defineDatastore({ title: "Supabase", packages: ["@supabase/supabase-js", "@supabase/ssr", "@supabase/auth-helpers-nextjs"], rank: 40, userModel, creations, store, columns });
