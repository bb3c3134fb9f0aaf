// https://github.com/af/envalid#readme
import type { App } from "../../source/app.ts";
import { code, fromPackage } from "../../code/code.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { keysOf } from "../../source/typescript/literals.ts";
import { defineEnv } from "../define.ts";
import { declares, envSchemas, exportedValues, objectArgument, type EnvSchema } from "./schema.find.ts";

const schemaOf = (app: App): EnvSchema | undefined => envSchemas(app, ["cleanEnv("], (call) => (/(?:^|\.)cleanEnv$/.test(call.expression.getText()) ? objectArgument(call, 1) : undefined))[0];

export default defineEnv({
  title: "envalid",
  packages: ["envalid"],
  rank: 80,
  find: (app) => schemaOf(app),
  declare: (app, name) => {
    const schema = schemaOf(app);
    if (!schema || keysOf(schema.keys).includes(name)) return [];
    // Every variable is required unless it has a default, and the app must start without a key.
    const prefix = /:\s*(\w+)\.(?:str|num|bool|port|url)\(/.exec(schema.keys.getText())?.[1];
    const str = prefix === undefined ? code`${fromPackage("str", "envalid")}` : code`${prefix}.str`;
    return addProperties(schema.keys, [code`${name}: ${str}({ default: "" })`]);
  },
  read: (app, name) => {
    const schema = schemaOf(app);
    const values = schema && exportedValues(app, schema, "values");
    return schema && values && declares(schema, name) ? code`${values}.${name}` : undefined;
  },
});
