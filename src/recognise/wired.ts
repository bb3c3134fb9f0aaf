import { functionsAround } from "../source/typescript/functions.ts";
import type { ts } from "../source/typescript/parse.ts";

/** Functions of ours that a site may call; a hand-written integration that uses these names counts as well. */
export const OURS = ["ensureCustomer", "recordUsage", "recordStream", "checkBalance", "createPortalSession", "readBalance", "handleCredytWebhook"] as const;

const CALL = new RegExp(`\\b(${OURS.join("|")})\\s*\\(`, "g");

/** Which of our functions the code around a node calls, in its outermost function. */
export function wiredIn(node: ts.Node): readonly string[] {
  const scope = functionsAround(node).at(-1);
  return scope ? calledIn(scope.getText()) : [];
}

/** Which of our functions a text calls. */
export const calledIn = (text: string): readonly string[] => [...new Set([...text.matchAll(CALL)].map((match) => match[1] ?? ""))];
