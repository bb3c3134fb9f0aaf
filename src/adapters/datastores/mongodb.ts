// https://www.mongodb.com/docs/drivers/node/current/
import type { Code, StoreSaying, UserModel } from "../../domain.ts";
import { code, fromPackage, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { exportedInstance } from "../../source/typescript/instances.ts";
import { keysOf, literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { portable } from "../../source/typescript/portable.ts";
import { defineDatastore, type Creation } from "../define.ts";
import { methodCalls } from "./calls.find.ts";
import { callbackOf } from "./saves.find.ts";
import { selfOf } from "./self.find.ts";
import { invoke, savedFields, storeCode, type Names } from "./store.code.ts";
import { columnNames, emailField, likeness, nameField, plainName } from "./users.likeness.ts";

/** A collection the app reads or writes, with the fields of the documents it is seen to insert. */
interface Collection {
  readonly name: string;
  /** `db.collection("users")`. */
  readonly node: ts.CallExpression;
  readonly fields: readonly string[];
}

function collections(app: App): readonly Collection[] {
  const calls = methodCalls(app, /^collection$/, (text) => /\.collection\s*(?:<[^>]*>)?\s*\(/.test(text)).filter(({ call }) => call.arguments[0] && ts.isStringLiteralLike(call.arguments[0]));
  const inserted = methodCalls(app, /^insertOne$/, (text) => text.includes("insertOne"));
  return calls.map(({ call }) => {
    const name = (call.arguments[0] as ts.StringLiteralLike).text;
    const fields = inserted.filter(({ receiver }) => isCollection(app, receiver, name)).flatMap((one) => keysOf(literalOf(one.call.arguments[0]) ?? EMPTY));
    return { name, node: call, fields: [...new Set(fields)] };
  });
}

const EMPTY = ts.factory.createObjectLiteralExpression();

/** Whether an expression is the collection: `db.collection("users")` itself, a name it was given, a name that says so. */
function isCollection(app: App, node: ts.Expression, name: string): boolean {
  const at = bare(node);
  if (ts.isCallExpression(at)) return new RegExp(`collection(?:<[^>]*>)?\\(\\s*["'\`]${name}["'\`]`).test(at.getText());
  const text = at.getText().split(".").at(-1) ?? "";
  let found = plainName(text.replace(/(?:_?(?:collection|coll|col|db))$/i, "")) === plainName(name) && app.originOf(at)?.kind !== "class";
  if (!found && ts.isIdentifier(at))
    walk(at.getSourceFile(), (one) => {
      if (ts.isVariableDeclaration(one) && one.name.getText() === at.text && one.initializer && new RegExp(`collection(?:<[^>]*>)?\\(\\s*["'\`]${name}["'\`]`).test(one.initializer.getText())) found = true;
    });
  return found;
}

function userCollection(app: App): Collection | undefined {
  const best = collections(app).map((one) => ({ one, score: likeness(one) || (/^users?$/i.test(one.name) ? 1 : 0) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.one : undefined;
}

function userModel(app: App): UserModel | undefined {
  const found = userCollection(app);
  if (!found) return fromAdapter(app);
  const tree = found.node.getSourceFile();
  const email = emailField(found.fields.length > 0 ? found.fields : ["email"]);
  const displayName = nameField(found.fields);
  return { name: found.name, file: tree.fileName, line: lineOf(tree, found.node.getStart(tree)), id: { name: "_id", type: "objectid" }, ...(email !== undefined && { email }), ...(displayName !== undefined && { displayName }) };
}

/** Auth.js keeps its users in `users` where it is given its MongoDB adapter. */
function fromAdapter(app: App): UserModel | undefined {
  for (const file of app.code.mentioning("MongoDBAdapter(")) {
    const index = (app.repo.text(file) ?? "").indexOf("MongoDBAdapter(");
    return { name: "users", file, line: app.atOffset(file, index).line, id: { name: "_id", type: "objectid" }, email: "email", displayName: "name" };
  }
  return undefined;
}

function creations(app: App, model: UserModel | undefined): readonly Creation[] {
  if (!model) return [];
  return methodCalls(app, /^insertOne$/, (text) => text.includes("insertOne")).flatMap(({ call, receiver }): Creation[] => {
    if (!isCollection(app, receiver, model.name)) return [];
    const fields = literalOf(call.arguments[0]);
    const self = propertyOf(fields, "_id") ? undefined : selfOf(call.arguments[0], "_id");
    const callback = callbackOf(call);
    return [{ call, id: "insertedId", ...(fields && { fields }), ...(self !== undefined && { self, row: "" }), ...(callback && { callback }) }];
  });
}

/** The collection as other files get at it, and the statement that has to stand first where a connection is waited for. */
interface Reached {
  readonly users: Code;
  readonly first: Code;
}

/** As the app's own code says it, else through its exported client. */
function reached(app: App, name: string): Reached | undefined {
  for (const one of collections(app).filter((other) => other.name === name)) {
    const db = ts.isPropertyAccessExpression(one.node.expression) ? one.node.expression.expression : undefined;
    const found = db && portable(app, db);
    if (!found) continue;
    const waits = /^\(await ([\s\S]*)\)$/.exec(textOf(found));
    if (!waits) return { users: code`${found}.collection("${name}")`, first: raw("") };
    const inner = { parts: found.parts.map((part, i) => (typeof part !== "string" ? part : i === 0 ? part.slice(1) : i === found.parts.length - 1 ? part.slice(0, -1) : part)) };
    return { users: raw(`db.collection("${name}")`), first: code`const db = ${inner};\n` };
  }
  const client = exportedInstance(app, "MongoClient", /\bnew\s+MongoClient\b/);
  if (!client) return undefined;
  if (!/promise/i.test(client.name)) return { users: code`${client}.db().collection("${name}")`, first: raw("") };
  return { users: raw(`client.db().collection("${name}")`), first: code`const client = await ${client};\n` };
}

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const at = reached(app, model.name);
  if (!at) return undefined;
  const { users, first } = at;
  const columns = columnNames(userCollection(app)?.fields ?? []);
  const key = code`{ _id: new ${fromPackage("ObjectId", "mongodb")}(userId) }`;
  return {
    code: storeCode(app, names, {
      read: code`${first}const user = await ${users}.findOne(${key});`,
      columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
      email: model.email && `user.${model.email}`,
      name: model.displayName && `user.${model.displayName}`,
      save: code`${first}await ${invoke(code`${users}.updateOne`, [key, code`{ $set: ${savedFields(names, columns)} }`])};`,
    }),
    activate: code`${first}const { matchedCount } = await ${users}.updateOne(
  { ${columns.customerId}: customerId },
  { $set: { ${columns.status}: "active" } },
);
return matchedCount > 0;`,
  };
}

// Documents take new fields as they are: nothing to migrate.
export default defineDatastore({ title: "MongoDB", packages: ["mongodb", "@auth/mongodb-adapter", "@next-auth/mongodb-adapter"], rank: 35, userModel, creations, store, columns: () => ({ edits: [] }) });
