import type { Code, StoreSaying, UserModel } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { sharedInstance } from "../../source/typescript/instances.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { portable } from "../../source/typescript/portable.ts";
import { speechOf, type Speech } from "./sql.drivers.ts";
import { readSqlTables, sqlColumnNames, sqlUserTable, type SqlTable } from "./sql.tables.ts";
import { invoke, rowType, storeCode, typedId, type Names, type StoreWords } from "./store.code.ts";

/** What SQL is handed to (`pool.query`, `sql`, `db`), and how that answers. */
interface Speaker {
  readonly callee: Code;
  readonly speech: Speech;
  readonly edits: NonNullable<StoreSaying["edits"]>;
  /** The callee is a driver's own method, so that it takes the driver's type arguments. */
  readonly direct: boolean;
}

/** `readUser`, `saveCustomer` and the body of `activateCustomer` as SQL, spoken as the app's own queries are. */
export function sqlStore(app: App, model: UserModel, names: Names, usual: Speech, isOwn: (speech: Speech) => boolean): StoreSaying | undefined {
  const table = sqlUserTable(readSqlTables(app));
  const speaker = speakerOf(app, usual, isOwn);
  // Callbacks give their results no types.
  if (!table || !speaker || (app.language === "typescript" && speaker.speech.endsWith("-callback"))) return undefined;
  const columns = sqlColumnNames(table);
  const quote = quoting(table, speaker.speech);
  const wanted = [...names.map((name) => columns[name]), ...(model.email === undefined ? [] : [model.email]), ...(model.displayName === undefined ? [] : [model.displayName])];
  const users = quote.table;
  const select = `SELECT ${wanted.map(quote.column).join(", ")} FROM ${users} WHERE ${quote.column(model.id.name)} = `;
  const fields = names.map((name) => columns[name]);
  const values = names.map((name) => `customer.${name}`);
  const row = app.language === "typescript" && /^(?:sqlite-prepare|libsql|mysql-rows|sqlite-callback)$/.test(speaker.speech);
  const words: StoreWords = {
    ...(row && { before: rowType({ ...model, id: { ...model.id } }, names, columns) }),
    read: reading(speaker, row, [select, ""], [typedId(model)], app),
    columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
    email: model.email && `user.${model.email}`,
    name: model.displayName && `user.${model.displayName}`,
    save: code`${writing(speaker, [...fields.map((field, i) => `${i === 0 ? `UPDATE ${users} SET ` : ", "}${quote.column(field)} = `), ` WHERE ${quote.column(model.id.name)} = `, ""], [...values, typedId(model)])};`,
  };
  const activated = [`UPDATE ${users} SET ${quote.column(columns.status)} = 'active' WHERE ${quote.column(columns.customerId)} = `, ""];
  return { code: storeCode(app, names, words), activate: activating(speaker, activated, quote.column(model.id.name), app), edits: speaker.edits };
}

interface Quoting {
  readonly table: string;
  readonly column: (name: string) => string;
}

