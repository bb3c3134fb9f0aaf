import type { Edit, UserModel } from "../../domain.ts";
import { code, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { literalOf, nameText } from "../../source/typescript/literals.ts";
import { bare, ts, wrapped } from "../../source/typescript/parse.ts";
import { lookup } from "../../source/typescript/scope.ts";
import type { Creation } from "../define.ts";
import { methodCalls, tailName } from "./calls.find.ts";
import { readTables, tableCall, userTable, type DrizzleTable } from "./drizzle.schema.ts";

/** Every `db.insert(users).values(…)`. The call is the whole chain, so that its result is what the code keeps. */
export function drizzleCreations(app: App, model: UserModel | undefined): readonly Creation[] {
  const table = userTable(readTables(app));
  if (!model || !table || model.file !== table.file) return [];
  const found = methodCalls(app, /^insert$/, (text) => text.includes(table.variable) && /\.insert\s*\(/.test(text));
  return found.flatMap(({ call }) => (call.arguments[0] && isTable(app, call.arguments[0], table) ? [creation(call, table, model)] : []));
}

/** `users`, `schema.users`, under whatever name it was imported. */
function isTable(app: App, node: ts.Expression, table: DrizzleTable): boolean {
  const origin = app.originOf(node);
  if (origin?.kind === "package" && origin.made) return tableCall(origin.made) === table.call;
  if (tailName(node) !== table.variable) return false;
  const at = bare(node);
  const declared = ts.isIdentifier(at) ? lookup(at.text, at)?.node : undefined;
  return !declared || !ts.isVariableDeclaration(declared) || declared.initializer === undefined || tableCall(bare(declared.initializer)) === table.call;
}

interface Chain {
  /** The outermost call. */
  readonly last: ts.CallExpression;
  readonly steps: ReadonlyMap<string, ts.CallExpression>;
}

const STEPS = /^(?:values|returning|\$returningId|onConflictDoNothing|onConflictDoUpdate|onDuplicateKeyUpdate|ignore|execute|get|all|run|\$dynamic|prepare|select|overridingSystemValue)$/;

function chainOf(start: ts.CallExpression): Chain {
  const steps = new Map<string, ts.CallExpression>();
  let last = start;
  for (;;) {
    const { parent } = wrapped(last);
    if (!ts.isPropertyAccessExpression(parent) || !STEPS.test(parent.name.text) || !ts.isCallExpression(parent.parent) || parent.parent.expression !== parent) return { last, steps };
    last = parent.parent;
    steps.set(parent.name.text, last);
  }
}

function creation(call: ts.CallExpression, table: DrizzleTable, model: UserModel): Creation {
  const { last, steps } = chainOf(call);
  const given = steps.get("values")?.arguments[0];
  const list = given && ts.isArrayLiteralExpression(bare(given)) ? (bare(given) as ts.ArrayLiteralExpression) : undefined;
  const fields = literalOf(list ? list.elements[0] : given);
  const shared = fields ? { fields } : {};
  const returning = steps.get("returning") ?? steps.get("$returningId");
  // With `onConflictDoNothing` the list may be empty: no row to speak of.
  if (steps.has("onConflictDoNothing")) return { call: last, ...shared };
  if (!returning) return { call: last, ...shared, ...asking(steps, table, model) };
  const row = steps.has("get") ? "" : "[0]";
  const taken = firstOf(last);
  return { call: taken ?? last, row: taken ? "" : row, ...shared, ...returned(returning, model) };
}

/** An insert that gives no row is asked for the key, before it is executed. */
function asking(steps: Chain["steps"], table: DrizzleTable, model: UserModel): Pick<Creation, "row" | "widen" | "columns"> {
  const after = [...steps].findLast(([name]) => !/^(?:execute|get|all|run)$/.test(name))?.[1];
  if (!after || steps.has("run")) return {};
  const file = after.getSourceFile();
  const step = table.dialect === "mysql" ? raw(".$returningId()") : code`.returning({ ${model.id.name}: ${idColumn(after, model)} })`;
  const lead = /\n[ \t]*$/.test(file.text.slice(0, (after.expression as ts.PropertyAccessExpression).name.getStart(file) - 1)) ? "\n" : "";
  const edit: Edit = { kind: "splice", at: { file: file.fileName, offset: after.end }, remove: "", code: code`${raw(lead)}${step}` };
  return { row: "[0]", widen: [edit], columns: [model.id.name] };
}

/** The key column as the insert's own code would say it: `users.id`, `schema.users.id`. */
function idColumn(call: ts.CallExpression, model: UserModel): string {
  let at: ts.Expression = call;
  while (ts.isCallExpression(at) && ts.isPropertyAccessExpression(at.expression) && at.expression.name.text !== "insert") at = bare(at.expression.expression) as ts.Expression;
  return `${ts.isCallExpression(at) ? (at.arguments[0]?.getText() ?? "") : ""}.${model.id.name}`;
}

/** `returning({ id: users.id })` gives only some columns: the key is added where it is missing. */
function returned(returning: ts.CallExpression, model: UserModel): Pick<Creation, "columns" | "widen"> {
  const picked = literalOf(returning.arguments[0]);
  if (!picked) return /\$returningId$/.test(returning.expression.getText()) ? { columns: [model.id.name] } : {};
  const columns = picked.properties.flatMap((one) => (one.name ? [nameText(one.name)] : []));
  if (columns.includes(model.id.name)) return { columns };
  const last = picked.properties.at(-1);
  if (!last) return { columns };
  const edit: Edit = { kind: "splice", at: { file: picked.getSourceFile().fileName, offset: last.end }, remove: "", code: raw(`, ${model.id.name}: ${idColumn(returning, model)}`) };
  return { columns: [...columns, model.id.name], widen: [edit] };
}

/** `.then((rows) => rows[0])` and `.then(takeFirst)`: the chain with it gives the row itself. */
function firstOf(last: ts.CallExpression): ts.CallExpression | undefined {
  const { parent } = wrapped(last);
  const then = ts.isPropertyAccessExpression(parent) && parent.name.text === "then" && ts.isCallExpression(parent.parent) ? parent.parent : undefined;
  const callback = then?.arguments[0] && bare(then.arguments[0]);
  if (!then || !callback) return undefined;
  if (ts.isIdentifier(callback)) return /first|unique|single|one/i.test(callback.text) ? then : undefined;
  if (!ts.isArrowFunction(callback) || ts.isBlock(callback.body)) return undefined;
  return /^(?:\w+!?(?:\[0\]|\.at\(0\))!?|\w+)(?:\s*\?\?\s*null)?$/.test(bare(callback.body).getText()) ? then : undefined;
}
