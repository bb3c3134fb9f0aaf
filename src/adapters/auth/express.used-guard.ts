import type { Code } from "../../domain.ts";
import { code } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { bare, ts, walk } from "../../source/typescript/parse.ts";
import { moved } from "./expression.moved.ts";

const VERBS = /^(?:get|post|put|patch|delete|all)$/;

/**
 * The guard that most routes of the app stand behind (`app.get("/account", isAuthenticated, …)`), as code for another file. `tells` knows
 * a guard by the text of its function.
 */
export function guardInUse(app: App, tells: RegExp): Code | undefined {
  const counts = new Map<string, { count: number; node: ts.Expression }>();
  for (const file of app.code.scripts) {
    if (!/\.(?:get|post|put|patch|delete|all|route)\s*\(\s*["'`]/.test(app.repo.text(file) ?? "")) continue;
    const tree = app.code.parse(file);
    if (!tree) continue;
    walk(tree, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !VERBS.test(node.expression.name.text)) return;
      for (const one of middleware(node)) {
        if (!isGuard(app, one, tells)) continue;
        const key = one.getText();
        counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, node: one });
      }
    });
  }
  const ranked = [...counts.values()].sort((a, b) => b.count - a.count);
  for (const { node } of ranked) {
    const written = asWritten(app, node);
    if (written) return written;
  }
  return undefined;
}

/** What stands between a route's path and its last handler. */
function middleware(call: ts.CallExpression): readonly ts.Expression[] {
  const [path, ...rest] = call.arguments;
  const onRoute = ts.isPropertyAccessExpression(call.expression) && /\.route\(\s*["'`]/.test(call.expression.expression.getText());
  if (!path || !(onRoute || ts.isStringLiteralLike(path))) return [];
  return (onRoute ? call.arguments : rest).slice(0, -1).flatMap((one) => (ts.isArrayLiteralExpression(one) ? [...one.elements] : [one]));
}

function isGuard(app: App, node: ts.Expression, tells: RegExp): boolean {
  const at = bare(node);
  const origin = app.originOf(ts.isCallExpression(at) ? at.expression : at);
  if (origin?.kind === "function") return tells.test(origin.node.getText());
  // `const requireJwt = passport.authenticate("jwt", { session: false })`, or the call itself.
  if (origin?.kind !== "package" || !/^(?:passport|koa-passport)$/.test(origin.package)) return false;
  const made = ts.isCallExpression(at) ? at : origin.made;
  return /authenticate/.test(pathOf(origin)) && /["'](?:jwt|bearer|headerapikey|cookie)/i.test(made?.getText() ?? "");
}

/** A guard that is made with a list of rights is made with none. */
function asWritten(app: App, node: ts.Expression): Code | undefined {
  const at = bare(node);
  const origin = ts.isCallExpression(at) ? app.originOf(at.expression) : undefined;
  if (ts.isCallExpression(at) && origin?.kind === "function" && at.arguments.length > 0) {
    const callee = moved(app, at.expression, () => undefined);
    const takesNone = origin.node.parameters.every((one) => one.dotDotDotToken ?? one.questionToken ?? one.initializer);
    return takesNone && callee?.before.length === 0 ? code`${callee.code}()` : undefined;
  }
  const written = moved(app, at, () => undefined);
  return written?.before.length === 0 ? written.code : undefined;
}
