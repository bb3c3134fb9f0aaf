import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import type ts from "typescript";
import type { Answer, Compilers, Job, Problem } from "./job.ts";

// A process of its own: the app's compiler is code we do not know, may take long and may run out of memory. Imports nothing of ours
// but types, so that it can be started from its text alone.

type TypeScript = typeof ts;
interface Toolkit {
  readonly ts: TypeScript;
  /** Texts of the standard library by file name, where they are not on the disk. */
  readonly libs?: ReadonlyMap<string, string>;
}

const require = createRequire(import.meta.url);
const LIBS = "/__credyt_libs__";

/** The app's own compiler where it has the API we need (native ones have not), else ours. */
function load({ own, bundled }: Compilers): Toolkit {
  try {
    const loaded = own === undefined ? undefined : (require(own) as TypeScript);
    if (typeof loaded?.createProgram === "function" && Number(loaded.version.split(".")[0]) >= 4) return { ts: loaded };
  } catch {
    // Broken or half installed: ours does.
  }
  const common = require(bundled) as { readonly ts: TypeScript; readonly getLibFiles: () => readonly { readonly fileName: string; readonly text: string }[] };
  return { ts: common.ts, libs: new Map(common.getLibFiles().map(({ fileName, text }) => [`${LIBS}/${fileName}`, text])) };
}

interface Project {
  readonly config: string;
  readonly options: ts.CompilerOptions;
  /** Whether the project makes declarations itself, so that errors in them are its errors. */
  readonly declares: boolean;
  readonly fileNames: readonly string[];
  readonly problem?: string;
}

/** Finds and keeps the projects of a repo, and source files that did not change between programs. */
function openWorkspace(toolkit: Toolkit, root: string) {
  const { ts } = toolkit;
  const projects = new Map<string, Project>();
  const sources = new Map<string, ts.SourceFile | undefined>();
  const read = (config: string): Project => {
    const known = projects.get(config);
    if (known) return known;
    const project = readProject(ts, config);
    projects.set(config, project);
    return project;
  };
  /** The project that a file is compiled by: the nearest one that lists it; for a new file, the one that lists its neighbours. */
  const projectOf = (file: string, isNew: boolean): Project | undefined => {
    for (let dir = dirname(file); ; dir = dirname(dir)) {
      for (const name of ["tsconfig.json", "jsconfig.json"]) {
        const config = join(dir, name);
        if (!ts.sys.fileExists(config)) continue;
        const found = pick(read, config, file, isNew, ts, 0);
        if (found) return found;
      }
      if (dir === root || dirname(dir) === dir || !dir.startsWith(root)) return undefined;
    }
  };
  return { toolkit, sources, projectOf };
}

type Workspace = ReturnType<typeof openWorkspace>;

function readProject(ts: TypeScript, config: string): Project {
  const { config: json, error } = ts.readConfigFile(config, ts.sys.readFile) as { config?: unknown; error?: ts.Diagnostic };
  if (error) return { config, options: {}, declares: false, fileNames: [], problem: "the tsconfig cannot be read" };
  const parsed = ts.parseJsonConfigFileContent(json, ts.sys, dirname(config), undefined, config);
  const missing = parsed.errors.find(({ code }) => code === 5083 || code === 6053 || code === 5058 || code === 6096);
  // Declarations are made, in memory, to see whether what a file exports changed.
  const options: ts.CompilerOptions = { ...parsed.options, noEmit: false, declaration: true, emitDeclarationOnly: true, incremental: false, skipLibCheck: true, composite: false };
  for (const name of ["tsBuildInfoFile", "declarationMap", "noEmitOnError", "outFile", "isolatedDeclarations"]) delete options[name];
  return { config, options, declares: parsed.options.declaration ?? parsed.options.composite ?? false, fileNames: parsed.fileNames, ...(missing && { problem: `the tsconfig builds on a file that is not there yet (${ts.flattenDiagnosticMessageText(missing.messageText, " ")})` }) };
}

