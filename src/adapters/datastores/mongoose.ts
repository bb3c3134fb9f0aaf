// https://mongoosejs.com/docs/guide.html
import type { UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { lineOf } from "../../source/typescript/parse.ts";
import { defineDatastore } from "../define.ts";
import { addMongooseFields } from "./mongoose.columns.ts";
import { mongooseCreations } from "./mongoose.creations.ts";
import { readMongooseModels, userAmong } from "./mongoose.schema.ts";
import { mongooseStore } from "./mongoose.store.ts";
import { emailField, nameField } from "./users.likeness.ts";

function userModel(app: App): UserModel | undefined {
  const found = userAmong(readMongooseModels(app));
  if (!found) return undefined;
  const tree = found.schema.getSourceFile();
  const email = emailField(found.fields);
  const displayName = nameField(found.fields);
  const key = propertyOf(found.definition, "_id");
  const isText = key !== undefined && /String/.test((propertyOf(literalOf(key), "type") ?? key).getText());
  return {
    name: found.name,
    file: found.file,
    line: lineOf(tree, found.schema.getStart(tree)),
    id: { name: "_id", type: isText ? "string" : "objectid" },
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  };
}

export default defineDatastore({
  title: "Mongoose",
  packages: ["mongoose", "@nestjs/mongoose", "@typegoose/typegoose"],
  rank: 85,
  userModel,
  creations: mongooseCreations,
  store: mongooseStore,
  columns: addMongooseFields,
});
