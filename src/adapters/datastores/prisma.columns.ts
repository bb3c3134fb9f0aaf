import type { ColumnSaying, UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { raw } from "../../code/code.ts";
import { harmlessScripts, runScript, runTool } from "../../source/package-manager.ts";
import { readManifest } from "../../source/typescript/resolve.ts";
import { isColumn, readModels, type PrismaField, type PrismaModel } from "./prisma.schema.ts";
import { prismaColumns } from "./prisma.store.ts";
import type { Names } from "./store.code.ts";

/** The billing columns in the schema, aligned as `prisma format` would, and the command that migrates. */
export function addPrismaColumns(app: App, model: UserModel, names: Names): ColumnSaying {
  const models = readModels(app);
  const stored = models.find((one) => one.name === model.name);
  const text = stored && app.repo.text(stored.file);
  if (!stored || text === undefined) return { edits: [] };
  const columns = prismaColumns(stored);
  const missing = names.map((name) => columns[name]).filter((name) => !stored.fields.some((field) => field.name === name));
  const last = stored.fields.filter((field) => isColumn(field, models)).at(-1);
  if (missing.length === 0 || !last) return { edits: [] };
  const lines = missing.map((name) => ({ name, map: mapped(stored, name) }));
  const block = blockAround(text, stored, last);
  const fits = missing.every((name) => block.typeColumn > name.length);
  const written = fits ? lines.map((line) => aligned(block, line)).join("\n") : `\n${ownBlock(lines)}`;
  const end = fits ? last.end : block.end;
  const next = text.slice(end).replace(/^\r?\n/, "");
  const gap = fits || /^\s*(?:\r?\n|\})/.test(next.split("\n")[0] + "\n") ? "" : "\n";
  const code = raw(`\n${written}${gap}`);
  return { edits: [{ kind: "splice", at: { file: stored.file, offset: end }, remove: "", code }], command: migration(app, stored) };
}

interface Block {
  /** Columns in which types and attributes stand, counted from the first letter of the line. */
  readonly typeColumn: number;
  readonly attributeColumn: number;
  /** Offset of the end of the block's last line. */
  readonly end: number;
}

/** The run of lines without a blank one between them that a field stands in: what `prisma format` aligns together. */
function blockAround(text: string, model: PrismaModel, field: PrismaField): Block {
  const parts = (one: PrismaField): RegExpExecArray | null => /^([ \t]*)(\w+[ \t]+)(\S+[ \t]*)/.exec(text.slice(one.start, one.end));
  const own = parts(field);
  const after = model.fields.filter((one) => one.start >= field.start && !/\n[ \t]*\r?\n|\n[ \t]*(?:@@|\/\/)/.test(text.slice(field.end, one.start)));
  const near = model.fields.filter((one) => one.attributes !== "" && !/\n[ \t]*\r?\n/.test(text.slice(Math.min(one.end, field.end), Math.max(one.start, field.start))));
  // Lines that nobody has aligned tell nothing: those with their types under ours do.
  const withAttribute = near.find((one) => parts(one)?.[2]?.length === own?.[2]?.length) ?? near[0];
  const at = (withAttribute ? parts(withAttribute) : null) ?? own;
  return { typeColumn: own?.[2]?.length ?? 0, attributeColumn: (at?.[2]?.length ?? 0) + (at?.[3]?.length ?? 0), end: after.at(-1)?.end ?? field.end };
}

const aligned = (block: Block, line: { readonly name: string; readonly map: string }): string => {
  const type = `${line.name.padEnd(block.typeColumn)}String?`;
  return line.map === "" ? type : `${type.padEnd(Math.max(block.attributeColumn, type.length + 1))}${line.map}`;
};

function ownBlock(lines: readonly { readonly name: string; readonly map: string }[]): string {
  const width = Math.max(...lines.map((line) => line.name.length));
  return lines.map((line) => `${line.name.padEnd(width)} String?${line.map === "" ? "" : ` ${line.map}`}`).join("\n");
}

/** `@map("credyt_customer_id")` where the model's other columns of several words are mapped so. */
function mapped(model: PrismaModel, name: string): string {
  const worded = model.fields.filter((field) => /[a-z][A-Z]/.test(field.name));
  const snake = worded.filter((field) => /@map\(\s*(?:name:\s*)?"[a-z0-9]+_[a-z0-9_]+"/.test(field.attributes));
  return snake.length > 0 && snake.length >= worded.filter((field) => /@(?:map|default|updatedAt|id|unique)|^$/.test(field.attributes)).length / 2 ? `@map("${name.replace(/([A-Z])/g, (letter) => `_${letter.toLowerCase()}`)}")` : "";
}

/** `pnpm prisma migrate dev --name credyt`, by the app's own script where it has one; `db push` where it keeps no migrations. */
function migration(app: App, model: PrismaModel): string {
  const dir = app.code.resolver.packageDir(model.file);
  const manifest = readManifest(app.repo.text(dir === "" ? "package.json" : `${dir}/package.json`));
  const scripts = harmlessScripts(manifest?.scripts);
  const script = (pattern: RegExp): string | undefined => scripts.find(([, body]) => pattern.test(body))?.[0];
  const pushes = Object.values(manifest?.scripts ?? {}).some((body) => /prisma(?:@\S+)? db push/.test(body));
  const at = schemaFlag(app, model, dir);
  if (/provider\s*=\s*"mongodb"/.test(schemaTexts(app, model))) return runTool(app, `prisma generate${at}`, dir);
  const home = model.file.replace(/\/[^/]*$/, "").replace(/\/(?:schema|models)$/, "");
  if (app.repo.files.some((file) => file.startsWith(`${home}/migrations/`)) || !pushes) {
    const own = script(/prisma migrate dev$/);
    return own === undefined || dir !== app.dir ? runTool(app, `prisma migrate dev --name credyt${at}`, dir) : runScript(app, own, "--name credyt");
  }
  const push = script(/^[^&|]*prisma(?:@\S+)? db push\b[^&|]*$/);
  return push === undefined || dir !== app.dir ? runTool(app, `prisma db push${at}`, dir) : runScript(app, push);
}

const schemaTexts = (app: App, model: PrismaModel): string => {
  const folder = model.file.replace(/[^/]*$/, "");
  return app.repo.files.filter((file) => file.startsWith(folder) && file.endsWith(".prisma")).map((file) => app.repo.text(file) ?? "").join("\n");
};

/** Where the schema does not lie where Prisma looks by itself, and nothing in the package says where. */
function schemaFlag(app: App, model: PrismaModel, dir: string): string {
  const path = dir === "" ? model.file : model.file.slice(dir.length + 1);
  if (/^(?:prisma\/)?schema\.prisma$/.test(path) || /^prisma\/(?:schema|models)\//.test(path)) return "";
  const inDir = (name: string): string => (dir === "" ? name : `${dir}/${name}`);
  if (app.repo.has(inDir("prisma.config.ts")) || /"prisma"\s*:\s*\{[^}]*"schema"/.test(app.repo.text(inDir("package.json")) ?? "")) return "";
  return ` --schema ${path}`;
}
