import { createRequire } from "node:module";

// By `import`, Node would first read all of the compiler's nine megabytes for the names of its exports, which takes longer than to run it.
/** TypeScript's compiler. */
export const { ts } = createRequire(import.meta.url)("ts-morph");
