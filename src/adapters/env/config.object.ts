import type { Code, Edit, Import, RepoPath } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { addElements, addMembers, addProperties } from "../../source/typescript/insertion.ts";
import { asImported, defaultName } from "../../source/typescript/instances.ts";
import { keysOf, nameText, propertyOf } from "../../source/typescript/literals.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { hasMember, typeNamed, typeNames, type FieldsOf } from "../../source/typescript/types.ts";
import { camel, groupOf } from "./group.names.ts";
import { isGeneral, isInBrowser } from "./schema.find.ts";

/** A module that gathers what the app reads of its environment, without a library. */
export interface ConfigModule {
  readonly file: RepoPath;
  readonly line: number;
  readonly declare: (name: string) => readonly Edit[];
  readonly read: (name: string) => Code | undefined;
}

/** The app's own configuration module, when it has one that server code may read. */
export function configModule(app: App): ConfigModule | undefined {
  const files = app.code.scripts.filter((file) => /(?:^|[/.-])(?:env|config|configs|configuration|environment|settings|constants|keys|secrets|validateEnv|checkEnv)[^/]*$|(?:^|\/)(?:config|configs|env)\/(?:index|keys|app|server)\.\w+$/i.test(file) && !/\b(?:next|vite|tailwind|jest|vitest|webpack|rollup|eslint|babel|drizzle|prisma|postcss)\.config\b|knexfile/.test(file));
  const general = files.filter((file) => isGeneral(app, file));
  const found = general.flatMap((file) => {
    const tree = /process\.env|envVars?\b/.test(app.repo.text(file) ?? "") ? app.code.parse(file) : undefined;
    return tree ? [{ file, tree }] : [];
  });
  const of = (make: (app: App, tree: ts.SourceFile) => ConfigModule | undefined): ConfigModule | undefined => found.map(({ tree }) => make(app, tree)).find((one) => one !== undefined);
  return of(objectModule) ?? of(destructuredModule) ?? of(constantsModule) ?? of(checkedList);
}

/** `export default { port: process.env.PORT, jwt: { secret: … } }` and its relatives. */
function objectModule(app: App, tree: ts.SourceFile): ConfigModule | undefined {
  for (const [name, one] of app.code.exports(tree.fileName).named) {
    if (!("node" in one)) continue;
    const { object, type } = objectBehind(one.node);
    const source = object && sourceOf(object);
    if (!object || !source || (name !== "default" && !/config|env|settings|secrets|keys/i.test(name))) continue;
    const local: Import = name === "default" ? { name: defaultName(app, tree.fileName, one.node), from: { file: tree.fileName }, as: "default" } : { name, from: { file: tree.fileName } };
    return described(app, tree, object, source, asImported(app, local), type);
  }
  return undefined;
}

/** The object literal of an exported value, and the type it is annotated with. */
function objectBehind(node: ts.Node): { readonly object?: ts.ObjectLiteralExpression; readonly type?: ts.TypeNode } {
  const at = bare(node);
  if (ts.isObjectLiteralExpression(at)) return { object: at };
  if (ts.isCallExpression(at) && /^Object\.freeze$/.test(at.expression.getText()) && at.arguments[0]) return objectBehind(at.arguments[0]);
  const declared = ts.isIdentifier(at) ? lookup(at.text, at)?.node : at;
  if (!declared || !ts.isVariableDeclaration(declared) || !declared.initializer || declared.initializer === node) return {};
  return { ...objectBehind(declared.initializer), ...(declared.type && { type: declared.type }) };
}

