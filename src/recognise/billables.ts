import type { BillableCall, Handler, Recording, UserExpression } from "../domain.ts";
import type { CallPattern, ProviderAdapter } from "../adapters/define.ts";
import type { App } from "../source/app.ts";
import { lastName, symbolAt } from "../source/typescript/functions.ts";
import type { NotHeld } from "../source/typescript/held.ts";
import { optionOf } from "../source/typescript/options.ts";
import { bare, lineOf, ts, walk } from "../source/typescript/parse.ts";
import { lookup } from "../source/typescript/scope.ts";
import { versionOf } from "../source/versions.ts";
import { handlerAround, userOf, userPatterns, type Recognition } from "./context.ts";
import { hostCall, hostsOf, jsonOf, matchHost, MAY_REQUEST, type Host } from "./hosts.ts";
import { compilePatterns, matchPattern, necessaryWords, type Compiled } from "./patterns.ts";
import type { Shared } from "./carried.ts";
import { payerOf } from "./choke.ts";
import { gatesOf } from "./gates.ts";
import { isPartOf, namedFunctions } from "./named.ts";
import { levelsAbove } from "./levels.ts";
import { askedThrough } from "./requesters.ts";
import { exemptByPattern, notBilledBecause } from "./exempt.ts";
import { addressOf, isOwnServer, payee } from "./payee.ts";
import { renamesOf, type Renames } from "./renames.ts";
import { kindOf, recordedOnce, recordingOf, recordingTogether, tells, type Level, type Lifted, type ProviderCall } from "./recordings.ts";
import { uncalledAround } from "./uncalled.ts";
import { claimedUser } from "./users.ts";
import { unlike, whicheverAnswers } from "./whichever.ts";
import { wiredAt } from "./wired.ts";

/** Every billable activity of an app, at the level where it is to be billed, in file order. */
export function findBillables(recognition: Recognition): readonly BillableCall[] {
  const named = namedFunctions(recognition.app, recognition.named);
  const calls = [...providerCalls(recognition), ...named.flatMap((one) => one.calls)];
  const lifted = onePerChoke(calls.flatMap((call) => lift(recognition, call)).filter((one) => !isPartOf(named, one)));
  const shared: Shared = { edits: new Map(), kinds: new Map(), given: new Set() };
  const nodes = lifted.map(({ level }) => level.node);
  return dedupe(activities(recognition, lifted).flatMap((calls) => sites(recognition, calls, nodes, shared))).sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

/** What is charged for as a whole is one activity. */
const onePerChoke = (lifted: readonly Lifted[]): Lifted[] => lifted.filter((one, i) => one.level.choke !== true || lifted.findIndex(({ level }) => level.node === one.level.node) === i);

/**
 * Calls of one kind below one call of the app are one activity: a wrapper that asks whichever provider is set up, or the first that
 * answers. What is written comes first, since a function on the way up tells of one kind alone.
 */
function activities(recognition: Recognition, lifted: readonly Lifted[]): readonly (readonly Lifted[])[] {
  const groups = new Map<ts.Node, Map<string, Lifted[]>>();
  for (const one of lifted) {
    const kinds = groups.get(one.level.node) ?? new Map<string, Lifted[]>();
    groups.set(one.level.node, kinds);
    const kind = one.level.steps.length === 0 || exempt(recognition, one) !== undefined ? `alone ${one.call.node.pos}` : kindOf(one.call);
    kinds.set(kind, [...(kinds.get(kind) ?? []), one]);
  }
  const all = [...groups.values()].flatMap((kinds) => [...kinds.values()].map((calls) => (kinds.has("text") ? calls.map(asPart) : calls)));
  const mixed = new Set(all.filter((calls) => new Set(calls.map(({ call }) => call.provider)).size > 1).flatMap((calls) => calls.map(({ call }) => call.node)));
  const named = all.map((calls) => calls.map((one): Lifted => (mixed.has(one.call.node) ? { ...one, provider: one.call.provider } : one)));
  return named.sort((a, b) => Number(isText(b)) - Number(isText(a)));
}

/** What is looked up for an answer belongs to the answer, where one call of the app gives both. */
const asPart = (one: Lifted): Lifted => (/^(?:embedding|rerank)$/.test(one.call.pattern.eventType) && one.level.steps.length > 0 ? { ...one, isPart: true } : one);

const isText = ([first]: readonly Lifted[]): boolean => first !== undefined && kindOf(first.call) === "text";

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
  const manifests = app.repo.files.filter((file) => /(?:^|\/)package\.json$/.test(file)).map((file) => app.repo.text(file) ?? "").join("\n");
  const compiled = compilePatterns(providers).filter(({ packages }) => packages.some((name) => manifests.includes(`"${name.replace(/\*$/, "")}`)));
  const hosts = hostsIn(app, providers);
  const renames = renamesOf(app, new Set(compiled.flatMap(({ pattern, tail }) => (pattern.function ? [tail] : []))));
  return app.code.scripts.flatMap((file) => {
    const text = app.repo.text(file) ?? "";
    const renamed = [...renames].filter(([name]) => app.code.contains(file, name)).flatMap(([, own]) => [...own]);
    const wanted = compiled.filter((one) => renamed.includes(one.tail) || (app.code.contains(file, one.tail) && one.hint.test(text)));
    const byHost = hosts.length > 0 && MAY_REQUEST.test(text);
    if (wanted.length === 0 && !byHost) return [];
    const tree = app.code.parse(file);
    if (!tree) return [];
    const calls: ProviderCall[] = [];
    walk(tree, (node) => {
      if (!ts.isCallExpression(node)) return;
      const call = sdkCall(recognition, node, wanted, renames);
      calls.push(...(call ? [call] : byHost ? fromHost(app, node, hosts) : []));
    });
    return calls;
  });
}

