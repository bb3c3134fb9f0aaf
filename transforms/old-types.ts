/** What Node has had in modules for longer than as globals. */
const MODULES: readonly (readonly [module: string, names: readonly string[]])[] = [
  ["url", ["URL", "URLSearchParams"]],
  ["util", ["TextDecoder", "TextEncoder"]],
];

/** What is only global, with as much of its type as our files use. */
const GLOBALS: readonly (readonly [name: string, declaration: string])[] = [
  ["AbortSignal", "declare const AbortSignal: { timeout(milliseconds: number): object };"],
  [
    "fetch",
    `declare function fetch(
  url: string,
  options: object,
): Promise<{
  status: number;
  headers: { get(name: string): string | null };
  text(): Promise<string>;
}>;`,
  ],
];

/**
 * A template of ours for an app whose types of Node are older than what its files use: they are imported where a module has them, else
 * declared.
 */
export function forOldTypes(template: string): string {
  const text = template.replace('from "node:crypto"', 'from "crypto"');
  const uses = (name: string): boolean => new RegExp(`(?<![\\w.])${name}[.(]`).test(text.replace(/^\s*(?:\/\/|\*).*$/gm, ""));
  const imports = MODULES.flatMap(([module, names]) => (names.some(uses) ? [`import { ${names.filter(uses).join(", ")} } from "${module}";`] : []));
  const declared = GLOBALS.flatMap(([name, declaration]) => (uses(name) ? [declaration] : []));
  const declarations = declared.length === 0 ? "" : `// Newer than the types of Node in this app.\n${declared.join("\n")}\n`;
  return placed(text, imports.join("\n"), declarations);
}

/** Imports in front of the file's own, else below its head comment; declarations below all of them. */
function placed(text: string, imports: string, declarations: string): string {
  if (imports === "" && declarations === "") return text;
  const own = [...text.matchAll(/^import [^;]*? from "[^"]*";\n/gm)];
  const first = own[0];
  const last = own.at(-1);
  if (!first || !last) {
    const head = /^\/\/ [^<\n][^\n]*\n(?:\/\/ [^\n]*\n)*/m.exec(text);
    const at = head ? head.index + head[0].length : 0;
    return `${text.slice(0, at)}${imports === "" ? "" : `${imports}\n`}${declarations === "" ? "" : `\n${declarations}`}${text.slice(at)}`;
  }
  const end = last.index + last[0].length;
  return `${text.slice(0, first.index)}${imports === "" ? "" : `${imports}\n`}${text.slice(first.index, end)}${declarations === "" ? "" : `\n${declarations}`}${text.slice(end)}`;
}
