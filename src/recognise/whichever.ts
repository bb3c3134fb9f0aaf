import type { Meter } from "../domain.ts";
import { raw } from "../code/code.ts";
import type { NotHeld } from "../source/typescript/held.ts";
import type { ts } from "../source/typescript/parse.ts";
import { kindOf, type Lifted } from "./recordings.ts";

/** Whether one call of the app stands for calls of several providers that do not all tell of themselves: what one reports is not there when another has answered. */
export const whicheverAnswers = (calls: readonly Lifted[]): boolean => new Set(calls.map(({ call }) => `${call.provider} ${call.call}`)).size > 1;

/** Why such a call is left to a person: with the fields that all of them can fill. */
export function unlike(calls: readonly Lifted[], node: ts.Node): NotHeld {
  const providers = [...new Set(calls.map(({ call }) => call.provider))];
  const who: Meter = providers.length > 1 ? { provider: raw("provider") } : {};
  const meter: Meter = { total_tokens: raw("usage.total_tokens"), input_tokens: raw("usage.input_tokens"), output_tokens: raw("usage.output_tokens"), ...who };
  const isText = calls[0] !== undefined && kindOf(calls[0].call) === "text";
  const reason = `${listed(providers)} may answer here, and each reports its numbers in its own way: record them once, where they are the same for all`;
  return { as: "none", reason, node, byHand: { meter: isText ? meter : who, around: (statement) => statement } };
}

const listed = (names: readonly string[]): string => (names.length < 2 ? `several calls of ${names[0] ?? "the provider"}` : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`);
