import { readFileSync } from "node:fs";
import type { ProductSpec } from "./demo.ts";

/**
 * Reads the value of a `--product` option: the path of a JSON file with the body of POST /products, or with an array of them;
 * else a product code, or `code:upfront`, with `@ASSET` behind it or not. Throws an Error in plain words when the file cannot be read.
 */
export function productOption(value: string): readonly (string | ProductSpec)[] {
  if (!value.endsWith(".json")) return [value];
  try {
    const content = JSON.parse(readFileSync(value, "utf8")) as ProductSpec | readonly ProductSpec[];
    return Array.isArray(content) ? (content as readonly ProductSpec[]) : [content as ProductSpec];
  } catch (error) {
    throw new Error(`Product file ${value} cannot be read: ${(error as Error).message}. Give a JSON file with the body of POST /products, or a product code.`);
  }
}
