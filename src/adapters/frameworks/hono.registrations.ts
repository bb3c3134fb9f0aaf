import type { App } from "../../source/app.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { valueIn } from "../../source/typescript/options.ts";
import { textValue, valueOf } from "../../source/typescript/values.ts";
import { argumentFor, parameterOf, type Registering, type ServerKind } from "./server.registrations.ts";

const METHODS = /^(?:get|post|put|patch|delete|options|all)$/;
const STEPS = /^(?:get|post|put|patch|delete|options|all|use|route|mount|basePath|on|openapi|onError|notFound)$/;

/** Hono's apps and routers: `new Hono()`, `new OpenAPIHono()`, `factory.createApp()`, a function of the app that makes one. */
export const HONO: ServerKind = {
  hint: /\.(?:get|post|put|patch|delete|all|use|route|openapi|on)\s*\(/,
  identity: (app, node) => madeBy(app, node)?.made,
  ownPath: (app, node) => madeBy(app, node)?.path ?? "",
  read,
};

interface Made {
  /** The expression that makes the router. */
  readonly made: ts.Node;
  /** What `.basePath()` adds on the way from there. */
  readonly path: string;
}

/** Follows a router's expression to what made it, through names, parameters and chains. */
function madeBy(app: App, given: ts.Expression, depth = 0): Made | undefined {
  const node = bare(given) as ts.Expression;
  if (depth > 12) return undefined;
  if (ts.isIdentifier(node)) {
    if (parameterOf(node)) return throughParameter(app, node, depth);
    const value = valueOf(app, node);
    return value && value !== node ? madeBy(app, value as ts.Expression, depth + 1) : undefined;
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && STEPS.test(node.expression.name.text)) {
    const inner = madeBy(app, node.expression.expression, depth + 1);
    const [first] = node.arguments;
    return inner && node.expression.name.text === "basePath" && first ? { ...inner, path: `${inner.path}${textValue(app, first)}` } : inner;
  }
  return (ts.isNewExpression(node) || ts.isCallExpression(node)) && isHono(app, node) ? { made: node, path: "" } : undefined;
}

/** `function routes(app: Hono)`: the router that callers give, else the function itself where the type says what it is. */
function throughParameter(app: App, node: ts.Identifier, depth: number): Made | undefined {
  const given = argumentFor(app, node);
  const found = given && madeBy(app, given, depth + 1);
  const parameter = parameterOf(node);
  return found ?? (parameter?.type && /\b(?:OpenAPI)?Hono\b/.test(parameter.type.getText()) ? { made: parameter.parent, path: "" } : undefined);
}

function isHono(app: App, node: ts.Expression): boolean {
  const origin = app.originOf(node);
  if (origin?.kind !== "package") return false;
  return /^(?:hono|@hono\/[\w-]+)$/.test(origin.package) && /(?:^|\.)(?:(?:OpenAPI)?Hono\.new|createApp\.\(\)|createHono\.\(\))/.test(origin.path.join("."));
}

function read(app: App, call: ts.CallExpression, name: string): readonly Registering[] {
  const [first, ...rest] = call.arguments;
  if (!first) return [];
  if (METHODS.test(name)) return onPath(app, name.toUpperCase(), first, rest);
  if (name === "on" && rest[0]) return onPath(app, textValue(app, first), rest[0], rest.slice(1));
  if (name === "openapi") return rest[0] ? [{ kind: "route", ...routeConfig(app, first), handler: rest[0] }] : [];
  if (name === "route" && rest[0]) {
    const child = HONO.identity(app, rest[0]);
    return child ? [{ kind: "mount", path: textValue(app, first), child }] : [];
  }
  if (name !== "use") return [];
  const hasPath = ts.isStringLiteralLike(bare(first));
  return [{ kind: "guard", path: hasPath ? textValue(app, first) : "*", guards: hasPath ? rest : [first, ...rest] }];
}

/** `app.post("/x", auth, handler)`; without a path the router's own. */
function onPath(app: App, method: string, first: ts.Expression, rest: readonly ts.Expression[]): readonly Registering[] {
  const hasPath = ts.isStringLiteralLike(bare(first)) || ts.isTemplateExpression(bare(first)) || textValue(app, first).startsWith("/");
  const given = hasPath ? rest : [first, ...rest];
  const last = given.at(-1);
  if (!last) return [];
  return [{ kind: "route", method, path: hasPath ? textValue(app, first) : "", handler: ts.isSpreadElement(last) ? last.expression : last, guards: given.slice(0, -1) }];
}

/** `createRoute({ method: "post", path: "/chat", middleware: [withUser] })` of @hono/zod-openapi. */
function routeConfig(app: App, given: ts.Expression): { readonly method: string; readonly path: string; readonly guards: readonly ts.Expression[] } {
  const value = valueOf(app, given);
  const config = value && ts.isCallExpression(value) ? value.arguments[0] : undefined;
  if (!config || !ts.isObjectLiteralExpression(config)) return { method: "ALL", path: "", guards: [] };
  const text = (name: string): string => {
    const one = valueIn(config, name);
    return one ? textValue(app, one) : "";
  };
  const middleware = valueIn(config, "middleware");
  const list = middleware && (bare(middleware) as ts.Expression);
  // Braces are zod-openapi's way to write `:id`.
  return { method: text("method").toUpperCase(), path: text("path").replace(/\{(\w+)\}/g, ":$1"), guards: list ? (ts.isArrayLiteralExpression(list) ? list.elements : [list]) : [] };
}
