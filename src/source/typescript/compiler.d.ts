/** TypeScript's compiler, as ts-morph brings it. */
export { ts } from "ts-morph";
