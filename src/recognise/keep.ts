import type { Code, Edit } from "../domain.ts";
import { raw } from "../code/code.ts";
import { anchorAt, statementOf } from "../source/typescript/anchors.ts";
import { functionsAround, type Fn } from "../source/typescript/functions.ts";
import { heldBy, heldByParameter, insert, isHeld, type Held, type NotHeld } from "../source/typescript/held.ts";
import { bare, ts, walk, wrapped } from "../source/typescript/parse.ts";

/** The ways from the result of a call to the stored row and to its key; absent where the result does not lead there. */
export interface Reach {
  readonly row?: string | undefined;
  readonly id?: string | undefined;
}

/** How the result of a call that stores a user is kept; results that the code throws away get a name. */
export interface KeepOptions {
  readonly reach: Reach;
  readonly chain?: RegExp | undefined;
  /** A name in scope that is the stored user, whatever the result is. */
  readonly self?: string | undefined;
  readonly callback?: { readonly fn: Fn; readonly index: number } | undefined;
  /** Set where the compiler takes every element of a list for possibly missing (`noUncheckedIndexedAccess`). */
  readonly isChecked?: boolean;
}

/** A kept result, read by paths that begin at the result: `[0].id`, `rows[0].email`. */
export type Kept = Held & { readonly read: (path: string) => Code | undefined };

/** How the code keeps a result, with our statements where the new user is certain: behind null checks and the transaction's end. */
export function keep(call: ts.Expression, { reach, chain, self, callback, isChecked }: KeepOptions): Kept | NotHeld {
  const held = callback ? heldInCallback(callback, self) : heldBy(call, { fresh: freeName(call, USERS), ...(chain && { chain }) });
  if (!isHeld(held)) return held;
  if (self !== undefined) return settled({ ...held, read: (path) => raw(join(self, path)) });
  const mark = isChecked ? "!" : "";
  if (held.as === "discarded") return bound(held, reach, mark);
  return settled({ ...held, read: (path) => readPath(held, path, mark) });
}

/** `rows[0]!.id` where elements may be missing, as far as the compiler knows. */
const marked = (path: string, mark: string): string => path.replace(/\](?=\.)/g, `]${mark}`);

const join = (name: string, path: string): string => (path === "" ? name : path.startsWith("[") ? name + path : `${name}.${path}`);

const USERS = ["user", "newUser", "createdUser", "storedUser"];
const RESULTS = ["result", "created", "inserted", "insertResult"];

/** The first of `names` that the function around a node does not use. */
export function freeName(node: ts.Node, names: readonly string[]): string {
  const outer = functionsAround(node).at(-1) ?? node.getSourceFile();
  const used = new Set(outer.getText().match(/[A-Za-z_$][\w$]*/g) ?? []);
  return names.find((name) => !used.has(name)) ?? `credyt${(names[0] ?? "user").replace(/^./, (first) => first.toUpperCase())}`;
}

/** `(err, user) => …`, `(err) => …` with the user in scope around it, `function (err) { this.lastID }`. */
function heldInCallback({ fn, index }: NonNullable<KeepOptions["callback"]>, self: string | undefined): Held | NotHeld {
  if (self === undefined || fn.parameters[index]) return heldByParameter(fn, index, "callback");
  const nothing: NotHeld = { as: "nested", reason: "the callback has no body to write a statement into", node: fn };
  if (!fn.body || !ts.isBlock(fn.body) || (self === "this" && ts.isArrowFunction(fn))) return nothing;
  const error = fn.parameters[0]?.name.getText();
  const { statements } = fn.body;
  const guard = error === undefined ? undefined : statements.find((one) => ts.isIfStatement(one) && one.expression.getText().includes(error));
  const beside = guard ?? statements[0];
  const anchor = beside && anchorAt(beside, guard ? "after" : "before", fn);
  return anchor ? { as: "callback", node: fn, value: (path) => raw(join(self, path)), place: (added) => insert(anchor, added) } : nothing;
}