function pick(read: (config: string) => Project, config: string, file: string, isNew: boolean, ts: TypeScript, depth: number): Project | undefined {
  const project = read(config);
  if (project.fileNames.includes(file)) return project;
  const json = ts.readConfigFile(config, ts.sys.readFile).config as { references?: readonly { path?: string }[] } | undefined;
  const referenced = depth > 3 || !Array.isArray(json?.references) ? [] : json.references.flatMap(({ path }: { path?: string }) => (typeof path === "string" ? [join(dirname(config), path)] : []));
  for (const one of referenced) {
    const found = pick(read, one.endsWith(".json") ? one : join(one, "tsconfig.json"), file, false, ts, depth + 1);
    if (found) return found;
  }
  if (!isNew) return undefined;
  const candidates = [project, ...referenced.map((one) => read(one.endsWith(".json") ? one : join(one, "tsconfig.json")))].filter((one) => one.fileNames.length > 0);
  return candidates.map((one) => ({ one, near: Math.max(...one.fileNames.map((other) => shared(other, file))) })).sort((a, b) => b.near - a.near)[0]?.one;
}

/** How many leading folders two paths have in common. */
function shared(a: string, b: string): number {
  const x = dirname(a).split("/");
  const y = dirname(b).split("/");
  const at = x.findIndex((part, i) => part !== y[i]);
  return at === -1 ? x.length : at;
}

/** A compiler host that sees some files as given instead of as they are on the disk; `undefined` is a file that is not there. */
function overlayHost({ toolkit: { ts, libs }, sources }: Workspace, options: ts.CompilerOptions, overlay: ReadonlyMap<string, string | undefined>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  const folders = new Set([...overlay].flatMap(([path, text]) => (text === undefined ? [] : parents(path))));
  const given = (path: string): string | undefined => libs?.get(path) ?? overlay.get(path);
  host.fileExists = (path) => (overlay.has(path) ? overlay.get(path) !== undefined : (libs?.has(path) ?? false) || fileExists(path));
  host.readFile = (path) => (overlay.has(path) ? overlay.get(path) : (given(path) ?? readFile(path)));
  host.directoryExists = (path) => folders.has(path) || (directoryExists?.(path) ?? true);
  host.getSourceFile = (path, version, onError, fresh) => {
    const text = given(path);
    const key = `${typeof version === "object" ? `${version.languageVersion} ${version.impliedNodeFormat ?? ""}` : version} ${path} ${overlay.get(path) ?? ""}`;
    if (overlay.has(path) && text === undefined) return undefined;
    if (!sources.has(key)) sources.set(key, text === undefined ? getSourceFile(path, version, onError, fresh) : ts.createSourceFile(path, text, version));
    return sources.get(key);
  };
  if (libs) {
    host.getDefaultLibLocation = () => LIBS;
    host.getDefaultLibFileName = (asked) => `${LIBS}/${ts.getDefaultLibFileName(asked)}`;
  }
  return host;
}

function parents(path: string): string[] {
  const found: string[] = [];
  for (let dir = dirname(path); dirname(dir) !== dir; dir = dirname(dir)) found.push(dir);
  return found;
}

/** Whole small projects; of large ones what is checked, and all that declares something for everybody. */
function rootsOf(ts: TypeScript, project: Project, targets: readonly string[]): string[] {
  if (project.fileNames.length <= 600) return [...new Set([...project.fileNames, ...targets])];
  const forAll = project.fileNames.filter((file) => /\.d\.[cm]?ts$/.test(file) || /\bdeclare\s+(?:global|module)\b/.test(ts.sys.readFile(file) ?? ""));
  return [...new Set([...forAll, ...targets])];
}

/** SvelteKit and React Router make the types of a route (`./$types`, `./+types/home`) when the app is built or synced: a new route has none yet. */
const isMade = (ts: TypeScript, { code, messageText }: ts.Diagnostic): boolean => code === 2307 && /["'](?:\.{1,2}\/)+(?:\$types(?:\.js)?|\+types\/[^"']+)["']/.test(ts.flattenDiagnosticMessageText(messageText, " "));

/** What follows from a missing type: parameters that it would have given theirs. */
const IMPLICIT = [7006, 7031];

function problemsIn(ts: TypeScript, program: ts.Program, targets: readonly string[], { declares, keep }: Look): Problem[] {
  return targets.flatMap((target) => {
    const file = program.getSourceFile(target);
    if (!file) return [];
    const own = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    const isUntyped = own.some((found) => isMade(ts, found));
    const isOwed = (found: ts.Diagnostic): boolean => isUntyped && (isMade(ts, found) || IMPLICIT.includes(found.code));
    const declared = declares && own.length === 0 ? program.getDeclarationDiagnostics(file) : [];
    return [...own, ...declared].filter((found) => found.category === ts.DiagnosticCategory.Error && !isOwed(found) && keep(found)).map((found): Problem => {
      const line = file.getLineAndCharacterOfPosition(found.start ?? 0).line;
      return { path: target, line: line + 1, text: (file.text.split("\n")[line] ?? "").trim().slice(0, 200), code: found.code, message: ts.flattenDiagnosticMessageText(found.messageText, " ") };
    });
  });
}

