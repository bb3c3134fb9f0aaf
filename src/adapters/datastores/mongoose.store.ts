import type { Code, UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { modelExport, readMongooseModels, userAmong } from "./mongoose.schema.ts";
import { invoke, savedFields, storeCode, type Names } from "./store.code.ts";
import { columnNames } from "./users.likeness.ts";

/** `readUser`, `saveCustomer` and the body of `activateCustomer` on the app's Mongoose model. */
export function mongooseStore(app: App, model: UserModel, names: Names): { readonly code: Code; readonly activate: Code } | undefined {
  const stored = userAmong(readMongooseModels(app));
  const exported = stored && modelExport(app, stored);
  if (!stored || !exported) return undefined;
  const columns = columnNames(stored.fields);
  const row = exported.name === "user" ? "stored" : "user";
  return {
    code: storeCode(app, names, {
      row,
      read: code`const ${row} = await ${exported}.findById(userId);`,
      columns: { customerId: `${row}.${columns.customerId}`, status: `${row}.${columns.status}` },
      email: model.email && `${row}.${model.email}`,
      name: model.displayName && `${row}.${model.displayName}`,
      save: code`await ${invoke(code`${exported}.updateOne`, [raw("{ _id: userId }"), savedFields(names, columns)])};`,
    }),
    activate: code`const activated = await ${exported}.findOneAndUpdate(
  { ${columns.customerId}: customerId },
  { ${columns.status}: "active" },
);
return activated !== null;`,
  };
}
