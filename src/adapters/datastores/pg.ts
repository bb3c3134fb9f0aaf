// https://node-postgres.com/
import { defineDatastore } from "../define.ts";
import { sqlDatastore } from "./sql.datastore.ts";

export default defineDatastore(sqlDatastore({
  title: "Postgres",
  packages: { pg: "pg-rows", postgres: "tag-list", "@neondatabase/serverless": "tag-list", "@vercel/postgres": "tag-rows", "@electric-sql/pglite": "pg-rows" },
  rank: 30,
  text: "text",
  isOwn: (speech) => /^(?:pg|tag)/.test(speech),
}));
