import type { Code, Edit, Meter, Recording } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import { anchorAt } from "../../source/typescript/anchors.ts";
import { functionsAround, isFn } from "../../source/typescript/functions.ts";
import { heldBy, insert, isHeld, type NotHeld } from "../../source/typescript/held.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import type { CallContext, Recorder } from "../define.ts";

/** A job that is started by one call and is finished later. */
export interface Job {
  /** The value of `status` of a job that is done, and the event's fields as paths into it. */
  readonly done: string;
  readonly meter: Readonly<Record<string, string>>;
  /** A method that waits for the job: `wait`. */
  readonly waits?: string;
  /** What to do when the end is not seen here: bill the start, or hand off because of this. */
  readonly otherwise: "start" | { readonly reason: string };
}

/**
 * Records a job where it is seen to be done: in `if (job.status === "succeeded")`, after the loop that asks until it is, or after the
 * call that waits for it.
 */
export const recordPolled = (job: Job): Recorder => (context) => {
  const seen = inBranch(context, job) ?? afterWait(context, job) ?? afterLoop(context, job);
  if (seen) return seen;
  return job.otherwise === "start" ? undefined : ({ as: "none", reason: job.otherwise.reason, node: context.call } satisfies NotHeld);
};

const scopeOf = ({ site }: CallContext): ts.Node | undefined => functionsAround(site)[0];

/** The fields of a job that is done, and what the call itself says. */
function meterOf(context: CallContext, { meter }: Job, value: (path: string) => Code | undefined): Meter {
  const said = Object.entries(meter).flatMap(([name, path]): [string, Code][] => {
    const read = value(path);
    return read ? [[name, read]] : [];
  });
  return { ...context.meterOf(() => undefined), ...Object.fromEntries(said) };
}

/** `if (current.status === "succeeded") { … }` after the call. */
function inBranch(context: CallContext, job: Job): Recording | undefined {
  const scope = scopeOf(context);
  let found: Recording | undefined;
  if (scope)
    walk(scope, (node) => {
      if (found || isFn(node) || !ts.isIfStatement(node) || node.pos < context.site.pos) return isFn(node) ? false : undefined;
      const owner = new RegExp(`^([\\w$.]+)\\??\\.status\\s*===?\\s*["'\`]${job.done}["'\`]$`).exec(node.expression.getText())?.[1];
      const first = ts.isBlock(node.thenStatement) ? node.thenStatement.statements[0] : undefined;
      const anchor = first && anchorAt(first, "before");
      if (owner !== undefined && anchor) found = { meter: meterOf(context, job, (path) => raw(`${owner}.${path}`)), place: (statements) => insert(anchor, statements) };
      return undefined;
    });
  return found;
}

/** `const finished = await replicate.wait(prediction);` */
function afterWait(context: CallContext, job: Job): Recording | undefined {
  const scope = scopeOf(context);
  const name = nameHeld(context);
  let found: Recording | undefined;
  if (scope && job.waits !== undefined && name !== undefined)
    walk(scope, (node) => {
      if (found || !ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== job.waits || node.arguments[0]?.getText() !== name) return;
      const held = heldBy(node, { fresh: context.fresh("finished", "result") });
      if (isHeld(held) && held.as !== "discarded") found = { meter: meterOf(context, job, held.value), place: held.place };
    });
  return found;
}

function nameHeld({ held }: CallContext): string | undefined {
  const value = isHeld(held) && held.as === "name" ? held.value("") : undefined;
  return value?.parts.join("");
}

/** `while (job.status !== "succeeded") { …; job = await get(job.id); }`: our statements follow, for a job that is done. */
function afterLoop(context: CallContext, job: Job): Recording | undefined {
  const scope = scopeOf(context);
  const name = nameHeld(context);
  let loop: ts.IterationStatement | undefined;
  if (scope && name !== undefined)
    walk(scope, (node) => {
      if (!loop && ts.isIterationStatement(node, false) && node.pos > context.site.pos && assigns(node, name)) loop = node;
    });
  const after = loop && anchorAt(loop, "after");
  if (!after || name === undefined) return undefined;
  return { meter: meterOf(context, job, (path) => raw(`${name}.${path}`)), place: (statements): readonly Edit[] => insert(after, code`if (${name}.status === "${job.done}") {\n  ${statements}\n}`) };
}

function assigns(loop: ts.Node, name: string): boolean {
  let found = false;
  walk(loop, (node) => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && node.left.getText() === name) found = true;
  });
  return found;
}
