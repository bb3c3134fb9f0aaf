import type { JsonNode } from "./json.ts";
import { nearest } from "./nearest.ts";

/** The part of JSON Schema that ours uses. `patternHint` says a pattern in words. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "number" | "boolean";
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: false | Schema;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly patternHint?: string;
  readonly minimum?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
}

/** What is wrong with a value: where it stands and what to do about it. */
export interface Mistake {
  readonly offset: number;
  readonly message: string;
}

/** Mistakes of a value against a schema, in the order of the text. `name` is what messages call it. */
export function mistakes(node: JsonNode, schema: Schema, name: string): Mistake[] {
  const wrong = (message: string): Mistake[] => [{ offset: node.start, message: `${name} ${message}` }];
  if (schema.enum && !schema.enum.includes(node.value as string)) {
    const near = typeof node.value === "string" ? nearest(node.value, schema.enum) : undefined;
    return wrong(`must be one of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}${near === undefined ? "" : `; did you mean ${JSON.stringify(near)}?`}`);
  }
  if (schema.type !== undefined && kindOf(node) !== schema.type) return wrong(`must be ${schema.type === "array" ? "a list" : schema.type === "object" ? "an object" : schema.type === "string" ? "text" : schema.type === "number" ? "a number" : "true or false"}`);
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(node.value as string)) return wrong(`must be ${schema.patternHint ?? schema.pattern}`);
  if (schema.minimum !== undefined && (node.value as number) < schema.minimum) return wrong(`must be at least ${schema.minimum}`);
  if (node.elements) return node.elements.flatMap((element, i) => mistakes(element, schema.items ?? {}, `${name}[${i}]`));
  return node.members ? inObject(node, schema, name) : [];
}

const kindOf = (node: JsonNode): string => (node.members ? "object" : node.elements ? "array" : node.value === null ? "null" : typeof node.value);

function inObject(node: JsonNode, schema: Schema, name: string): Mistake[] {
  const members = node.members ?? [];
  const known = Object.keys(schema.properties ?? {});
  const found = members.flatMap((member, i): Mistake[] => {
    const own = schema.properties?.[member.name] ?? (schema.additionalProperties === false ? undefined : schema.additionalProperties);
    if (members.findIndex((other) => other.name === member.name) < i) return [{ offset: member.start, message: `${JSON.stringify(member.name)} stands there twice` }];
    if (!own) return schema.additionalProperties === false ? [{ offset: member.start, message: unknownKey(member.name, known, name) }] : [];
    return mistakes(member.node, own, name === "" ? member.name : `${name}.${member.name}`);
  });
  const missing = (schema.required ?? []).filter((one) => !members.some((member) => member.name === one));
  const count = members.length;
  const wrongCount = (schema.minProperties !== undefined && count < schema.minProperties) || (schema.maxProperties !== undefined && count > schema.maxProperties);
  return [
    ...missing.map((one) => ({ offset: node.start, message: `${name} has no ${JSON.stringify(one)}` })),
    ...(wrongCount && found.length === 0 ? [{ offset: node.start, message: `${name} must have exactly one of ${known.map((one) => JSON.stringify(one)).join(", ")}` }] : []),
    ...found,
  ];
}

function unknownKey(key: string, known: readonly string[], name: string): string {
  const near = nearest(key, known);
  const where = name === "" ? "" : ` in ${name}`;
  return `${JSON.stringify(key)} is not a setting${where}; ${near === undefined ? `there are ${known.filter((one) => one !== "$schema").join(", ")}` : `did you mean ${JSON.stringify(near)}?`}`;
}
