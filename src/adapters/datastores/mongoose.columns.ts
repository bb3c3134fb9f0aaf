import type { ColumnSaying, Edit, UserModel } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { addAfterMember, addMembers, addProperties } from "../../source/typescript/insertion.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { hasMember, typeNamed, typeNames, type FieldsOf } from "../../source/typescript/types.ts";
import { readMongooseModels, userAmong, type MongooseModel } from "./mongoose.schema.ts";
import type { Names } from "./store.code.ts";
import { columnNames } from "./users.likeness.ts";

/** The billing fields in the schema, and in the TypeScript type of its documents. MongoDB needs no migration. */
export function addMongooseFields(app: App, _model: UserModel, names: Names): ColumnSaying {
  const stored = userAmong(readMongooseModels(app));
  if (!stored) return { edits: [] };
  const columns = columnNames(stored.fields);
  const missing = names.map((name) => columns[name]).filter((name) => !stored.fields.includes(name));
  if (missing.length === 0) return { edits: [] };
  if (ts.isClassDeclaration(stored.schema)) return { edits: inClass(stored.schema, missing) };
  if (!stored.definition) return { edits: [], handoff: { reason: "The fields of this schema are not written out where it is made.", paste: raw(missing.map((name) => `${name}: String,`).join("\n")) } };
  const plain = stored.definition.properties.some((one) => ts.isPropertyAssignment(one) && bare(one.initializer).getText() === "String");
  const inSchema = addProperties(stored.definition, missing.map((name) => raw(`${name}: ${plain ? "String" : "{ type: String }"}`)));
  const type = documentType(app, stored);
  const inType = type ? addMembers(type, missing.filter((name) => !hasMember(type, name)).map((name) => raw(`${name}?: string`))) : [];
  return { edits: [...inSchema, ...inType] };
}

/** The interface of the documents: `IUser` of `new Schema<IUser>` or `model<IUser & Document>`. */
function documentType(app: App, model: MongooseModel): FieldsOf | undefined {
  for (const type of model.types) {
    if (ts.isTypeLiteralNode(type)) return type;
    for (const name of typeNames(type)) {
      const found = typeNamed(app, type.getSourceFile().fileName, name);
      if (found) return found;
    }
  }
  return undefined;
}

/** `@Prop()` fields of Nest, `@prop()` of Typegoose, after the last one. */
function inClass(node: ts.ClassDeclaration, missing: readonly string[]): readonly Edit[] {
  const last = node.members.filter(ts.isPropertyDeclaration).at(-1);
  const decorator = last && ts.getDecorators(last)?.map((one) => one.expression).find(ts.isCallExpression)?.expression.getText();
  if (!last || decorator === undefined) return [];
  return addAfterMember(last, "\n\n", missing.map((name) => raw(`@${decorator}()\n${name}?: string;`)));
}
