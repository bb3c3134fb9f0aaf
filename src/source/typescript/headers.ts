import { isFn, type Fn } from "./functions.ts";
import { bare, ts, walk } from "./parse.ts";

/**
 * The first statement in front of `statement`, in its list or one around it, that sends the head of an answer: whoever wants to answer
 * with a status of their own must do so before it. Undefined where nothing was sent.
 */
export const headersBefore = (statement: ts.Statement, handler: Fn): ts.Statement | undefined => firstBefore(statement, handler, sendsHead);

/** The first statement in front of `statement`, in its list or one around it within `handler`, that passes `test`. */
export function firstBefore(statement: ts.Statement, handler: Fn, test: (one: ts.Statement) => boolean): ts.Statement | undefined {
  let found: ts.Statement | undefined;
  for (let at: ts.Node = statement; at !== handler && at.parent; at = at.parent) {
    const list = at.parent;
    if (!(ts.isBlock(list) || ts.isCaseOrDefaultClause(list))) continue;
    const earlier = list.statements.slice(0, Math.max(0, list.statements.indexOf(at as ts.Statement)));
    found = earlier.find(test) ?? found;
  }
  return found;
}

function sendsHead(statement: ts.Statement): boolean {
  // A branch that answers and leaves is not on the way to what follows.
  if (ts.isIfStatement(statement) && leaves(statement.thenStatement)) return false;
  let sends = false;
  walk(statement, (node) => {
    if (sends || isFn(node)) return false;
    sends = ts.isCallExpression(node) && isHead(node);
    return undefined;
  });
  return sends;
}

const leaves = (one: ts.Statement): boolean => {
  const last = ts.isBlock(one) ? one.statements.at(-1) : one;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
};

/** `res.writeHead(…)`, `res.flushHeaders()`, `reply.hijack()`, `res.write(…)`, the content type of an event stream, `openStream(res)`. */
function isHead(call: ts.CallExpression): boolean {
  const [first, second] = call.arguments;
  const callee = call.expression;
  if (ts.isPropertyAccessExpression(callee)) {
    const owner = bare(callee.expression).getText();
    if (/^(?:writeHead|flushHeaders|hijack)$/.test(callee.name.text)) return true;
    if (callee.name.text === "write") return /^(?:res|response|reply\.raw|ctx\.res|stream)$/.test(owner);
    if (!/^(?:set|setHeader|header|type|contentType)$/.test(callee.name.text)) return false;
    return [first, second].some((one) => one !== undefined && /event-stream/.test(one.getText()));
  }
  return ts.isIdentifier(callee) && /sse|event_?stream|headers/i.test(callee.text) && call.arguments.some((one) => /^(?:res|response|reply|reply\.raw)$/.test(one.getText()));
}
