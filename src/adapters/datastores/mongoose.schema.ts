import type { Import, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { keysOf, literalOf } from "../../source/typescript/literals.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { likeness } from "./users.likeness.ts";

/** A Mongoose model: where its schema is, and what exports it. */
export interface MongooseModel {
  /** Its name in Mongoose: `User`. */
  readonly name: string;
  readonly file: RepoPath;
  /** `new Schema(…)`, or the class under `@Schema()`. */
  readonly schema: ts.NewExpression | ts.CallExpression | ts.ClassDeclaration;
  /** The schema's fields, where they are written out. */
  readonly definition: ts.ObjectLiteralExpression | undefined;
  readonly fields: readonly string[];
  /** What the type argument of the schema or of `model` names: `IUser`. */
  readonly types: readonly ts.TypeNode[];
  /** The `model("User", schema)` call. */
  readonly made?: ts.CallExpression;
}

/** Every model that the app compiles, and every class that Nest turns into one. */
export function readMongooseModels(app: App): readonly MongooseModel[] {
  const files = [...new Set([...app.code.mentioning("model("), ...app.code.mentioning("model<"), ...app.code.mentioning("SchemaFactory"), ...app.code.mentioning("getModelForClass")])].sort();
  return files.flatMap((file) => {
    const tree = app.code.parse(file);
    const found: MongooseModel[] = [];
    if (tree)
      walk(tree, (node) => {
        const one = ts.isCallExpression(node) ? (compiled(app, node) ?? fromClass(node)) : undefined;
        if (one) found.push(one);
      });
    return found;
  });
}

/** `mongoose.model("User", userSchema)`. */
function compiled(app: App, call: ts.CallExpression): MongooseModel | undefined {
  const callee = bare(call.expression);
  const called = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  const [name, schema] = call.arguments;
  if (called !== "model" || !name || !schema || !ts.isStringLiteralLike(name)) return undefined;
  const found = schemaOf(app, schema, 0);
  if (!found) return undefined;
  const definition = literalOf(found.arguments?.[0]);
  const types = [...(found.typeArguments ?? []).slice(0, 1), ...(call.typeArguments ?? []).slice(0, 1)];
  return { name: name.text, file: found.getSourceFile().fileName, schema: found, definition, fields: definition ? keysOf(definition) : [], types, made: call };
}

/** The `new Schema(…)` (or `Schema(…)`) that an expression leads to, imports followed. */
function schemaOf(app: App, node: ts.Node, depth: number): ts.NewExpression | ts.CallExpression | undefined {
  const at = bare(node);
  if (depth > 6) return undefined;
  if (ts.isNewExpression(at) || ts.isCallExpression(at)) return /(?:^|\.)Schema$/.test(at.expression.getText()) ? at : undefined;
  if (!ts.isIdentifier(at)) return undefined;
  const declared = lookup(at.text, at)?.node;
  if (!declared) return undefined;
  if (ts.isVariableDeclaration(declared)) return declared.initializer && schemaOf(app, declared.initializer, depth + 1);
  const origin = app.originOf(at);
  return origin?.kind === "package" && origin.made ? schemaOf(app, origin.made, depth + 1) : undefined;
}

/** `SchemaFactory.createForClass(User)` and Typegoose's `getModelForClass(User)`. */
function fromClass(call: ts.CallExpression): MongooseModel | undefined {
  if (!/(?:^SchemaFactory\.createForClass|^getModelForClass)$/.test(call.expression.getText())) return undefined;
  const [of] = call.arguments;
  const declared = of && ts.isIdentifier(of) ? lookup(of.text, of)?.node : undefined;
  if (!declared || !ts.isClassDeclaration(declared) || !declared.name) return undefined;
  const fields = declared.members.flatMap((member) => (ts.isPropertyDeclaration(member) ? [member.name.getText()] : []));
  return { name: declared.name.text, file: declared.getSourceFile().fileName, schema: declared, definition: undefined, fields, types: [], ...(call.expression.getText() === "getModelForClass" && { made: call }) };
}

/** The model of the people who sign in. */
export function userAmong(models: readonly MongooseModel[]): MongooseModel | undefined {
  const best = models.map((model) => ({ model, score: likeness(model) || (model.fields.length === 0 && /^users?$/i.test(model.name) ? 1 : 0) })).sort((a, b) => b.score - a.score)[0];
  return best && best.score > 0 ? best.model : undefined;
}

/** The value under which files import the compiled model. */
export function modelExport(app: App, model: MongooseModel): Import | undefined {
  const file = model.made?.getSourceFile().fileName;
  if (file === undefined || !model.made) return undefined;
  for (const [name, one] of app.code.exports(file).named) {
    if (!("node" in one) || !leadsTo(one.node, model.made)) continue;
    return name === "default" ? { name: /^[A-Z]/.test(model.name) ? model.name : "User", from: { file }, as: "default" } : { name, from: { file } };
  }
  return undefined;
}

function leadsTo(node: ts.Node, made: ts.Node): boolean {
  const at = bare(node);
  if (at === made) return true;
  const value = ts.isIdentifier(at) ? lookup(at.text, at)?.node : at;
  return value !== undefined && ts.isVariableDeclaration(value) && value.pos <= made.pos && made.end <= value.end ? true : at.pos <= made.pos && made.end <= at.end && !ts.isObjectLiteralExpression(at);
}
