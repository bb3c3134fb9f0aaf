// https://github.com/mozilla/node-convict/tree/master/packages/convict
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { keysOf } from "../../source/typescript/literals.ts";
import { defineEnv } from "../define.ts";
import { groupOf } from "./group.names.ts";
import { envSchemas, exportedValues, objectArgument, type EnvSchema } from "./schema.find.ts";

const schemaOf = (app: App): EnvSchema | undefined => envSchemas(app, ["convict("], (call) => (call.expression.getText() === "convict" ? objectArgument(call, 0) : undefined))[0];

export default defineEnv({
  title: "convict",
  packages: ["convict"],
  rank: 60,
  find: (app) => schemaOf(app),
  declare: (app, name) => {
    const schema = schemaOf(app);
    const { group, key, doc } = groupOf(name);
    if (!schema || keysOf(schema.keys).includes(group)) return [];
    return addProperties(schema.keys, [raw(`${group}: {\n  ${key}: {\n    doc: "${doc}",\n    format: String,\n    default: "",\n    env: "${name}",\n    sensitive: true,\n  },\n}`)]);
  },
  read: (app, name) => {
    const schema = schemaOf(app);
    const values = schema && exportedValues(app, schema, "values");
    const { group, key } = groupOf(name);
    return schema && values && name.startsWith("CREDYT_") ? code`${values}.get("${group}.${key}")` : undefined;
  },
});
