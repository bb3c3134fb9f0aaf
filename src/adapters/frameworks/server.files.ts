import type { Import, RepoPath } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { ts } from "../../source/typescript/parse.ts";
import { dirname } from "../../source/typescript/resolve.ts";
import { exportOf } from "../../source/typescript/values.ts";

/** How this app names and exports the files of its routers. */
export interface RouterFiles {
  /** The file for a router of ours: `src/routes/billing.routes.ts`. */
  readonly fileFor: (stem: string) => RepoPath;
  /** The name a router of ours has where it is mounted, and how its file gives it. */
  readonly importOf: (stem: string) => Import;
  /** How the file gives its router: as a named export, or as its default. */
  readonly isNamed: boolean;
}

interface Leaf {
  readonly file: RepoPath;
  readonly stem: string;
  readonly suffix: string;
  readonly name: string;
  readonly isNamed: boolean;
  readonly isIndex: boolean;
  readonly extension: string;
}

/** Reads the naming from the routers that are there (`nodes` made them); `routes/<stem>` beside the file of `root` where there is none. */
export function routerFiles(app: App, nodes: readonly ts.Node[], root: ts.Node | undefined): RouterFiles {
  const entry = root?.getSourceFile().fileName;
  const leaves = nodes.flatMap((node) => leafOf(app, node)).filter(({ file }) => file !== entry);
  const suffix = usual(leaves.map((one) => one.suffix)) ?? "";
  const extension = usual(leaves.map((one) => one.extension)) ?? (app.language === "typescript" ? ".ts" : ".js");
  const isNamed = leaves.length > 0 ? leaves.filter((one) => one.isNamed).length > leaves.length / 2 : app.moduleSystem === "esm";
  const isIndexed = leaves.length > 0 && leaves.every((one) => one.isIndex);
  const isNested = leaves.length > (isIndexed ? 0 : 1) && leaves.every(({ file, stem }) => dirname(file).endsWith(`/${stem}`) && !SHARED.test(stem));
  const folder = isNested ? dirname(dirname(leaves[0]?.file ?? "")) : (usual(leaves.map(({ file }) => dirname(file))) ?? freshFolder(app, entry));
  const word = usual(leaves.map(({ name }) => /(?:Routes|Router|Route|Api|App|Controller|Plugin)$/.exec(name)?.[0] ?? "")) ?? "Routes";
  const fileFor = (stem: string): RepoPath => {
    const name = isIndexed && isNested ? `index${extension}` : `${/^[.\-_]/.test(suffix) || suffix === "" ? stem : camel(stem)}${suffix}${extension}`;
    return [folder, ...(isNested ? [isIndexed ? stem : (stem.split("-")[0] ?? stem)] : []), name].filter((part) => part !== "").join("/");
  };
  return { fileFor, isNamed, importOf: (stem) => ({ name: `${camel(stem)}${word}`, from: { file: fileFor(stem) }, as: isNamed ? "named" : "default" }) };
}

/** Folders that hold the routers of many features. */
const SHARED = /^(?:src|app|server|api|v\d+|routes?|routers?|controllers?|modules|features|lib)$/;

/** `billing-webhook` as `billingWebhook`. */
export const camel = (stem: string): string => stem.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The most frequent of some values. */
export const usual = <T>(values: readonly T[]): T | undefined => [...new Set(values)].sort((a, b) => values.filter((one) => one === b).length - values.filter((one) => one === a).length)[0];

function leafOf(app: App, node: ts.Node): Leaf[] {
  const file = node.getSourceFile().fileName;
  const declared = declarationOf(node);
  const base = /([^/]+?)(\.[cm]?[jt]s)$/.exec(file);
  const parts = /^(.+?)([.\-_]?(?:[Rr]oute[rs]?|[Rr]outers|[Cc]ontrollers?|[Aa]pi|[Pp]lugin|[Hh]andlers?)|[.\-_]index)?$/.exec(base?.[1] ?? "");
  if (!declared || !parts?.[1]) return [];
  const isIndex = parts[1] === "index";
  const stem = isIndex ? (dirname(file).split("/").at(-1) ?? "") : parts[1];
  const given = exportOf(app.code, declared);
  return [{ file, stem, suffix: isIndex ? "" : (parts[2] ?? ""), name: given?.name ?? "", isNamed: given?.as === "named", isIndex, extension: base?.[2] ?? ".js" }];
}

/** The variable or function that a router's node gives its name to. */
function declarationOf(node: ts.Node): ts.Node | undefined {
  if (ts.isFunctionDeclaration(node)) return node;
  for (let at = node; at.parent; at = at.parent) {
    if (ts.isVariableDeclaration(at) || ts.isFunctionDeclaration(at)) return at;
    if (ts.isExportAssignment(at.parent)) return at;
  }
  return undefined;
}

function freshFolder(app: App, entry: RepoPath | undefined): RepoPath {
  const base = entry === undefined ? app.dir : dirname(entry);
  return base === "" ? "routes" : /\/routes?$/.test(base) ? base : `${base}/routes`;
}

/** Folders for files of ours, near the file that makes the app. */
export function homesNear(app: App, entry: RepoPath | undefined): readonly RepoPath[] {
  const own = entry === undefined ? "" : app.dir === "" ? entry : entry.slice(app.dir.length + 1);
  const parts = own.split("/").slice(0, -1);
  const bases = [parts.join("/"), parts.slice(0, 1).join("/"), "src", "server", ""].filter((base, i, all) => all.indexOf(base) === i && !/loaders|config|routes?$/.test(base));
  const within = (folder: string) => (base: string): string => app.path([base, folder, "credyt"].filter((part) => part !== "").join("/"));
  return [...bases.flatMap((base) => ["lib", "services", "utils", "helpers"].map((folder) => within(folder)(base))), ...bases.map(within(""))];
}
