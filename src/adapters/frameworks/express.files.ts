import type { Code, Import, RepoPath } from "../../domain.ts";
import { major, type App } from "../../source/app.ts";
import { code } from "../../code/code.ts";
import { ts } from "../../source/typescript/parse.ts";
import { dirname } from "../../source/typescript/resolve.ts";
import { exportOf, valueOf } from "../../source/typescript/values.ts";
import { lookup } from "../../source/typescript/scope.ts";
import { registrationsOf, routerMade } from "./express.registrations.ts";

/** How this app names and exports the files of its routers. */
export interface RouterFiles {
  /** The file for a router of ours: `src/routes/billingRouter.ts`. */
  readonly fileFor: (stem: string) => RepoPath;
  /** The name a router of ours has where it is mounted, and how its file gives it. */
  readonly importOf: (stem: string) => Import;
  /** How a router's file declares and exports it. */
  readonly declared: (stem: string) => { readonly local: string; readonly before: string; readonly after: string };
}

interface Leaf {
  readonly file: RepoPath;
  readonly stem: string;
  readonly suffix: string;
  readonly named: boolean;
  readonly extension: string;
}

/** Reads the naming from the routers that are there; `routes/<stem>` beside the entry where there is none. */
export function routerFiles(app: App): RouterFiles {
  const leaves = leavesOf(app);
  const suffix = usual(leaves.map((one) => one.suffix)) ?? "";
  const extension = usual(leaves.map((one) => one.extension)) ?? (app.language === "typescript" ? ".ts" : ".js");
  const named = leaves.filter((one) => one.named).length > leaves.length / 2;
  const nested = leaves.length > 1 && leaves.every(({ file, stem }) => dirname(file).endsWith(`/${stem}`));
  const folder = nested ? dirname(dirname(leaves[0]?.file ?? "")) : (usual(leaves.map(({ file }) => dirname(file))) ?? freshFolder(app));
  const isPascal = leaves.length > 0 && leaves.every(({ stem }) => /^[A-Z]/.test(stem));
  const spelled = (stem: string): string => {
    const kebab = /^[.-]/.test(suffix) || suffix === "" ? stem : camel(stem);
    return isPascal ? camel(stem).replace(/^./, (first) => first.toUpperCase()) : kebab;
  };
  const fileFor = (stem: string): RepoPath => (nested ? `${folder}/${stem}/${spelled(stem)}${suffix}${extension}` : `${folder === "" ? "" : `${folder}/`}${spelled(stem)}${suffix}${extension}`);
  const word = /controller/i.test(suffix) ? "Controller" : /route/i.test(suffix) && !/router/i.test(suffix) ? (/routes/i.test(suffix) ? "Routes" : "Route") : "Router";
  const isCommonJs = app.moduleSystem === "commonjs" && extension !== ".mjs" && app.language !== "typescript";
  const nameOf = (stem: string): string => `${camel(stem)}${word}`;
  return {
    fileFor,
    importOf: (stem) => ({ name: nameOf(stem), from: { file: fileFor(stem) }, as: named ? "named" : "default" }),
    declared: (stem) => {
      const local = named ? nameOf(stem) : "router";
      if (isCommonJs) return { local, before: "", after: `\nmodule.exports = ${named ? `{ ${local} }` : local};\n` };
      return named ? { local, before: "export ", after: "" } : { local, before: "", after: `\nexport default ${local};\n` };
    },
  };
}

const camel = (stem: string): string => stem.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

const usual = <T>(values: readonly T[]): T | undefined => [...new Set(values)].sort((a, b) => values.filter((one) => one === b).length - values.filter((one) => one === a).length)[0];

