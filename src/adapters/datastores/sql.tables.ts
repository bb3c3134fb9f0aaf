import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isScript } from "../../source/typescript/parse.ts";
import { columnNames, likeness } from "./users.likeness.ts";

/** One column of a `CREATE TABLE`. */
export interface SqlColumn {
  readonly name: string;
  readonly definition: string;
  /** Offset of the column's first character and of the end of its definition, before the comma. */
  readonly start: number;
  readonly end: number;
}

/** A table as `CREATE TABLE` declares it, in a `.sql` file or in a string of a script. */
export interface SqlTable {
  /** As it is written: `public.users`, `"User"`. */
  readonly written: string;
  /** Without quotes and schema. */
  readonly name: string;
  readonly file: RepoPath;
  readonly start: number;
  readonly columns: readonly SqlColumn[];
  /** Column names, those of later `ALTER TABLE … ADD COLUMN` included. */
  readonly fields: readonly string[];
}

const CREATE = /create\s+(?:unlogged\s+)?table\s+(?:if\s+not\s+exists\s+)?((?:["`[]?\w+["`\]]?\s*\.\s*)?["`[]?\w+["`\]]?)\s*\(/gi;
const NOT_COLUMN = /^(?:primary|foreign|unique|constraint|check|key|index|exclude|like|fulltext|period)\b/i;

/** Every table that SQL text of the app creates: its `.sql` files first, then strings in its scripts. */
export function readSqlTables(app: App): readonly SqlTable[] {
  const files = [...app.files(/\.sql$/), ...app.files(/\.(?:[cm]?[jt]s)$/).filter((file) => isScript(file) && /create\s+table/i.test(app.repo.text(file) ?? ""))];
  const texts = files.map((file) => ({ file, text: app.repo.text(file) ?? "" })).filter(({ file }) => !/(?:^|\/)(?:seed|test|__tests__)s?\b/i.test(file));
  const altered = new Map<string, string[]>();
  for (const { text } of texts) for (const [table, column] of alters(text)) altered.set(table, [...(altered.get(table) ?? []), column]);
  return texts.flatMap(({ file, text }) => tablesIn(file, text)).map((table) => ({ ...table, fields: [...table.fields, ...(altered.get(table.name.toLowerCase()) ?? [])] }));
}

function* alters(text: string): Generator<readonly [string, string]> {
  for (const match of text.matchAll(/alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?([\w."`[\]]+)\s+([^;]*)/gi))
    for (const column of (match[2] ?? "").matchAll(/\badd\s+(?:column\s+)?(?:if\s+not\s+exists\s+)?["`[]?(\w+)/gi)) if (!NOT_COLUMN.test(column[1] ?? "")) yield [plain(match[1] ?? "").toLowerCase(), column[1] ?? ""];
}

const plain = (written: string): string => (written.split(".").at(-1) ?? written).replace(/["`[\]\s]/g, "");

function tablesIn(file: RepoPath, text: string): SqlTable[] {
  return [...text.matchAll(CREATE)].map((match): SqlTable => {
    const written = match[1] ?? "";
    const columns = columnsIn(text, match.index + match[0].length);
    return { written, name: plain(written), file, start: match.index, columns, fields: columns.map((column) => column.name) };
  });
}

/** The definitions between the parentheses, split at the commas of the outermost level. */
function columnsIn(text: string, open: number): readonly SqlColumn[] {
  const columns: SqlColumn[] = [];
  let depth = 0;
  let start = open;
  const add = (end: number): void => {
    const code = text.slice(start, end).replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => " ".repeat(comment.length));
    const lead = /^\s*/.exec(code)?.[0].length ?? 0;
    const definition = code.trim();
    const name = /^["`[]?(\w+)/.exec(definition)?.[1];
    if (name !== undefined && !NOT_COLUMN.test(definition)) columns.push({ name, definition, start: start + lead, end: start + lead + definition.length });
  };
  for (let i = open; i < text.length; i++) {
    const mark = text[i] ?? "";
    if (mark === "'") i = Math.max(i, text.indexOf("'", i + 1));
    else if (text.startsWith("--", i)) i = Math.max(i, text.indexOf("\n", i));
    else if (mark === "(") depth++;
    else if (mark === ")" && depth-- === 0) {
      add(i);
      return columns;
    } else if (mark === "," && depth === 0) {
      add(i);
      start = i + 1;
    }
  }
  return columns;
}

/** The table of the people who sign in. Of several declarations of one table the whole schema counts more than a migration. */
export function sqlUserTable(tables: readonly SqlTable[]): SqlTable | undefined {
  const best = tables.map((table) => ({ table, score: likeness(table) + (/migrat/i.test(table.file) ? 0 : 1) })).filter(({ table }) => likeness(table) > 0).sort((a, b) => b.score - a.score)[0];
  return best?.table;
}

/** Our columns in the words of a table. In a script's string a name in capitals would need quotes inside quotes: never there. */
export const sqlColumnNames = (table: SqlTable): Readonly<Record<"customerId" | "status", string>> => columnNames(table.file.endsWith(".sql") ? table.fields : [], "snake");

/** What kind of value a column's type holds. */
export function sqlType(definition: string): "string" | "number" | "unknown" {
  if (/\b(?:big|small)?serial\b|\bint(?:eger|\d)?\b|\bbigint\b|\bnumber\b/i.test(definition)) return "number";
  return /\b(?:uuid|text|(?:var|n|nvar)?char|varchar|character|string)\b/i.test(definition) ? "string" : "unknown";
}
