// https://env.t3.gg/docs/core
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { keysOf, literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { ts } from "../../source/typescript/parse.ts";
import { defineEnv } from "../define.ts";
import { declares, envSchemas, exportedValues, objectArgument, type EnvSchema } from "./schema.find.ts";

function schemaOf(app: App): EnvSchema | undefined {
  return envSchemas(app, ["createEnv("], (call) => {
    const options = objectArgument(call, 0);
    return /(?:^|\.)createEnv$/.test(call.expression.getText()) && options && (propertyOf(options, "server") ?? propertyOf(options, "runtimeEnv") ?? propertyOf(options, "client")) ? (literalOf(propertyOf(options, "server")) ?? options) : undefined;
  })[0];
}

/** `CREDYT_API_KEY: z.string().optional()`, with the library that the other variables use. */
const optional = (library: string, name: string): string => (library === "v" ? `${name}: v.optional(v.string())` : `${name}: ${library}.string().optional()`);

export default defineEnv({
  title: "T3 Env",
  packages: ["@t3-oss/env-nextjs", "@t3-oss/env-core", "@t3-oss/env-nuxt"],
  rank: 100,
  find: (app) => schemaOf(app),
  declare: (app, name) => {
    const schema = schemaOf(app);
    const options = schema && objectArgument(schema.call, 0);
    const server = literalOf(propertyOf(options, "server"));
    if (!schema || !options || keysOf(schema.keys).includes(name)) return [];
    const library = /:\s*(\w+)\s*\.\s*\w+\(/.exec(schema.call.getText())?.[1] ?? "z";
    const runtime = propertyOf(options, "runtimeEnv") ?? propertyOf(options, "runtimeEnvStrict");
    const given = runtime && ts.isObjectLiteralExpression(runtime) ? addProperties(runtime, [raw(`${name}: process.env.${name}`)]) : [];
    const declared = server ? addProperties(server, [raw(optional(library, name))]) : addProperties(options, [raw(`server: {\n  ${optional(library, name)},\n}`)]);
    return [...declared, ...given];
  },
  read: (app, name) => {
    const schema = schemaOf(app);
    const values = schema && exportedValues(app, schema, "values");
    return schema && values && (declares(schema, name) || new RegExp(`\\b${name}\\b`).test(schema.call.getText())) ? code`${values}.${name}` : undefined;
  },
});
