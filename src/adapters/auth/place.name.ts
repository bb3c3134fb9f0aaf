import { functionsAround, nameOf } from "../../source/typescript/functions.ts";
import { ts, wrapped } from "../../source/typescript/parse.ts";

/** What a person calls the place of a node: the function around it, or the call that an unnamed one is given to (`app.post("/signup")`). */
export function placeName(node: ts.Node): string {
  for (const fn of functionsAround(node)) {
    const name = nameOf(fn);
    if (name !== "" && !name.startsWith("{")) return name;
    const { parent } = wrapped(fn);
    const first = ts.isCallExpression(parent) ? parent.arguments[0] : undefined;
    if (ts.isCallExpression(parent) && first && ts.isStringLiteralLike(first)) return `${parent.expression.getText()}("${first.text}")`;
  }
  return node.getSourceFile().fileName.split("/").at(-1) ?? "";
}
