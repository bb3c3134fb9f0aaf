// https://github.com/node-config/node-config/wiki/Environment-Variables#custom-environment-variables
import type { Edit, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { code, raw } from "../../code/code.ts";
import { ts } from "../../source/typescript/parse.ts";
import { defineEnv } from "../define.ts";
import { groupOf } from "./group.names.ts";

const mapping = (app: App): RepoPath | undefined => app.files(/(?:^|\/)config\/custom-environment-variables\.(?:json|ya?ml)$/)[0];

/** One more group at the end of a YAML or JSON file. */
function added(app: App, file: RepoPath, group: string, key: string, value: string): readonly Edit[] {
  const text = app.repo.text(file);
  if (text === undefined || new RegExp(`^\\s*["']?${group}["']?\\s*:`, "m").test(text)) return [];
  if (file.endsWith(".json")) {
    const root = ts.parseJsonText(file, text).statements[0]?.expression;
    return root && ts.isObjectLiteralExpression(root) ? inJson(file, root, group, key, value) : [];
  }
  const lines = `${group}:\n  ${key}: ${value === "" ? '""' : value}\n`;
  // A last line without its line break is indented, and would indent what is written behind it.
  const atEnd = text === "" || text.endsWith("\n");
  return [{ kind: "splice", at: { file, offset: atEnd ? text.length : 0 }, remove: "", code: raw(atEnd ? `${text === "" ? "" : "\n"}${lines}` : `${lines}\n`) }];
}

function inJson(file: RepoPath, root: ts.ObjectLiteralExpression, group: string, key: string, value: string): readonly Edit[] {
  const last = root.properties.at(-1);
  if (!last) return [];
  return [{ kind: "splice", at: { file, offset: last.end }, remove: "", code: raw(`,\n"${group}": {\n  "${key}": ${JSON.stringify(value)}\n}`) }];
}

export default defineEnv({
  title: "node-config",
  packages: ["config"],
  rank: 50,
  find: (app) => {
    const file = mapping(app);
    return file === undefined ? undefined : { file, line: 1 };
  },
  declare: (app, name) => {
    const file = mapping(app);
    const { group, key } = groupOf(name);
    if (file === undefined) return [];
    const folder = file.slice(0, file.lastIndexOf("/"));
    // Reading a key that no file declares throws: the default is empty text.
    const defaults = ["yml", "yaml", "json"].map((ending) => `${folder}/default.${ending}`).find((one) => app.repo.has(one));
    return [...added(app, file, group, key, name), ...(defaults === undefined ? [] : added(app, defaults, group, key, ""))];
  },
  read: (app, name) => {
    if (mapping(app) === undefined || !name.startsWith("CREDYT_")) return undefined;
    const { group, key } = groupOf(name);
    return code`${{ name: "config", from: { package: "config" }, as: "default" }}.get${app.language === "typescript" ? "<string>" : ""}("${group}.${key}")`;
  },
});