/** The HTTP patterns of the hosts that the app's code mentions somewhere. */
function hostsIn(app: App, providers: ReadonlyMap<string, ProviderAdapter>): readonly Host[] {
  const waiting = new Map<string, { readonly host: RegExp; readonly words: readonly string[] | undefined }>();
  const all = hostsOf(providers);
  for (const { host } of all) waiting.set(host.source, { host, words: necessaryWords(host) });
  for (const file of app.code.scripts) {
    const text = app.repo.text(file) ?? "";
    if (!text.includes("http") && !MAY_REQUEST.test(text)) continue;
    // A plain search for the words that a host must contain is many times faster than the expression itself.
    for (const [key, { host, words }] of waiting) if ((words === undefined || words.some((word) => app.code.contains(file, word))) && host.test(text)) waiting.delete(key);
  }
  return all.filter(({ host }) => !waiting.has(host.source));
}

function sdkCall({ app, providers }: Recognition, node: ts.CallExpression, wanted: readonly Compiled[], renames: Renames): ProviderCall | undefined {
  const tail = givenName(node.expression);
  const candidates = wanted.filter((one) => one.tail === tail || renames.get(tail)?.has(one.tail) === true);
  if (candidates.length === 0) return undefined;
  const origin = app.originOf(node.expression);
  const hit = matchPattern(candidates, origin, (name) => versionOf(app, name), (pattern) => pattern.accepts?.(node, app) !== false);
  if (!hit || origin?.kind !== "package") return undefined;
  const declared = app.uses(origin.package) !== undefined;
  const paid = hit.pattern.paidTo?.(node, app) ?? addressOf(app, origin.made);
  const json = hit.pattern.answers === "response" ? jsonOf(node) : node;
  return {
    node,
    provider: payee(providers, paid) ?? hit.provider,
    call: hit.call,
    pattern: hit.pattern,
    streaming: isStreaming(hit.pattern, node, app),
    version: versionOf(app, origin.package)?.major,
    answer: json ?? node,
    body: json ? "" : undefined,
    ...(origin.made && { made: origin.made }),
    ...(isOwnServer(app, origin, paid) && { free: "it is answered by a model server of your own" }),
    reasons: [app.at(node), ...(declared ? [app.inManifest(origin.package)] : [])],
    confidence: declared ? 0.95 : 0.85,
  };
}

