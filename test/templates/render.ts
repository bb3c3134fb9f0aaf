import { readFileSync, readdirSync } from "node:fs";

/** A template's name, which is also the name of the file it becomes. */
export type TemplateName = "client" | "store" | "customers" | "subscription" | "webhook" | "usage" | "costs" | "wallet" | "gate" | "portal" | "balance";

/** Which conditions hold in an app. `upfront` needs `store`. */
export type Condition = "next" | "server-only" | "store" | "upfront" | "costs" | "gate";

const folder = (language: "ts" | "js") => new URL(`../../transforms/templates/${language}/`, import.meta.url);

/** Every template of a language by name, as it stands. */
export function templates(language: "ts" | "js"): Readonly<Record<TemplateName, string>> {
  const names = readdirSync(folder(language)).filter((name) => name.endsWith(`.${language}`));
  return Object.fromEntries(names.map((name) => [name.slice(0, -3), readFileSync(new URL(name, folder(language)), "utf8")])) as Record<TemplateName, string>;
}

const MARKER = /^[ \t]*\/\/ <(\/?)(slot|when)(?: ([\w-]+))?>$/;

/** The file a template becomes: blocks of conditions that do not hold are dropped, slots replaced where `slots` has text for them. */
export function render(template: string, conditions: ReadonlySet<string>, slots: Readonly<Record<string, string>> = {}): string {
  const open: { readonly keeps: boolean }[] = [];
  const lines = template.split("\n").flatMap((line) => {
    const marker = MARKER.exec(line);
    const kept = open.every(({ keeps }) => keeps);
    if (!marker) return kept ? [line] : [];
    if (marker[1] === "/") {
      open.pop();
      return [];
    }
    const name = marker[3] ?? "";
    if (marker[2] === "when") {
      open.push({ keeps: conditions.has(name) });
      return [];
    }
    const given = slots[name];
    open.push({ keeps: given === undefined });
    return given !== undefined && kept ? [given] : [];
  });
  return lines.join("\n");
}

/** The files an app gets when these conditions hold. */
export function filesOf(conditions: ReadonlySet<string>): TemplateName[] {
  const names: TemplateName[] = ["client", "customers", "usage", "wallet", "portal", "balance"];
  if (conditions.has("store")) names.push("store");
  if (conditions.has("upfront")) names.push("subscription", "webhook");
  if (conditions.has("costs")) names.push("costs");
  if (conditions.has("gate")) names.push("gate");
  return names;
}

/** Every set of conditions that an app can have. */
export function combinations(): ReadonlySet<Condition>[] {
  const stores: Condition[][] = [[], ["store"], ["store", "upfront"]];
  const frameworks: Condition[][] = [[], ["next"], ["next", "server-only"]];
  const choices: Condition[] = ["costs", "gate"];
  const bases = stores.flatMap((store) => frameworks.map((framework) => [...framework, ...store]));
  return bases.flatMap((base) => Array.from({ length: 2 ** choices.length }, (_, bits) => new Set([...base, ...choices.filter((_, i) => bits & (1 << i))])));
}
