import type { Code, Import, RepoPath } from "../../domain.ts";
import { code } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { bare, isScript, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { asImported, defaultName } from "../../source/typescript/instances.ts";
import { keysOf, literalOf } from "../../source/typescript/literals.ts";
import { lookup } from "../../source/typescript/scope.ts";

/** A call that checks the environment: `createEnv({ … })`, `cleanEnv(process.env, { … })`, `z.object({ … })`. */
export interface EnvSchema {
  readonly file: RepoPath;
  readonly line: number;
  readonly call: ts.CallExpression;
  /** The object whose keys are the variables' names. */
  readonly keys: ts.ObjectLiteralExpression;
}

/** Every call that `keysIn` takes for a check of the environment, in scripts that contain one of `words`. */
export function envSchemas(app: App, words: readonly string[], keysIn: (call: ts.CallExpression) => ts.ObjectLiteralExpression | undefined): readonly EnvSchema[] {
  // `env.config.ts` looks like a tool's configuration, which scripts leave out.
  const named = app.files(/(?:^|[/.-])(?:env|config|environment)[^/]*\.[cm]?[jt]s$/i).filter((file) => isScript(file) && !/(?:^|[/.])(?:tests?|spec|__tests__|e2e|playwright|cypress|scripts|examples?|fixtures|mocks?|dist|build)[/.]/.test(file) && words.some((word) => app.repo.text(file)?.includes(word)));
  const files = [...new Set([...words.flatMap((word) => app.code.mentioning(word)), ...named])].sort((a, b) => Number(isEnvFile(b)) - Number(isEnvFile(a)) || a.localeCompare(b));
  return files.filter((file) => NAMES_VARIABLES.test(app.repo.text(file) ?? "")).flatMap((file) => {
    const tree = app.code.parse(file);
    const found: EnvSchema[] = [];
    if (tree)
      walk(tree, (node) => {
        const keys = ts.isCallExpression(node) ? keysIn(node) : undefined;
        if (keys && ts.isCallExpression(node)) found.push({ file, line: lineOf(tree, node.getStart(tree)), call: node, keys });
      });
    return found;
  });
}

/** A variable's name that something is said of (`PORT: z.coerce.number()`, `env: "PORT"`): without one a file is not worth parsing for a schema. */
const NAMES_VARIABLES = /\b(?:[A-Z][A-Z\d]*_[A-Z\d_]+|PORT|HOST)["']?\s*:\s*(?:[A-Za-z_$(]|\/[/*])|\benv["']?\s*:\s*["'`][A-Z]/;

/** A module of one service's settings (`lib/paypal/env.ts`) is not the app's. */
export function isGeneral(app: App, file: RepoPath): boolean {
  const folder = file.slice(app.dir === "" || !file.startsWith(`${app.dir}/`) ? 0 : app.dir.length + 1).split("/").at(-2);
  return folder === undefined || /^(?:src|app|server|libs?|utils?|configs?|configuration|envs?|common|shared|core|helpers?|constants|settings|backend|api|environment|validat\w*|validation)$/i.test(folder);
}

const isEnvFile = (file: RepoPath): boolean => /(?:^|[/.-])(?:env|config|environment|settings)[^/]*$/i.test(file);

/** Whether the keys of an object are names of environment variables. */
export function areVariables(object: ts.ObjectLiteralExpression | undefined): object is ts.ObjectLiteralExpression {
  const keys = object ? keysOf(object) : [];
  const upper = keys.filter((key) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(key));
  return upper.length > 0 && upper.length >= keys.length / 2 && upper.some((key) => key.includes("_") || /^(?:PORT|HOST)$/.test(key));
}

/** The object among a call's arguments, written out or kept in a constant. */
export const objectArgument = (call: ts.CallExpression, index: number): ts.ObjectLiteralExpression | undefined => literalOf(call.arguments[index]);

/** Whether the module declares a variable, or will: only then can it be read there. */
export const declares = (schema: EnvSchema, name: string): boolean => name.startsWith("CREDYT_") || keysOf(schema.keys).includes(name);

/**
 * What other files import to read the checked values: an export that the call (`createEnv`), or for a mere `schema` what parsing by it
 * gives, is given to.
 */
export function exportedValues(app: App, schema: EnvSchema, is: "values" | "schema" = "schema"): Code | undefined {
  const tree = schema.call.getSourceFile();
  for (const [name, one] of app.code.exports(schema.file).named) {
    if (!("node" in one)) continue;
    const path = pathTo(one.node, schema.call, is === "values", 0);
    if (path === undefined) continue;
    const found: Import = name === "default" ? { name: defaultName(app, tree.fileName, one.node), from: { file: schema.file }, as: "default" } : { name, from: { file: schema.file } };
    return code`${asImported(app, found)}`;
  }
  return undefined;
}

/** Whether a value is what a check gives: the call itself, its awaited or parsed result, `parsed.data`. */
function pathTo(node: ts.Node, call: ts.CallExpression, whole: boolean, depth: number): true | undefined {
  const at = bare(node);
  if (depth > 6 || ts.isFunctionLike(at) || ts.isTypeNode(at)) return undefined;
  if (at === call) return whole ? true : undefined;
  if (ts.isIdentifier(at)) {
    const declared = lookup(at.text, at)?.node;
    return declared && declared !== at && (ts.isVariableDeclaration(declared) || ts.isBindingElement(declared)) ? pathTo(declared, call, whole, depth + 1) : undefined;
  }
  if (ts.isVariableDeclaration(at)) return at.initializer && pathTo(at.initializer, call, whole, depth + 1);
  if (ts.isBindingElement(at)) return /^(?:data|value)$/.test((at.propertyName ?? at.name).getText()) ? pathTo(at.parent.parent, call, whole, depth + 1) : undefined;
  if (ts.isPropertyAccessExpression(at) && /^(?:data|value)$/.test(at.name.text)) return pathTo(at.expression, call, whole, depth + 1);
  if (ts.isCallExpression(at)) return isParse(at) && parses(at, call) ? true : undefined;
  if (ts.isBinaryExpression(at)) return pathTo(at.left, call, whole, depth + 1) ?? pathTo(at.right, call, whole, depth + 1);
  return undefined;
}

const isParse = (call: ts.CallExpression): boolean => ts.isPropertyAccessExpression(call.expression) ? /^(?:parse|safeParse|validate|validateSync|cast|assert|freeze)$/.test(call.expression.name.text) : /^(?:parse|safeParse|parseEnv|validate)$/.test(call.expression.getText());

/** `schema.parse(process.env)` for the schema's constant, or for the schema written out. */
function parses(parse: ts.CallExpression, call: ts.CallExpression): boolean {
  const subject = [ts.isPropertyAccessExpression(parse.expression) ? parse.expression.expression : undefined, ...parse.arguments].filter((one): one is ts.Expression => one !== undefined);
  return subject.some((one) => {
    const at = bare(one);
    if (at.pos <= call.pos && call.end <= at.end && at !== parse) return true;
    const declared = ts.isIdentifier(at) ? lookup(at.text, at)?.node : undefined;
    return Boolean(declared && ts.isVariableDeclaration(declared) && declared.initializer && declared.initializer.pos <= call.pos && call.end <= declared.initializer.end);
  });
}

/** Whether code that runs in the browser imports a file: a secret's name has no place there. */
export function isInBrowser(app: App, file: RepoPath): boolean {
  const stem = file.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "";
  const word = stem === "index" ? (file.split("/").at(-2) ?? stem) : stem;
  return app.code.mentioning(word).some((one) => isBrowserFile(app, one) && (app.facts(one)?.imports.some((fact) => fact.file === file) ?? false));
}

const isBrowserFile = (app: App, file: RepoPath): boolean =>
  /^\s*(?:\/\/[^\n]*\n\s*|\/\*[\s\S]*?\*\/\s*)*["']use client["']/.test(app.repo.text(file) ?? "") || /(?:^|\/)pages\/(?!api\/)[^.]*\.[jt]sx$/.test(file) || /(?:^|\/)components\/[^.]*\.[jt]sx$/.test(file);
