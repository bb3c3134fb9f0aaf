import type { Code, Import, UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { modelExport, readMongooseModels, userAmong, type MongooseModel } from "./mongoose.schema.ts";
import { invoke, savedFields, storeCode, type Names } from "./store.code.ts";
import { columnNames } from "./users.likeness.ts";

/** `readUser`, `saveCustomer` and the body of `activateCustomer` on the app's Mongoose model. */
export function mongooseStore(app: App, model: UserModel, names: Names): { readonly code: Code; readonly activate: Code } | undefined {
  const stored = userAmong(readMongooseModels(app));
  if (!stored) return undefined;
  const exported = modelExport(app, stored);
  const users = exported ? code`${exported}` : registered(stored);
  if (!users) return undefined;
  const columns = columnNames(stored.fields);
  const row = exported?.name === "user" ? "stored" : "user";
  return {
    code: storeCode(app, names, {
      row,
      read: model.id.name === "_id" ? code`const ${row} = await ${users}.findById(userId);` : code`const ${row} = await ${users}.findOne({ ${model.id.name}: userId });`,
      columns: { customerId: `${row}.${columns.customerId}`, status: `${row}.${columns.status}` },
      email: model.email && `${row}.${model.email}`,
      name: model.displayName && `${row}.${model.displayName}`,
      save: code`await ${invoke(code`${users}.updateOne`, [raw(`{ ${model.id.name}: userId }`), savedFields(names, columns)])};`,
    }),
    activate: code`const activated = await ${users}.findOneAndUpdate(
  { ${columns.customerId}: customerId },
  { ${columns.status}: "active" },
);
return activated !== null;`,
  };
}

/** A model that no file exports is asked of Mongoose by its name; Nest keeps its models to itself. */
function registered(model: MongooseModel): Code | undefined {
  const callee = model.made?.expression.getText();
  if (callee !== "mongoose.model" && callee !== "model") return undefined;
  const mongoose: Import = { name: "mongoose", from: { package: "mongoose" }, as: "default" };
  return code`${mongoose}.model("${model.name}")`;
}
