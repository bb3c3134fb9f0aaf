// https://zod.dev/api
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { keysOf } from "../../source/typescript/literals.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import { defineEnv } from "../define.ts";
import { areVariables, declares, envSchemas, exportedValues, isGeneral, objectArgument, type EnvSchema } from "./schema.find.ts";

/** The object of a schema for the environment: `z.object({ PORT: … })`. Those inside another tool's call are that tool's. */
function schemaOf(app: App): EnvSchema | undefined {
  return envSchemas(app, [".object(", "parseEnv(", "strictObject("], (call) => {
    const callee = call.expression.getText();
    if (/^(?:z|zod|v)\.(?:object|strictObject|looseObject)$/.test(callee)) return variables(objectArgument(call, 0));
    return callee === "parseEnv" && /process\.env/.test(call.arguments[0]?.getText() ?? "") ? variables(objectArgument(call, 1)) : undefined;
  }).find((one) => isGeneral(app, one.file) && (/process\.env|import\.meta\.env|ConfigModule/.test(one.call.getSourceFile().text) || /env/i.test(one.file)));
}

const variables = (object: ts.ObjectLiteralExpression | undefined): ts.ObjectLiteralExpression | undefined => (areVariables(object) ? object : undefined);

/** `schema.parse({ PORT: process.env.PORT })`: values that are handed over one by one. */
function handedOver(schema: EnvSchema): ts.ObjectLiteralExpression | undefined {
  let found: ts.ObjectLiteralExpression | undefined;
  walk(schema.call.getSourceFile(), (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !/^(?:safeP|p)arse$/.test(node.expression.name.text)) return;
    const given = objectArgument(node, 0);
    if (given && given.properties.length > 1 && given.properties.every((one) => ts.isPropertyAssignment(one) && /process\.env/.test(one.initializer.getText()))) found = given;
  });
  return found;
}

export default defineEnv({
  title: "Zod",
  packages: ["zod", "znv", "valibot"],
  rank: 90,
  find: (app) => schemaOf(app),
  declare: (app, name) => {
    const schema = schemaOf(app);
    if (!schema || keysOf(schema.keys).includes(name)) return [];
    const callee = schema.call.expression.getText();
    const library = callee.includes(".") ? (callee.split(".")[0] ?? "z") : "z";
    const given = handedOver(schema);
    const declared = raw(library === "v" ? `${name}: v.optional(v.string())` : `${name}: ${library}.string().optional()`);
    return [...addProperties(schema.keys, [declared]), ...(given ? addProperties(given, [raw(`${name}: process.env.${name}`)]) : [])];
  },
  read: (app, name) => {
    const schema = schemaOf(app);
    const values = schema && exportedValues(app, schema, schema.call.expression.getText() === "parseEnv" ? "values" : "schema");
    return schema && values && declares(schema, name) ? code`${values}.${name}` : undefined;
  },
});
