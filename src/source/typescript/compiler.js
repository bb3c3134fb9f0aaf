import { createRequire } from "node:module";

// By `import`, Node would first read all of the compiler's nine megabytes for the names of its exports, which takes longer than to run it.
const near = createRequire(createRequire(import.meta.url).resolve("ts-morph"));

/** TypeScript's compiler, as ts-morph brings it. */
export const { ts } = near("@ts-morph/common");