/** The last name of a callee, as its package gives it: `import { experimental_generateImage as generateImage }` is the former. */
function givenName(callee: ts.Expression): string {
  const name = lastName(callee);
  const declared = ts.isIdentifier(bare(callee)) ? lookup(name, callee)?.node : undefined;
  const original = declared && (ts.isImportSpecifier(declared) || ts.isBindingElement(declared)) ? declared.propertyName : undefined;
  return original && (ts.isIdentifier(original) || ts.isStringLiteral(original)) ? original.text : name;
}

function isStreaming(pattern: CallPattern, node: ts.CallExpression, app: App): boolean {
  if (typeof pattern.streams === "boolean") return pattern.streams;
  if (pattern.streams) return pattern.streams(node, app);
  const stream = optionOf(app, node, "stream");
  return stream !== undefined && stream.kind !== ts.SyntaxKind.FalseKeyword;
}

/** A request to a provider's address: this call, or the calls of the function around it that say the address. */
function fromHost(app: App, node: ts.CallExpression, hosts: readonly Host[]): ProviderCall[] {
  const found = hostCall(app, node);
  if (!found) return [];
  const asked = matchHost(hosts, found) ? [{ ...found, node }] : askedThrough(app, node, (one) => matchHost(hosts, one) !== undefined);
  return asked.flatMap((one): ProviderCall[] => {
    const hit = matchHost(hosts, one);
    return hit ? [{ node: one.node, provider: hit.provider, call: hit.pattern.call, pattern: hit.pattern, streaming: one.streaming, version: undefined, answer: one.answer, body: one.body, reasons: [app.at(one.node)], confidence: 0.9 }] : [];
  });
}

// ── From the provider call up to where it is billed ──────────────────────────────────────────────────────────────────

/** Lifts a provider call to the level where the user is known: its own function, else that of its callers, each a site. */
function lift(recognition: Recognition, call: ProviderCall): Lifted[] {
  const start: Level = { provider: call.node, node: call.node, steps: [], answer: call.answer, via: [], transparent: true, certain: true, alone: true };
  const levels = exemptByPattern(call, recognition.app) === undefined ? levelsAbove(recognition, start) : [];
  return (levels.length > 0 ? levels.map((level) => ({ ...level, alone: levels.length === 1 })) : [start]).map((level) => ({ call, level }));
}

/** Why a call is not billed at a level, by the names on the way up to it. */
function exempt(recognition: Recognition, { call, level, isPart }: Lifted): string | undefined {
  if (isPart === true) return `it finds what ${lastName(level.node.expression)} writes with, as a part of that activity`;
  const handler = handlerAround(recognition, level.node)?.handler;
  const symbol = handler?.symbol ?? symbolAt(level.node);
  // A scheduled route asks for everybody; a function that is given somebody may be called by others too.
  const isForOne = handler === undefined && userOf(recognition, level.node) !== undefined;
  // A handler called POST is named by its address; a part that a request fills in is no part of the name.
  const address = handler?.route?.replace(/\[[^\]]*\]|:\w+/g, "") ?? "";
  return notBilledBecause(call, [symbol, address, symbolAt(call.node), ...level.steps.map(({ fn }) => symbolAt(fn.body ?? fn))], level.node, recognition.app, isForOne);
}

/** Nobody is billed by code that nothing runs. */
function neverRun(app: App, node: ts.Node): string | undefined {
  const name = uncalledAround(app, node);
  return name && `nothing in this app calls ${name}`;
}

