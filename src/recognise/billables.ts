import type { BillableCall, Code, Evidence, Handler, Meter, Recording, StatementAnchor, UserExpression } from "../domain.ts";
import type { CallPattern, HostPattern } from "../adapters/define.ts";
import { raw } from "../code/code.ts";
import { major, type App } from "../source/app.ts";
import { guardAnchor, anchorAt, statementOf } from "../source/typescript/anchors.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { functionsAround, lastName, symbolAt, type Fn } from "../source/typescript/functions.ts";
import { heldBy, type Held, type NotHeld } from "../source/typescript/held.ts";
import { bare, lineOf, ts, walk } from "../source/typescript/parse.ts";
import { handlerAround, userOf, type Recognition } from "./context.ts";
import { hostCall, type HostCall } from "./hosts.ts";
import { compilePatterns, matchPattern, type Compiled } from "./patterns.ts";
import { notBilledBecause } from "./exempt.ts";
import { wiredIn } from "./wired.ts";

/** A provider call as it stands in the code, before it is known where to bill it. */
interface ProviderCall {
  readonly node: ts.CallExpression;
  readonly provider: string;
  readonly call: string;
  readonly pattern: CallPattern | HostPattern;
  readonly streaming: boolean;
  readonly version: number | undefined;
  /** The expression that holds the answer: the call itself, or the `.json()` that reads it. */
  readonly answer: ts.Expression;
  readonly reasons: readonly Evidence[];
  readonly confidence: number;
}