/** Names with capitals need quotes in Postgres; reserved `user` needs them everywhere. */
function quoting(table: SqlTable, speech: Speech): Quoting {
  const mark = speech.startsWith("mysql") ? "`" : '"';
  const quoted = (name: string): string => (/[A-Z]/.test(name) && /^(?:pg|tag)/.test(speech) ? `${mark}${name}${mark}` : name);
  return { table: /^(?:user|order|group)$/i.test(table.name) || (/[A-Z]/.test(table.name) && /["`]/.test(table.written)) ? `${mark}${table.name}${mark}` : table.name, column: quoted };
}

/** An example from the app's own queries that other files can use as well; else its exported client. */
function speakerOf(app: App, usual: Speech, isOwn: (speech: Speech) => boolean): Speaker | undefined {
  for (const call of sqlCalls(app)) {
    const speech = speechOf(app, call) ?? usual;
    if (!isOwn(speech)) continue;
    const callee = ts.isTaggedTemplateExpression(call) ? call.tag : calleeOf(call, speech);
    const found = callee && portable(app, callee);
    // Callbacks of mysql2 have a promise beside them.
    if (found && speech === "mysql-callback" && app.uses("mysql2") !== undefined && callee && ts.isPropertyAccessExpression(callee)) {
      const client = portable(app, callee.expression);
      if (client) return { callee: code`${client}.promise().${callee.name.text}`, speech: "mysql-pair", edits: [], direct: true };
    }
    if (found) return { callee: found, speech, edits: [], direct: ts.isPropertyAccessExpression(callee) && app.originOf(callee)?.kind === "package" };
  }
  const shared = sharedInstance(app, "", CLIENTS);
  if (!shared) return undefined;
  const method = /^(?:pg-rows|mysql-pair|mysql-callback)$/.test(usual) ? ".query" : usual === "mysql-rows" ? ".execute" : "";
  return { callee: code`${shared.value}${method}`, speech: usual, edits: shared.edits, direct: true };
}

const CLIENTS = /\bnew\s+(?:\w+\.)?(?:Pool|PGlite|Database|DatabaseSync)\b|\bcreatePool\s*\(|\bcreateConnection\s*\(|@libsql\/client[\s\S]*createClient\s*\(|\bneon\s*\(|\bpostgres\s*\(/;

/** Of `db.prepare(…)` and `db.execute({ sql })` the client counts; of other calls the callee. */
function calleeOf(call: ts.CallExpression, speech: Speech): ts.Expression | undefined {
  if (!/^(?:sqlite|libsql)/.test(speech)) return call.expression;
  return ts.isPropertyAccessExpression(call.expression) ? call.expression.expression : undefined;
}

/** Every call or tag that is given SQL, in file order. */
function sqlCalls(app: App): readonly (ts.CallExpression | ts.TaggedTemplateExpression)[] {
  const files = app.code.scripts.filter((file) => /["'`]\s*(?:select|insert|update|delete)\s/i.test(app.repo.text(file) ?? ""));
  return files.flatMap((file) => {
    const tree = app.code.parse(file);
    const found: (ts.CallExpression | ts.TaggedTemplateExpression)[] = [];
    if (tree)
      walk(tree, (node) => {
        if (ts.isTaggedTemplateExpression(node) && isSql(node.template)) found.push(node);
        else if (ts.isCallExpression(node) && node.arguments[0] && isSql(sqlOf(node.arguments[0]))) found.push(node);
      });
    return found;
  });
}

const isSql = (node: ts.Node): boolean => /^["'`]\s*(?:select|insert|update|delete)\s/i.test(node.getText());

function sqlOf(node: ts.Expression): ts.Node {
  const at = bare(node);
  const sql = ts.isObjectLiteralExpression(at) ? at.properties.find((one): one is ts.PropertyAssignment => ts.isPropertyAssignment(one) && /^(?:sql|text)$/.test(one.name.getText())) : undefined;
  return sql?.initializer ?? at;
}

/** The SQL around its values: with placeholders, or as the parts of a tagged template. */
function statement(speaker: Speaker, parts: readonly string[], values: readonly string[]): { readonly text: string; readonly list: string } {
  const slot = (i: number): string => (speaker.speech.startsWith("pg") ? `$${i + 1}` : "?");
  const text = parts.map((part, i) => (i < values.length ? part + slot(i) : part)).join("");
  const mark = !text.includes('"') ? '"' : text.includes("'") ? "`" : "'";
  return { text: `${mark}${text}${mark}`, list: `[${values.join(", ")}]` };
}

/** The call that runs a statement, without what is done with its answer. */
function running(speaker: Speaker, parts: readonly string[], values: readonly string[], method: "get" | "run", type = ""): Code {
  const { callee, speech } = speaker;
  if (speech.startsWith("tag")) {
    const sql = parts.map((part, i) => (i < values.length ? `${part}\${${values[i]}}` : part)).join("");
    return code`await ${callee}\`\n  ${raw(sql.replace(/ (?=(?:FROM|SET|WHERE|RETURNING) )/g, "\n"))}\n\``;
  }
  const { text, list } = statement(speaker, parts, values);
  if (speech === "libsql") return code`await ${callee}.execute({\n  sql: ${raw(text)},\n  args: ${list},\n})`;
  if (speech === "sqlite-prepare") return code`${callee}\n  .prepare(${raw(text)})\n  .${method}(${values.join(", ")})`;
  if (speech === "sqlite-promise") return code`await ${invoke(code`${callee}.${method}`, [raw(text), ...values.map(raw)])}`;
  if (speech === "sqlite-callback") return promised(callee, method, text, list);
  if (speech === "mysql-callback") return promised(callee, "", text, list);
  return code`await ${invoke(code`${callee}${type}`, [raw(text), raw(list)])}`;
}

/** A call that answers to a callback, as a promise. */
function promised(callee: Code, method: string, text: string, list: string): Code {
  return code`await new Promise((resolve, reject) => {
  const done = (error, result) => (error ? reject(error) : resolve(result));
  ${invoke(code`${callee}${method === "" ? "" : `.${method}`}`, [raw(text), raw(list), raw("done")])};
})`;
}

/** Statements that make `user` the first row. */
function reading(speaker: Speaker, cast: boolean, parts: readonly string[], values: readonly string[], app: App): Code {
  const { speech } = speaker;
  const as = cast ? ` as ${speech === "libsql" ? "unknown as " : ""}UserRow | undefined` : "";
  const run = (type = ""): Code => running(speaker, parts, values, "get", type);
  if (/rows$/.test(speech) || speech === "libsql") return code`const { rows } = ${run()};\nconst user = rows[0]${as};`;
  if (speech === "mysql-pair") {
    const typed = app.language === "typescript" && speaker.direct;
    const rows = typed ? code`<${{ ...fromPackage("RowDataPacket", "mysql2"), typeOnly: true }}[]>` : raw("");
    return code`const [rows] = ${typed ? running({ ...speaker, callee: code`${speaker.callee}${rows}` }, parts, values, "get") : run()};\nconst user = rows[0];`;
  }
  if (/list$|^mysql-callback$/.test(speech)) return code`const [user] = ${run()};`;
  return code`const user = ${run()}${as};`;
}

const writing = (speaker: Speaker, parts: readonly string[], values: readonly string[]): Code => running(speaker, parts, values, "run");

/** Marks the row active and says whether there was one. */
function activating(speaker: Speaker, parts: readonly string[], key: string, app: App): Code {
  const { speech } = speaker;
  const asking = [parts[0] ?? "", ` RETURNING ${key}`];
  const values = ["customerId"];
  if (/^(?:pg|tag)-rows$/.test(speech)) return code`const { rows } = ${running(speaker, asking, values, "run")};\nreturn rows.length > 0;`;
  if (/list$/.test(speech)) return code`const rows = ${running(speaker, asking, values, "run")};\nreturn rows.length > 0;`;
  if (speech === "mysql-pair") {
    const typed = app.language === "typescript" && speaker.direct;
    const callee = typed ? code`${speaker.callee}<${{ ...fromPackage("ResultSetHeader", "mysql2"), typeOnly: true }}>` : speaker.callee;
    return code`const [result] = ${running({ ...speaker, callee }, parts, values, "run")};\nreturn result.affectedRows > 0;`;
  }
  if (/^mysql/.test(speech)) return code`const result = ${running(speaker, parts, values, "run")};\nreturn ${speech === "mysql-rows" ? "result.rowsAffected" : "result.affectedRows"} > 0;`;
  if (speech === "libsql") return code`const { rowsAffected } = ${running(speaker, parts, values, "run")};\nreturn rowsAffected > 0;`;
  if (speech === "sqlite-callback") return code`const user = ${running(speaker, [`SELECT ${key} FROM ${(/UPDATE (\S+)/.exec(parts[0] ?? "") ?? [])[1] ?? ""} WHERE${(parts[0] ?? "").split("WHERE")[1] ?? ""}`, ""], values, "get")};\nif (!user) return false;\n${running(speaker, parts, values, "run")};\nreturn true;`;
  return code`const result = ${running(speaker, parts, values, "run")};\nreturn Number(result.changes) > 0;`;
}
