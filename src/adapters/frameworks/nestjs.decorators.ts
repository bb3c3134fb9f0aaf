import type { App } from "../../source/app.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { textValue } from "../../source/typescript/values.ts";

/** A decorator by its name, with the arguments it is given. */
export interface Decorator {
  readonly name: string;
  readonly node: ts.Decorator;
  readonly arguments: readonly ts.Expression[];
}

/** The decorators of a class, method or parameter. */
export function decoratorsOf(node: ts.Node): readonly Decorator[] {
  const all = ts.canHaveDecorators(node) ? (ts.getDecorators(node) ?? []) : [];
  return all.map((one) => {
    const call = ts.isCallExpression(one.expression) ? one.expression : undefined;
    return { name: (call?.expression ?? one.expression).getText(), node: one, arguments: call ? [...call.arguments] : [] };
  });
}

/** The first decorator whose name matches. */
export const decoratorOf = (node: ts.Node, name: RegExp): Decorator | undefined => decoratorsOf(node).find((one) => name.test(one.name));

const VERB = /^(?:Get|Post|Put|Patch|Delete|All|Head|Options|Sse)$/;

/** What a method is to Nest: a route, a GraphQL field, a message handler, a job. */
export interface Entry {
  readonly kind: "route" | "graphql" | "socket" | "message" | "job";
  readonly route?: string;
}

/** Reads the decorators of a method and of its class. Undefined for a method that Nest does not call. */
export function entryOf(app: App, method: ts.MethodDeclaration): Entry | undefined {
  const owner = method.parent;
  const controller = decoratorOf(owner, /Controller$/);
  const verb = decoratorOf(method, VERB);
  if (controller && verb) return { kind: "route", route: `${verb.name === "Sse" ? "GET" : verb.name.toUpperCase()} ${address(controllerPath(app, controller), pathOf(app, verb.arguments[0]))}` };
  const field = decoratorOf(method, /^(?:Mutation|Query|Subscription|ResolveField|ResolveProperty)$/);
  if (field) return { kind: "graphql", route: `${field.name} ${method.name.getText()}` };
  if (decoratorOf(method, /^SubscribeMessage$/)) return { kind: "socket" };
  if (decoratorOf(method, /^(?:MessagePattern|EventPattern|GrpcMethod|GrpcStreamMethod)$/)) return { kind: "message" };
  const isProcessor = decoratorOf(owner, /^Processor$/) && (method.name.getText() === "process" || decoratorOf(method, /^Process$/));
  return isProcessor || decoratorOf(method, /^(?:Cron|Interval|Timeout|OnEvent|SqsMessageHandler)$/) ? { kind: "job" } : undefined;
}

const address = (...parts: readonly string[]): string => `/${parts.join("/")}`.replace(/\/{2,}/g, "/").replace(/(?<=.)\/$/, "");

/** The path of a controller below the app's global prefix. */
function controllerPath(app: App, controller: Decorator): string {
  const [first] = controller.arguments;
  const options = first && ts.isObjectLiteralExpression(first) ? first.properties.find((one) => one.name?.getText() === "path") : undefined;
  const path = options && ts.isPropertyAssignment(options) ? options.initializer : options ? undefined : first && ts.isObjectLiteralExpression(first) ? undefined : first;
  return address(globalPrefix(app), pathOf(app, path));
}

/** A path as text; of a list the first one. */
function pathOf(app: App, given: ts.Expression | undefined): string {
  if (!given) return "";
  const [first] = ts.isArrayLiteralExpression(given) ? given.elements : [given];
  const text = first ? textValue(app, first) : "";
  return text === "*" ? "" : text;
}

const prefixes = new WeakMap<App, string>();

/** `app.setGlobalPrefix("api")`; empty where there is none, or where only the configuration knows it. */
export function globalPrefix(app: App): string {
  const hit = prefixes.get(app);
  if (hit !== undefined) return hit;
  let found = "";
  for (const file of app.code.mentioning("setGlobalPrefix(")) {
    const tree = app.code.parse(file);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === "setGlobalPrefix" && node.arguments[0]) {
        const text = textValue(app, node.arguments[0]);
        if (!text.includes("*")) found = text;
      }
      ts.forEachChild(node, visit);
    };
    if (tree) visit(tree);
  }
  prefixes.set(app, found);
  return found;
}

/** Whether a function is the handler of a BullMQ worker: `new Worker("queue", async (job) => …)`. */
export const isWorker = (node: ts.Node): boolean => isFn(node) && ts.isNewExpression(node.parent) && /^(?:\w+\.)?Worker$/.test(node.parent.expression.getText()) && node.parent.arguments?.[1] === node;