/** What the values are read from: `process.env`, or a checked copy that the module keeps to itself. */
function sourceOf(object: ts.ObjectLiteralExpression): string | undefined {
  const roots = new Map<string, number>();
  walk(object, (node) => {
    if (!ts.isPropertyAccessExpression(node) || !/^[A-Z][A-Z0-9_]+$/.test(node.name.text)) return;
    const root = node.expression.getText();
    if (root === "process.env" || /^(?:envVars?|vars|env|parsed|validated\w*|value)$/.test(root)) roots.set(root, (roots.get(root) ?? 0) + 1);
  });
  const best = [...roots].sort((a, b) => b[1] - a[1])[0];
  return best && best[1] >= 2 ? best[0] : undefined;
}

function described(app: App, tree: ts.SourceFile, object: ts.ObjectLiteralExpression, source: string, local: Import, annotation: ts.TypeNode | undefined): ConfigModule {
  const type = typeNames(annotation).map((one) => typeNamed(app, tree.fileName, one)).find((one) => one !== undefined);
  // An object whose type we cannot extend takes nothing new; one that the browser reads must not learn of secrets.
  const isClosed = (annotation !== undefined && !type) || isInBrowser(app, tree.fileName);
  const style = styleOf(object);
  const path = (name: string): string => (style === "upper" ? name : style === "flat" ? camel(name) : `${groupOf(name).group}.${groupOf(name).key}`);
  const has = (name: string): boolean => propertyOf(object, path(name).split(".")[0] ?? "") !== undefined;
  return {
    file: tree.fileName,
    line: lineOf(tree, object.getStart(tree)),
    declare: (name) => (isClosed || has(name) ? [] : [...addProperties(object, [entry(path(name), `${source}.${name}`)]), ...(type ? typed(type, path(name)) : [])]),
    read: (name) => {
      if (isClosed) return undefined;
      const known = name.startsWith("CREDYT_") ? path(name) : pathOf(object, source, name);
      return known === undefined ? undefined : code`${local}.${known}`;
    },
  };
}

/** How the object names its values: as the environment does, flat, or in groups. */
function styleOf(object: ts.ObjectLiteralExpression): "upper" | "flat" | "groups" {
  const keys = keysOf(object);
  if (keys.filter((key) => /^[A-Z][A-Z0-9_]+$/.test(key)).length > keys.length / 2) return "upper";
  return object.properties.filter((one) => ts.isPropertyAssignment(one) && ts.isObjectLiteralExpression(bare(one.initializer))).length >= 2 ? "groups" : "flat";
}

function entry(path: string, value: string): Code {
  const [head = "", key] = path.split(".");
  return raw(key === undefined ? `${head}: ${value}` : `${head}: {\n  ${key}: ${value},\n}`);
}

function typed(type: FieldsOf, path: string): readonly Edit[] {
  const [head = "", key] = path.split(".");
  if (hasMember(type, head)) return [];
  return addMembers(type, [raw(key === undefined ? `${head}?: string | undefined` : `${head}: { ${key}?: string | undefined }`)]);
}

/** Where a variable that the module reads already is kept: `app.url` for `APP_URL`. */
function pathOf(object: ts.ObjectLiteralExpression, source: string, name: string): string | undefined {
  for (const property of object.properties) {
    if (!ts.isPropertyAssignment(property)) continue;
    const value = bare(property.initializer);
    if (ts.isObjectLiteralExpression(value)) {
      const inner = pathOf(value, source, name);
      if (inner !== undefined) return `${nameText(property.name)}.${inner}`;
    } else if (value.getText() === `${source}.${name}`) return nameText(property.name);
  }
  return undefined;
}

