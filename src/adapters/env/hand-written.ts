// https://nodejs.org/api/process.html#processenv
import type { App } from "../../source/app.ts";
import { defineEnv } from "../define.ts";
import { configModule, type ConfigModule } from "./config.object.ts";
import { areVariables, envSchemas, exportedValues, objectArgument } from "./schema.find.ts";

/** The app's own module counts only where no checked values can be imported: a second place for one variable helps nobody. */
function own(app: App): ConfigModule | undefined {
  const checked = envSchemas(app, ["createEnv(", "cleanEnv(", ".object(", "parseEnv("], (call) => {
    const callee = call.expression.getText();
    if (/(?:^|\.)createEnv$/.test(callee)) return objectArgument(call, 0);
    const object = objectArgument(call, /cleanEnv$|^parseEnv$/.test(callee) ? 1 : 0);
    return /(?:^|\.)(?:cleanEnv|object|keys|strictObject|parseEnv)$/.test(callee) && areVariables(object) ? object : undefined;
  });
  return checked.some((schema) => exportedValues(app, schema, /createEnv$|cleanEnv$|^parseEnv$/.test(schema.call.expression.getText()) ? "values" : "schema") !== undefined) ? undefined : configModule(app);
}

export default defineEnv({
  title: "Own configuration module",
  packages: [],
  rank: 10,
  find: (app) => own(app),
  declare: (app, name) => own(app)?.declare(name) ?? [],
  read: (app, name) => own(app)?.read(name),
});
