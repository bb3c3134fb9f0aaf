// https://typeorm.io/docs/entity/entities
import type { Code, ColumnSaying, Import, StoreSaying, UserModel } from "../../domain.ts";
import { code, fromFile, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { harmlessScripts, runScript, runTool } from "../../source/package-manager.ts";
import { asImported, sharedInstance } from "../../source/typescript/instances.ts";
import { literalOf, nameText, propertyOf } from "../../source/typescript/literals.ts";
import { addAfterMember } from "../../source/typescript/insertion.ts";
import { lineOf, ts } from "../../source/typescript/parse.ts";
import { defineDatastore } from "../define.ts";
import { invoke, savedFields, storeCode, typedId, type Names } from "./store.code.ts";
import { typeormCreations } from "./typeorm.creations.ts";
import { decorator, readEntities, userEntity, type TypeormEntity } from "./typeorm.entities.ts";
import { columnNames, emailField, nameField } from "./users.likeness.ts";

function userModel(app: App): UserModel | undefined {
  const entity = userEntity(readEntities(app));
  if (!entity) return undefined;
  const tree = entity.node.getSourceFile();
  const email = emailField(entity.fields);
  const displayName = nameField(entity.fields);
  return {
    name: entity.name,
    file: entity.file,
    line: lineOf(tree, entity.node.name?.getStart(tree) ?? entity.node.getStart(tree)),
    id: { name: entity.key ? nameText(entity.key.name) : "id", type: idType(entity.key) },
    ...(email !== undefined && { email }),
    ...(displayName !== undefined && { displayName }),
  };
}

function idType(key: ts.PropertyDeclaration | undefined): UserModel["id"]["type"] {
  const type = key?.type?.getText() ?? "";
  if (/^(?:number|bigint)$/.test(type)) return "number";
  if (type === "string" || /uuid/.test(key?.getText() ?? "")) return "string";
  return /ObjectI[dD]/.test(type) ? "objectid" : key ? "number" : "unknown";
}

/** The entity itself where it is an active record, else its repository from the app's data source. */
function repository(app: App, entity: TypeormEntity): { readonly code: Code; readonly edits: StoreSaying["edits"] } | undefined {
  const isExported = ts.getModifiers(entity.node)?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword);
  if (!isExported) return undefined;
  const isDefault = ts.getModifiers(entity.node)?.some((one) => one.kind === ts.SyntaxKind.DefaultKeyword);
  const named: Import = isDefault ? { name: entity.name, from: { file: entity.file }, as: "default" } : fromFile(entity.name, entity.file);
  const users = asImported(app, named);
  if (entity.active) return { code: code`${users}`, edits: [] };
  const source = sharedInstance(app, "DataSource", /\bnew\s+(?:\w+\.)?DataSource\b/);
  if (source) return { code: code`${source.value}.getRepository(${users})`, edits: source.edits };
  return /^[~^]?0\.2\b/.test(app.uses("typeorm") ?? "") ? { code: code`${fromPackage("getRepository", "typeorm")}(${users})`, edits: [] } : undefined;
}

function store(app: App, model: UserModel, names: Names): StoreSaying | undefined {
  const entity = userEntity(readEntities(app));
  const users = entity && repository(app, entity);
  if (!entity || !users || model.id.type === "objectid" || model.id.type === "unknown") return undefined;
  const columns = columnNames(entity.fields);
  const key = model.id.name === "userId" && typedId(model) === "userId" ? "{ userId }" : `{ ${model.id.name}: ${typedId(model)} }`;
  return {
    ...(users.edits && { edits: users.edits }),
    code: storeCode(app, names, {
      read: code`const user = await ${invoke(code`${users.code}.findOne`, [raw(`{ where: ${key} }`)])};`,
      columns: { customerId: `user.${columns.customerId}`, status: `user.${columns.status}` },
      email: model.email && `user.${model.email}`,
      name: model.displayName && `user.${model.displayName}`,
      save: code`await ${invoke(code`${users.code}.update`, [raw(key), savedFields(names, columns)])};`,
    }),
    activate: code`const { affected } = await ${users.code}.update(
  { ${columns.customerId}: customerId },
  { ${columns.status}: "active" },
);
return Boolean(affected);`,
  };
}

function columns(app: App, _model: UserModel, names: Names): ColumnSaying {
  const entity = userEntity(readEntities(app));
  const known = columnNames(entity?.fields ?? []);
  const missing = names.map((name) => known[name]).filter((name) => !entity?.fields.includes(name));
  const members = entity?.node.members.filter((one): one is ts.PropertyDeclaration => ts.isPropertyDeclaration(one) && decorator(one, /^(?:\w*Column)$/) !== undefined) ?? [];
  const last = members.at(-1);
  if (!entity || !last || missing.length === 0) return { edits: [] };
  const text = entity.node.getSourceFile().text;
  const gap = members.length > 1 && !/\n[ \t]*\r?\n/.test(text.slice(members[0]?.end ?? 0, last.getStart())) ? "\n" : "\n\n";
  const edits = addAfterMember(last, gap, missing.map((name) => raw(`@Column({ ${columnOptions(members, name)} })\n${name}?: string;`)));
  const command = migration(app);
  return { edits, ...(command !== undefined && { command }) };
}

/** `nullable: true`, and the column's own name where the entity names its columns. */
function columnOptions(members: readonly ts.PropertyDeclaration[], name: string): string {
  const named = members.filter((one) => /[A-Z]/.test(nameText(one.name))).some((one) => propertyOf(literalOf(decorator(one, /Column$/)?.arguments.at(-1)), "name"));
  return `${named ? `name: "${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}", ` : ""}nullable: true`;
}

/** Undefined where the schema is synchronised at every start. */
function migration(app: App): string | undefined {
  if (app.code.mentioning("synchronize").some((file) => /synchronize:\s*true/.test(app.repo.text(file) ?? ""))) return undefined;
  const scripts = harmlessScripts(app.manifest.scripts);
  const generate = scripts.find(([, body]) => /migration:generate/.test(body))?.[0];
  const run = scripts.find(([, body]) => /migration:run/.test(body))?.[0];
  const made = generate === undefined ? runTool(app, "typeorm migration:generate src/migrations/Credyt -d src/data-source.ts") : runScript(app, generate);
  return `${made} && ${run === undefined ? runTool(app, "typeorm migration:run -d src/data-source.ts") : runScript(app, run)}`;
}

export default defineDatastore({ title: "TypeORM", packages: ["typeorm", "@nestjs/typeorm"], rank: 90, userModel, creations: typeormCreations, store, columns });
