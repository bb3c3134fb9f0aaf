// https://sidorares.github.io/node-mysql2/docs
import { defineDatastore } from "../define.ts";
import { sqlDatastore } from "./sql.datastore.ts";

export default defineDatastore(sqlDatastore({
  title: "MySQL",
  packages: { mysql2: "mysql-pair", "@planetscale/database": "mysql-rows", mysql: "mysql-callback" },
  rank: 28,
  text: "varchar(255)",
  isOwn: (speech) => speech.startsWith("mysql"),
}));