/** A path into a kept result, where a list or `{ rows: [user] }` was taken apart already. */
function readPath(held: Held, path: string, mark: string): Code | undefined {
  const name = ts.isVariableDeclaration(held.node) ? held.node.name : undefined;
  if (name && ts.isArrayBindingPattern(name)) {
    const match = /^\[(\d+)\]\.?(.*)$/.exec(path);
    const element = match ? name.elements[Number(match[1])] : undefined;
    if (!element || !ts.isBindingElement(element) || !ts.isIdentifier(element.name)) return undefined;
    const isGuarded = laterStatement(statementOf(held.node) ?? (held.node as ts.Statement)) !== undefined;
    return raw(join(`${element.name.text}${isGuarded ? "" : mark}`, match?.[2] ?? ""));
  }
  const nested = /^(\w+)\[0\]\.?(.*)$/.exec(path);
  if (name && ts.isObjectBindingPattern(name) && nested) {
    const element = name.elements.find((one) => one.propertyName?.getText() === nested[1] && ts.isArrayBindingPattern(one.name));
    const first = element && ts.isArrayBindingPattern(element.name) ? element.name.elements[0] : undefined;
    if (first && ts.isBindingElement(first) && ts.isIdentifier(first.name)) return raw(join(first.name.text, nested[2] ?? ""));
  }
  return held.value(marked(path, mark));
}

/** `await create(…);` becomes `const user = await create(…);`. */
function bound(held: Held, { row, id }: Reach, mark: string): Kept | NotHeld {
  const statement = statementOf(held.node);
  const call = bare(held.node);
  if (!statement || !ts.isExpressionStatement(statement)) return { as: "none", reason: "its result is thrown away where it cannot get a name", node: held.node };
  if (row === undefined && id === undefined) return settled({ ...held, read: () => undefined });
  const isRow = row === "" || row === "[0]";
  const name = freeName(call, isRow ? USERS : RESULTS);
  const listed = row === "[0]";
  const offset = statement.getStart();
  // Drivers that answer at once are not awaited; a promise must be.
  const awaits = held.node.kind === ts.SyntaxKind.AwaitExpression || id === "lastInsertRowid" ? "" : "await ";
  const edit: Edit = { kind: "splice", at: { file: statement.getSourceFile().fileName, offset }, remove: "", code: raw(`const ${listed ? `[${name}]` : name} = ${awaits}`) };
  let isRead = false;
  const read = (path: string): Code | undefined => {
    isRead = true;
    const whole = marked(join(name, path), mark);
    return raw(listed ? whole.replace("[0]", "") : whole);
  };
  return settled({ ...held, read, place: (statements) => [...(isRead ? [edit] : []), ...held.place(statements)] });
}

/** Our statements stand behind `if (!user) throw …` and behind the commit of a transaction that the result is part of. */
function settled(kept: Kept): Kept {
  const statement = statementOf(kept.node);
  const later = statement && kept.as !== "returned" ? laterStatement(statement) : undefined;
  const anchor = later && anchorAt(later, "after");
  return anchor ? { ...kept, place: (statements) => kept.place(statements).map((edit) => (edit.kind === "insert" ? { ...edit, at: anchor } : edit)) } : kept;
}

