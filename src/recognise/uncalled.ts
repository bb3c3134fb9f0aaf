import type { App } from "../source/app.ts";
import { callersOf } from "../source/typescript/callers.ts";
import { isFn, nameOf, type Fn } from "../source/typescript/functions.ts";
import { ts } from "../source/typescript/parse.ts";
import { ownerOf } from "./levels.ts";

/** Names under which tools look for a function by themselves. */
const BY_CONVENTION = /^(?:handler|main|run|default|load|loader|action|actions|middleware|proxy|handle|execute|process|perform|invoke|start|up|down|register|setup|init|bootstrap|task|job|worker|[A-Z]+|on[A-Z]\w*|use[A-Z]\w*)$/;

const DEEPEST = 4;

/** The function around a node when nothing in the app leads to it: no call, no mention, or only those of functions that nothing calls. */
export function uncalledAround(app: App, node: ts.Node): string | undefined {
  const owner = ownerOf(node);
  return owner && isUncalled(app, owner, 0) ? nameOf(owner).split(".").at(-1) : undefined;
}

function isUncalled(app: App, fn: Fn, depth: number): boolean {
  const name = nameOf(fn).split(".").at(-1) ?? "";
  if (depth > DEEPEST || name.length < 4 || BY_CONVENTION.test(name) || !isPlain(fn)) return false;
  const callers = callersOf(app.code, app.originOf, fn);
  if (callers.length === 0) return mentions(app, name) === 0;
  // The calls that were found must be all there is.
  if (mentions(app, name) > callers.length) return false;
  return callers.every(({ call }) => {
    const owner = ownerOf(call);
    return owner !== undefined && owner !== fn && isUncalled(app, owner, depth + 1);
  });
}

/** A function of its own name, or a method that no interface or base class asks for and no decorator registers. */
function isPlain(fn: Fn): boolean {
  if (ts.isFunctionDeclaration(fn)) return (ts.getCombinedModifierFlags(fn) & ts.ModifierFlags.Default) === 0;
  if (ts.isMethodDeclaration(fn)) return ts.isClassLike(fn.parent) && fn.parent.heritageClauses === undefined && (ts.getDecorators(fn) ?? []).length === 0;
  return isFn(fn) && ts.isVariableDeclaration(fn.parent);
}

/** How often the app's code writes a name, comments, imports and declarations left out. */
function mentions(app: App, name: string): number {
  const word = new RegExp(`(?<![\\w$])${name.replace(/\$/g, "\\$")}(?![\\w$])`, "g");
  return app.code.mentioning(name).reduce((sum, file) => {
    const text = (app.repo.text(file) ?? "").replace(/\/\*[\s\S]*?\*\/|(?<![:"'`\w])\/\/[^\n]*/g, "").replace(/^\s*(?:import|export)\s[^;{]*\{[^}]*\}[^\n]*$/gm, "").replace(/^\s*import\s[^\n]*$/gm, "");
    const declared = new RegExp(`(?:function\\*?|const|let|var)\\s+${name}\\b|(?:(?:public|private|protected|static|override|async)\\s+)+${name}\\s*[<(]|^\\s*${name}\\s*(?:<[^>]*>)?\\([^)]*\\)\\s*(?::[^{;]+)?\\{`, "gm");
    return sum + Math.max(0, (text.match(word)?.length ?? 0) - (text.match(declared)?.length ?? 0));
  }, 0);
}
