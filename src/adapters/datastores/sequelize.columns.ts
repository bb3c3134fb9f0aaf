import type { Code, ColumnSaying, Edit, UserModel } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { runScript, runTool } from "../../source/package-manager.ts";
import { keysOf, nameText, propertyOf } from "../../source/typescript/literals.ts";
import { addAfterMember, addMembers, addProperties } from "../../source/typescript/insertion.ts";
import { ts } from "../../source/typescript/parse.ts";
import { hasMember, typeNamed, typeNames } from "../../source/typescript/types.ts";
import { migrationFolders, type MigrationFolder } from "./migration.files.ts";
import { readSequelizeModels, sequelizeUser, tableOf, type SequelizeModel } from "./sequelize.models.ts";
import type { Names } from "./store.code.ts";
import { columnNames } from "./users.likeness.ts";

/** The billing attributes of the model, of its class and types, and a migration where the app keeps them. */
export function addSequelizeColumns(app: App, _model: UserModel, names: Names): ColumnSaying {
  const model = sequelizeUser(readSequelizeModels(app));
  if (!model) return { edits: [] };
  const columns = columnNames(model.fields);
  const missing = names.map((name) => columns[name]).filter((name) => !model.fields.includes(name));
  if (missing.length === 0) return { edits: [] };
  const declared = model.attributes ? addProperties(model.attributes, missing.map((name) => attribute(model, name))) : decoratedColumns(model, missing);
  const edits = [...declared, ...classMembers(model, missing), ...typeMembers(app, model, missing)];
  const folder = migrationFolders(app, /\.[cm]?js$/)[0];
  const inTable = missing.map((name) => (isUnderscored(app, model) ? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : name));
  if (folder) return { edits: [...edits, migration(folder, tableOf(model), inTable)], command: command(app) };
  if (app.code.mentioning(".sync(").some((file) => /\.sync\(\s*\{[^}]*(?:alter|force):\s*true/.test(app.repo.text(file) ?? ""))) return { edits };
  const sql = inTable.map((name) => `ALTER TABLE ${tableOf(model)} ADD COLUMN ${/[A-Z]/.test(name) ? quoted(app, name) : name} VARCHAR(255);`).join("\n");
  return { edits, handoff: { reason: "The app has no migrations, and sync() does not add columns to a table that is there already.", paste: raw(sql) } };
}

const quoted = (app: App, name: string): string => (app.uses("mysql2") !== undefined || app.uses("mysql") !== undefined ? name : `"${name}"`);

const isUnderscored = (app: App, model: SequelizeModel): boolean =>
  propertyOf(model.options, "underscored")?.kind === ts.SyntaxKind.TrueKeyword || app.code.mentioning("underscored").some((file) => /define\s*:\s*\{[^}]*underscored:\s*true/.test(app.repo.text(file) ?? ""));

/** An attribute in the words of its neighbours: `{ type: Sequelize.STRING }`, on as many lines as theirs take. */
function attribute(model: SequelizeModel, name: string): Code {
  const texts = keysOf(model.attributes as ts.ObjectLiteralExpression).map((key) => propertyOf(model.attributes, key)?.getText() ?? "");
  const type = texts.map((text) => /((?:\w+\.)?STRING)\b/.exec(text)?.[1]).find((one) => one !== undefined) ?? "DataTypes.STRING";
  if (texts.some((text) => text === type)) return raw(`${name}: ${type}`);
  if (!texts.some((text) => text.includes("\n"))) return raw(`${name}: { type: ${type} }`);
  const comma = texts.some((text) => /,\s*\}$/.test(text)) ? "," : "";
  return raw(`${name}: {\n  type: ${type}${comma}\n}`);
}

/** `@Column` properties of sequelize-typescript, after the last one. */
function decoratedColumns(model: SequelizeModel, missing: readonly string[]): readonly Edit[] {
  const members = model.owner?.members.filter((one): one is ts.PropertyDeclaration => ts.isPropertyDeclaration(one) && (ts.getDecorators(one)?.some((decorator) => /^@Column\b/.test(decorator.getText())) ?? false)) ?? [];
  const last = members.at(-1);
  if (!last) return [];
  const declare = /\bdeclare\s/.test(last.getText()) ? "declare " : "";
  const type = fromPackage("DataType", "sequelize-typescript");
  return addAfterMember(last, "\n\n", missing.map((name) => code`@Column(${type}.STRING)\n${declare}${name}?: string;`));
}

/** Members of the model's class, declared as its other columns are. */
function classMembers(model: SequelizeModel, missing: readonly string[]): readonly Edit[] {
  if (!model.owner || !model.attributes) return [];
  const columns = model.owner.members.filter((one): one is ts.PropertyDeclaration => ts.isPropertyDeclaration(one) && model.fields.includes(nameText(one.name)) && !/\breadonly\b/.test(one.getText()));
  const last = columns.at(-1);
  if (!last) return [];
  const modifiers = ts.getModifiers(last)?.map((one) => one.getText()).join(" ") ?? "";
  return addAfterMember(last, "\n", missing.map((name) => raw(`${modifiers === "" ? "" : `${modifiers} `}${name}?: string;`)));
}

/** The attributes' interface in `Model<UserAttributes>`. */
function typeMembers(app: App, model: SequelizeModel, missing: readonly string[]): readonly Edit[] {
  const base = model.owner?.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
  const given = base?.typeArguments?.[0] ?? (ts.isCallExpression(model.node) ? model.node.typeArguments?.[0] : undefined);
  const type = typeNames(given).map((name) => typeNamed(app, model.file, name)).find((one) => one !== undefined);
  return type ? addMembers(type, missing.filter((name) => !hasMember(type, name)).map((name) => raw(`${name}?: string`))) : [];
}

function migration(folder: MigrationFolder, table: string, columns: readonly string[]): Edit {
  const up = columns.map((column) => `    await queryInterface.addColumn("${table}", "${column}", { type: Sequelize.STRING });`).join("\n");
  const down = [...columns].reverse().map((column) => `    await queryInterface.removeColumn("${table}", "${column}");`).join("\n");
  const body = `async up(queryInterface, Sequelize) {\n${up}\n  },\n\n  async down(queryInterface) {\n${down}\n  },\n};\n`;
  return { kind: "create", file: folder.next("add_credyt_columns"), code: raw(`/** @type {import("sequelize-cli").Migration} */\nmodule.exports = {\n  ${body}`) };
}

function command(app: App): string {
  const script = Object.entries(app.manifest.scripts ?? {}).find(([, body]) => /sequelize(?:-cli)? db:migrate$/.test(body))?.[0];
  return script === undefined ? runTool(app, "sequelize-cli db:migrate") : runScript(app, script);
}
