import type { UserModel } from "../domain.ts";
import type { AuthAdapter, InUse } from "../adapters/define.ts";
import type { App } from "../source/app.ts";

/**
 * The user model under the key by which its users are known to the app's code: where an auth service keeps the accounts and the app a row
 * beside each (`clerkId`, `userId`), the service's id is what sessions hold, so rows are looked up by it.
 */
export function keyedBy(app: App, auth: readonly InUse<AuthAdapter>[], model: UserModel): UserModel {
  const keys = auth.flatMap(({ adapter }) => (adapter.key ? [adapter.key] : []));
  if (keys.length === 0 || keys.some((key) => key.test(model.id.name))) return model;
  const columns = columnsOf(app, model);
  // A user's row with another user's id beside its own: that is the account's.
  const column = columns.find((name) => keys.some((key) => key.test(name))) ?? (model.id.name === "id" ? columns.find((name) => /^user_?id$/i.test(name)) : undefined);
  return column === undefined ? model : { ...model, id: { name: column, type: "string" } };
}

/** Names at the start of the lines of a model or table: its columns in Prisma, Drizzle, Mongoose, TypeORM and SQL alike. */
function columnsOf(app: App, { file, line }: UserModel): readonly string[] {
  const lines = (app.repo.text(file) ?? "").split("\n").slice(line - 1, line + 80);
  // Generated types keep all tables in one: the next one's columns are not this one's.
  const depth = lines[0]?.search(/\S/) ?? 0;
  const end = lines.findIndex((text, i) => i > 0 && /^\s*[})]/.test(text) && text.search(/\S/) <= depth);
  return lines.slice(0, end < 0 ? undefined : end).flatMap((text) => /^\s*(?:(?:public|private|readonly|declare)\s+)*["'`]?(\w+)["'`]?[?!]?\s*(?::|\s)/.exec(text)?.[1] ?? []);
}
