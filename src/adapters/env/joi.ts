// https://joi.dev/api/
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { keysOf } from "../../source/typescript/literals.ts";
import { defineEnv } from "../define.ts";
import { areVariables, declares, envSchemas, exportedValues, objectArgument, type EnvSchema } from "./schema.find.ts";

/** `Joi.object({ … })` and `Joi.object().keys({ … })`. */
function schemaOf(app: App): EnvSchema | undefined {
  return envSchemas(app, ["oi.object(", "oi\n"], (call) => {
    if (!/^[Jj]oi\s*\.\s*object(?:\(\s*\)\s*\.\s*keys)?$/.test(call.expression.getText())) return undefined;
    const object = objectArgument(call, 0);
    return areVariables(object) ? object : undefined;
  })[0];
}

export default defineEnv({
  title: "Joi",
  packages: ["joi", "@hapi/joi"],
  rank: 70,
  find: (app) => schemaOf(app),
  declare: (app, name) => {
    const schema = schemaOf(app);
    if (!schema || keysOf(schema.keys).includes(name)) return [];
    const library = /^[Jj]oi/.exec(schema.call.expression.getText())?.[0] ?? "Joi";
    const described = /\.description\(/.test(schema.keys.getText()) ? `.description("${DESCRIPTIONS[name] ?? "Credyt"}")` : "";
    // Empty text is refused unless it is allowed, and an example file holds an empty key.
    return addProperties(schema.keys, [raw(`${name}: ${library}.string().allow("")${described}`)]);
  },
  read: (app, name) => {
    const schema = schemaOf(app);
    const values = schema && exportedValues(app, schema);
    return schema && values && declares(schema, name) ? code`${values}.${name}` : undefined;
  },
});

const DESCRIPTIONS: Readonly<Record<string, string>> = { CREDYT_API_KEY: "key of the Credyt API", CREDYT_API_URL: "address of the Credyt API", CREDYT_WEBHOOK_SECRET: "secret that Credyt signs webhooks with" };
