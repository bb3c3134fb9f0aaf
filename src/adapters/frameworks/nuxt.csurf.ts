// https://nuxt.com/modules/csurf
import type { Edit } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { ts, walk } from "../../source/typescript/parse.ts";

const known = new WeakMap<App, Map<string, readonly Edit[]>>();

/**
 * nuxt-csurf refuses every POST without its header, which neither a plain form nor Credyt's webhook can send. The session cookie is not
 * sent along from other sites, and the webhook is signed, so both do without. Several routes share these edits.
 */
export function withoutToken(app: App, pattern: string): readonly Edit[] {
  if (app.uses("nuxt-csurf") === undefined) return [];
  const ofApp = known.get(app) ?? new Map<string, readonly Edit[]>();
  known.set(app, ofApp);
  const edits = ofApp.get(pattern) ?? rule(app, pattern);
  ofApp.set(pattern, edits);
  return edits;
}

function rule(app: App, pattern: string): readonly Edit[] {
  const file = ["ts", "js", "mjs"].map((ending) => app.path(`nuxt.config.${ending}`)).find((one) => app.repo.has(one));
  const config = file === undefined ? undefined : configIn(app, file);
  if (!config || config.getText().includes(`"${pattern}"`) || config.getText().includes(`'${pattern}'`)) return [];
  const rules = literalOf(propertyOf(config, "routeRules"));
  // The module tells its rule to types that newer versions of Nuxt have moved.
  const value = config.getSourceFile().fileName.endsWith(".ts") ? "{ csurf: false } as object" : "{ csurf: false }";
  const why = "// A form and Credyt's webhook send no CSRF header.";
  return rules ? addProperties(rules, [raw(`${why}\n"${pattern}": ${value}`)]) : addProperties(config, [raw(`routeRules: {\n  ${why}\n  "${pattern}": ${value},\n}`)]);
}

function configIn(app: App, file: string): ts.ObjectLiteralExpression | undefined {
  const tree = app.code.parse(file);
  let found: ts.ObjectLiteralExpression | undefined;
  if (tree)
    walk(tree, (node) => {
      if (!found && ts.isCallExpression(node) && node.expression.getText() === "defineNuxtConfig") found = literalOf(node.arguments[0]);
    });
  return found;
}
