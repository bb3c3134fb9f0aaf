import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { keysOf, literalOf, nameText, propertyOf } from "../../source/typescript/literals.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import { likeness, plainName } from "./users.likeness.ts";

/** A Sequelize model: `define("users", …)`, `User.init(…)`, or a class under `@Table`. */
export interface SequelizeModel {
  /** Its name in Sequelize. */
  readonly name: string;
  /** The constant or class that code calls it by. */
  readonly variable: string;
  readonly file: RepoPath;
  readonly node: ts.CallExpression | ts.ClassDeclaration;
  readonly attributes: ts.ObjectLiteralExpression | undefined;
  readonly options: ts.ObjectLiteralExpression | undefined;
  readonly fields: readonly string[];
  /** The class of the model, where it is one. */
  readonly owner?: ts.ClassDeclaration;
}

/** Every model of the app. */
export function readSequelizeModels(app: App): readonly SequelizeModel[] {
  const files = [...new Set([".define(", ".define<", ".init(", "@Table"].flatMap((word) => app.code.mentioning(word)))].sort();
  return files.flatMap((file) => {
    const tree = app.code.parse(file);
    const found: SequelizeModel[] = [];
    if (tree)
      walk(tree, (node) => {
        const model = ts.isCallExpression(node) ? (defined(node) ?? initialised(node)) : ts.isClassDeclaration(node) ? decorated(node) : undefined;
        if (model) found.push(model);
      });
    return found;
  });
}

function defined(call: ts.CallExpression): SequelizeModel | undefined {
  const [name, attributes, options] = call.arguments;
  const fields = literalOf(attributes);
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== "define" || !name || !ts.isStringLiteralLike(name) || !fields) return undefined;
  const { parent } = wrapped(call);
  const variable = ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : name.text;
  return { name: name.text, variable, file: call.getSourceFile().fileName, node: call, attributes: fields, options: literalOf(options), fields: keysOf(fields) };
}

function initialised(call: ts.CallExpression): SequelizeModel | undefined {
  const fields = literalOf(call.arguments[0]);
  const options = literalOf(call.arguments[1]);
  if (!ts.isPropertyAccessExpression(call.expression) || call.expression.name.text !== "init" || !fields || !options || !propertyOf(options, "sequelize")) return undefined;
  const tree = call.getSourceFile();
  const holder = call.expression.expression;
  const around = holder.kind === ts.SyntaxKind.ThisKeyword || holder.kind === ts.SyntaxKind.SuperKeyword ? findUp(call) : tree.statements.find((one): one is ts.ClassDeclaration => ts.isClassDeclaration(one) && one.name?.text === holder.getText());
  const variable = around?.name?.text ?? holder.getText();
  const given = propertyOf(options, "modelName");
  return { name: given && ts.isStringLiteralLike(given) ? given.text : variable, variable, file: tree.fileName, node: call, attributes: fields, options, fields: keysOf(fields), ...(around && { owner: around }) };
}

function findUp(node: ts.Node): ts.ClassDeclaration | undefined {
  for (let at: ts.Node | undefined = node; at; at = at.parent) if (ts.isClassDeclaration(at)) return at;
  return undefined;
}

function decorated(node: ts.ClassDeclaration): SequelizeModel | undefined {
  const table = ts.getDecorators(node)?.map((one) => bare(one.expression)).find((one) => /^Table\b/.test(one.getText()));
  if (!table || !node.name) return undefined;
  const fields = node.members.flatMap((one) => (ts.isPropertyDeclaration(one) && ts.getDecorators(one)?.length ? [nameText(one.name)] : []));
  return { name: node.name.text, variable: node.name.text, file: node.getSourceFile().fileName, node, attributes: undefined, options: ts.isCallExpression(table) ? literalOf(table.arguments[0]) : undefined, fields, owner: node };
}

/** The model of the people who sign in. */
export function sequelizeUser(models: readonly SequelizeModel[]): SequelizeModel | undefined {
  const best = models.map((model) => ({ model, score: likeness(model) || likeness({ ...model, name: model.variable }) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.model : undefined;
}

/** The table's name: as given, else the model's name in the plural, as Sequelize makes it. */
export function tableOf(model: SequelizeModel): string {
  const given = propertyOf(model.options, "tableName");
  if (given && ts.isStringLiteralLike(given)) return given.text;
  const frozen = propertyOf(model.options, "freezeTableName")?.kind === ts.SyntaxKind.TrueKeyword;
  return frozen || /s$/.test(model.name) ? model.name : `${model.name}s`;
}

/** Whether a name in code can be this model: `User`, `db.users`, `UserModel`. */
export const calledLike = (model: SequelizeModel, name: string): boolean => plainName(name) === plainName(model.variable) || plainName(name) === plainName(model.name);