/** `export const { PORT, JWT_SECRET } = process.env`. */
function destructuredModule(app: App, tree: ts.SourceFile): ConfigModule | undefined {
  const declarations = tree.statements.flatMap((one) => (ts.isVariableStatement(one) ? one.declarationList.declarations.map((declared) => ({ one, declared })) : []));
  const patterns = declarations.filter(({ one, declared }) => declared.initializer?.getText() === "process.env" && ts.isObjectBindingPattern(declared.name) && (ts.getModifiers(one)?.some((modifier) => modifier.kind === ts.SyntaxKind.ExportKeyword) ?? false));
  const last = patterns.at(-1)?.declared;
  const end = last && ts.isObjectBindingPattern(last.name) ? last.name.elements.at(-1)?.end : undefined;
  const statement = patterns.at(-1)?.one;
  if (!last || end === undefined) return undefined;
  const names = patterns.flatMap(({ declared }) => (ts.isObjectBindingPattern(declared.name) ? declared.name.elements.map((one) => one.name.getText()) : []));
  return {
    file: tree.fileName,
    line: lineOf(tree, last.getStart(tree)),
    // Several lines are groups of variables: ours is one more.
    declare: (name) => (names.includes(name) || !statement ? [] : patterns.length > 1 ? [{ kind: "splice", at: { file: tree.fileName, offset: statement.end }, remove: "", code: raw(`\nexport const { ${name} } = process.env${statement.getText().endsWith(";") ? ";" : ""}`) }] : [{ kind: "splice", at: { file: tree.fileName, offset: end }, remove: "", code: raw(`, ${name}`) }]),
    read: (name) => (names.includes(name) || name.startsWith("CREDYT_") ? code`${asImported(app, { name, from: { file: tree.fileName } })}` : undefined),
  };
}

/** `export const JWT_SECRET = process.env.JWT_SECRET`, one after the other. */
function constantsModule(app: App, tree: ts.SourceFile): ConfigModule | undefined {
  const constants = tree.statements.filter((one): one is ts.VariableStatement => ts.isVariableStatement(one) && /^export\s+const\s+[A-Z][A-Z0-9_]+\s*(?::[^=]+)?=[^=][\s\S]*process\.env\./.test(one.getText()));
  const last = constants.at(-1);
  if (!last || constants.length < 2 || isInBrowser(app, tree.fileName)) return undefined;
  const names = constants.map((one) => one.declarationList.declarations[0]?.name.getText() ?? "");
  const semicolon = last.getText().endsWith(";") ? ";" : "";
  return {
    file: tree.fileName,
    line: lineOf(tree, constants[0]?.getStart(tree) ?? 0),
    declare: (name) => (names.includes(name) ? [] : [{ kind: "splice", at: { file: tree.fileName, offset: last.end }, remove: "", code: raw(`\nexport const ${name} = process.env.${name}${semicolon}`) }]),
    read: (name) => (names.includes(name) || name.startsWith("CREDYT_") ? code`${asImported(app, { name, from: { file: tree.fileName } })}` : undefined),
  };
}

/** `[{ name: "JWT_SECRET", required: true }, …]`: a list that start-up goes through. Plain lists of names are all required: not ours. */
function checkedList(_app: App, tree: ts.SourceFile): ConfigModule | undefined {
  let list: ts.ArrayLiteralExpression | undefined;
  walk(tree, (node) => {
    if (!list && ts.isArrayLiteralExpression(node) && node.elements.length > 1 && node.elements.every((one) => ts.isObjectLiteralExpression(one) && propertyOf(one, "required") && /^["'][A-Z_0-9]+["']$/.test(propertyOf(one, "name")?.getText() ?? propertyOf(one, "key")?.getText() ?? ""))) list = node;
  });
  if (!list) return undefined;
  const found = list;
  const first = found.elements[0] as ts.ObjectLiteralExpression;
  const nameKey = propertyOf(first, "name") ? "name" : "key";
  const hint = ["hint", "description", "message"].find((key) => found.elements.some((one) => propertyOf(one as ts.ObjectLiteralExpression, key)));
  return {
    file: tree.fileName,
    line: lineOf(tree, found.getStart(tree)),
    declare: (name) => (found.getText().includes(name) ? [] : addElements(found, [raw(`{\n  ${nameKey}: "${name}",\n  required: false${hint === undefined ? "" : `,\n  ${hint}: "${groupOf(name).doc}"`}\n}`)])),
    read: () => undefined,
  };
}
