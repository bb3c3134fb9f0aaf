import type { Code, Import, UserModel } from "../../domain.ts";
import { code, fromFile, joinCode, raw } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import { exportedInstance, mostImported } from "../../source/typescript/instances.ts";
import { ts } from "../../source/typescript/parse.ts";
import { delegateOf, readModels, userKey, type PrismaModel } from "./prisma.schema.ts";
import { invoke, rowType, savedFields, storeCode, type Names } from "./store.code.ts";
import { columnNames } from "./users.likeness.ts";

/** How code of ours gets at the app's Prisma client: an import, and what to declare first where that is a class. */
interface Client {
  readonly name: Code;
  readonly before?: Code;
}

/** The client the app shares; else an instance of its own client class; else one more client, as such apps have in every file. */
function clientOf(app: App): Client | undefined {
  const shared = exportedInstance(app, "PrismaClient", /\bnew (?:\w+\.)?\w*PrismaClient\w*\b|\bPrismaClient\b[\s\S]*\$extends\(/);
  if (shared) return { name: code`${shared}` };
  const made = clientClass(app) ?? packagedClient(app);
  return made && { name: raw("prisma"), before: code`const prisma = new ${made}();` };
}

/** `class PrismaService extends PrismaClient` that can be made without arguments. */
function clientClass(app: App): Import | undefined {
  const found = app.code.mentioning("extends PrismaClient").flatMap((file) =>
    (app.code.parse(file)?.statements ?? []).flatMap((one): Import[] => (ts.isClassDeclaration(one) && one.name && ts.getModifiers(one)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) && isFree(one) ? [fromFile(one.name.text, file)] : [])),
  );
  return mostImported(app, found);
}

const isFree = (node: ts.ClassDeclaration): boolean => node.members.every((member) => !ts.isConstructorDeclaration(member) || member.parameters.every((one) => one.initializer !== undefined || one.questionToken !== undefined));

/** From version 7 on a client needs an adapter, which only the app's own code knows. */
function packagedClient(app: App): Import | undefined {
  const version = major(app.uses("@prisma/client"));
  const own = /^\s*output\s*=/m.test(app.files(/\.prisma$/).map((file) => app.repo.text(file) ?? "").join("\n"));
  return version !== undefined && version < 7 && !own ? { name: "PrismaClient", from: { package: "@prisma/client" } } : undefined;
}

/** Names of the billing columns in a model's own style. */
export const prismaColumns = (model: PrismaModel): Readonly<Record<"customerId" | "status", string>> => columnNames(model.fields.map((field) => field.name));

/** `readUser`, `saveCustomer` and the body of `activateCustomer` on the app's Prisma client. */
export function prismaStore(app: App, model: UserModel, names: Names): { readonly code: Code; readonly activate: Code } | undefined {
  const stored = readModels(app).find((one) => one.name === model.name);
  const client = clientOf(app);
  if (!stored || !client || model.id.type === "unknown") return undefined;
  const table = code`${client.name}.${delegateOf(model.name)}`;
  const columns = prismaColumns(stored);
  const key = idText(stored, model);
  const where = key === model.id.name && model.id.name === "userId" ? "{ userId }" : `{ ${model.id.name}: ${key} }`;
  const typed = app.language === "typescript";
  const rowless = userKey(stored)?.name === model.id.name && model.email === undefined;
  const type = typed ? [rowType(model, names, columns)] : [];
  const before = [...(client.before ? [client.before] : []), ...type];
  return {
    code: storeCode(app, names, {
      ...(before.length > 0 && { before: joinCode(before, "\n\n") }),
      read: typed ? code`const user: UserRow | null = await ${table}.findUnique({\n  where: ${where},\n});` : code`const user = await ${invoke(code`${table}.findUnique`, [raw(`{ where: ${where} }`)])};`,
      columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
      email: model.email && `user.${model.email}`,
      name: model.displayName && `user.${model.displayName}`,
      rowless,
      save: rowless ? upsert(table, where, savedFields(names, columns), typed) : update(table, where, savedFields(names, columns), typed),
    }),
    activate: typed
      ? code`const where: object = { ${columns.customerId}: customerId };
const data: object = { ${columns.status}: "active" };
const { count } = await ${table}.updateMany({ where, data });
return count > 0;`
      : code`const { count } = await ${table}.updateMany({
  where: { ${columns.customerId}: customerId },
  data: { ${columns.status}: "active" },
});
return count > 0;`,
  };
}

/** The id as the column's type wants it. */
function idText(stored: PrismaModel, model: UserModel): string {
  const type = stored.fields.find((field) => field.name === model.id.name)?.type;
  return type === "BigInt" ? "BigInt(userId)" : type === "Int" ? "Number(userId)" : "userId";
}

const WIDE = "// A wide type: Prisma's own knows the columns once its client is generated.\n";

// `updateMany` does not throw where the user is gone meanwhile.
function update(table: Code, where: string, fields: Code, typed: boolean): Code {
  if (!typed) return code`await ${table}.updateMany({\n  where: ${where},\n  data: ${fields},\n});`;
  return code`${raw(WIDE)}const data: object = ${fields};\nawait ${table}.updateMany({ where: ${where}, data });`;
}

function upsert(table: Code, where: string, fields: Code, typed: boolean): Code {
  const key = where.slice(2, -2);
  const saved = code`await ${table}.upsert({\n  where: ${where},\n  update: data,\n  create: { ${key}, ...data },\n});`;
  return typed ? code`${raw(WIDE)}const data: object = ${fields};\n${saved}` : code`const data = ${fields};\n${saved}`;
}
