import type { App } from "../../source/app.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { ts } from "../../source/typescript/parse.ts";

/** How a driver is spoken to, and what it answers. */
export type Speech =
  /** `query(text, values)` gives `{ rows }`: pg, PGlite, Neon's pools. */
  | "pg-rows"
  /** `query(text, values)` of the app's own gives the rows. */
  | "pg-list"
  /** A tag that gives rows: postgres.js, neon. */
  | "tag-list"
  /** A tag that gives `{ rows }`: Vercel Postgres. */
  | "tag-rows"
  /** `await pool.query(text, values)` gives `[rows, fields]`. */
  | "mysql-pair"
  /** `query(text, values, callback)`. */
  | "mysql-callback"
  /** PlanetScale's `execute`, which gives `{ rows, insertId }`. */
  | "mysql-rows"
  /** `prepare(text).get(…)`, at once: better-sqlite3, node:sqlite, Bun. */
  | "sqlite-prepare"
  /** `await db.get(text, …)`, `await db.run(…)`: the `sqlite` wrapper. */
  | "sqlite-promise"
  /** `db.run(text, values, callback)`. */
  | "sqlite-callback"
  /** `await client.execute({ sql, args })`. */
  | "libsql";

/** What a package's calls answer, by the call's path from the package's exports. */
const PACKAGES: readonly (readonly [RegExp, (path: string) => Speech | undefined])[] = [
  [/^(?:pg|pg-pool|@electric-sql\/pglite|@neondatabase\/serverless)$/, (path) => (/^(?:default\.)?neon\.\(\)/.test(path) ? "tag-list" : /\brows$/.test(path) ? "pg-list" : "pg-rows")],
  [/^postgres$/, () => "tag-list"],
  [/^@vercel\/postgres$/, (path) => (/query/.test(path) ? "pg-rows" : "tag-rows")],
  [/^slonik$|^pg-promise$/, () => undefined],
  [/^@planetscale\/database$/, () => "mysql-rows"],
  [/^mysql2$/, (path) => (/promise/.test(path) ? "mysql-pair" : "mysql-callback")],
  [/^mysql$/, () => "mysql-callback"],
  [/^@libsql\/client$/, () => "libsql"],
  [/^(?:better-sqlite3|node:sqlite|bun:sqlite)$/, () => "sqlite-prepare"],
  [/^sqlite$/, () => "sqlite-promise"],
  [/^sqlite3$/, () => "sqlite-callback"],
];

/** How the call that a piece of SQL is given to answers; undefined when nothing tells. */
export function speechOf(app: App, call: ts.CallExpression | ts.TaggedTemplateExpression): Speech | undefined {
  const origin = ts.isTaggedTemplateExpression(call) ? app.originOf(call.tag) : (app.originOf(call) ?? app.originOf(call.expression));
  if (origin?.kind !== "package") return undefined;
  if (origin.package === "mysql2" && origin.specifier === "mysql2/promise") return "mysql-pair";
  return PACKAGES.find(([pattern]) => pattern.test(origin.package))?.[1](pathOf(origin));
}

/** From the result of an insert to the new row or to its key; `returning` when the SQL asks for columns. */
export function insertResult(speech: Speech, returning: boolean, method: string): { readonly row?: string; readonly id?: string } {
  switch (speech) {
    case "pg-rows":
    case "tag-rows":
      return returning ? { row: "rows[0]" } : {};
    case "pg-list":
    case "tag-list":
      return returning ? { row: "[0]" } : {};
    case "mysql-pair":
      return { id: "[0].insertId" };
    case "mysql-rows":
    case "mysql-callback":
      return { id: "insertId" };
    case "sqlite-prepare":
      return returning && method === "get" ? { row: "" } : { id: "lastInsertRowid" };
    case "sqlite-promise":
    case "sqlite-callback":
      return returning && method === "get" ? { row: "" } : { id: "lastID" };
    case "libsql":
      return returning ? { row: "rows[0]" } : { id: "lastInsertRowid" };
  }
}

/** Whether inserts have to be asked for the key. */
export const asksForKey = (speech: Speech): boolean => /^(?:pg|tag)/.test(speech);
