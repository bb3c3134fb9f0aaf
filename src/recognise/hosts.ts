import type { HostPattern, ProviderAdapter } from "../adapters/define.ts";
import type { App } from "../source/app.ts";
import { functionsAround, isFn } from "../source/typescript/functions.ts";
import { literalOf, optionOf, valueIn } from "../source/typescript/options.ts";
import type { Origin } from "../source/typescript/origin.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";
import { valueOf } from "../source/typescript/values.ts";

/** An HTTP request written in the app: `fetch(url, …)`, `axios.post(url, …)`, `got(url)`. */
export interface HostCall {
  /** `GET`, `POST`; `*` when the code does not tell. */
  readonly method: string;
  /** Holes of templates read as `*`. */
  readonly address: string;
  readonly streaming: boolean;
  /** The expression that holds the answer: the request, or the `.json()` that reads its response. */
  readonly answer: ts.Expression;
  /** What stands before a path into the body: `data` for axios; undefined when the body is not read as JSON. */
  readonly body: string | undefined;
}

/** HTTP clients: whether the result is a `Response`, holds the body in a property, is the body, or an observable of what axios gives. */
const CLIENTS: readonly (readonly [name: RegExp, body: "response" | "data" | "body" | "observable" | ""])[] = [
  [/^(?:node-fetch|cross-fetch|isomorphic-fetch|isomorphic-unfetch|undici|ky|got|fetch)$/, "response"],
  [/^(?:axios|gaxios)$/, "data"],
  [/^@nestjs\/axios$/, "observable"],
  [/^(?:superagent|needle)$/, "body"],
  [/^(?:request-promise|request-promise-native|ofetch|\$fetch)$/, ""],
];

const GLOBAL_FETCH = /^(?:(?:globalThis|window|self)\.)?\$?fetch$/;

/** Methods of HTTP clients that send: another method's callee is not worth following through the app. */
const SENDS = /^(?:\$?fetch|ofetch|native|raw|request|stream|send|call|apply|get|post|put|patch|delete|del|head)(?:Form)?$/;

/** What a call gives for the parameters of the function it calls. */
export type Given = ReadonlyMap<ts.Node, ts.Expression>;

/** Reads a call as an HTTP request; undefined when it is none, or its address is not written in the code. `given`: what stands for parameters. */
export function hostCall(app: App, node: ts.CallExpression, given?: Given): HostCall | undefined {
  if (ts.isPropertyAccessExpression(node.expression) && !SENDS.test(node.expression.name.text)) return undefined;
  const origin = app.originOf(node.expression);
  const client = clientOf(origin);
  const first = node.arguments[0] && bare(node.arguments[0]);
  if (!client || !first) return undefined;
  const whole = literalOf(app, first);
  const address = whole ? (valueIn(whole, "url") ?? valueIn(whole, "uri")) : first;
  if (!address) return undefined;
  const verb = client.verb ?? methodOf(app, whole ?? node.arguments[1]);
  return { method: verb, address: joined(baseOf(app, origin), literal(app, address, 0, given)), streaming: asksForStream(app, node), ...answerOf(node, client.body) };
}

/** The HTTP client a callee belongs to: the method its name says, and what it gives. */
export function clientOf(origin: Origin | undefined): { readonly verb: string | undefined; readonly body: string } | undefined {
  if (origin?.kind === "global" && GLOBAL_FETCH.test(origin.path.join("."))) return { verb: undefined, body: origin.path.at(-1) === "$fetch" ? "" : "response" };
  if (origin?.kind !== "package") return undefined;
  const body = CLIENTS.find(([name]) => name.test(origin.package))?.[1];
  const last = origin.path.at(-1) ?? "";
  if (body === "observable" && origin.path.includes("axiosRef")) return { verb: /^(?:get|post|put|patch|delete|head)$/.test(last) ? last.toUpperCase() : undefined, body: "data" };
  if (body === undefined || /^(?:create|extend|all|isAxiosError|\(\))$/.test(last)) return undefined;
  return { verb: /^(?:get|post|put|patch|delete|head)$/.test(last) ? last.toUpperCase() : undefined, body };
}

