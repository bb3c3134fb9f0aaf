import type { Code, Edit, Signup } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isFn, type Fn } from "../../source/typescript/functions.ts";
import { propertyOf } from "../../source/typescript/options.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { addProperties } from "../../source/typescript/insertion.ts";
import { bare, lineOf, ts, walk } from "../../source/typescript/parse.ts";
import { valueOf } from "../../source/typescript/values.ts";
import { atStart, hookFunction, hookValue, isTyped, wiredBy } from "./hook.extend.ts";

/** A call of `betterAuth` and the object literal of its options. */
export interface Setup {
  readonly call: ts.CallExpression;
  readonly options: ts.ObjectLiteralExpression;
}

/** Every place where the app sets Better Auth up, the one that has a database and is used most first. */
export function setupsOf(app: App): readonly Setup[] {
  const found = app.code.mentioning("betterAuth").flatMap((file) => {
    const tree = app.code.parse(file);
    const calls: Setup[] = [];
    if (tree)
      walk(tree, (node) => {
        if (!ts.isCallExpression(node) || !node.arguments[0] || !isMaker(app, node)) return;
        const options = literalOf(app, node.arguments[0]);
        if (options) calls.push({ call: node, options });
      });
    return calls;
  });
  return found.sort((a, b) => weight(app, b) - weight(app, a));
}

function isMaker(app: App, call: ts.CallExpression): boolean {
  const origin = /betterAuth$/.test(call.expression.getText()) ? app.originOf(call.expression) : undefined;
  return origin?.kind === "package" && /^better-auth$/.test(origin.package) && /^betterAuth$/.test(pathOf(origin));
}

/** A set-up that only a command-line tool reads (for its schema) has no importers. */
function weight(app: App, { call, options }: Setup): number {
  const file = call.getSourceFile().fileName;
  const stem = file.split("/").at(-1)?.replace(/\.\w+$/, "") ?? "";
  const importers = app.code.mentioning(stem).filter((one) => app.facts(one)?.imports.some((fact) => fact.file === file)).length;
  return importers + (valueIn(app, options, "database") ? 1000 : 0);
}

function literalOf(app: App, node: ts.Node, depth = 0): ts.ObjectLiteralExpression | undefined {
  const at = bare(node);
  if (ts.isObjectLiteralExpression(at)) return at;
  if (depth > 4) return undefined;
  if (ts.isCallExpression(at)) {
    const origin = app.originOf(at.expression);
    const fn = origin?.kind === "function" && isFn(origin.node) ? origin.node : undefined;
    return fn && returned(app, fn, depth);
  }
  const value = valueOf(app, at);
  return value && value !== at ? literalOf(app, value, depth + 1) : undefined;
}

function returned(app: App, fn: Fn, depth: number): ts.ObjectLiteralExpression | undefined {
  if (!fn.body) return undefined;
  if (!ts.isBlock(fn.body)) return literalOf(app, fn.body, depth + 1);
  const last = fn.body.statements.at(-1);
  return last && ts.isReturnStatement(last) && last.expression ? literalOf(app, last.expression, depth + 1) : undefined;
}

type Found = { readonly property: ts.ObjectLiteralElementLike };

/** A property of an options object, looked for in what it spreads as well. */
function valueIn(app: App, literal: ts.ObjectLiteralExpression, name: string): Found | undefined {
  const own = propertyOf(literal, name);
  if (own) return { property: own };
  for (const spread of literal.properties.filter(ts.isSpreadAssignment)) {
    const inner = literalOf(app, spread.expression, 2);
    const found = inner && propertyOf(inner, name);
    if (found) return { property: found };
  }
  return undefined;
}

function objectOf(app: App, { property }: Found): ts.ObjectLiteralExpression | undefined {
  if (ts.isPropertyAssignment(property)) return literalOf(app, property.initializer);
  return ts.isShorthandPropertyAssignment(property) ? literalOf(app, property.name) : undefined;
}

const WAY = ["databaseHooks", "user", "create", "after"] as const;

/** `databaseHooks.user.create.after`, which runs however an account comes to be: extended where it is, else added. */
export function hookSignups(app: App): readonly Signup[] {
  const setup = setupsOf(app)[0];
  if (!setup) return [];
  let literal = setup.options;
  for (const [i, name] of WAY.entries()) {
    const found = valueIn(app, literal, name);
    if (!found) return [added(app, literal, i)];
    if (name === "after") return [extended(app, found.property)];
    const inner = objectOf(app, found);
    if (!inner) return [{ ...base(app, found.property), hook: "add", confidence: 0.9, user: FIELDS("user"), wired: [], reason: `${WAY.slice(0, i + 1).join(".")} is made elsewhere, so a hook cannot be added to it here` }];
    literal = inner;
  }
  return [];
}

const FIELDS = (name: string): Signup["user"] => ({ id: raw(`${name}.id`), email: raw(`${name}.email`), name: raw(`${name}.name`) });

function base(app: App, node: ts.Node): Pick<Signup, "file" | "line" | "symbol" | "kind" | "tool" | "evidence"> {
  const tree = node.getSourceFile();
  return { file: tree.fileName, line: lineOf(tree, node.getStart(tree)), symbol: WAY.join("."), kind: "auth-event", tool: "better-auth", evidence: [app.at(node)] };
}

/** The rest of the way, from the object that lacks its next step. */
function added(app: App, literal: ts.ObjectLiteralExpression, from: number): Signup {
  const type = app.language === "typescript" && !isTyped(literal) ? code`user: ${{ name: "User", from: { package: "better-auth" }, typeOnly: true }}` : raw("user");
  const hook = (statements: Code): Code => WAY.slice(from, -1).reduceRight<Code>((inner, name) => code`${name}: {\n  ${inner},\n}`, code`after: async (${type}) => {\n  ${statements}\n}`);
  const place = (statements: Code): readonly Edit[] => addProperties(literal, [hook(statements)]);
  return { ...base(app, literal), hook: "add", confidence: 0.95, user: FIELDS("user"), wired: [], place };
}

function extended(app: App, property: ts.ObjectLiteralElementLike): Signup {
  const hook = hookFunction(app, property);
  const site = { ...base(app, property), hook: "extend" as const, confidence: 0.95 };
  const value = "fn" in hook ? hookValue(hook.fn, undefined) : undefined;
  if ("reason" in hook || !value) return { ...site, user: FIELDS("user"), wired: wiredBy(property), reason: "reason" in hook ? hook.reason : "the hook gives its user no name" };
  const { fn } = hook;
  const user = { id: value.of("id"), email: value.of("email"), name: value.of("name") };
  const place = (statements: Code): readonly Edit[] => [...(atStart(fn, statements) ?? []), ...value.edits];
  return { ...site, user, wired: wiredBy(fn), ...(atStart(fn, raw("")) ? { place } : { reason: "its type does not let it wait for a promise" }) };
}