const COMMIT = /\.commit\s*\(|commitTransaction\s*\(|["'`]\s*COMMIT\b/i;

/** The last statement of the same block that must be behind us before the user is there for good. */
function laterStatement(statement: ts.Statement): ts.Statement | undefined {
  const { parent } = statement;
  if (!ts.isBlock(parent) && !ts.isSourceFile(parent) && !ts.isCaseOrDefaultClause(parent)) return undefined;
  const after = parent.statements.slice(parent.statements.indexOf(statement) + 1);
  const commit = after.find((one) => COMMIT.test(one.getText()) && ts.isExpressionStatement(one));
  if (commit) return commit;
  const names = namesOf(statement);
  for (const one of after.slice(0, 4)) {
    if (ts.isIfStatement(one) && !one.elseStatement && leaves(one.thenStatement) && names.some((name) => new RegExp(`!\\s*${name}\\b|\\b${name}\\s*={2,3}\\s*(?:null|undefined)|\\b${name}(?:\\?)?\\.length\\s*(?:={2,3}\\s*0|<\\s*1)|^\\w*[eE]rr(?:or)?$`).test(one.expression.getText()))) return one;
    if (!ts.isVariableStatement(one) && !ts.isExpressionStatement(one)) return undefined;
  }
  return undefined;
}

/** The names that a statement gives its results. */
function namesOf(statement: ts.Statement): readonly string[] {
  const found: string[] = [];
  if (ts.isVariableStatement(statement))
    for (const one of statement.declarationList.declarations) {
      if (ts.isIdentifier(one.name)) found.push(one.name.text);
      else walk(one.name, (node) => void (ts.isBindingElement(node) && ts.isIdentifier(node.name) && found.push(node.name.text)));
    }
  if (ts.isExpressionStatement(statement) && ts.isBinaryExpression(statement.expression)) found.push(statement.expression.left.getText());
  return found.map((name) => name.replace(/[.$]/g, "\\$&"));
}

/** Whether a branch always leaves the function. */
function leaves(branch: ts.Statement): boolean {
  const last = ts.isBlock(branch) ? branch.statements.at(-1) : branch;
  return last !== undefined && (ts.isReturnStatement(last) || ts.isThrowStatement(last));
}

/** The call whose callback a node stands in, when that is a transaction of the data store: nothing else may wait in there. */
export function transactionAround(node: ts.Node): { readonly call: ts.CallExpression; readonly fn: Fn } | undefined {
  for (const fn of functionsAround(node)) {
    const at = wrapped(fn);
    if (!ts.isCallExpression(at.parent) || !at.parent.arguments.includes(at as ts.Expression)) continue;
    const name = at.parent.expression.getText().split(".").at(-1) ?? "";
    if (/^\$?(?:transaction|withTransaction|inTransaction|runInTransaction|runTransaction|begin|managedTransaction)$/.test(name)) return { call: at.parent, fn };
  }
  return undefined;
}

/** What a function gives back of a user it keeps as `name`: the way to the row, or to the key alone. */
export function givenBack(fn: Fn, name: string, key: string): Reach | undefined {
  if (!fn.body) return undefined;
  if (!ts.isBlock(fn.body)) return shapeOf(fn.body, name, key);
  let found: Reach | undefined;
  walk(fn.body, (node) => {
    if (ts.isFunctionLike(node)) return false;
    if (ts.isReturnStatement(node) && node.expression) found = shapeOf(node.expression, name, key) ?? found;
    return undefined;
  });
  return found;
}

function shapeOf(given: ts.Expression, name: string, key: string): Reach | undefined {
  const at = bare(given);
  const text = at.getText();
  if (text === name || new RegExp(`^${name.replace(/[.$]/g, "\\$&")}\\.(?:toObject|toJSON|get)\\(\\)$`).test(text)) return { row: "" };
  if (text === `${name}.${key}`) return { id: "" };
  if (!ts.isObjectLiteralExpression(at)) return undefined;
  for (const property of at.properties) {
    if (ts.isSpreadAssignment(property) && property.expression.getText() === name) return { row: "" };
    if (ts.isShorthandPropertyAssignment(property) && property.name.text === name) return { row: name };
    const inner = ts.isPropertyAssignment(property) ? shapeOf(property.initializer, name, key) : undefined;
    if (inner && property.name) return prefixed(property.name.getText(), inner);
  }
  return undefined;
}

/** A reach below a property: `user` and `{ row: "" }` give `{ row: "user" }`. */
export const prefixed = (head: string, { row, id }: Reach): Reach => ({ ...(row !== undefined && { row: joinPaths(head, row) }), ...(id !== undefined && { id: joinPaths(head, id) }) });

export const joinPaths = (head: string, rest: string): string => (head === "" ? rest : rest === "" ? head : rest.startsWith("[") ? head + rest : `${head}.${rest}`);
