import type { Repo } from "./repo.ts";

/**
 * The version behind `catalog:` or `catalog:react19`, which pnpm and Bun let packages of a workspace write in place of one. Undefined
 * where no catalog has the package. https://pnpm.io/catalogs, https://bun.com/docs/install/catalogs
 */
export function catalogued(repo: Repo, name: string, declared: string): string | undefined {
  const catalog = declared.slice("catalog:".length).trim();
  return fromYaml(repo.text("pnpm-workspace.yaml") ?? "", name, catalog) ?? fromManifest(repo.text("package.json") ?? "", name, catalog);
}

function fromYaml(text: string, name: string, catalog: string): string | undefined {
  const usual = catalog === "" || catalog === "default";
  const start = usual ? /^catalog:[ \t]*$/m.exec(text) : new RegExp(`^ +["']?${escape(catalog)}["']?:[ \\t]*$`, "m").exec(text.slice(Math.max(0, text.search(/^catalogs:/m))));
  if (!start) return undefined;
  const from = text.indexOf(start[0], usual ? start.index : Math.max(0, text.search(/^catalogs:/m))) + start[0].length;
  const indent = /^ */.exec(start[0])?.[0].length ?? 0;
  const end = text.slice(from).search(new RegExp(`^ {0,${indent}}[^\\s#]`, "m"));
  const body = text.slice(from, end < 0 ? undefined : from + end);
  return new RegExp(`^\\s+["']?${escape(name)}["']?:\\s*["']?([^"'\\s#]+)`, "m").exec(body)?.[1];
}

function fromManifest(text: string, name: string, catalog: string): string | undefined {
  try {
    const root = JSON.parse(text) as { readonly workspaces?: Catalogs } & Catalogs;
    return [root.workspaces, root].map((at) => (catalog === "" ? at?.catalog?.[name] : at?.catalogs?.[catalog]?.[name])).find((one) => one !== undefined);
  } catch {
    return undefined;
  }
}

interface Catalogs {
  readonly catalog?: Readonly<Record<string, string>>;
  readonly catalogs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
