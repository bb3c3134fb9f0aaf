import type { App } from "../../source/app.ts";
import { isInMiddleware } from "../../source/next-router.ts";
import { isFn, lastName, type Fn } from "../../source/typescript/functions.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";

/** One configuration of Auth.js: the object given to `NextAuth(…)`, and what it spreads into itself. */
export interface AuthConfig {
  readonly call: ts.CallExpression;
  readonly main: ts.ObjectLiteralExpression;
}

/** A property of a configuration, and the literal that has it. */
export interface ConfigProperty {
  readonly literal: ts.ObjectLiteralExpression;
  readonly property: ts.ObjectLiteralElementLike;
}

/** Exports that make the sign-in handlers, by package. */
const MAKERS: Readonly<Record<string, RegExp>> = {
  "next-auth": /^(?:default|NextAuth)$/,
  "#auth": /^NuxtAuthHandler$/,
  "@auth/core": /^Auth$/,
  "@auth/express": /^ExpressAuth$/,
  "@auth/sveltekit": /^SvelteKitAuth$/,
  "@hono/auth-js": /^initAuthConfig$/,
};

const known = new WeakMap<App, readonly AuthConfig[]>();

/** Every configuration of the app, in file order. */
export function findConfigs(app: App): readonly AuthConfig[] {
  const hit = known.get(app) ?? readConfigs(app);
  known.set(app, hit);
  return hit;
}

function readConfigs(app: App): readonly AuthConfig[] {
  const words = [...Object.keys(MAKERS), "next-auth/"];
  const files = app.code.scripts.filter((file) => words.some((word) => app.repo.text(file)?.includes(word)) && /Auth\w*\s*\(/.test(app.repo.text(file) ?? ""));
  return files.flatMap((file) => {
    const tree = app.code.parse(file);
    const found: AuthConfig[] = [];
    if (tree)
      walk(tree, (node) => {
        if (!ts.isCallExpression(node) || !makes(app, node)) return;
        const given = node.arguments.at(-1);
        const main = given && configLiteral(app, given);
        if (main) found.push({ call: node, main });
      });
    return found;
  });
}

function makes(app: App, call: ts.CallExpression): boolean {
  // Following every name of a file is dear: these are called like what they are.
  if (!/auth/i.test(lastName(call.expression))) return false;
  const origin = app.originOf(call.expression);
  return origin?.kind === "package" && (MAKERS[origin.package]?.test(pathOf(origin)) ?? false);
}

/** The object literal behind a configuration: written in place, kept under a name, or given by a function (`async (req) => ({ … })`). */
function configLiteral(app: App, node: ts.Node, depth = 0): ts.ObjectLiteralExpression | undefined {
  const at = bare(node);
  if (ts.isObjectLiteralExpression(at)) return at;
  if (depth > 5) return undefined;
  if (isFn(at)) return givenBy(app, at, depth);
  if (ts.isCallExpression(at)) {
    const origin = app.originOf(at.expression);
    const fn = origin?.kind === "function" && isFn(origin.node) ? origin.node : undefined;
    if (fn) return givenBy(app, fn, depth);
    // `defineConfig({ … })` and other wrappers hand their argument on.
    return at.arguments[0] && configLiteral(app, at.arguments[0], depth + 1);
  }
  const value = valueOf(app, at);
  return value && value !== at ? configLiteral(app, ts.isVariableDeclaration(value) ? (value.initializer ?? value) : value, depth + 1) : undefined;
}

function givenBy(app: App, fn: Fn, depth: number): ts.ObjectLiteralExpression | undefined {
  if (!fn.body) return undefined;
  if (!ts.isBlock(fn.body)) return configLiteral(app, fn.body, depth + 1);
  let found: ts.ObjectLiteralExpression | undefined;
  walk(fn.body, (node) => {
    if (isFn(node)) return false;
    if (ts.isReturnStatement(node) && node.expression) found ??= configLiteral(app, node.expression, depth + 1);
    return undefined;
  });
  return found;
}

/** A property of a configuration by name, looked for in what it spreads as well; later ones win, as they do at run time. */
export function configProperty(app: App, literal: ts.ObjectLiteralExpression, name: string, depth = 0): ConfigProperty | undefined {
  for (const property of [...literal.properties].reverse()) {
    if (ts.isSpreadAssignment(property)) {
      const inner = depth < 4 ? configLiteral(app, property.expression) : undefined;
      const found = inner && configProperty(app, inner, name, depth + 1);
      if (found) return found;
    } else if (property === propertyOf(literal, name)) return { literal, property };
  }
  return undefined;
}

/** The object literal that is the value of a property: `callbacks: { … }`, `callbacks`. */
export function objectIn(app: App, found: ConfigProperty | undefined): ts.ObjectLiteralExpression | undefined {
  const { property } = found ?? {};
  if (!property) return undefined;
  if (ts.isPropertyAssignment(property)) return configLiteral(app, property.initializer);
  return ts.isShorthandPropertyAssignment(property) && ts.isIdentifier(property.name) ? configLiteral(app, property.name) : undefined;
}

/** Whether a configuration has something that cannot be followed (`...buildConfig(x)`), so that absence proves nothing. */
export function hasUnknown(app: App, literal: ts.ObjectLiteralExpression): boolean {
  return literal.properties.some((one) => ts.isSpreadAssignment(one) && configLiteral(app, one.expression) === undefined);
}

/** Whether the middleware loads the file of a literal: code for the Node side may not go there. */
export const isShared = (app: App, literal: ts.ObjectLiteralExpression): boolean => isInMiddleware(app, literal.getSourceFile().fileName);

/** Credentials providers store nobody: such users are made by the app's own code. */
export function hasOnlyCredentials(app: App, config: AuthConfig): boolean {
  const providers = configProperty(app, config.main, "providers");
  const value = providers && ts.isPropertyAssignment(providers.property) ? bare(providers.property.initializer) : undefined;
  if (!value || !ts.isArrayLiteralExpression(value) || value.elements.length === 0) return false;
  return value.elements.every((one) => ts.isCallExpression(one) && /credentials/i.test(one.expression.getText()));
}
