import type { RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { likeness } from "./users.likeness.ts";

/** A line of a model: a column, or a relation to another model. */
export interface PrismaField {
  readonly name: string;
  /** The type without `?` and `[]`. */
  readonly type: string;
  readonly list: boolean;
  readonly optional: boolean;
  readonly attributes: string;
  /** Offset of the line's first character and of its line break. */
  readonly start: number;
  readonly end: number;
}

/** A `model` of a Prisma schema. */
export interface PrismaModel {
  readonly name: string;
  readonly file: RepoPath;
  /** Offset of `model` and of the closing brace. */
  readonly start: number;
  readonly close: number;
  readonly fields: readonly PrismaField[];
  /** Text of the `@@…` lines. */
  readonly attributes: string;
}

const SCALARS = /^(?:String|Int|BigInt|Float|Decimal|Boolean|DateTime|Json|Bytes|Unsupported)\b/;

/** Every model of the app's schema, which may be one file, a folder of them, or in a workspace package. */
export function readModels(app: App): readonly PrismaModel[] {
  const own = app.files(/\.prisma$/);
  const all = own.length > 0 ? own : app.repo.files.filter((file) => file.endsWith(".prisma"));
  // `prisma generate` puts a copy beside the client it makes.
  const written = all.filter((file) => !/(?:^|\/)(?:generated|node_modules|\.prisma|dist|build)\//.test(file));
  const files = written.length > 0 ? written : all;
  return files.flatMap((file) => parseModels(file, app.repo.text(file) ?? ""));
}

/** The models of one schema file. Total: lines it does not understand are left out. */
export function parseModels(file: RepoPath, text: string): readonly PrismaModel[] {
  return [...text.matchAll(/^model\s+(\w+)\s*\{/gm)].map((match) => {
    const open = match.index + match[0].length;
    const close = closingBrace(text, open);
    const body = text.slice(open, close);
    const fields = [...body.matchAll(/^[ \t]*(\w+)[ \t]+(\w+)(\[\])?(\?)?([^\r\n]*)/gm)].map((line): PrismaField => ({
      name: line[1] ?? "", type: line[2] ?? "", list: line[3] !== undefined, optional: line[4] !== undefined, attributes: (line[5] ?? "").replace(/\/\/.*$/, "").trim(),
      start: open + line.index, end: open + line.index + line[0].length,
    }));
    return { name: match[1] ?? "", file, start: match.index, close, fields, attributes: (body.match(/^[ \t]*@@.*$/gm) ?? []).join("\n") };
  });
}

/** Braces stand in defaults only inside quotes: the first line that begins with one closes the model. */
function closingBrace(text: string, open: number): number {
  const match = /^[ \t]*\}/m.exec(text.slice(open));
  return match ? open + match.index + match[0].length - 1 : text.length;
}

/** Whether a field is a column of its own (an enum counts), not a relation. */
export const isColumn = (field: PrismaField, models: readonly PrismaModel[]): boolean => SCALARS.test(field.type) || !models.some((model) => model.name === field.type);

/** The model of the people who sign in; for apps whose users live elsewhere, the one that keeps a row for each of them. */
export function userModelOf(models: readonly PrismaModel[]): PrismaModel | undefined {
  const scored = models.map((model) => ({ model, score: likeness({ name: model.name, fields: fieldNames(model) }) })).sort((a, b) => b.score - a.score)[0];
  return scored && scored.score > 0 ? scored.model : rowForEachUser(models);
}

const fieldNames = (model: PrismaModel): readonly string[] => model.fields.map((field) => field.name);

/** A model keyed by the id of a user who is not in this database; one that keeps what is paid comes first. */
function rowForEachUser(models: readonly PrismaModel[]): PrismaModel | undefined {
  const found = models.filter((model) => /user/i.test(model.name) && userKey(model) && model.fields.every((field) => field.name === userKey(model)?.name || !isRequired(field, models)));
  return found.find((model) => /subscription|billing|customer|profile|account/i.test(model.name)) ?? found[0];
}

/** The unique column that holds the id of a user of the auth service: `userId`, `clerkId`. */
export const userKey = (model: PrismaModel): PrismaField | undefined =>
  model.fields.find((field) => /^(?:user_?id|clerk_?(?:user_?)?id|auth_?(?:user_?)?id)$/i.test(field.name) && /@(?:unique|id)\b/.test(field.attributes) && field.type === "String");

/** Whether a row cannot be made without a value for the field. */
const isRequired = (field: PrismaField, models: readonly PrismaModel[]): boolean => !field.optional && !field.list && !/@(?:default|updatedAt)\b/.test(field.attributes) && isColumn(field, models);

/** The column that is the model's key, when it is exactly one. */
export const keyField = (model: PrismaModel): PrismaField | undefined => model.fields.find((field) => /@id\b/.test(field.attributes));

/** `prisma.userAccount` for the model `UserAccount`. */
export const delegateOf = (model: string): string => model.slice(0, 1).toLowerCase() + model.slice(1);
