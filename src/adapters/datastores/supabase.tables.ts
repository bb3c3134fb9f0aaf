import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import { readSqlTables, sqlUserTable, type SqlTable } from "./sql.tables.ts";
import { likeness } from "./users.likeness.ts";

/** The table that holds a row for each user of Supabase Auth, or `auth.users` itself where the app has none. */
export interface SupabaseTable {
  readonly name: string;
  readonly file: RepoPath;
  readonly offset: number;
  readonly fields: readonly string[];
  readonly key: string;
  /** Set when it is Supabase's own table, which takes no columns of ours. */
  readonly own?: true;
}

/** The user table by the app's SQL, else by its generated types, else Supabase's own. */
export function supabaseUser(app: App): SupabaseTable | undefined {
  const tables = readSqlTables(app).filter((table) => !/^["`]?auth["`]?\s*\./.test(table.written));
  const table = sqlUserTable(tables) ?? profileTable(app, tables);
  if (table) return { name: table.name, file: table.file, offset: table.start, fields: table.fields, key: keyOf(table) };
  const typed = fromTypes(app);
  return typed ? { ...typed, fields: [...new Set([...typed.fields, ...addedColumns(app, typed.name)])] } : ownTable(app);
}

/** Columns that migrations add to a table of which only the generated types are in the repo. */
function addedColumns(app: App, name: string): readonly string[] {
  const altered = new RegExp(`alter\\s+table\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?(?:"?public"?\\.)?"?${name}"?\\s([^;]*)`, "gi");
  return app.files(/\.sql$/).flatMap((file) => [...(app.repo.text(file) ?? "").matchAll(altered)]).flatMap(([, body = ""]) => [...body.matchAll(/add\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?"?(\w+)"?/gi)].map((match) => match[1] ?? ""));
}

/** `profiles` and the like: its key is the id in `auth.users`, or it is named for people. */
function profileTable(app: App, tables: readonly SqlTable[]): SqlTable | undefined {
  const sql = app.files(/\.sql$/).map((file) => app.repo.text(file) ?? "").join("\n");
  const scored = tables.map((table) => {
    const byKey = table.columns.some((column) => /references\s+["`]?auth["`]?\s*\.\s*["`]?users/i.test(column.definition) && /^(?:id|user_id)$/i.test(column.name));
    const later = new RegExp(`alter\\s+table[^;]*["\`.\\s]${table.name}["\`\\s][^;]*foreign\\s+key\\s*\\(\\s*"?id"?\\s*\\)\\s*references\\s+"?auth"?\\."?users`, "i").test(sql);
    return { table, score: likeness({ name: table.name, fields: [...table.fields.filter((field) => !/^user_?id$/i.test(field)), "email"] }) + (byKey || later ? 1 : 0) };
  });
  return scored.filter(({ table, score }) => score > 1 && /user|profile|member|account|people|customer/i.test(table.name)).sort((a, b) => b.score - a.score)[0]?.table;
}

const keyOf = (table: SqlTable): string => (table.fields.includes("id") && !table.columns.some((column) => column.name === "user_id" && /unique|primary key|references\s+"?auth/i.test(column.definition)) ? "id" : table.fields.includes("user_id") ? "user_id" : (table.fields[0] ?? "id"));

/** `Database["public"]["Tables"]` of the generated types. */
function fromTypes(app: App): SupabaseTable | undefined {
  const found: (SupabaseTable & { readonly score: number })[] = [];
  for (const file of app.files(/\.ts$/).filter((one) => /\bTables:\s*\{/.test(app.repo.text(one) ?? ""))) {
    const tree = app.code.parse(file);
    if (!tree) continue;
    walk(tree, (node) => {
      if (!ts.isPropertySignature(node) || node.name.getText() !== "Tables" || !node.type || !ts.isTypeLiteralNode(node.type)) return;
      for (const table of node.type.members) {
        const fields = rowOf(table);
        const name = table.name?.getText() ?? "";
        const score = likeness({ name, fields: [...fields.filter((field) => field !== "user_id"), ...(/profile|user/i.test(name) ? ["email"] : [])] });
        if (score > 0) found.push({ name, file, offset: table.getStart(tree), fields, key: fields.includes("id") ? "id" : "user_id", score });
      }
    });
  }
  return found.sort((a, b) => b.score - a.score)[0];
}

function rowOf(table: ts.TypeElement): readonly string[] {
  const type = ts.isPropertySignature(table) ? table.type : undefined;
  const row = type && ts.isTypeLiteralNode(type) ? type.members.find((one) => one.name?.getText() === "Row") : undefined;
  const fields = row && ts.isPropertySignature(row) && row.type && ts.isTypeLiteralNode(row.type) ? row.type.members : [];
  return [...fields].flatMap((one) => (one.name ? [one.name.getText()] : []));
}

function ownTable(app: App): SupabaseTable | undefined {
  const file = app.files(/\.sql$/).find((one) => /auth\.(?:users|uid)/i.test(app.repo.text(one) ?? ""));
  if (file === undefined) return undefined;
  const offset = /auth\.(?:users|uid)/i.exec(app.repo.text(file) ?? "")?.index ?? 0;
  return { name: "auth.users", file, offset, fields: ["id", "email"], key: "id", own: true };
}
