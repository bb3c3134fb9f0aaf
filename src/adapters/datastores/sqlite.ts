// https://github.com/WiseLibs/better-sqlite3/blob/master/docs/api.md
import { defineDatastore } from "../define.ts";
import { sqlDatastore } from "./sql.datastore.ts";

export default defineDatastore(sqlDatastore({
  title: "SQLite",
  packages: { "better-sqlite3": "sqlite-prepare", "@libsql/client": "libsql", sqlite: "sqlite-promise", sqlite3: "sqlite-callback" },
  rank: 26,
  text: "text",
  isOwn: (speech) => /^(?:sqlite|libsql)/.test(speech),
}));
