const IMPORT = /^import (?:([^"';]+?) from )?(["'])([^"']+)\2(;?)$/gm;
const EXPORT_DECLARATION = /^export ((?:async )?function\*?|class|const|let) ([\w$]+)/;
const EXPORT_LIST = /^export \{([^}]*)\};?\n?/gm;
const MARKER = /^[ \t]*\/\/ <(\/?)(when|slot)(?: ([\w-]+))?>$/;

/** A name that a module gives away, and the conditions of the template around it. */
interface Exported {
  readonly name: string;
  readonly local: string;
  readonly conditions: readonly string[];
}

/**
 * One of our JavaScript templates, or a file made from one, as a CommonJS module: imports become `require`, exports one
 * `module.exports` at the end. Exports within `// <when x>` stay conditional. It knows the shapes our templates are written in, no
 * others: a default export is an Error.
 */
export function toCommonJs(text: string): string {
  if (/^export (?:default|\*)/m.test(text)) throw new Error("A template has no default export and exports nothing of others.");
  const exported = exportsOf(text);
  const body = text
    .replace(EXPORT_LIST, "")
    .replace(/^export (?=(?:async )?function|class |const |let )/gm, "")
    .replace(IMPORT, (_, bindings: string | undefined, quote: string, specifier: string, end: string) => requireOf(bindings, `${quote}${withoutExtension(specifier)}${quote}`, end))
    .replace(/(?<=\bimport\((["']))(\.[^"']*)(?=\1\))/g, (specifier) => withoutExtension(specifier));
  if (exported.length === 0) return body;
  const semicolon = /;$/m.test(text) ? ";" : "";
  return `${body.replace(/\n*$/, "\n")}\n${moduleExports(exported, semicolon)}\n`;
}

/** `require("./client")` finds the file with any extension that Node loads. */
function withoutExtension(specifier: string): string {
  return specifier.startsWith(".") ? specifier.replace(/\.js$/, "") : specifier;
}

function requireOf(bindings: string | undefined, specifier: string, end: string): string {
  if (bindings === undefined) return `require(${specifier})${end}`;
  const [, single, list] = /^(?:(?:\* as )?([\w$]+))?(?:, )?(\{[^]*\})?$/.exec(bindings.trim()) ?? [];
  const targets = [single, list?.replace(/ as /g, ": ")].filter((target) => target !== undefined);
  return targets.map((target) => `const ${target} = require(${specifier})${end}`).join("\n");
}

/** What a file exports, in its order. */
function exportsOf(text: string): Exported[] {
  const found: Exported[] = [];
  const open: string[] = [];
  for (const line of text.replace(/^export \{[^}]*\}/gm, (list) => list.replace(/\s+/g, " ")).split("\n")) {
    const marker = MARKER.exec(line);
    if (marker?.[1] === "/") open.pop();
    else if (marker) open.push(marker[2] === "when" ? (marker[3] ?? "") : "");
    const conditions = open.filter((name) => name !== "");
    const declared = EXPORT_DECLARATION.exec(line)?.[2];
    if (declared !== undefined) found.push({ name: declared, local: declared, conditions });
    for (const entry of /^export \{([^}]*)\}/.exec(line)?.[1]?.split(",") ?? []) {
      const [local = "", name = local] = entry.trim().split(" as ");
      if (local !== "") found.push({ name, local, conditions });
    }
  }
  return found;
}

function moduleExports(exported: readonly Exported[], semicolon: string): string {
  const entries = exported.map(({ name, local }) => (name === local ? name : `${name}: ${local}`));
  const line = `module.exports = { ${entries.join(", ")} }${semicolon}`;
  if (line.length <= 80 && exported.every(({ conditions }) => conditions.length === 0)) return line;
  const rows = exported.flatMap(({ conditions }, i) => [
    ...conditions.map((name) => `  // <when ${name}>`),
    `  ${entries[i]},`,
    ...conditions.map(() => "  // </when>"),
  ]);
  return `module.exports = {\n${rows.join("\n")}\n}${semicolon}`;
}