/** One site for calls that can be recorded together, else one for each. */
function sites(recognition: Recognition, calls: readonly Lifted[], others: readonly ts.Node[], shared: Shared): BillableCall[] {
  const [first] = calls;
  // Wired before: what goes through one call is still one activity.
  if (first && calls.length > 1 && wiredAt(first.level.node, others).includes("recordUsage")) return [site(recognition, calls, others, recordingOf(first, recognition.app, shared))];
  const telling = calls.length > 1 ? calls.filter((one) => tells(one, recognition.app)) : [];
  const together = telling.length > 1 ? recordingTogether(telling, recognition.app, shared) : undefined;
  const alone = (together ? calls.filter((one) => !telling.includes(one)) : calls).map((one) => ({ one, recorded: recordingOf(one, recognition.app, shared) }));
  const made = (one: Lifted, recorded: Recording | NotHeld): BillableCall => site(recognition, [one], others, recorded);
  if (together || alone.some(({ recorded }) => isInside(recorded)))
    return [...(together ? [site(recognition, telling, others, together)] : []), ...alone.map(({ one, recorded }) => made(one, isInside(recorded) ? recorded : { as: "none", reason: BESIDE, node: one.level.node }))];
  const untold = alone.map(({ one }) => one);
  if (whicheverAnswers(untold)) return [site(recognition, untold, others, unlike(untold, (untold[0] as Lifted).level.node))];
  const once = alone.length > 1 ? recordedOnce(alone.map(({ recorded }) => recorded)) : undefined;
  return once ? [site(recognition, calls, others, once)] : alone.map(({ one, recorded }) => made(one, recorded));
}

const BESIDE = "another call behind this one tells by itself what it used, and an event for both would bill that one twice";
const isInside = (recorded: Recording | NotHeld): boolean => "place" in recorded && recorded.inside === true;

function site(recognition: Recognition, calls: readonly Lifted[], others: readonly ts.Node[], recorded: Recording | NotHeld): BillableCall {
  const { app } = recognition;
  const first = calls[0] as Lifted;
  const { call, level } = first;
  const { node } = level;
  const tree = node.getSourceFile();
  const around = handlerAround(recognition, node);
  const user = userOf(recognition, node) ?? payerOf(node);
  const gates = gatesOf(recognition, node, around, user);
  const notBilled = exempt(recognition, first) ?? (user || around ? undefined : neverRun(app, node));
  const reason = "reason" in recorded ? recorded.reason : user ? undefined : unknownUser(recognition, node);
  const providers = [...new Set(calls.map((one) => one.call.provider))];
  return {
    file: tree.fileName,
    line: lineOf(tree, node.getStart(tree)),
    symbol: around?.handler.symbol ?? symbolAt(node),
    call: level.via.length === 0 ? call.call : `${lastName(node.expression)} (${[...new Set(calls.map((one) => one.call.call))].join(", ")})`,
    provider: call.provider,
    ...(call.named && { named: call.named }),
    ...(providers.length > 1 && { providers }),
    streaming: calls.some((one) => one.call.streaming),
    eventType: call.pattern.eventType,
    confidence: Math.max(...calls.map((one) => confidenceOf(one.call, one.level, user, around?.handler))),
    evidence: [app.at(node), ...calls.flatMap((one) => one.call.reasons.slice(1))],
    wired: [...wiredAt(node, others).filter((name) => name !== "checkBalance"), ...(gates.length > 0 && gates.every(({ wired }) => wired) ? ["checkBalance"] : [])],
    ...(around && { handler: around.handler }),
    ...(user && { user }),
    gates,
    ...("place" in recorded && { recording: recorded }),
    ...(notBilled !== undefined && { notBilled }),
    ...(reason !== undefined && { reason }),
    ...(recorded.byHand && { byHand: recorded.byHand }),
    ...(level.via.length > 0 && { via: calls.flatMap((one) => one.level.via) }),
  };
}

/** Why nobody is known who could be billed. */
function unknownUser(recognition: Recognition, node: ts.Node): string {
  const claimed = claimedUser(recognition.app, node, userPatterns(recognition));
  return claimed === undefined ? "no signed-in user is in reach of this call" : `${claimed} may hold what the sender claims: who pays then is for you to say`;
}

function confidenceOf(call: ProviderCall, level: Level, user: UserExpression | undefined, handler: Handler | undefined): number {
  let confidence = call.confidence;
  if (!level.certain) confidence -= 0.25;
  if (!user) confidence -= 0.1;
  if (!handler && level.via.length > 0) confidence -= 0.05;
  return Math.max(0.1, Math.round(confidence * 100) / 100);
}
