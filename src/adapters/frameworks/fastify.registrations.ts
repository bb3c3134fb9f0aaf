import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { literalOf, valueIn } from "../../source/typescript/options.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { dirname, join, normalize } from "../../source/typescript/resolve.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";
import { parameterOf, type Registering, type ServerKind } from "./server.registrations.ts";

const METHODS = /^(?:get|post|put|patch|delete|options|head|all)$/;
const HOOKS = /^(?:onRequest|preParsing|preValidation|preHandler)$/;
const INSTANCE = /^(?:fastify|app|server|instance|api|scope|router|f|_?fastifyInstance)$/;

/** Fastify's server and its plugins: what `Fastify()` made, or the plugin's function whose parameter it is. */
export const FASTIFY: ServerKind = { hint: /\.(?:get|post|put|patch|delete|all|route|register|addHook)\s*[(<]/, identity, ownPath: () => "", placedAt: autoloaded, read };

function identity(app: App, node: ts.Expression): ts.Node | undefined {
  const at = bare(node) as ts.Expression;
  const parameter = parameterOf(at);
  if (parameter) return isPlugin(parameter) ? parameter.parent : undefined;
  const origin = app.originOf(at);
  if (origin?.kind === "package" && origin.package === "fastify" && origin.made && /^(?:default\.|fastify\.)?\(\)/.test(origin.path.join("."))) return innermost(origin.made);
  return undefined;
}

/** The first parameter of a plugin, or a parameter whose type says that it is a server. */
function isPlugin(parameter: ts.ParameterDeclaration): boolean {
  const type = parameter.type?.getText() ?? "";
  if (/Fastify\w*Instance|\bFastifyTypebox\b/.test(type)) return true;
  return type === "" && isFn(parameter.parent) && parameter.parent.parameters[0] === parameter && INSTANCE.test(parameter.name.getText());
}

/** `Fastify()` of `Fastify().withTypeProvider<T>()`. */
function innermost(given: ts.Node): ts.Node {
  let node = given;
  while (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && ts.isCallExpression(bare(node.expression.expression))) node = bare(node.expression.expression);
  return node;
}

function read(app: App, call: ts.CallExpression, name: string): readonly Registering[] {
  const [first, second, third] = call.arguments;
  if (!first) return [];
  if (METHODS.test(name)) return second ? onPath(app, name.toUpperCase(), first, second, third) : [];
  if (name === "route") return fromOptions(app, first);
  if (name === "addHook") return second && ts.isStringLiteralLike(first) && HOOKS.test(first.text) ? [{ kind: "guard", path: "*", guards: [second] }] : [];
  if (name !== "register") return [];
  const child = pluginOf(app, first);
  const options = second && literalOf(app, second);
  const prefix = options && valueIn(options, "prefix");
  const path = prefix ? textValue(app, prefix) : "";
  return child ? [{ kind: "mount", path, child }] : fromList(app, first, path);
}

/** The plugins of `routes.forEach((route) => server.register(route))`, and of a `for (const route of routes)`. */
function fromList(app: App, given: ts.Expression, path: string): readonly Registering[] {
  const name = bare(given);
  const declared = ts.isIdentifier(name) ? lookup(name.text, name)?.node : undefined;
  const each = declared && ts.isParameter(declared) ? declared.parent.parent : declared?.parent.parent;
  const of = !each ? undefined : ts.isForOfStatement(each) ? each.expression : ts.isCallExpression(each) && ts.isPropertyAccessExpression(each.expression) && /^(?:map|forEach)$/.test(each.expression.name.text) ? each.expression.expression : undefined;
  const list = of && valueOf(app, of);
  if (!list || !ts.isArrayLiteralExpression(list)) return [];
  return list.elements.flatMap((one) => pluginOf(app, one) ?? []).map((child) => ({ kind: "mount", path, child, list }));
}

function onPath(app: App, method: string, path: ts.Expression, second: ts.Expression, third: ts.Expression | undefined): readonly Registering[] {
  const options = literalOf(app, second);
  const handler = third ?? (options ? valueIn(options, "handler") : second);
  if (!handler) return [];
  return [{ kind: "route", method, path: textValue(app, path), handler, guards: options ? guardsIn(options) : [], ...(options && { options }) }];
}

/** `fastify.route({ method: "POST", url: "/chat", preHandler: […], handler })`. */
function fromOptions(app: App, given: ts.Expression): readonly Registering[] {
  const options = literalOf(app, given);
  const url = options && (valueIn(options, "url") ?? valueIn(options, "path"));
  const method = options && valueIn(options, "method");
  const property = options?.properties.find((one) => one.name?.getText() === "handler");
  const handler = property && ts.isMethodDeclaration(property) ? undefined : options && valueIn(options, "handler");
  if (!options || !url || !(handler || property)) return [];
  const list = method && bare(method);
  const methods = list && ts.isArrayLiteralExpression(list) ? list.elements : method ? [method] : [];
  return [{ kind: "route", method: methods.map((one) => textValue(app, one).toUpperCase()).join("|") || "ALL", path: textValue(app, url), handler: handler ?? (property as unknown as ts.Expression), guards: guardsIn(options), options }];
}

/** What runs in front of the handler: `preHandler: [fastify.authenticate]`. */
function guardsIn(options: ts.ObjectLiteralExpression): readonly ts.Expression[] {
  return options.properties.flatMap((one) => {
    if (!ts.isPropertyAssignment(one) || !HOOKS.test(one.name.getText())) return [];
    const value = bare(one.initializer);
    return ts.isArrayLiteralExpression(value) ? [...value.elements] : [value as ts.Expression];
  });
}

/** The function of a plugin of the app: itself, inside `fp(…)`, or what `import("./routes/users.js")` gives. */
function pluginOf(app: App, given: ts.Expression, depth = 0): Fn | undefined {
  const node = bare(given);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) return importedPlugin(app, node);
  const value = valueOf(app, node);
  if (!value || depth > 4) return undefined;
  if (isFn(value)) return value;
  const [inner] = ts.isCallExpression(value) ? value.arguments : [];
  return inner && pluginOf(app, inner, depth + 1);
}