/** Files whose router has routes of its own, or that put routes on the app they are given. */
function leavesOf(app: App): Leaf[] {
  const files = new Map<RepoPath, ts.Node>();
  for (const { receiver, method } of registrationsOf(app).calls) {
    if (method === "USE") continue;
    const made = routerMade(app, receiver);
    const given = ts.isIdentifier(receiver) ? lookup(receiver.text, receiver)?.node : undefined;
    if (made && /Router/.test(made.getText())) files.set(receiver.getSourceFile().fileName, made);
    else if (given && ts.isParameter(given)) files.set(receiver.getSourceFile().fileName, given);
  }
  return [...files].flatMap(([file, made]): Leaf[] => {
    const name = /([^/]+?)(\.[cm]?[jt]s)$/.exec(file);
    const parts = /^(.+?)([.\-_]?(?:[Rr]oute[rs]?|[Rr]outers|[Cc]ontroller|[Aa]pi))?$/.exec(name?.[1] ?? "");
    if (!parts?.[1] || /^index$|^app$|^server$/.test(parts[1])) return [];
    const declared = ts.isVariableDeclaration(made.parent) ? made.parent : undefined;
    const given = declared && exportOf(app.code, declared);
    return [{ file, stem: parts[1], suffix: parts[2] ?? "", named: given?.as === "named", extension: name?.[2] ?? ".js" }];
  });
}

/** `routes/` beside the file that makes the app. */
function freshFolder(app: App): RepoPath {
  const entry = app.code.mentioning("express()").find((file) => /\bexpress\(\)/.test(app.repo.text(file) ?? ""));
  const base = entry === undefined ? app.dir : dirname(entry);
  const existing = ["routes", "src/routes", "app/routes", "server/routes"].map((dir) => (base === "" ? dir : `${base}/${dir}`)).find((dir) => app.repo.files.some((file) => file.startsWith(`${dir}/`)));
  return existing ?? (base === "" ? "routes" : `${base.replace(/\/loaders$/, "")}/routes`);
}

/** The app's wrapper for async handlers, where Express would not catch their rejections by itself. */
export function asyncWrapper(app: App): Code | undefined {
  if ((major(app.uses("express")) ?? 4) >= 5 || app.uses("express-async-errors") !== undefined) return undefined;
  const counts = new Map<string, { count: number; callee: ts.Expression }>();
  for (const [node, { wrapped }] of registrationsOf(app).handlers) {
    if (wrapped || !ts.isCallExpression(node) || node.arguments.length !== 1 || !ts.isIdentifier(node.expression) || !/async|catch|wrap|safe/i.test(node.expression.text)) continue;
    const so = counts.get(node.expression.text);
    counts.set(node.expression.text, { count: (so?.count ?? 0) + 1, callee: node.expression });
  }
  const best = [...counts.values()].sort((a, b) => b.count - a.count)[0]?.callee;
  return best && ts.isIdentifier(best) ? importedFrom(app, best) : undefined;
}

/** A name of a file as another file can have it: from the package or the file that gives it. */
export function importedFrom(app: App, name: ts.Identifier): Code | undefined {
  const declared = lookup(name.text, name)?.node;
  const origin = app.originOf(name);
  if (origin?.kind === "package") {
    const [first = "default"] = origin.path;
    const needed: Import = { name: first === "default" ? name.text : first, from: { package: origin.specifier }, as: first === "default" ? "default" : "named" };
    return origin.path.length <= 1 ? code`${needed}` : undefined;
  }
  const value = valueOf(app, name);
  if (!value || !declared) return undefined;
  const owner = ts.isVariableDeclaration(value.parent) && value.parent.initializer === value ? value.parent : value;
  const given = exportOf(app.code, owner) ?? exportOf(app.code, value);
  if (!given) return undefined;
  const needed: Import = { name: given.as === "default" ? name.text : given.name, from: { file: owner.getSourceFile().fileName }, as: given.as };
  return code`${needed}`;
}

/** Whether a file of ours is there already: it calls one of `names`. */
export const isOurs = (app: App, file: RepoPath, names: readonly string[]): boolean => names.some((name) => app.repo.text(file)?.includes(`${name}(`));
