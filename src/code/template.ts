import type { Area, Code } from "../domain.ts";
import { AREAS } from "../domain.ts";
import { joinCode, raw, when } from "./code.ts";

/** What fills a template: code for its slots (a slot left out keeps its default), and which conditions hold. */
export interface Fill {
  readonly slots: Readonly<Record<string, Code | undefined>>;
  /** `true` keeps a `when` block, areas keep it while all of them are accepted; a condition left out drops it. */
  readonly conditions: Readonly<Record<string, boolean | readonly Area[]>>;
}

/** A template's lines as a tree: text, slots with their defaults, conditional blocks. */
type Node = { readonly lines: string[] } | { readonly kind: "slot" | "when"; readonly name: string; readonly indent: string; readonly nodes: Node[] };

const OPEN = /^([ \t]*)\/\/ <(slot|when) ([\w-]+)>$/;
const CLOSE = /^[ \t]*\/\/ <\/(?:slot|when)>$/;

/**
 * A generated file from its template. `// <slot x> … // </slot>` is replaced by the code for `x`, or keeps its lines;
 * `// <when x> … // </when>` is kept when the condition `x` holds; the name of an area is a condition of its own.
 * The marker lines vanish, and no blank lines double where they stood.
 */
export function fillTemplate(template: string, fill: Fill): Code {
  const [nodes] = parse(template.replace(/\r\n/g, "\n").replace(/\n$/, "").split("\n"), 0);
  return tidy(render(nodes, fill));
}

function parse(lines: readonly string[], start: number): readonly [Node[], number] {
  const nodes: Node[] = [];
  let at = start;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    const open = OPEN.exec(line);
    if (CLOSE.test(line)) return [nodes, at + 1];
    if (open) {
      const [inner, next] = parse(lines, at + 1);
      nodes.push({ kind: open[2] as "slot" | "when", name: open[3] ?? "", indent: open[1] ?? "", nodes: inner });
      at = next;
      continue;
    }
    const last = nodes.at(-1);
    if (last && "lines" in last) last.lines.push(line);
    else nodes.push({ lines: [line] });
    at++;
  }
  return [nodes, at];
}

/** Code of whole lines, each ending in a line break. */
function render(nodes: readonly Node[], fill: Fill): Code {
  return joinCode(nodes.map((node) => renderNode(node, fill)), "");
}

const isArea = (name: string): name is Area => (AREAS as readonly string[]).includes(name);

function renderNode(node: Node, fill: Fill): Code {
  if ("lines" in node) return raw(node.lines.map((line) => `${line}\n`).join(""));
  if (node.kind === "when") {
    const holds = isArea(node.name) ? [node.name] : (fill.conditions[node.name] ?? false);
    if (typeof holds === "boolean") return holds ? render(node.nodes, fill) : raw("");
    return when(holds, render(node.nodes, fill));
  }
  const given = fill.slots[node.name];
  return given === undefined ? render(node.nodes, fill) : joinCode([indentCode(given, node.indent), raw("\n")], "");
}

function indentCode(given: Code, indent: string): Code {
  if (indent === "") return given;
  const parts = given.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, `\n${indent}`) : part));
  return { parts: [indent, ...parts] };
}

/** Where a block vanished, two blank lines may meet, or one may stand at an edge of a brace: one too many goes. */
function tidy(given: Code): Code {
  return { parts: given.parts.map((part) => (typeof part === "string" ? part.replace(/\n{3,}/g, "\n\n").replace(/\{\n\n+/g, "{\n").replace(/\n\n+(\s*\})/g, "\n$1") : part)) };
}
