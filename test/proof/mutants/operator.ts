import type { Billing } from "../../runtime/proof/wire.ts";

/** A text file of a wired app: its path in the app, and what it holds. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** The files that billing is in: ours by name, the app's own by what they call. */
export type Role =
  | "balance" | "client" | "costs" | "customers" | "gate" | "portal" | "store" | "subscription" | "usage" | "wallet" | "webhook"
  | "activity" | "gated" | "sign-up" | "portal route" | "balance route" | "webhook route" | "payment route" | "mount" | "widget";

/** One way in which people break billing. */
export interface Operator {
  /** What was done, in a few words. */
  readonly title: string;
  readonly role: Role;
  /** For which billing the app is wired; pay as you go unless given. */
  readonly billing?: Billing;
  /** The broken text, or nothing where this file gives no occasion. */
  readonly mutate: (text: string) => string | undefined;
  /** Beginnings or parts of the titles of the points that should notice, the likeliest first. */
  readonly points: readonly string[];
}

/** An operator applied to one file of one app. */
export interface Mutant {
  readonly operator: Operator;
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const CALLS: Readonly<Partial<Record<Role, RegExp>>> = {
  activity: /\brecordUsage\(/,
  gated: /\bcheckBalance\(/,
  "sign-up": /\bensureCustomer\(/,
  "portal route": /\bcreatePortalSession\(/,
  "balance route": /\breadBalance\(/,
  "webhook route": /\bhandleCredytWebhook\(/,
  "payment route": /\bpaymentLinkFor\(/,
  mount: /\.use\(["'][^"']*billing\/webhook["']/,
  widget: /Puts the balance into pages|export function CreditBalance/,
};

const isOurs = (file: string): boolean => /(?:^|\/)credyt\/\w+\.[jt]s$/.test(file);

const plays = ({ file, text }: Source, role: Role): boolean => CALLS[role]?.test(text) === true ? !isOurs(file) : new RegExp(`(?:^|/)credyt/${role}\\.[jt]s$`).test(file);

/** The mutant that an operator makes of an app: in the first file that gives it an occasion. */
export function mutantOf(operator: Operator, sources: readonly Source[]): Mutant | undefined {
  for (const source of sources.filter((one) => plays(one, operator.role))) {
    const after = operator.mutate(source.text);
    if (after !== undefined && after !== source.text) return { operator, file: source.file, before: source.text, after };
  }
  return undefined;
}

/** Replaces the first match; nothing without one. */
export const swap = (pattern: RegExp, by: string | ((...groups: string[]) => string)) => (text: string): string | undefined =>
  pattern.test(text) ? text.replace(pattern, by as (...groups: string[]) => string) : undefined;

/** Several changes, all of which must find their place. */
export const swaps = (...steps: readonly ((text: string) => string | undefined)[]) => (text: string): string | undefined =>
  steps.reduce<string | undefined>((result, step) => (result === undefined ? undefined : step(result)), text);

/** A statement that calls one of our functions, with the line break before it. */
export interface Statement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The first statement that calls `name`, whole, as in `const x = await name(…);`. */
export function statementOf(text: string, name: string): Statement | undefined {
  const head = new RegExp(`\\n[ \\t]*(?:const \\w+ = )?(?:await )?${name}\\(`).exec(text);
  if (head === null) return undefined;
  const end = closing(text, head.index + head[0].length - 1) + 1;
  const whole = text[end] === ";" ? end + 1 : end;
  return { start: head.index, end: whole, text: text.slice(head.index, whole) };
}

/** Where the parenthesis at `open` closes. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if ("({[".includes(text[at] ?? "")) depth += 1;
    if (")}]".includes(text[at] ?? "")) depth -= 1;
    if (depth === 0) return at;
  }
  return text.length - 1;
}

/** The text without a part, and something in its place. */
export const without = (text: string, { start, end }: Pick<Statement, "start" | "end">, instead = ""): string => text.slice(0, start) + instead + text.slice(end);
