import type { CallPattern, ProviderAdapter } from "../adapters/define.ts";
import { pathOf, type Origin } from "../source/typescript/origin.ts";

/** A provider's pattern made ready for matching. */
export interface Compiled {
  readonly provider: string;
  readonly adapter: ProviderAdapter;
  readonly pattern: CallPattern;
  /** The last name of the call as code writes it: `create`, `streamText`. */
  readonly tail: string;
  /** A text that a file with such a call must hold: `completions.create` or the function's name. */
  readonly hint: RegExp;
  readonly packages: readonly string[];
  readonly path: RegExp;
  readonly call: string;
}

/** Compiles every pattern of every provider. */
export function compilePatterns(providers: ReadonlyMap<string, ProviderAdapter>): readonly Compiled[] {
  return [...providers].flatMap(([provider, adapter]) => adapter.calls.flatMap((pattern) => compile(provider, adapter, pattern)));
}

function compile(provider: string, adapter: ProviderAdapter, pattern: CallPattern): Compiled[] {
  const packages = pattern.package ?? adapter.packages;
  const shared = { provider, adapter, pattern, packages };
  if (pattern.method === undefined)
    return (pattern.function ?? []).map((name) => ({ ...shared, tail: name, hint: new RegExp(`\\b${escape(name)}\\b`), path: new RegExp(`^(?:default\\.)?${escape(name)}$`), call: pattern.call ?? name }));
  const steps = pattern.method.replace(/\(\)/g, ".()").split(".");
  const tail = steps.at(-1) ?? "";
  const makers = (pattern.of ?? ["default"]).map(escape).join("|");
  // `new X()` and a factory's `x()` both give the thing that has the method.
  const path = new RegExp(`^(?:default\\.)?(?:${makers})\\.(?:new|\\(\\))\\.${steps.map(escape).join("\\.")}$`);
  const names = steps.filter((step) => step !== "()");
  const hint = new RegExp(names.length > 1 ? `\\b${escape(names.at(-2) ?? "")}\\b[\\s\\S]{0,400}?\\b${escape(tail)}\\b` : `\\b${escape(tail)}\\s*[(<]`);
  return [{ ...shared, tail, hint, path, call: pattern.call ?? pattern.method.replace(/\(\)/g, "") }];
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The pattern a callee's origin fits, if any. A specifier below a package (`@clerk/nextjs/server`) counts as the package. */
export function matchPattern(compiled: readonly Compiled[], origin: Origin | undefined, versionOf: (name: string) => number | undefined): Compiled | undefined {
  if (origin?.kind !== "package") return undefined;
  const path = pathOf(origin);
  return compiled.find((one) => {
    if (!one.packages.some((name) => name === origin.package || name === origin.specifier) || !one.path.test(path)) return false;
    const version = versionOf(origin.package);
    return (version === undefined || (one.pattern.since ?? 0) <= version) && (version === undefined || (one.pattern.until ?? Infinity) >= version);
  });
}