/** Errors after that were not there before, as a multiset of file, code and message: lines move. */
function surplus(after: readonly Problem[], before: readonly Problem[]): Problem[] {
  const left = new Map<string, number>();
  const key = ({ path, code, message }: Problem): string => `${path} ${code} ${message}`;
  for (const one of before) left.set(key(one), (left.get(key(one)) ?? 0) + 1);
  return after.filter((one) => {
    const count = left.get(key(one)) ?? 0;
    if (count > 0) left.set(key(one), count - 1);
    return count === 0;
  });
}

interface Compared {
  readonly problems: readonly Problem[];
  readonly old: number;
}

/** How a program is looked at: which of its errors count. */
interface Look {
  readonly declares: boolean;
  readonly keep: (found: ts.Diagnostic) => boolean;
}

/** What is compared: one project's options, where its program begins, what is looked at in it. */
interface Comparison extends Look {
  readonly options: ts.CompilerOptions;
  readonly roots: readonly string[];
  readonly targets: readonly string[];
  readonly importers: Job["importers"];
}

/** More importers than these are only looked at when what their target exports changed: that costs a second program. */
const FEW = 12;

/** Checks after, and only where that finds something, before. */
function compare(workspace: Workspace, job: Job, { options, roots, targets, importers, ...look }: Comparison): Compared {
  const { ts } = workspace.toolkit;
  const overlayOf = (when: "before" | "after"): Map<string, string | undefined> => new Map(job.files.map((file) => [file.path, file[when]]));
  const isNew = new Set(job.files.filter(({ before }) => before === undefined).map(({ path }) => path));
  const after = ts.createProgram({ rootNames: roots, options, host: overlayHost(workspace, options, overlayOf("after")) });
  let earlier: ts.Program | undefined;
  const before = (): ts.Program => (earlier ??= ts.createProgram({ rootNames: roots.filter((file) => !isNew.has(file)), options, host: overlayHost(workspace, options, overlayOf("before")), oldProgram: after }));
  const exportsChanged = (target: string): boolean => isNew.has(target) || declarationOf(after, target) !== declarationOf(before(), target);
  const many = new Set(Object.values(importers).flat()).size > FEW;
  const others = [...new Set(Object.entries(importers).flatMap(([target, files]) => (!many || exportsChanged(target) ? files : [])))];
  const found = problemsIn(ts, after, [...targets, ...others], look);
  if (found.length === 0) return { problems: [], old: 0 };
  const old = problemsIn(ts, before(), [...targets, ...others].filter((file) => !isNew.has(file)), look);
  return { problems: surplus(found, old), old: old.length };
}

/** What others see of a file. */
function declarationOf(program: ts.Program, path: string): string {
  const file = program.getSourceFile(path);
  let text = "";
  if (file) program.emit(file, (_name, written) => (text += written), undefined, true);
  return text;
}

const SCRIPT = /\.(?:[cm]?[jt]s|[jt]sx)$/;
const TYPED = /\.(?:[cm]?ts|tsx)$/;

/** Names that nobody declares, names declared twice, `await` where none may stand: what can be known without types. */
const NAMES = new Set([2304, 2552, 2451, 2300, 1308, 1309, 1378]);

function namesOnly(workspace: Workspace, targets: readonly string[], job: Job): Compared {
  const { ts } = workspace.toolkit;
  const browser = ["window", "document", "navigator", "location", "localStorage", "sessionStorage", "history", "alert", "confirm", "prompt", "XMLHttpRequest", "HTMLElement", "Image", "FileReader", "WebSocket", "$", "jQuery", "React", "JSX", "require", "module", "exports", "__dirname", "__filename", "arguments"];
  const globals = `${LIBS}/globals.d.ts`;
  const names = [...new Set([...Object.getOwnPropertyNames(globalThis), ...browser, ...job.globals])].filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && !["undefined", "NaN", "Infinity", "globalThis", "arguments"].includes(name));
  const libs = new Map([...(workspace.toolkit.libs ?? []), [globals, names.map((name) => `declare var ${name}: any;`).join("\n")] as const]);
  const options: ts.CompilerOptions = { allowJs: true, checkJs: true, noLib: true, noResolve: true, types: [], noEmit: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, jsx: ts.JsxEmit.Preserve };
  const inCode = (found: ts.Diagnostic): boolean => NAMES.has(found.code) && found.file !== undefined && !inComment(found.file.text, found.start ?? 0) && !inType(ts, found.file, found.start ?? 0);
  const each = targets.map((target) => compare({ ...workspace, toolkit: { ts, libs } }, job, { options, roots: [globals, target], targets: [target], importers: {}, declares: false, keep: inCode }));
  return { problems: each.flatMap(({ problems }) => problems), old: 0 };
}