/** Every billable activity of an app, at the level where it is to be billed, in file order. */
export function findBillables(recognition: Recognition): readonly BillableCall[] {
  const found = providerCalls(recognition).flatMap((call) => lift(recognition, call));
  return dedupe(found).sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function dedupe(sites: readonly BillableCall[]): BillableCall[] {
  const seen = new Map<string, BillableCall>();
  for (const site of sites) {
    const key = `${site.file}:${site.line}:${site.call}`;
    const known = seen.get(key);
    if (!known || known.confidence < site.confidence) seen.set(key, site);
  }
  return [...seen.values()];
}

function providerCalls(recognition: Recognition): ProviderCall[] {
  const { app, providers } = recognition;
  const compiled = compilePatterns(providers);
  const hosts = [...providers].flatMap(([provider, adapter]) => (adapter.hosts ?? []).map((host) => ({ provider, host })));
  const hostHint = new RegExp(hosts.map(({ host }) => host.url.source).join("|") || "$^", "i");
  return app.code.scripts.flatMap((file) => {
    const text = app.repo.text(file) ?? "";
    const wanted = compiled.filter((one) => text.includes(one.tail) && one.hint.test(text));
    const byHost = hostHint.test(text);
    if (wanted.length === 0 && !byHost) return [];
    const tree = app.code.parse(file);
    if (!tree) return [];
    const calls: ProviderCall[] = [];
    walk(tree, (node) => {
      if (!ts.isCallExpression(node)) return;
      const call = sdkCall(app, node, wanted) ?? (byHost ? fromHost(app, node, hosts) : undefined);
      if (call) calls.push(call);
    });
    return calls;
  });
}

function sdkCall(app: App, node: ts.CallExpression, wanted: readonly Compiled[]): ProviderCall | undefined {
  const tail = lastName(node.expression);
  const candidates = wanted.filter((one) => one.tail === tail);
  if (candidates.length === 0) return undefined;
  const origin = app.originOf(node.expression);
  const hit = matchPattern(candidates, origin, (name) => major(app.uses(name)));
  if (!hit || origin?.kind !== "package") return undefined;
  return {
    node,
    provider: hit.provider,
    call: hit.call,
    pattern: hit.pattern,
    streaming: isStreaming(hit.pattern, node),
    version: major(app.uses(origin.package)),
    answer: node,
    reasons: [app.at(node), ...(app.uses(origin.package) === undefined ? [] : [app.inManifest(origin.package)])],
    confidence: app.uses(origin.package) === undefined ? 0.85 : 0.95,
  };
}

function isStreaming(pattern: CallPattern, node: ts.CallExpression): boolean {
  if (typeof pattern.streams === "boolean") return pattern.streams;
  if (pattern.streams) return pattern.streams(node);
  return node.arguments.some((argument) => optionOf(argument, "stream")?.kind === ts.SyntaxKind.TrueKeyword);
}

/** The value of an option in an object literal argument. */
export function optionOf(argument: ts.Node | undefined, name: string): ts.Expression | undefined {
  const literal = argument && bare(argument);
  if (!literal || !ts.isObjectLiteralExpression(literal)) return undefined;
  for (const property of literal.properties) {
    if (ts.isPropertyAssignment(property) && property.name.getText().replace(/['"]/g, "") === name) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property) && property.name.text === name) return property.name;
  }
  return undefined;
}

function fromHost(app: App, node: ts.CallExpression, hosts: readonly { readonly provider: string; readonly host: HostPattern }[]): ProviderCall | undefined {
  const found: HostCall | undefined = hostCall(app, node);
  const hit = found && hosts.find(({ host }) => host.url.test(found.url));
  if (!found || !hit) return undefined;
  return {
    node, provider: hit.provider, call: hit.host.call, pattern: hit.host, streaming: found.streaming, version: undefined,
    answer: found.answer, reasons: [app.at(node)], confidence: 0.9,
  };
}

// ── From the provider call up to where it is billed ──────────────────────────────────────────────────────────────────

/** A place to bill: a call expression whose result and user we look at. */
interface Level {
  readonly node: ts.CallExpression;
  readonly answer: ts.Expression;
  readonly via: readonly Evidence[];
  /** True while the call at this level still gives the provider's own answer. */
  readonly transparent: boolean;
  readonly certain: boolean;
}

const HIGHEST = 7;

/** Lifts a provider call to the level where the user is known: its own function, else that of its callers, each a site. */
function lift(recognition: Recognition, call: ProviderCall): BillableCall[] {
  const start: Level = { node: call.node, answer: call.answer, via: [], transparent: true, certain: true };
  const levels = climb(recognition, start, new Set());
  if (levels.length > 0) return levels.map((level) => site(recognition, call, level));
  return [site(recognition, call, start)];
}

/** The levels at or above this one where a user is in scope. Empty when no way up reaches one. */
function climb(recognition: Recognition, level: Level, seen: Set<ts.Node>): Level[] {
  if (userOf(recognition, level.node)) return [level];
  if (handlerAround(recognition, level.node) || level.via.length >= HIGHEST) return level.via.length > 0 && handlerAround(recognition, level.node) ? [level] : [];
  const owner = outerFunction(level.node);
  if (!owner || seen.has(owner)) return [];
  seen.add(owner);
  const transparent = level.transparent && givesBack(owner, level.answer);
  return callersOf(recognition.app.code, recognition.app.originOf, owner).flatMap((caller) => {
    if (!ts.isCallExpression(caller.call)) return [];
    const next: Level = { node: caller.call, answer: caller.call, via: [...level.via, recognition.app.at(level.node)], transparent, certain: level.certain && caller.by === "resolved" };
    return climb(recognition, next, seen);
  });
}

/** The outermost function around a node that others can call by name. */
function outerFunction(node: ts.Node): Fn | undefined {
  return functionsAround(node).findLast((fn) => symbolAt(fn) !== "" && !ts.isConstructorDeclaration(fn)) ?? functionsAround(node).at(-1);
}

/** Whether a function returns the answer itself, so that its callers can read usage from it. */
function givesBack(fn: Fn, answer: ts.Expression): boolean {
  const held = heldBy(answer, { fresh: "result" });
  if (held.as === "returned") return true;
  if (held.as !== "name" || !fn.body) return false;
  const name = held.value("");
  let returned = false;
  walk(fn.body, (node) => {
    if (ts.isReturnStatement(node) && node.expression && name && bare(node.expression).getText() === name.parts.join("")) returned = true;
  });
  return returned;
}

function site(recognition: Recognition, call: ProviderCall, level: Level): BillableCall {
  const { app } = recognition;
  const { node } = level;
  const tree = node.getSourceFile();
  const around = handlerAround(recognition, node);
  const user = userOf(recognition, node);
  const recorded = recording(call, level, app);
  const before = gateBefore(node, around?.fn, user);
  const symbol = around?.handler.symbol ?? symbolAt(node);
  const exempt = notBilledBecause(call.pattern, symbol, node, app);
  const reason = "reason" in recorded ? recorded.reason : user ? undefined : "no signed-in user is in reach of this call";
  return {
    file: tree.fileName,
    line: lineOf(tree, node.getStart(tree)),
    symbol,
    call: level.via.length === 0 ? call.call : `${lastName(node.expression)} (${call.call})`,
    provider: call.provider,
    streaming: call.streaming,
    eventType: call.pattern.eventType,
    confidence: confidenceOf(call, level, user, around?.handler),
    evidence: [app.at(node), ...call.reasons.slice(1)],
    wired: wiredIn(node),
    ...(around && { handler: around.handler }),
    ...(user && { user }),
    ...(before && { before }),
    ...("place" in recorded && { recording: recorded }),
    ...(exempt !== undefined && { notBilled: exempt }),
    ...(reason !== undefined && { reason }),
    ...(level.via.length > 0 && { via: level.via }),
  };
}

function confidenceOf(call: ProviderCall, level: Level, user: UserExpression | undefined, handler: Handler | undefined): number {
  let confidence = call.confidence;
  if (!level.certain) confidence -= 0.25;
  if (!user) confidence -= 0.1;
  if (!handler && level.via.length > 0) confidence -= 0.05;
  return Math.max(0.1, Math.round(confidence * 100) / 100);
}

/** The gate stands in the handler when the call does; in a function without a handler it stands before the call's own statement. */
function gateBefore(node: ts.CallExpression, handler: Fn | undefined, user: UserExpression | undefined): StatementAnchor | undefined {
  if (!user) return undefined;
  if (handler) return guardAnchor(node, handler);
  const statement = statementOf(node);
  return statement && anchorAt(statement, "before");
}

function recording(call: ProviderCall, level: Level, app: App): Recording | NotHeld {
  const held = heldBy(level.answer, { fresh: freshName(call.pattern.eventType, app, level.node) });
  const meterOf = (value: (path: string) => Code | undefined): Meter => meter(call, value);
  if (level.transparent && level.via.length === 0 && "recordStream" in call.pattern && call.streaming && call.pattern.recordStream)
    return call.pattern.recordStream({ app, call: call.node, pattern: call.pattern, held, version: call.version, meterOf });
  if (level.transparent && level.via.length === 0 && "record" in call.pattern && call.pattern.record) {
    const own = call.pattern.record({ app, call: call.node, pattern: call.pattern, held, version: call.version, meterOf });
    if (own) return own;
  }
  if (call.streaming) return { as: "none", reason: "the answer is a stream that this tool cannot follow to its end here", node: level.node };
  if (!isHeld(held)) return held;
  return { meter: meterOf(level.transparent ? held.value : () => undefined), place: held.place };
}

export const isHeld = (held: Held | NotHeld): held is Held => "place" in held;

/** Fields of the event: paths into the result where it is held, and what the call itself says (`$model` is its option `model`). */
function meter(call: ProviderCall, value: (path: string) => Code | undefined): Meter {
  const fields: Record<string, Code> = {};
  for (const [name, path] of Object.entries(call.pattern.meter)) {
    const read = value(path);
    if (read) fields[name] = read;
  }
  for (const [name, text] of Object.entries(call.pattern.given ?? {})) {
    if (fields[name]) continue;
    const option = text.startsWith("$") ? call.node.arguments.map((argument) => optionOf(argument, text.slice(1))).find((one) => one !== undefined) : undefined;
    const said = text.startsWith("$") ? option && isSimple(option) && call.answer.getSourceFile() === option.getSourceFile() ? option.getText() : undefined : text;
    if (said !== undefined) fields[name] = raw(said);
  }
  return fields;
}

/** An option's text may be repeated only when reading it twice is harmless: a literal or a plain name. */
const isSimple = (node: ts.Expression): boolean => ts.isStringLiteralLike(node) || ts.isNumericLiteral(node) || ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && isSimple(node.expression));

/** A name for a result that has none, free in its file. */
function freshName(eventType: string, app: App, node: ts.Node): string {
  const names = app.facts(node.getSourceFile().fileName)?.names;
  const base = eventType.split("_").at(-1) ?? "result";
  return [base, "result", "answer", `${base}Result`].find((name) => !names?.has(name)) ?? `${base}${node.getStart()}`;
}
