import type { Code, Import } from "../../domain.ts";
import type { App } from "../app.ts";
import { code, raw } from "../../code/code.ts";
import { bare, ts } from "./parse.ts";
import { lookup } from "./scope.ts";
import { asImported, defaultName } from "./instances.ts";

/**
 * An expression of one file as code for another: `db.user` with what `db` is imported from, aliases and constants followed.
 * Undefined when it stands on something that only its own file or function has.
 */
export function portable(app: App, node: ts.Node, depth = 0): Code | undefined {
  if (depth > 8) return undefined;
  if (ts.isAwaitExpression(node)) {
    const inner = portable(app, node.expression, depth + 1);
    return inner && code`(await ${inner})`;
  }
  const at = ts.isParenthesizedExpression(node) || ts.isAsExpression(node) || ts.isNonNullExpression(node) ? bare(node) : node;
  if (ts.isIdentifier(at)) return ofName(app, at, depth);
  if (ts.isPropertyAccessExpression(at)) {
    const owner = portable(app, at.expression, depth + 1);
    return owner && code`${owner}.${at.name.text}`;
  }
  if (ts.isCallExpression(at) && at.arguments.every((one) => ts.isStringLiteralLike(one) || ts.isNumericLiteral(one))) {
    const callee = portable(app, at.expression, depth + 1);
    return callee && code`${callee}(${raw(at.arguments.map((one) => (ts.isStringLiteralLike(one) ? JSON.stringify(one.text) : one.getText())).join(", "))})`;
  }
  return undefined;
}

function ofName(app: App, at: ts.Identifier, depth: number): Code | undefined {
  const declared = lookup(at.text, at)?.node;
  if (!declared) return undefined;
  const imported = importOf(app, at) ?? exportOf(app, declared);
  if (imported) return code`${asImported(app, imported)}`;
  if (!ts.isVariableDeclaration(declared) || !ts.isIdentifier(declared.name) || !declared.initializer) return undefined;
  // What a function takes for itself (`const client = await pool.connect()`) is its own to give back; `await getDb()` is for all.
  const made = bare(declared.initializer);
  const isAsked = ts.isCallExpression(made) && ts.isIdentifier(made.expression) && made.arguments.length === 0;
  const isAlias = isAsked || ts.isIdentifier(declared.initializer) || ts.isPropertyAccessExpression(declared.initializer) || ts.isSourceFile(declared.parent.parent.parent);
  return isAlias ? portable(app, declared.initializer, depth + 1) : undefined;
}

/** The import that gives a file this name. */
function importOf(app: App, at: ts.Identifier): Import | undefined {
  for (const fact of app.facts(at.getSourceFile().fileName)?.imports ?? []) {
    const from = fact.file === undefined ? { package: fact.module } : { file: fact.file };
    const named = fact.named.find((one) => one.local === at.text);
    if (named) return fact.typeOnly ? undefined : { name: named.imported, from };
    if (fact.defaultName === at.text) return { name: at.text, from, as: "default" };
    if (fact.namespace === at.text) return { name: at.text, from, as: fact.kind === "require" && app.moduleSystem === "commonjs" ? "default" : "namespace" };
  }
  return undefined;
}

/** The export under which a file gives something that it declares. */
function exportOf(app: App, declared: ts.Declaration): Import | undefined {
  const file = declared.getSourceFile().fileName;
  for (const [name, one] of app.code.exports(file).named) {
    if (!("node" in one)) continue;
    const at = bare(one.node);
    const same = at === declared || (ts.isIdentifier(at) && lookup(at.text, at)?.node === declared);
    if (same) return name === "default" ? { name: defaultName(app, file, one.node), from: { file }, as: "default" } : { name, from: { file } };
  }
  return undefined;
}