/** A provider's pattern for its HTTP API, with the host it belongs to. */
export interface Host {
  readonly provider: string;
  readonly pattern: HostPattern;
  readonly host: RegExp;
}

/** Every provider's HTTP patterns. */
export function hostsOf(providers: ReadonlyMap<string, ProviderAdapter>): readonly Host[] {
  return [...providers].flatMap(([provider, { hosts, host }]) =>
    (hosts ?? []).flatMap((pattern): Host[] => {
      const own = pattern.host ?? host;
      return own ? [{ provider, pattern, host: own }] : [];
    }));
}

/** The pattern a request fits, if any. */
export function matchHost(hosts: readonly Host[], { method, address }: HostCall): Host | undefined {
  return hosts.find(({ pattern, host }) => {
    const found = host.exec(address);
    if (!found || (pattern.method !== undefined && method !== pattern.method && method !== "*")) return false;
    return pattern.path.test(address.slice(found.index + found[0].length));
  });
}

/** A file that may send a request: it calls an HTTP client, or a method of an instance of one. */
export const MAY_REQUEST = /\b(?:fetch|axios|got|ky|rp|request|superagent|needle|ofetch|post)\s*[(<.]/;

/** The address that an instance was made with: `axios.create({ baseURL })`, `got.extend({ prefixUrl })`. */
function baseOf(app: App, origin: Origin | undefined): string {
  const made = origin?.kind === "package" && origin.made && ts.isCallExpression(origin.made) ? origin.made : undefined;
  const base = made && ["baseURL", "prefixUrl", "baseUrl"].map((name) => optionOf(app, made, name)).find((one) => one !== undefined);
  return base ? literal(app, base, 0) : "";
}

const joined = (base: string, address: string): string => (base === "" || /^https?:/.test(address) ? address : `${base.replace(/\/$/, "")}/${address.replace(/^\//, "")}`);

/** The method that a request's options say: `GET` without any, `*` where they are not written here. */
export function methodOf(app: App, options: ts.Node | undefined): string {
  if (!options) return "GET";
  const written = literalOf(app, options);
  if (!written) return "*";
  const method = valueIn(written, "method");
  const text = method && literal(app, method, 0).toUpperCase();
  if (text !== undefined) return /^[A-Z]+$/.test(text) ? text : "*";
  return written.properties.some(ts.isSpreadAssignment) ? "*" : "GET";
}

/** The text of an address with what is not known as `*`; an environment variable reads as its name. */
export function literal(app: App, node: ts.Node, depth: number, given?: Given): string {
  const at = bare(node);
  const inner = (one: ts.Node): string => literal(app, one, depth + 1, given);
  if (depth > 8) return "*";
  if (ts.isStringLiteralLike(at)) return at.text;
  if (ts.isTemplateExpression(at)) return at.head.text + at.templateSpans.map((span) => inner(span.expression) + span.literal.text).join("");
  if (ts.isBinaryExpression(at)) return at.operatorToken.kind === ts.SyntaxKind.PlusToken ? inner(at.left) + inner(at.right) : inner(at.right);
  if (ts.isNewExpression(at) && at.arguments?.[0]) return at.arguments[1] && at.expression.getText() === "URL" ? joined(inner(at.arguments[1]), inner(at.arguments[0])) : inner(at.arguments[0]);
  if (ts.isConditionalExpression(at)) return inner(at.whenTrue);
  if (/^process\.env\.\w+$/.test(at.getText())) return `\${${at.getText().slice(12)}}`;
  if (ts.isCallExpression(at)) return madeBy(app, at, inner);
  if (ts.isPropertyAccessExpression(at) && at.name.text === "href") return inner(at.expression);
  const passed = ts.isIdentifier(at) && given ? argumentFor(app, at, given) : undefined;
  if (passed) return inner(passed);
  const value = ts.isIdentifier(at) || ts.isPropertyAccessExpression(at) ? valueOf(app, at) : undefined;
  return value && value !== at ? inner(value) : "*";
}

/** `url.toString()`, and what a short function of the app gives: `path: (id) => `/v1/${id}``. */
function madeBy(app: App, call: ts.CallExpression, inner: (node: ts.Node) => string): string {
  if (ts.isPropertyAccessExpression(call.expression) && /^(?:toString|trim|replace)$/.test(call.expression.name.text)) return inner(call.expression.expression);
  const fn = valueOf(app, call.expression);
  return fn && ts.isArrowFunction(fn) && !ts.isBlock(fn.body) ? inner(fn.body) : "*";
}

/** What is given for a parameter, or for a name taken out of one. */
function argumentFor(app: App, name: ts.Identifier, given: Given): ts.Expression | undefined {
  const declared = lookup(name.text, name)?.node;
  if (!declared) return undefined;
  if (!ts.isBindingElement(declared)) return given.get(declared);
  const whole = ts.isParameter(declared.parent.parent) ? given.get(declared.parent.parent) : undefined;
  const options = whole && literalOf(app, whole);
  return options && valueIn(options, (declared.propertyName ?? declared.name).getText());
}

/** `stream: true` anywhere in the request, a body that is written above it included. */
function asksForStream(app: App, node: ts.CallExpression): boolean {
  const asks = /["']?\bstream["']?\s*:\s*true\b/;
  if (asks.test(node.getText())) return true;
  return node.arguments.some((argument) => {
    const written = literalOf(app, argument);
    const body = written && (valueIn(written, "body") ?? valueIn(written, "data"));
    return [written, body && literalOf(app, body)].some((one) => one !== undefined && asks.test(one.getText()));
  });
}

/** Where the answer of a request is, by what its client gives: a `response`, a body below `data`, or the body itself. */
export function answerOf(node: ts.CallExpression, body: string): Pick<HostCall, "answer" | "body"> {
  if (body === "observable") return observed(node);
  if (body !== "response") return { answer: node, body };
  const read = jsonOf(node);
  return read ? { answer: read, body: "" } : { answer: node, body: undefined };
}

/** `await lastValueFrom(this.http.post(url))` gives what axios gives; an observable that is piped on is read where nobody sees. */
function observed(node: ts.CallExpression): Pick<HostCall, "answer" | "body"> {
  const { parent } = wrapped(node);
  const isAwaited = ts.isCallExpression(parent) && parent.arguments[0] !== undefined && bare(parent.arguments[0]) === node && /^(?:lastValueFrom|firstValueFrom)$/.test(parent.expression.getText());
  return isAwaited ? { answer: parent, body: "data" } : { answer: node, body: undefined };
}

/** The expression that reads a response's JSON: `response.json()` further down, `.json()` or `.then((r) => r.json())` on the call. */
export function jsonOf(node: ts.CallExpression): ts.Expression | undefined {
  const { parent } = wrapped(node);
  if (ts.isPropertyAccessExpression(parent) && ts.isCallExpression(parent.parent) && parent.parent.expression === parent) {
    if (parent.name.text === "json") return parent.parent;
    const callback = parent.name.text === "then" ? parent.parent.arguments[0] : undefined;
    return callback && isFn(callback) && /\.json\(\)/.test(callback.getText()) ? parent.parent : undefined;
  }
  const name = ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name) ? parent.name.text : ts.isBinaryExpression(parent) && ts.isIdentifier(parent.left) ? parent.left.text : undefined;
  const scope = functionsAround(node)[0];
  if (name === undefined || !scope) return undefined;
  const declared = lookup(name, node)?.node;
  let found: ts.Expression | undefined;
  walk(scope, (at) => {
    if (found || !ts.isCallExpression(at) || !ts.isPropertyAccessExpression(at.expression) || at.pos < node.pos) return;
    if (at.expression.name.text === "json" && at.expression.expression.getText() === name && lookup(name, at)?.node === declared && !isInFailure(at)) found = at;
  });
  return found;
}

/** `if (!response.ok) { … await response.json() … }` reads an error, not the answer. */
function isInFailure(node: ts.Node): boolean {
  for (let at = node; at.parent; at = at.parent) {
    if (isFn(at)) return false;
    if (ts.isIfStatement(at.parent) && at.parent.thenStatement === at && /!\s*\w+\.ok\b|status\s*(?:!==?|>=?)\s*\d/.test(at.parent.expression.getText())) return true;
    if (ts.isCatchClause(at)) return true;
  }
  return false;
}
