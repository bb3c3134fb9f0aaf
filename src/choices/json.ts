/** A JSON value with its place in the text, `[start, end)` in UTF-16 units. */
export interface JsonNode {
  readonly start: number;
  readonly end: number;
  readonly value: unknown;
  /** Members of an object, in order. */
  readonly members?: readonly JsonMember[];
  /** Elements of an array. */
  readonly elements?: readonly JsonNode[];
}

export interface JsonMember {
  readonly name: string;
  readonly start: number;
  readonly node: JsonNode;
}

/** Where a text stops being JSON, and what was expected there. */
export class JsonFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** Parses JSON and keeps where each value stands. Throws a JsonFault. */
export function parseJson(text: string): JsonNode {
  const [node, end] = readValue(text, skip(text, text.startsWith("\ufeff") ? 1 : 0));
  const rest = skip(text, end);
  if (rest < text.length) throw new JsonFault(rest, "nothing may follow the last brace");
  return node;
}

/** Line of an offset, from 1. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;

type Read = readonly [node: JsonNode, end: number];

const SCALAR = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

const skip = (text: string, at: number): number => {
  while (at < text.length && " \t\r\n".includes(text[at] ?? "")) at++;
  return at;
};

function readValue(text: string, at: number): Read {
  if (text[at] === "{") return readObject(text, at);
  if (text[at] === "[") return readArray(text, at);
  SCALAR.lastIndex = at;
  const found = SCALAR.exec(text)?.[0];
  if (found === undefined) throw new JsonFault(at, text.startsWith("//", at) || text.startsWith("/*", at) ? "comments are not JSON" : text[at] === "'" ? "text stands in double quotes" : "a value is missing");
  return [{ start: at, end: at + found.length, value: JSON.parse(found) as unknown }, at + found.length];
}

function readObject(text: string, start: number): Read {
  const members: JsonMember[] = [];
  const end = readList(text, start, "}", (at) => {
    if (text[at] !== '"') throw new JsonFault(at, "a name in double quotes is missing");
    const [name, afterName] = readValue(text, at);
    const colon = skip(text, afterName);
    if (text[colon] !== ":") throw new JsonFault(colon, "a colon is missing");
    const [node, end] = readValue(text, skip(text, colon + 1));
    members.push({ name: String(name.value), start: at, node });
    return end;
  });
  return [{ start, end, members, value: Object.fromEntries(members.map(({ name, node }) => [name, node.value])) }, end];
}

function readArray(text: string, start: number): Read {
  const elements: JsonNode[] = [];
  const end = readList(text, start, "]", (at) => {
    const [node, end] = readValue(text, at);
    elements.push(node);
    return end;
  });
  return [{ start, end, elements, value: elements.map(({ value }) => value) }, end];
}

/** Reads what stands between brackets and commas; gives the offset after the closing bracket. */
function readList(text: string, start: number, close: string, readOne: (at: number) => number): number {
  let at = skip(text, start + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    at = skip(text, readOne(at));
    if (text[at] === close) return at + 1;
    if (text[at] !== ",") throw new JsonFault(at, `a comma or ${close} is missing`);
    at = skip(text, at + 1);
    if (text[at] === close) throw new JsonFault(at, "a comma stands before the end");
  }
}

/** A JSON text in which the value at a path is another; everything else stays as it is written. Missing members are added at the end. */
export function setAt(text: string, path: readonly (string | number)[], value: unknown): string {
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? "  ";
  let node = parseJson(text);
  for (const [depth, step] of path.entries()) {
    const next = typeof step === "number" ? node.elements?.[step] : node.members?.find(({ name }) => name === step)?.node;
    if (!next) return insert(text, node, step, nest(path.slice(depth + 1), value), depth, indent);
    node = next;
  }
  if (JSON.stringify(node.value) === JSON.stringify(value)) return text;
  return text.slice(0, node.start) + print(value, indent, path.length) + text.slice(node.end);
}

/** `["a", 0]` around 1 is `{ "a": [1] }`. */
const nest = (path: readonly (string | number)[], value: unknown): unknown => path.reduceRight((inner: unknown, step) => (typeof step === "number" ? [inner] : { [step]: inner }), value);

const newlineOf = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n");

/** A value on one line when it is a short list of scalars, else over several lines at its depth. */
function print(value: unknown, indent: string, depth: number): string {
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return `[${value.map((one) => JSON.stringify(one)).join(", ")}]`;
  return JSON.stringify(value, undefined, indent).replace(/\n/g, `\n${indent.repeat(depth)}`);
}

function insert(text: string, node: JsonNode, step: string | number, value: unknown, depth: number, indent: string): string {
  const newline = newlineOf(text);
  const name = typeof step === "string" ? `${JSON.stringify(step)}: ` : "";
  const added = (name + print(value, indent, depth + 1)).replace(/\r?\n/g, newline);
  const last = node.members?.at(-1)?.node.end ?? node.elements?.at(-1)?.end;
  const pad = newline + indent.repeat(depth + 1);
  if (last !== undefined) return `${text.slice(0, last)},${pad}${added}${text.slice(last)}`;
  return `${text.slice(0, node.start + 1)}${pad}${added}${newline}${indent.repeat(depth)}${text.slice(node.end - 1)}`;
}
