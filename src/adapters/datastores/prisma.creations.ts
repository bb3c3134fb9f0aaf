import type { Edit, UserModel } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { keysOf, literalOf, nameText, propertyOf } from "../../source/typescript/literals.ts";
import { beginsLine } from "../../source/typescript/insertion.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import type { Creation } from "../define.ts";
import { methodCalls, tailName, type MethodCall } from "./calls.find.ts";
import { delegateOf, readModels, type PrismaModel } from "./prisma.schema.ts";

// `createMany` gives no ids and is for many rows at once: seeds and imports, not sign-ups.
const METHODS = /^(?:create|upsert|createManyAndReturn)$/;

/** Every call that stores a row of the user model: on its own delegate, or nested in the creation of another model. */
export function prismaCreations(app: App, model: UserModel | undefined): readonly Creation[] {
  const models = readModels(app);
  const stored = models.find((one) => one.name === model?.name);
  // Somebody who can be written to, or who signs in with a name and a password.
  if (!model || !stored || (model.email === undefined && !stored.fields.some((field) => /^(?:hashed_?)?passw(?:or)?d(?:_?hash)?$/i.test(field.name)))) return [];
  const delegate = delegateOf(stored.name);
  const relations = [...new Set(models.flatMap((one) => one.fields.filter((field) => field.type === stored.name).map((field) => field.name)))];
  const hint = new RegExp(`\\b${delegate}\\s*\\??\\.\\s*(?:create|upsert)|\\b(?:${relations.join("|") || "$^"})\\s*:\\s*\\{\\s*(?:create|connectOrCreate)`);
  return methodCalls(app, METHODS, (text) => hint.test(text)).flatMap((found) => {
    if (!isClient(app, found)) return [];
    return tailName(found.receiver) === delegate ? direct(found, stored, model) : nested(found, stored, models);
  });
}

/** A delegate stands behind a client: `prisma.user`, `tx.user`, `this.prisma.user`; another SDK's `users.create` does not. */
function isClient(app: App, { receiver }: MethodCall): boolean {
  const at = bare(receiver);
  if (!ts.isPropertyAccessExpression(at)) return false;
  const origin = app.originOf(at.expression);
  return origin?.kind !== "package" || /prisma|(?:^|[/-])(?:db|database)\b/i.test(origin.specifier) || /PrismaClient/.test(origin.path.join("."));
}

function direct({ call, method }: MethodCall, stored: PrismaModel, model: UserModel): Creation[] {
  const options = literalOf(call.arguments[0]);
  const data = propertyOf(options, method === "upsert" ? "create" : "data");
  const fields = data && literalOf(data);
  const selected = selection(options, model);
  const row = method === "createManyAndReturn" ? "[0]" : "";
  return [{ call, row, ...(fields && { fields }), ...selected }];
}

/** `select: { … }` gives back only some columns: the key is asked for where it is missing. */
function selection(options: ts.ObjectLiteralExpression | undefined, model: UserModel): Pick<Creation, "columns" | "widen"> {
  const select = literalOf(propertyOf(options, "select"));
  if (!select) return {};
  const columns = keysOf(select).filter((name) => name !== "");
  if (columns.includes(model.id.name)) return { columns };
  return { columns: [...columns, model.id.name], widen: [addFirst(select, `${model.id.name}: true`)] };
}

function addFirst(object: ts.ObjectLiteralExpression, text: string): Edit {
  const first = object.properties[0];
  const file = object.getSourceFile();
  if (!first) return { kind: "splice", at: { file: file.fileName, offset: object.getStart(file) + 1 }, remove: "", code: raw(` ${text} `) };
  const open = object.getStart(file) + 1;
  return { kind: "splice", at: { file: file.fileName, offset: open }, remove: "", code: raw(beginsLine(file, first) ? `\n  ${text},` : ` ${text},`) };
}

/** `organization.create({ data: { users: { create: { user: { create: … } } } } })`: the way to the user, and whether it comes back. */
function nested({ call, receiver, method }: MethodCall, stored: PrismaModel, models: readonly PrismaModel[]): Creation[] {
  const owner = models.find((one) => delegateOf(one.name) === tailName(receiver));
  const options = literalOf(call.arguments[0]);
  if (!owner || !options) return [];
  const data = literalOf(propertyOf(options, method === "upsert" ? "create" : "data"));
  const found = data && findNested(data, owner, stored, models, []);
  if (!found) return [];
  const row = returnedPath(options, found.path);
  return [{ call, fields: found.fields, ...(row !== undefined && { row }) }];
}

interface Nested {
  readonly fields: ts.ObjectLiteralExpression;
  readonly path: readonly { readonly name: string; readonly list: boolean }[];
}

function findNested(data: ts.ObjectLiteralExpression, owner: PrismaModel, stored: PrismaModel, models: readonly PrismaModel[], path: Nested["path"]): Nested | undefined {
  for (const property of data.properties) {
    if (!ts.isPropertyAssignment(property) || path.length > 4) continue;
    const field = owner.fields.find((one) => one.name === nameText(property.name));
    const target = models.find((one) => one.name === field?.type);
    const inner = literalOf(property.initializer);
    const creation = propertyOf(inner, "create") ?? propertyOf(literalOf(propertyOf(inner, "connectOrCreate")), "create");
    const fields = creation && firstLiteral(creation);
    if (!field || !target || !fields) continue;
    const way = [...path, { name: field.name, list: field.list }];
    if (target === stored) return { fields, path: way };
    const deeper = findNested(fields, target, stored, models, way);
    if (deeper) return deeper;
  }
  return undefined;
}

function firstLiteral(node: ts.Expression): ts.ObjectLiteralExpression | undefined {
  const at = bare(node);
  return ts.isArrayLiteralExpression(at) ? literalOf(at.elements[0]) : literalOf(at as ts.Expression);
}

/** `users[0].user`, when `include` or `select` of the call brings it back. */
function returnedPath(options: ts.ObjectLiteralExpression, path: Nested["path"]): string | undefined {
  let at: ts.ObjectLiteralExpression | undefined = options;
  for (const step of path) {
    const wanted: ts.Expression | undefined = propertyOf(literalOf(propertyOf(at, "include")), step.name) ?? propertyOf(literalOf(propertyOf(at, "select")), step.name);
    if (!wanted || wanted.kind === ts.SyntaxKind.FalseKeyword) return undefined;
    at = literalOf(wanted);
  }
  return path.map((step) => `${step.name}${step.list ? "[0]" : ""}`).join(".");
}