/** Whether an offset lies in a block comment: names of types in JSDoc are no business of ours. */
const inComment = (text: string, offset: number): boolean => text.lastIndexOf("/*", offset) > text.lastIndexOf("*/", offset - 1);

/** Whether an offset lies in a type: whether a type exists cannot be known without libraries. */
function inType(ts: TypeScript, file: ts.SourceFile, offset: number): boolean {
  const visit = (node: ts.Node): boolean => {
    if (offset < node.getStart(file) || offset >= node.end) return false;
    return ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || (ts.forEachChild(node, visit) ?? false);
  };
  return ts.forEachChild(file, visit) ?? false;
}

/** Types where there is a project for them; names everywhere else. */
function run(workspace: Workspace, job: Job): Answer {
  const changed = job.targets.filter((path) => SCRIPT.test(path));
  const isNew = new Set(job.files.filter(({ before }) => before === undefined).map(({ path }) => path));
  const groups = new Map<Project, string[]>();
  const untyped: string[] = [];
  const reasons = new Set<string>();
  const readyFor = (path: string): Project | undefined => {
    const project = workspace.projectOf(path, isNew.has(path));
    return project && project.problem === undefined && (TYPED.test(path) || project.options.checkJs === true) ? project : undefined;
  };
  for (const path of changed) {
    const ready = readyFor(path);
    if (ready) groups.set(ready, [...(groups.get(ready) ?? []), path]);
    else {
      untyped.push(path);
      reasons.add(workspace.projectOf(path, isNew.has(path))?.problem ?? (TYPED.test(path) ? "no tsconfig covers the changed files" : "plain JavaScript"));
    }
  }
  // Importers of another project are looked at there, with its options.
  const importing = new Map<Project, Record<string, string[]>>();
  for (const [target, files] of Object.entries(job.importers)) {
    for (const file of files) {
      const ready = readyFor(file);
      if (!ready) continue;
      const own = importing.get(ready) ?? {};
      importing.set(ready, { ...own, [target]: [...(own[target] ?? []), file] });
    }
  }
  const { ts } = workspace.toolkit;
  const compared = [...new Set([...groups.keys(), ...importing.keys()])].map((project) => {
    const targets = groups.get(project) ?? [];
    const importers = importing.get(project) ?? {};
    return compare(workspace, job, { ...project, targets, importers, roots: rootsOf(ts, project, [...targets, ...Object.keys(importers), ...Object.values(importers).flat()]), keep: () => true });
  });
  compared.push(namesOnly(workspace, untyped, job));
  return { problems: compared.flatMap(({ problems }) => problems), old: compared.reduce((sum, { old }) => sum + old, 0), checked: [...groups.values()].flat().length, reasons: [...reasons] };
}

let workspace: Workspace | undefined;
process.on("message", ({ compilers, job, namesAlone }: { readonly compilers: Compilers; readonly job: Job; readonly namesAlone: boolean }) => {
  workspace ??= openWorkspace(load(compilers), job.root);
  const posix = (path: string): string => (sep === "/" ? path : path.split(sep).join("/"));
  const files = job.files.map((file) => ({ ...file, path: posix(file.path) }));
  const importers = Object.fromEntries(Object.entries(job.importers).map(([target, of]) => [posix(target), of.map(posix)]));
  const asked: Job = { root: posix(job.root), files, targets: job.targets.map(posix), importers, globals: job.globals };
  const answer = namesAlone
    ? { ...namesOnly(workspace, asked.targets.filter((path) => SCRIPT.test(path)), asked), checked: 0, reasons: [] }
    : run(workspace, asked);
  process.send?.(answer);
});
