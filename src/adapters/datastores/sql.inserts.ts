import type { Edit, UserModel } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { literalOf, propertyOf } from "../../source/typescript/literals.ts";
import { bare, ts, walk, wrapped } from "../../source/typescript/parse.ts";
import type { Creation } from "../define.ts";
import { callbackOf } from "./saves.find.ts";
import { asksForKey, insertResult, speechOf, type Speech } from "./sql.drivers.ts";

type SqlText = ts.StringLiteralLike | ts.TemplateExpression;

/** An `INSERT INTO users` and the call that runs it. */
interface Insert {
  readonly text: SqlText;
  readonly call: ts.CallExpression | ts.TaggedTemplateExpression;
  readonly method: string;
  /** Expressions for the placeholders, in order. */
  readonly values: readonly ts.Expression[];
}

/** Every insert into the table of users that is written as SQL. `usual` is spoken where a call's own driver cannot be told. */
export function sqlCreations(app: App, model: UserModel, usual: Speech, isOwn: (speech: Speech) => boolean): readonly Creation[] {
  const pattern = insertInto(model.name);
  return app.code.scripts.flatMap((file) => {
    const tree = pattern.test(app.repo.text(file) ?? "") ? app.code.parse(file) : undefined;
    const found: Creation[] = [];
    if (tree)
      walk(tree, (node) => {
        if (!isSql(node) || !pattern.test(plainText(node))) return;
        for (const insert of insertsOf(node)) {
          const speech = speechOf(app, insert.call) ?? usual;
          if (isOwn(speech)) found.push(creation(insert, speech, model));
        }
      });
    return found;
  });
}

/** The statement that inserts into a table, quoted and schema-qualified or not. */
const insertInto = (table: string): RegExp => new RegExp(`insert\\s+(?:or\\s+\\w+\\s+|ignore\\s+)?into\\s+(?:["\`[]?\\w+["\`\\]]?\\.)?["\`[]?${table}["\`\\]]?\\s*[($]`, "i");

const isSql = (node: ts.Node): node is SqlText => ts.isStringLiteralLike(node) || ts.isTemplateExpression(node);

/** SQL as one text, each hole of a template as `$n`. */
function plainText(node: SqlText): string {
  if (!ts.isTemplateExpression(node)) return node.text;
  return node.head.text + node.templateSpans.map((span, i) => `$${i + 1}${span.literal.text}`).join("");
}

function insertsOf(text: SqlText): readonly Insert[] {
  const { parent } = text;
  if (ts.isTaggedTemplateExpression(parent)) return [{ text, call: parent, method: "", values: holes(text) }];
  const at = wrapped(text);
  if (ts.isVariableDeclaration(at.parent) && ts.isIdentifier(at.parent.name)) return usesOf(at.parent.name).flatMap((use) => running(text, use));
  return running(text, at as ts.Expression);
}

const holes = (text: SqlText): readonly ts.Expression[] => (ts.isTemplateExpression(text) ? text.templateSpans.map((span) => span.expression) : []);

/** The call that runs the SQL in `node`: it is an argument, `{ sql }` of one, or prepared first. */
function running(text: SqlText, node: ts.Expression): readonly Insert[] {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent) && /^(?:sql|text)$/.test(parent.name.getText()) && ts.isCallExpression(parent.parent.parent)) {
    const given = literalOf(parent.parent) && (propertyOf(parent.parent, "args") ?? propertyOf(parent.parent, "values"));
    return [inserting(text, parent.parent.parent, given ? [given] : [])];
  }
  if (!ts.isCallExpression(parent) || !parent.arguments.includes(node)) return [];
  const name = ts.isPropertyAccessExpression(parent.expression) ? parent.expression.name.text : parent.expression.getText();
  if (name !== "prepare") return [inserting(text, parent, parent.arguments.slice(parent.arguments.indexOf(node) + 1))];
  return prepared(text, parent);
}

/** `db.prepare(sql).run(…)`, and `const insertUser = db.prepare(sql)` with its later `insertUser.run(…)`. */
function prepared(text: SqlText, statement: ts.CallExpression): readonly Insert[] {
  const at = wrapped(statement);
  const owners = ts.isVariableDeclaration(at.parent) && ts.isIdentifier(at.parent.name) ? usesOf(at.parent.name) : [at as ts.Expression];
  return owners.flatMap((owner) => {
    const { parent } = owner;
    const call = ts.isPropertyAccessExpression(parent) && parent.expression === owner && /^(?:run|get|all|bind)$/.test(parent.name.text) && ts.isCallExpression(parent.parent) ? parent.parent : undefined;
    return call ? [inserting(text, call, call.arguments)] : [];
  });
}

