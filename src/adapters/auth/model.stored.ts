import type { UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";

/** Whether a text stores rows of the user model, in the words of any data store: `prisma.user.create`, `db.insert(users)`, `new User(`, `.from("users").insert(`. */
export function storesModel(text: string, { name }: UserModel): boolean {
  const stem = name.replace(/(?:Table|Model|Schema)$/, "").replace(/s$/i, "");
  const any = `(?:${name}|${stem}s?(?:Table|Model|Schema)?)`;
  return new RegExp(`\\b${any}\\s*\\.\\s*(?:create|insert|insertOne|upsert|save|build|findOrCreate|findOneAndUpdate|findByIdAndUpdate|createManyAndReturn)\\b|\\.insert\\(\\s*(?:\\w+\\.)?${any}\\b|\\bnew\\s+${any}\\s*\\(|\\.insert(?:Into|_into)?\\(\\s*["'\`]${any}["'\`]|\\.from\\(\\s*["'\`]${any}["'\`]\\s*\\)\\s*\\.(?:insert|upsert)\\(`, "i").test(text);
}

/** Whether any code of the app stores rows of the user model. */
export const storesSomewhere = (app: App, model: UserModel): boolean => app.code.scripts.some((file) => storesModel(app.repo.text(file) ?? "", model));
