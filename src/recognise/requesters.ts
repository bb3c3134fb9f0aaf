import type { App } from "../source/app.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { functionsAround, type Fn } from "../source/typescript/functions.ts";
import { literalOf, valueIn } from "../source/typescript/options.ts";
import { bare, ts, walk } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";
import { answerOf, clientOf, hostCall, literal, methodOf, type Given, type HostCall } from "./hosts.ts";

/** A request that a function of the app sends for its caller: `request("/v1/images", { method: "POST" })`. */
export interface Asked extends HostCall {
  readonly node: ts.CallExpression;
}

/** A wrapper of a wrapper is followed, a third one is not. */
const DEEPEST = 2;

/** What is followed from a request to the calls that say its address. */
interface Way {
  readonly app: App;
  readonly request: ts.CallExpression;
  readonly accepts: (found: HostCall) => boolean;
  readonly body: string | undefined;
}

/**
 * The calls of the function around a request whose address is, or is made of, what that function is given, each with an address that
 * `accepts` takes: `fetchWithTimeout(url, options)`, `this.post(path, body)`. Empty where the address does not depend on the caller.
 */
export function askedThrough(app: App, request: ts.CallExpression, accepts: (found: HostCall) => boolean): readonly Asked[] {
  const owner = requesterAround(request);
  return owner && request.arguments[0] && readsParameter(request.arguments[0], owner) ? through({ app, request, accepts, body: givenBack(app, owner, request) }, owner, new Map(), 0) : [];
}

/** The function with callers of its own that a request stands in; what is written inside a call's arguments has none. */
const requesterAround = (node: ts.Node): Fn | undefined => functionsAround(node).find((fn) => !(ts.isCallExpression(fn.parent) && fn.parent.arguments.includes(fn as ts.Expression)));

function through(way: Way, owner: Fn, above: Given, depth: number): Asked[] {
  const { app, request, accepts } = way;
  return callersOf(app.code, app.originOf, owner).flatMap(({ call, by }): Asked[] => {
    if (by !== "resolved" || !ts.isCallExpression(call)) return [];
    const given: Given = new Map([...above, ...owner.parameters.flatMap((one, i): [ts.Node, ts.Expression][] => (call.arguments[i] ? [[one, call.arguments[i]]] : []))]);
    const read = hostCall(app, request, given);
    const found = read && { ...read, method: read.method === "*" ? methodIn(app, call) : read.method, streaming: read.streaming || /\bstream["']?\s*:\s*true\b/.test(call.getText()) };
    if (found && accepts(found)) return [{ ...found, node: call, ...(way.body === undefined || depth > 0 ? { answer: call, body: undefined } : answerOf(call, way.body)) }];
    const next = requesterAround(call);
    return next && depth < DEEPEST && call.arguments.some((one) => readsParameter(one, next)) ? through(way, next, given, depth + 1) : [];
  });
}

/** Whether an expression is made of a parameter, by way of local names too: `const url = `${BASE}${path}``. */
function readsParameter(node: ts.Node, owner: Fn, depth = 0): boolean {
  let found = false;
  const visit = (at: ts.Node): void => {
    if (found || depth > 3 || !ts.isIdentifier(at) || (ts.isPropertyAccessExpression(at.parent) && at.parent.name === at)) return;
    const declared = lookup(at.text, at)?.node;
    const parameter = declared && parameterOf(declared);
    if (parameter) found = parameter.parent === owner;
    else if (declared && ts.isVariableDeclaration(declared) && declared.initializer && declared.pos > owner.pos && declared.end < owner.end) found = readsParameter(declared.initializer, owner, depth + 1);
  };
  visit(node);
  walk(node, visit);
  return found;
}

function parameterOf(declared: ts.Node): ts.ParameterDeclaration | undefined {
  let at = declared;
  while (ts.isBindingElement(at) || ts.isObjectBindingPattern(at)) at = at.parent;
  return ts.isParameter(at) ? at : undefined;
}

/** The method among the options that a wrapper is called with; without any, requests are read ones. */
function methodIn(app: App, call: ts.CallExpression): string {
  const options = call.arguments.map((one) => literalOf(app, one)).filter((one) => one !== undefined);
  const written = options.map((one) => valueIn(one, "method")).find((one) => one !== undefined);
  if (written) return literal(app, written, 0).toUpperCase();
  const named = call.arguments.map((one) => bare(one)).find((one) => ts.isStringLiteralLike(one) && /^(?:GET|POST|PUT|PATCH|DELETE)$/i.test(one.text));
  if (named && ts.isStringLiteralLike(named)) return named.text.toUpperCase();
  return options.length < call.arguments.length - 1 ? "*" : methodOf(app, undefined);
}

/** What a function gives back of the request it sends, as an HTTP client would say it; undefined where it makes something else of it. */
function givenBack(app: App, owner: Fn, request: ts.CallExpression): string | undefined {
  const own = clientOf(app.originOf(request.expression))?.body;
  if (!owner.body || !ts.isBlock(owner.body)) return owner.body && bare(owner.body) === request ? own : undefined;
  let back: string | undefined;
  walk(owner.body, (node) => {
    const value = ts.isReturnStatement(node) && node.expression ? bare(node.expression) : undefined;
    const declared = value && ts.isIdentifier(value) ? lookup(value.text, value)?.node : undefined;
    const held = declared && ts.isVariableDeclaration(declared) && declared.initializer ? bare(declared.initializer) : value;
    if (!held) return;
    if (held === request) back ??= own;
    else if (ts.isCallExpression(held) && /\.json$/.test(held.expression.getText())) back ??= "";
    else if (own === "data" && ts.isPropertyAccessExpression(held) && held.name.text === "data") back ??= "";
  });
  return back;
}