function importedPlugin(app: App, node: ts.CallExpression): Fn | undefined {
  const [specifier] = node.arguments;
  const found = specifier && ts.isStringLiteralLike(specifier) ? app.code.resolve(node.getSourceFile(), specifier.text) : undefined;
  const given = found && "file" in found ? app.code.exports(found.file).named.get("default") : undefined;
  const value = given && "node" in given ? valueOf(app, given.node) : undefined;
  return value && isFn(value) ? value : undefined;
}

/** One `register(autoload, { dir, options: { prefix } })`. */
export interface Autoload {
  readonly dir: RepoPath;
  readonly prefix: string;
  /** The server or plugin that registers it. */
  readonly on: ts.Node;
}

const autoloads = new WeakMap<App, readonly Autoload[]>();

/** Folders whose files @fastify/autoload registers under their own paths. */
export function autoloadsOf(app: App): readonly Autoload[] {
  const hit = autoloads.get(app);
  if (hit) return hit;
  const found: Autoload[] = [];
  for (const file of ["@fastify/autoload", "fastify-autoload"].some((name) => app.uses(name) !== undefined) ? app.code.mentioning(".register(") : []) {
    const tree = app.code.parse(file);
    if (tree) walk(tree, (node) => void (ts.isCallExpression(node) && found.push(...autoloadIn(app, node))));
  }
  autoloads.set(app, found);
  return found;
}

function autoloadIn(app: App, node: ts.CallExpression): readonly Autoload[] {
  const [plugin, second] = node.arguments;
  if (!plugin || !second || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== "register" || !/auto_?load/i.test(plugin.getText())) return [];
  const options = literalOf(app, second);
  const dir = options && valueIn(options, "dir");
  const path = dir && [...dir.getText().matchAll(/["'`]([^"'`]+)["'`]/g)].map((match) => match[1] ?? "").filter((one) => one !== "utf8").join("/");
  const on = identity(app, node.expression.expression);
  if (path === undefined || path === "" || !on) return [];
  const prefix = /prefix\s*:\s*["'`]([^"'`]+)["'`]/.exec(second.getText())?.[1] ?? "";
  return [{ dir: normalize(join(dirname(node.getSourceFile().fileName), path)), prefix, on }];
}

/** The address that autoload gives a plugin: the folder it stands in. */
function autoloaded(app: App, on: ts.Node): string {
  const file = on.getSourceFile().fileName;
  const home = autoloadsOf(app).find(({ dir }) => file.startsWith(`${dir}/`));
  if (!home) return "";
  const own = dirname(file.slice(home.dir.length + 1)).split("/").filter((part) => part !== "").map((part) => part.replace(/^_(\w+)$/, ":$1"));
  return [home.prefix, ...own].join("/");
}
