import type { ActivityNamed, RepoPath } from "../domain.ts";
import type { App } from "../source/app.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { functionsAround, isFn, nameOf, type Fn } from "../source/typescript/functions.ts";
import { ts, walk } from "../source/typescript/parse.ts";
import type { Lifted, ProviderCall } from "./recordings.ts";

/** A function of the app that its owner names as an activity, in `billable` of the config, and every call of it. */
export interface NamedFunction {
  readonly fn: Fn;
  readonly calls: readonly ProviderCall[];
}

/** The functions that are named and there, with their calls: what they use is known to nobody but the owner, so each call counts as one. */
export function namedFunctions(app: App, named: readonly ActivityNamed[]): readonly NamedFunction[] {
  return named.flatMap((one) => functionsCalled(app, app.dir === "" ? one.file : `${app.dir}/${one.file}`, one.function).map((fn) => ({ fn, calls: callsOf(app, fn, one) })));
}

function functionsCalled(app: App, file: RepoPath, name: string): readonly Fn[] {
  const tree = app.code.scripts.includes(file) ? app.code.parse(file) : undefined;
  const found: Fn[] = [];
  if (tree) walk(tree, (node) => void (isFn(node) && (nameOf(node) === name || nameOf(node).endsWith(`.${name}`)) && found.push(node)));
  return found;
}

const callsOf = (app: App, fn: Fn, named: ActivityNamed): ProviderCall[] =>
  callersOf(app.code, app.originOf, fn).flatMap(({ call, by }): ProviderCall[] =>
    ts.isCallExpression(call) && by !== "chosen"
      ? [{ node: call, provider: "own", call: named.function, pattern: { eventType: named.eventType, meter: {}, given: { count: "1" } }, streaming: false, version: undefined, answer: call, body: "", named, reasons: [app.at(call), app.at(fn)], confidence: 1 }]
      : []);

/** Whether a call of a provider is made by a function that its owner names: it is a part of that activity. */
export const isPartOf = (functions: readonly NamedFunction[], { call, level }: Lifted): boolean =>
  call.named === undefined && functions.some(({ fn }) => functionsAround(call.node).includes(fn) || level.steps.some((step) => step.fn === fn));
