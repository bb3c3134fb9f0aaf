import type { App } from "../../source/app.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { literalOf, valueIn } from "../../source/typescript/options.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";
import { argumentFor, parameterOf, type Registering, type ServerKind } from "./server.registrations.ts";

const METHODS = /^(?:get|post|put|patch|delete|del|all|options|head)$/;
const STEPS = /^(?:get|post|put|patch|delete|del|all|options|head|use|prefix|param)$/;
const PACKAGES = /^(?:koa|koa-router|@koa\/router|koa-joi-router|koa-better-router)$/;

/** Koa's apps and routers: `new Koa()`, `new Router({ prefix: "/api" })`. */
export const KOA: ServerKind = { hint: /\.(?:get|post|put|patch|delete|del|all|use)\s*\(/, identity: (app, node) => madeBy(app, node), ownPath, read };

/** Follows a router's expression (also `router.routes()`) to what made it. */
function madeBy(app: App, given: ts.Node, depth = 0): ts.Node | undefined {
  const node = bare(given) as ts.Expression;
  if (depth > 12) return undefined;
  if (ts.isIdentifier(node) && parameterOf(node)) return throughParameter(app, node, depth);
  if (ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)) {
    const value = valueOf(app, node);
    return value && value !== node ? madeBy(app, value, depth + 1) : undefined;
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && /^(?:routes|middleware)$/.test(node.expression.name.text)) return madeBy(app, node.expression.expression, depth + 1);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && STEPS.test(node.expression.name.text)) return madeBy(app, node.expression.expression, depth + 1);
  if (!ts.isNewExpression(node) && !ts.isCallExpression(node)) return undefined;
  const origin = app.originOf(node);
  return origin?.kind === "package" && PACKAGES.test(origin.package) ? node : undefined;
}

function throughParameter(app: App, node: ts.Identifier, depth: number): ts.Node | undefined {
  const given = argumentFor(app, node);
  const parameter = parameterOf(node);
  const isTyped = /\b(?:Koa|Router)\b/.test(parameter?.type?.getText() ?? "");
  return (given && madeBy(app, given, depth + 1)) ?? (isTyped ? parameter?.parent : undefined);
}

/** `prefix` of the router's options, or `router.prefix("/api")`. */
function ownPath(app: App, node: ts.Expression): string {
  const made = madeBy(app, node);
  const [first] = made && (ts.isNewExpression(made) || ts.isCallExpression(made)) ? (made.arguments ?? []) : [];
  const options = first && literalOf(app, first);
  const prefix = options && valueIn(options, "prefix");
  if (prefix) return textValue(app, prefix);
  return /\.prefix\(\s*["'`]([^"'`]+)["'`]/.exec(made?.getSourceFile().text ?? "")?.[1] ?? "";
}

function read(app: App, call: ts.CallExpression, name: string): readonly Registering[] {
  if (METHODS.test(name)) return onPath(app, name === "del" ? "DELETE" : name.toUpperCase(), [...call.arguments]);
  if (name !== "use") return [];
  const [first, ...rest] = call.arguments;
  const hasPath = first !== undefined && isPath(app, first);
  const path = hasPath ? textValue(app, first) : "";
  const given = (hasPath ? rest : call.arguments).map(unmounted);
  const mounts = given.flatMap(({ node, at }): Registering[] => {
    const child = madeBy(app, node);
    return child ? [{ kind: "mount", path: path + at, child }] : [];
  });
  const guards = given.filter(({ node }) => !madeBy(app, node)).map(({ node }) => node);
  return [...mounts, ...(guards.length > 0 ? [{ kind: "guard", path: `${path}/*`, guards } as const] : [])];
}

/** `mount("/api", router.routes())` of koa-mount. */
function unmounted(node: ts.Expression): { readonly node: ts.Expression; readonly at: string } {
  const [first, second] = ts.isCallExpression(node) && node.expression.getText() === "mount" ? node.arguments : [];
  return first && second && ts.isStringLiteralLike(first) ? { node: second, at: first.text } : { node, at: "" };
}

/** `router.post("name", "/path", auth, handler)`: the name may be left out. */
function onPath(app: App, method: string, given: readonly ts.Expression[]): readonly Registering[] {
  const [first, second, ...rest] = given;
  if (!first || !isPath(app, first)) return [];
  const isNamed = second !== undefined && rest.length > 0 && isPath(app, second);
  const all = isNamed ? rest : second ? [second, ...rest] : [];
  const handlers = all.flatMap((one) => (ts.isArrayLiteralExpression(bare(one)) ? [...(bare(one) as ts.ArrayLiteralExpression).elements] : [one]));
  const last = handlers.at(-1);
  return last ? [{ kind: "route", method, path: textValue(app, isNamed ? second : first), handler: last, guards: handlers.slice(0, -1) }] : [];
}

function isPath(app: App, given: ts.Expression): boolean {
  const node = bare(given);
  if (isFn(node)) return false;
  return ts.isStringLiteralLike(node) || ts.isTemplateExpression(node) || ts.isRegularExpressionLiteral(node) || (ts.isArrayLiteralExpression(node) && node.elements.length > 0 && node.elements.every((one) => ts.isStringLiteralLike(one))) || (ts.isIdentifier(node) && textValue(app, node).startsWith("/"));
}
