import type { Code, Handler } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { lineOf, walk } from "../../source/typescript/parse.ts";

/** The text of an error's code with `check.message` in place of `$message`. */
export const withMessage = (given: Code, check: string): Code => ({ parts: given.parts.map((part) => (typeof part === "string" ? part.replaceAll("$message", `${check}.message`) : part)) });

/** The JSON body: ours, below the app's key where it nests its errors; the text alone where it sends bare texts. */
export function body(errorKey: string | undefined, check: string, paymentRequired: Code): Code {
  if (errorKey === "") return raw(`${check}.message`);
  const outer = errorKey?.split(".").slice(0, -1) ?? [];
  return outer.reduceRight<Code>((inner, key) => code`{ ${key}: ${inner} }`, code`${paymentRequired}(${check})`);
}

/** One statement on the line of its `if`; several in a block. */
export function guarded(check: string, statements: Code): Code {
  const lines = statements.parts.filter((part) => typeof part === "string").join("").split("\n").length;
  return lines === 1 ? code`if (!${check}.allowed) ${statements}` : code`if (!${check}.allowed) {\n  ${statements}\n}`;
}

/** `return answer;` where the handler gives its answers back, else the answer and a bare `return`. */
export const answer = (handler: Handler, sent: Code): Code => (handler.returnsAnswer ? code`return ${sent};` : code`${sent};\nreturn;`);

/** The function a handler was made from. */
export function functionAt(app: App, handler: Handler): Fn | undefined {
  const tree = app.code.parse(handler.file);
  const found: Fn[] = [];
  if (tree)
    walk(tree, (node) => {
      if (isFn(node) && lineOf(tree, node.getStart(tree)) === handler.line) found.push(node);
    });
  return found.find((fn) => nameOf(fn) === handler.symbol) ?? found.at(-1);
}

/** Whether the response takes nothing but bodies of one type: `Response<Data>`, `NextApiResponse<Data>`. */
export const isTypedAnswer = (fn: Fn): boolean => /Response<(?!any>|unknown>)/.test(fn.parameters[1]?.type?.getText() ?? "");

/** `res.status(402).json(body)`; where the response's type would refuse our body, the same bytes past that type. */
export const json = (on: string, body: Code, typed: boolean): Code => (typed ? code`${on}.setHeader("Content-Type", "application/json").end(JSON.stringify(${body}))` : code`${on}.json(${body})`);
