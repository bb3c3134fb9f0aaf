import type { Code, UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { code, joinCode, raw, textOf } from "../../code/code.ts";

/** The billing columns that are wanted: the customer's id, and for plans that are paid up front the payment state. */
export type Names = readonly ("customerId" | "status")[];

/** What one data store says inside the two functions of the `store` slot. */
export interface StoreWords {
  /** Declarations that stand in front of the functions; a blank line follows. */
  readonly before?: Code;
  /** What the stored row is called: `user` unless that name is taken. */
  readonly row?: string;
  /** Statements that make `user` the stored row, or nothing when there is none. */
  readonly read: Code;
  /** Set when the row has the names of the answer already, as the read asked for. */
  readonly whole?: boolean;
  /** How the row's billing columns are read: `user.credytCustomerId`. */
  readonly columns?: Readonly<Record<"customerId" | "status", string>>;
  /** Expressions for e-mail address and name, where the row has them: `user.email`. */
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  /** Statements that store `customer.customerId` and `customer.status` for `userId`. */
  readonly save: Code;
  /** Set when a user without a row is a user all the same, because rows are made when they are needed. */
  readonly rowless?: boolean;
}

/** The two functions of the `store` slot, in the app's language. */
export function storeCode(app: App, names: Names, words: StoreWords): Code {
  const typed = app.language === "typescript";
  const customer = names.includes("status") ? "{ customerId: string; status: string }" : "{ customerId: string }";
  // CommonJS files export at their end, which the file around this slot does.
  const exported = typed || app.moduleSystem === "esm" ? "export " : "";
  const state = names.includes("status") ? "status?: string | null; " : "";
  const readDoc = typed ? "/** The user with this id, or null when there is none. */" : `/**\n * The user with this id, or null when there is none.\n *\n * @param {string} userId\n * @returns {Promise<{ customerId: string | null; ${state}email?: string | null; name?: string | null } | null>}\n */`;
  const saveDoc = typed ? `/** Stores the Credyt id${names.includes("status") ? " and payment state" : ""} of a user. */` : `/**\n * Stores the Credyt id${names.includes("status") ? " and payment state" : ""} of a user.\n *\n * @param {string} userId\n * @param {${customer}} customer\n */`;
  return joinCode([
    ...(typed ? [raw(`${storedUser(names)}\n\n`)] : []),
    ...(words.before ? [words.before, raw("\n\n")] : []),
    raw(`${readDoc}\n${exported}async function readUser(userId${typed ? ": string): Promise<StoredUser | null>" : ")"} {\n  `),
    indent(words.read),
    raw(`\n${answer(names, words)}\n}\n\n${saveDoc}\n${exported}async function saveCustomer(${typed ? `\n  userId: string,\n  customer: ${customer},\n): Promise<void>` : "userId, customer)"} {\n  `),
    indent(words.save),
    raw("\n}"),
  ], "");
}

/** What `readUser` gives; the other files of ours read these names. */
function storedUser(names: Names): string {
  const optional = [...(names.includes("status") ? ["status"] : []), "email", "name"];
  return `export interface StoredUser {\n  customerId: string | null;\n${optional.map((name) => `  ${name}?: string | null | undefined;`).join("\n")}\n}`;
}

const indent = (one: Code): Code => ({ parts: one.parts.map((part) => (typeof part === "string" ? part.replace(/\n(?=[^\n])/g, "\n  ") : part)) });

function answer(names: Names, words: StoreWords): string {
  if (words.whole || !words.columns) return `  return ${words.row ?? "user"} ?? null;`;
  const reach = words.rowless ? (path: string): string => path.replace(".", "?.") : (path: string): string => path;
  const lines = [
    `customerId: ${reach(words.columns.customerId)} ?? null,`,
    ...(names.includes("status") ? [`status: ${reach(words.columns.status)},`] : []),
    ...(words.email === undefined ? [] : [`email: ${reach(words.email)},`]),
    ...(words.name === undefined ? [] : [`name: ${reach(words.name)},`]),
  ];
  const result = lines.length === 1 ? `  return { ${lines[0]?.replace(/,$/, "")} };` : `  return {\n${lines.map((line) => `    ${line}`).join("\n")}\n  };`;
  return words.rowless ? result : `  if (!${words.row ?? "user"}) return null;\n${result}`;
}

/** The fields that are stored, as an object literal: `{ credytCustomerId: customer.customerId }`; two stand on lines of their own. */
export function savedFields(names: Names, columns: Readonly<Record<"customerId" | "status", string>>): Code {
  if (!names.includes("status")) return raw(`{ ${columns.customerId}: customer.customerId }`);
  return raw(`{\n  ${columns.customerId}: customer.customerId,\n  ${columns.status}: customer.status,\n}`);
}

/** A call as Prettier would break it: on one line where that is short, else open at the last argument, else an argument on each line. */
export function invoke(callee: Code, args: readonly Code[]): Code {
  const texts = args.map(textOf);
  const head = texts.slice(0, -1).join(", ");
  const isOpen = !head.includes("\n") && !texts.at(-2)?.startsWith("{") && texts.at(-1)?.includes("\n");
  if (isOpen || (!texts.some((text) => text.includes("\n")) && textOf(callee).length + texts.join(", ").length <= 68)) return code`${callee}(${joinCode(args, ", ")})`;
  return code`${callee}(\n${joinCode(args.map((arg) => code`  ${arg},`), "\n")}\n)`;
}

/** The user's id as the store keeps it, given the text `userId`. */
export const typedId = (model: UserModel): string => (model.id.type === "number" ? "Number(userId)" : "userId");

/** A structural type of the columns that are read, for rows whose declared type does not know ours yet. */
export function rowType(model: UserModel, names: Names, columns: Readonly<Record<"customerId" | "status", string>>): Code {
  const id = { string: "string", number: "number", objectid: "unknown", unknown: "unknown" }[model.id.type];
  const optional = [...(model.email === undefined ? [] : [model.email]), ...(model.displayName === undefined ? [] : [model.displayName]), ...names.map((name) => columns[name])];
  return code`${raw(`interface UserRow {\n  ${model.id.name}: ${id};\n${[...new Set(optional)].map((name) => `  ${name}?: string | null;`).join("\n")}\n}`)}`;
}
