import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AREAS, type ActivityChoice, type Choices } from "./domain.ts";
import { JsonFault, lineAt, parseJson, setAt, type JsonNode } from "./choices/json.ts";
import { mistakes, type Schema } from "./choices/schema.ts";
import { UserError } from "./errors.ts";

/** The file's name, in the app's folder. */
export const CONFIG = "credyt.config.json";

/** What editors check the file against; it ships with the package. */
const SCHEMA_URL = "https://unpkg.com/credyt-integrate/schema/credyt.config.schema.json";

/**
 * Answers for an app that said nothing. Costs are off until they are asked for: their vendors must exist in Credyt first.
 */
export const DEFAULTS: Choices = {
  products: [], billing: "usage", activities: [], billable: [], asset: "USD", vendors: {}, returnPath: "/", failurePath: "/",
  whenUnavailable: "allow", pages: {}, areas: AREAS.filter((area) => area !== "costs"),
};

/** Choices, and what the file itself says. `text` is undefined when there is no file. */
export interface Loaded {
  readonly choices: Choices;
  readonly path: string;
  readonly text?: string;
}

/**
 * Reads `credyt.config.json` of a folder, or the named file, and fills in defaults.
 * @throws UserError with file:line when it is not JSON or does not fit the schema; an unknown setting names the nearest known one.
 */
export function loadChoices(dir: string, file?: string): Loaded {
  const path = file === undefined ? join(dir, CONFIG) : resolve(file);
  if (!existsSync(path) || !statSync(path).isFile()) {
    if (file !== undefined) throw new UserError(`There is no file ${file}`, `Name the ${CONFIG} of the app, or leave --config out to use defaults.`);
    return { choices: DEFAULTS, path };
  }
  const text = readFileSync(path, "utf8");
  return { choices: parseChoices(text, file ?? CONFIG), path, text };
}

/**
 * Choices from the text of the file; `name` is what problems call it.
 * @throws UserError as `loadChoices` does.
 */
export function parseChoices(text: string, name: string): Choices {
  const node = parseOrExplain(text, name);
  const found = mistakes(node, readSchema(), "").map(({ offset, message }) => `${name}:${lineAt(text, offset)} ${message.trim()}`);
  if (found.length > 0) throw new UserError(found.join("\n"), `Mend ${basename(name)} and run the command again. Its settings are described in ${SCHEMA_URL}`);
  const { $schema: _schema, ...given } = node.value as Partial<Choices> & { $schema?: string };
  const areas = given.areas ?? (Object.keys(given.vendors ?? {}).length > 0 ? AREAS : DEFAULTS.areas);
  return { ...DEFAULTS, ...given, areas: AREAS.filter((area) => areas.includes(area)) };
}

function parseOrExplain(text: string, name: string): JsonNode {
  try {
    const node = parseJson(text);
    if (node.members) return node;
    throw new JsonFault(node.start, "it must be an object in braces");
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new UserError(`${name}:${lineAt(text, error.offset)} is not valid JSON: ${error.message}`, "Mend the file and run the command again.");
  }
}

function readSchema(): Schema {
  const up = import.meta.url.includes("/dist/") ? "../../" : "../";
  return JSON.parse(readFileSync(fileURLToPath(new URL(`${up}schema/credyt.config.schema.json`, import.meta.url)), "utf8")) as Schema;
}

/** A question's key as the steps to its place: `pages.control`, `activities.<file#symbol>.eventType`. */
function stepsOf(key: string): { readonly name: string; readonly at?: string; readonly field?: string } {
  const [, name = key, rest] = /^(\w+)(?:\.(.+))?$/s.exec(key) ?? [];
  if (rest === undefined) return { name };
  const split = name === "activities" ? rest.lastIndexOf(".") : -1;
  return split < 0 ? { name, field: rest } : { name, at: rest.slice(0, split), field: rest.slice(split + 1) };
}

/** Whether the file itself answers a question, so that it need not be asked. */
export function isAnswered({ text }: Pick<Loaded, "text">, key: string): boolean {
  if (text === undefined) return false;
  const value = parseJson(text).value as Readonly<Record<string, unknown>>;
  const { name, at, field } = stepsOf(key);
  const own = at === undefined ? value[name] : (value[name] as readonly ActivityChoice[] | undefined)?.find((one) => one.at === at);
  return field === undefined ? own !== undefined : (own as Readonly<Record<string, unknown>> | undefined)?.[field] !== undefined;
}

/** An answer to a question, as the file holds it. */
export type Answer = string | number | boolean | readonly string[] | Choices["vendors"];

/** Choices with one more answer. */
export function withAnswer(choices: Choices, key: string, answer: Answer): Choices {
  const { name, at, field } = stepsOf(key);
  if (field === undefined) return { ...choices, [name]: answer };
  if (at === undefined) return { ...choices, [name]: { ...(choices[name as keyof Choices] as object), [field]: answer } };
  const known = choices.activities.find((one) => one.at === at);
  const changed = { ...(known ?? { at }), [field]: answer };
  return { ...choices, activities: known ? choices.activities.map((one) => (one.at === at ? changed : one)) : [...choices.activities, changed] };
}

/** The text of the file with more answers in it: what is written there keeps its form and order, `$schema` comes first in a new one. */
export function saveChoices(text: string | undefined, answers: ReadonlyMap<string, Answer>): string {
  let out = text ?? `{\n  "$schema": ${JSON.stringify(SCHEMA_URL)}\n}\n`;
  for (const [key, answer] of answers) {
    const { name, at, field } = stepsOf(key);
    const path = at === undefined ? [name] : [name, indexOf(out, at)];
    const missing = at !== undefined && !isAnswered({ text: out }, `activities.${at}.at`);
    out = setAt(out, field === undefined || missing ? path : [...path, field], missing ? { at, [field ?? ""]: answer } : answer);
  }
  return out;
}

/** The position of an activity in the file's list, or the one after the last. */
function indexOf(text: string, at: string): number {
  const list = (parseJson(text).value as { readonly activities?: readonly ActivityChoice[] }).activities ?? [];
  const found = list.findIndex((one) => one.at === at);
  return found < 0 ? list.length : found;
}
