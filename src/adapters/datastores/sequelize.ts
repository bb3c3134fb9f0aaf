// https://sequelize.org/docs/v6/core-concepts/model-basics/
import type { Code, Import, StoreSaying, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { bare, lineOf, ts } from "../../source/typescript/parse.ts";
import { asImported } from "../../source/typescript/instances.ts";
import { portable } from "../../source/typescript/portable.ts";
import { defineDatastore, type Creation } from "../define.ts";
import { methodCalls, tailName } from "./calls.find.ts";
import { savedCreations } from "./saves.find.ts";
import { addSequelizeColumns } from "./sequelize.columns.ts";
import { calledLike, readSequelizeModels, sequelizeUser, type SequelizeModel } from "./sequelize.models.ts";
import { invoke, savedFields, storeCode, typedId, type Names } from "./store.code.ts";
import { columnNames, emailField, nameField } from "./users.likeness.ts";

function userModel(app: App): UserModel | undefined {
  const found = sequelizeUser(readSequelizeModels(app));
  if (!found) return undefined;
  const tree = found.node.getSourceFile();
  const email = emailField(found.fields);
  const displayName = nameField(found.fields);
  const key = found.fields.find((field) => /primaryKey:\s*true/.test(propertyOf(found.attributes, field)?.getText() ?? "")) ?? "id";
  const type = propertyOf(found.attributes, key)?.getText() ?? "";
  return {
    name: found.name,
    file: found.file,
    line: lineOf(tree, found.node.getStart(tree)),
    id: { name: key, type: /UUID|STRING|CHAR/.test(type) ? "string" : "number" },
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  };
}

/** Whether an expression is the user model: a class or constant of its name, not something of another package. */
function isModel(app: App, node: ts.Expression, model: SequelizeModel): boolean {
  if (!calledLike(model, tailName(node))) return false;
  const origin = app.originOf(node);
  return origin?.kind !== "package" || /sequelize/.test(origin.package) || origin.made === model.node;
}

function creations(app: App, model: UserModel | undefined): readonly Creation[] {
  const found = sequelizeUser(readSequelizeModels(app));
  if (!model || !found) return [];
  const isUser = (node: ts.Expression): boolean => isModel(app, node, found);
  const called = methodCalls(app, /^(?:create|findOrCreate|upsert)$/, (text) => /\.(?:create|findOrCreate|upsert)\s*\(/.test(text)).flatMap(({ call, receiver, method }): Creation[] => {
    if (!isUser(receiver)) return [];
    const given = method === "findOrCreate" ? propertyOf(literalOf(call.arguments[0]), "defaults") : call.arguments[0];
    const fields = literalOf(given);
    return [{ call, row: method === "create" ? "" : "[0]", ...(fields && { fields }) }];
  });
  return [...called, ...savedCreations(app, (node) => isMade(node, isUser))];
}

/** `new User({ … })` and `User.build({ … })`: the fields, when it is one of them. */
function isMade(node: ts.Node, isUser: (node: ts.Expression) => boolean): readonly ts.Expression[] | undefined {
  if (ts.isNewExpression(node) && isUser(node.expression)) return node.arguments ?? [];
  return ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "build" && isUser(node.expression.expression) ? node.arguments : undefined;
}

/** The model as other files get at it: by its class or file, or through the app's `db` object. */
function modelCode(app: App, model: SequelizeModel): Code | undefined {
  const uses = methodCalls(app, /^(?:create|findOne|findByPk|findAll|findOrCreate|update|count)$/, (text) => /\.(?:create|findOne|findByPk|findAll|findOrCreate|update|count)\s*\(/.test(text));
  const codes = uses.filter(({ receiver }) => isModel(app, receiver, model)).map(({ receiver }) => portable(app, bare(receiver)));
  return codes.find((one) => one !== undefined) ?? exportedModel(app, model);
}

/** A model that its file exports, when no code calls it in a way that other files could copy. */
function exportedModel(app: App, model: SequelizeModel): Code | undefined {
  for (const [name, one] of app.code.exports(model.file).named) {
    if (!("node" in one)) continue;
    const text = ts.isClassDeclaration(one.node) || ts.isVariableDeclaration(one.node) ? one.node.name?.getText() : bare(one.node).getText();
    if (text !== model.variable) continue;
    const users: Import = name === "default" ? { name: model.variable, from: { file: model.file }, as: "default" } : { name, from: { file: model.file } };
    return code`${asImported(app, users)}`;
  }
  return undefined;
}

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const found = sequelizeUser(readSequelizeModels(app));
  const users = found && modelCode(app, found);
  if (!found || !users) return undefined;
  const columns = columnNames(found.fields);
  const where = `{ where: { ${model.id.name}: ${typedId(model)} } }`;
  return {
    code: storeCode(app, names, {
      read: code`const user = await ${users}.findByPk(${typedId(model)});`,
      columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
      email: model.email && `user.${model.email}`,
      name: model.displayName && `user.${model.displayName}`,
      save: code`await ${invoke(code`${users}.update`, [savedFields(names, columns), raw(where)])};`,
    }),
    activate: code`const [count] = await ${users}.update(
  { ${columns.status}: "active" },
  { where: { ${columns.customerId}: customerId } },
);
return count > 0;`,
  };
}

export default defineDatastore({ title: "Sequelize", packages: ["sequelize", "sequelize-typescript", "@sequelize/core"], rank: 80, userModel, creations, store, columns: addSequelizeColumns });