function usesOf(name: ts.Identifier): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  walk(name.getSourceFile(), (node) => {
    if (ts.isIdentifier(node) && node.text === name.text && node !== name && node.pos > name.pos) found.push(node);
  });
  return found;
}

function inserting(text: SqlText, call: ts.CallExpression, given: readonly ts.Expression[]): Insert {
  const first = given[0] && bare(given[0]);
  const list = first && ts.isArrayLiteralExpression(first) ? first.elements : given.filter((one) => !ts.isFunctionLike(bare(one)));
  const method = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : "";
  return { text, call, method, values: [...holes(text), ...list] };
}

function creation(insert: Insert, speech: Speech, model: UserModel): Creation {
  const sql = plainText(insert.text);
  const given = givenColumns(sql, insert.values);
  const key = model.id.name;
  const returning = /\breturning\s+([\s\S]*?);?\s*$/i.exec(sql)?.[1]?.trim();
  const result = insertResult(speech, returning !== undefined, insert.method);
  const callback = ts.isCallExpression(insert.call) && speech.endsWith("-callback") ? callbackOf(insert.call) : undefined;
  const fields = insert.values.map((one) => literalOf(ts.isCallExpression(one) ? one.arguments[0] : undefined)).find((one) => one !== undefined);
  const shared = { call: insert.call, given, ...(fields && { fields }), ...(callback && { callback }) };
  if (given[key]) return { ...shared, ...(result.row !== undefined && { row: result.row }) };
  if (!asksForKey(speech)) return { ...shared, ...result, ...(speech === "sqlite-callback" && { self: "this" }) };
  const asked = insertResult(speech, true, insert.method);
  if (returning === undefined) return { ...shared, ...asked, columns: [key], widen: [atEnd(insert.text, ` RETURNING ${key}`)] };
  const columns = returning.split(",").map((one) => one.trim().replace(/["`]/g, "").split(/\s+as\s+|\s+/i).at(-1) ?? "");
  if (columns.includes("*")) return { ...shared, ...result };
  return columns.includes(key) ? { ...shared, ...result, columns } : { ...shared, ...result, columns: [...columns, key], widen: [atEnd(insert.text, `, ${key}`)] };
}

/** Adds to the end of the statement, before its semicolon and the white space behind it. */
function atEnd(node: SqlText, added: string): Edit {
  const file = node.getSourceFile();
  const literal = ts.isTemplateExpression(node) ? (node.templateSpans.at(-1)?.literal ?? node.head) : node;
  const body = file.text.slice(literal.getStart(file), literal.end);
  const end = literal.end - (/[\s;]*["'`]$/.exec(body)?.[0].length ?? 1);
  return { kind: "splice", at: { file: file.fileName, offset: end }, remove: "", code: raw(added) };
}

/** `(email, name) VALUES ($1, $2)`: the expression that each column is given. */
function givenColumns(sql: string, values: readonly ts.Expression[]): Record<string, ts.Expression> {
  const match = /insert\s[\s\S]*?\(([^)]*)\)\s*values\s*\(([\s\S]*?)\)\s*(?:returning|on\s|;|$)/i.exec(sql);
  const columns = (match?.[1] ?? "").split(",").map((one) => one.trim().replace(/["`[\]]/g, ""));
  const found: Record<string, ts.Expression> = {};
  let next = 0;
  for (const [i, slot] of topLevel(match?.[2] ?? "").entries()) {
    const number = /^\$(\d+)(?:::\w+)?$/.exec(slot.trim())?.[1];
    const asked = /^[?@:]\w*$/.test(slot.trim());
    const value = number !== undefined ? values[Number(number) - 1] : asked ? values[next++] : undefined;
    const column = columns[i];
    if (column !== undefined && value) found[column] = value;
  }
  return found;
}

/** Splits at commas outside parentheses. */
function topLevel(text: string): readonly string[] {
  const parts = [""];
  let depth = 0;
  for (const mark of text) {
    if (mark === "(") depth++;
    if (mark === ")") depth--;
    if (mark === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += mark;
  }
  return parts;
}
