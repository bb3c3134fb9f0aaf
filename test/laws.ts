import { diffLines } from "diff";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { AREAS, type AppSurvey, type Area, type Plan, type Patch } from "../src/domain.ts";
import { stage, type Staged } from "../src/stage.ts";

/** Ways to take some areas and decline others: each one left out, each one taken alone with the client that all need. */
export const SOME_AREAS: readonly (readonly Area[])[] = [
  ...AREAS.map((area) => AREAS.filter((one) => one !== area)),
  ...AREAS.map((area) => [...new Set<Area>(["client", area])]),
];

/** What is written when of a plan only these areas are taken. */
export const stageOf = (plan: Plan, areas: readonly Area[]): Staged => stage(plan, new Set(plan.changes.filter(({ area }) => areas.includes(area)).map(({ id }) => id)));

/** Lines of the app that a patch takes away or alters although no edit and no import of ours stands in them: `file:line text`. */
export function alteredLines(app: AppSurvey, plan: Plan, patch: Patch): string[] {
  return patch.files.flatMap(({ file, before, after }) => {
    if (before === undefined || file.startsWith(`${app.home.dir}/`)) return [];
    const ours = [...editedRanges(plan, file), ...(app.facts(file)?.imports ?? []).map(({ start, end }) => [start, end] as const)];
    const starts = [0, ...[...before.matchAll(/\n/g)].map(({ index }) => index + 1)];
    const isOurs = (line: number): boolean => ours.some(([start, end]) => start < (starts[line + 1] ?? Infinity) && end >= (starts[line] ?? 0));
    return removedLines(before, after).filter((line) => !isOurs(line)).map((line) => `${file}:${line + 1} ${before.split("\n")[line] ?? ""}`);
  });
}

const editedRanges = (plan: Plan, file: string): (readonly [number, number])[] =>
  plan.changes.flatMap(({ edits }) => edits.flatMap((edit) => (edit.kind === "create" || edit.at.file !== file ? [] : [[edit.at.offset, edit.at.offset + (edit.kind === "splice" ? edit.remove.length : 0)] as const])));

/** Lines of `before`, from 0, that are not in `after`. */
function removedLines(before: string, after: string): number[] {
  const removed: number[] = [];
  let line = 0;
  for (const part of diffLines(before, after)) {
    if (part.removed) removed.push(...Array.from({ length: part.count }, (_, i) => line + i));
    if (!part.added) line += part.count;
  }
  return removed;
}

/** Complaints that a patch brings about names and modules: no module or file there, nothing of that name in it, nothing of that name in reach. */
const NAMES = new Set([2304, 2305, 2307, 2552, 2613, 2614, 2724]);

/** Finds what a patch of one app leaves hanging: imports of files that are not there, of names they do not have, and names of ours that nobody brings. */
export function openLinker(dir: string): (patch: Patch) => string[] {
  const names = scriptsIn(dir);
  const parsed = new Map<string, ts.SourceFile>();
  const source = (path: string, text: string): ts.SourceFile => {
    const key = `${path}\n${text}`;
    const known = parsed.get(key) ?? ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    parsed.set(key, known);
    return known;
  };
  const { options } = ts.parseJsonConfigFileContent(ts.readConfigFile(join(dir, "tsconfig.json"), ts.sys.readFile).config ?? {}, ts.sys, dir);
  const config: ts.CompilerOptions = { ...options, noLib: true, types: [], allowJs: true, checkJs: true, noEmit: true, noResolve: false, skipLibCheck: true, incremental: false, module: options.module ?? ts.ModuleKind.ESNext, moduleResolution: options.moduleResolution ?? ts.ModuleResolutionKind.Bundler };
  let last: ts.Program | undefined;
  const complaints = (texts: ReadonlyMap<string, string>, looked: readonly string[]): string[] => {
    const files = [...new Set([...names, ...[...texts.keys()].filter(isScript)])];
    const host = ts.createCompilerHost(config);
    const { fileExists, readFile, directoryExists } = host;
    const folders = new Set([...texts.keys()].flatMap((path) => [dirname(path), dirname(dirname(path))]));
    host.fileExists = (path) => texts.has(path) || fileExists(path);
    host.readFile = (path) => texts.get(path) ?? readFile(path);
    host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true);
    host.getSourceFile = (path) => {
      const text = host.readFile(path);
      return text === undefined ? undefined : source(path, text);
    };
    const program = ts.createProgram(files, config, host, last);
    last = program;
    return looked.flatMap((file) => program.getSemanticDiagnostics(program.getSourceFile(file)).filter(({ code }) => NAMES.has(code)).map((one) => `${file.slice(dir.length + 1)} ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`));
  };
  const atFirst = new Set(complaints(new Map(), names));
  // Packages are not installed, and the standard library is left out: of names, ours alone are looked at.
  return (patch) => {
    const ours = new Set(patch.files.filter(({ before }) => before === undefined).flatMap(({ after }) => [...after.matchAll(/\bexport (?:async )?(?:const|function|class|type|interface) (\w+)|\b(?:async )?function (\w+)/g)].map((match) => match[1] ?? match[2] ?? "")));
    const isAbout = (text: string): boolean => /module '(?:\.|@\/|~|#|\$)/.test(text) || /has no exported member/.test(text) || [...text.matchAll(/'(\w+)'/g)].some((match) => ours.has(match[1] ?? ""));
    return complaints(new Map(patch.files.map(({ file, after }) => [join(dir, file), after])), patch.files.map(({ file }) => join(dir, file)).filter(isScript)).filter((text) => !atFirst.has(text) && isAbout(text));
  };
}

const isScript = (file: string): boolean => /\.(?:[cm]?[jt]s|[jt]sx)$/.test(file);

const scriptsIn = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((file) => isScript(file) && !/(?:^|\/)(?:node_modules|public|\.next)\//.test(file)).map((file) => join(dir, file));

/** A value that no output may ever hold, for every variable that the app's environment files name; gives the text to write into `.env`. */
export const canaryEnv = (dir: string, canary: string): string => {
  const example = readdirSync(dir).find((name) => /^\.env.*example$/.test(name));
  const names = example === undefined ? [] : [...readFileSync(join(dir, example), "utf8").matchAll(/^([A-Z]\w*)=/gm)].map((match) => match[1] ?? "");
  return [...names, "CANARY"].map((name) => `${name}=${canary}\n`).join("");
};
