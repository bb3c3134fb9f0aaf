import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The package's root folder, which lies above `src/cli` and one deeper above `dist/src/cli`. */
export const packageRoot = (): string => fileURLToPath(new URL(import.meta.url.includes("/dist/") ? "../../../" : "../../", import.meta.url));

/** The version in package.json. */
export const version = (): string => (JSON.parse(readFileSync(`${packageRoot()}package.json`, "utf8")) as { readonly version: string }).version;
