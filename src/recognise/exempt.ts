import type { CallPattern, HostPattern } from "../adapters/define.ts";
import type { App } from "../source/app.ts";
import { functionsAround } from "../source/typescript/functions.ts";
import type { ts } from "../source/typescript/parse.ts";

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/title/i, "it names a conversation, which is a cost of your product and not an activity of the user"],
  [/health|ping|warm-?up|keep-?alive/i, "it is a health check"],
  [/cron|schedule/i, "it runs on a schedule, for no user"],
  [/\badmin\b|\/admin\//i, "it is for administrators"],
  [/support/i, "it is your own support chat"],
];

/** Why a call is not billed unless the user says so; undefined when it is. */
export function notBilledBecause(pattern: CallPattern | HostPattern, symbol: string, node: ts.Node, app: App): string | undefined {
  if (pattern.notBilled !== undefined) return pattern.notBilled;
  const file = node.getSourceFile().fileName.slice(app.dir.length);
  const words = symbol.replace(/([a-z])([A-Z])/g, "$1 $2");
  for (const [test, reason] of REASONS) if (test.test(words) || (reason !== REASONS[0]?.[1] && test.test(file))) return reason;
  return usesOwnKey(node) ? "it runs on the user's own key" : undefined;
}

/** The client is made from a key that comes with the request or from the user's row: they pay the provider themselves. */
function usesOwnKey(node: ts.Node): boolean {
  const scope = functionsAround(node).at(-1)?.getText() ?? "";
  return /apiKey:\s*(?:body|json|input|params|user|session\.user|previewToken|userApiKey|customApiKey)\b/.test(scope);
}
