/** TypeScript's compiler. */
export { ts } from "ts-morph";
