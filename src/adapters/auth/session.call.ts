import type { Code } from "../../domain.ts";
import { code, joinCode, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { middlewareFile, nextRouter } from "../../source/next-router.ts";
import { functionsAround, lastName, nameOf, type Fn } from "../../source/typescript/functions.ts";
import { pathOf } from "../../source/typescript/origin.ts";
import { ts, walk, wrapped } from "../../source/typescript/parse.ts";
import type { CurrentUser, UserPattern } from "../define.ts";
import { moved, type Moved } from "./expression.moved.ts";

/** A call of the app that tells who is signed in: the library's own, or one of a function of the app around it. */
export interface SessionCall {
  readonly call: ts.CallExpression;
  /** From what the call gives to the user's id. */
  readonly rest: string;
  /** Function of the app that is called; undefined for the library's own. */
  readonly by?: Fn;
}

/** What a new route of each framework calls its inputs; `index` is the parameter's place in the handlers of the app. */
const INPUTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  next: { request: ["req", "request", "_req", "_request"] },
  "next pages": { req: ["req", "request", "_req"], res: ["res", "response", "_res"] },
  express: { req: ["req", "request"], res: ["res", "response"] },
  hono: { c: ["c", "ctx", "context"] },
  fastify: { request: ["req", "request"], reply: ["reply", "res"] },
  koa: { ctx: ["ctx", "context", "c"] },
  "react-router": { request: ["request", "req"] },
  sveltekit: { event: ["event"] },
  nuxt: { event: ["event"] },
};

/** The name under which routes of a framework are written here: `next pages` for the Pages Router. */
export function flavour(app: App, framework: string): string {
  return framework === "next" && nextRouter(app).kind === "pages" ? "next pages" : framework;
}

/**
 * Who is signed in, asked as the app's own server code asks it: the call that most of its files make, where it can be made in a new
 * route. `words` are the last names of the library's calls, `isServers` tells those that a server can make. Undefined when the app never
 * asks in a way that can be moved.
 */
export function askedByApp(app: App, framework: string, patterns: readonly UserPattern[], words: readonly string[], isServers: (call: ts.CallExpression) => boolean = () => true): CurrentUser | undefined {
  const inputs = INPUTS[flavour(app, framework)] ?? {};
  const renamed = (name: string): string | undefined => Object.entries(inputs).find(([, known]) => known.includes(name))?.[0];
  const made = ranked(sessionCalls(app, patterns, words).filter(({ call }) => isServers(call))).map((one) => currentUser(app, one, renamed));
  const found = made.filter((one) => one !== undefined);
  return found.find(({ setup }) => textOf(setup).split("\n").length <= SHORT) ?? found[0];
}

/** Files that each set up the library's client anew are no model where another one calls a function for it. */
const SHORT = 6;

/** Every call on the server that tells who is signed in, found from the last names of the library's calls through functions of the app. */
export function sessionCalls(app: App, patterns: readonly UserPattern[], words: readonly string[]): readonly SessionCall[] {
  const found: SessionCall[] = [];
  const fns = new Set<Fn>();
  const middleware = middlewareFile(app);
  const visit = (word: string, depth: number): void => {
    for (const file of app.code.mentioning(`${word}(`).slice(0, ENOUGH)) {
      const tree = file === middleware || isClient(app, file) ? undefined : app.code.parse(file);
      if (!tree) continue;
      walk(tree, (node) => {
        if (!ts.isCallExpression(node) || lastName(node.expression) !== word) return;
        const rest = restOf(app, node, patterns);
        if (rest === undefined) return;
        const by = calleeOf(app, node);
        found.push({ call: node, rest, ...(by && { by }) });
        for (const around of functionsAround(node)) {
          const name = nameOf(around).split(".").at(-1) ?? "";
          if (fns.has(around) || depth > 1 || !ASKS.test(name)) continue;
          fns.add(around);
          visit(name, depth + 1);
        }
      });
    }
  };
  for (const word of words) visit(word, 0);
  return [...new Map(found.map((one) => [one.call, one])).values()];
}

/** Files looked at for each name: what most of an app does shows in a part of it. */
const ENOUGH = 60;

/** What functions are called that hand on who is signed in. */
const ASKS = /session|user|auth|viewer|account|log(?:ged)?_?in|signed|^me$|identity|principal|request$/i;

const isClient = (app: App, file: string): boolean => /^\s*(?:\/\/[^\n]*\n|\/\*[\s\S]*?\*\/|\s)*["']use client["']/.test(app.repo.text(file) ?? "");

/** The way from a call's result to the user's id, when the call gives the session or the user. */
function restOf(app: App, call: ts.CallExpression, patterns: readonly UserPattern[]): string | undefined {
  const origin = app.originOf(call);
  if (origin?.kind !== "package") return undefined;
  const path = pathOf(origin);
  for (const pattern of patterns) {
    if (!pattern.package.some((name) => name === origin.package || name === origin.specifier)) continue;
    const head = new RegExp(`^(?:${pattern.path})(?=\\.|$)`).exec(path)?.[0];
    const id = pattern.idIn ? pattern.idIn(app) : pattern.id;
    if (head === undefined || id === undefined) continue;
    const done = path.slice(head.length).replace(/^\./, "");
    if (done === "" || id === done || id.startsWith(`${done}.`)) return id.slice(done.length).replace(/^\./, "");
  }
  return undefined;
}

function calleeOf(app: App, call: ts.CallExpression): Fn | undefined {
  const origin = app.originOf(call.expression);
  return origin?.kind === "function" && "body" in origin.node ? (origin.node as Fn) : undefined;
}

/** One call for each way of asking: the most used first, the app's own functions before the library's, those that leave by themselves last. */
function ranked(calls: readonly SessionCall[]): readonly SessionCall[] {
  const groups = new Map<string, SessionCall[]>();
  for (const one of calls) {
    const key = `${one.call.expression.getText()}#${one.call.arguments.length}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const weight = (group: readonly SessionCall[]): number => {
    const files = new Set(group.map(({ call }) => call.getSourceFile().fileName)).size;
    const by = group[0]?.by;
    const leaves = by && /\b(?:redirect|notFound|throw|unauthorized)\b/.test(by.body?.getText() ?? "");
    return leaves ? files / 1000 : by ? files * 1.5 : files;
  };
  return [...groups.values()].sort((a, b) => weight(b) - weight(a)).flat();
}

function currentUser(app: App, { call, rest }: SessionCall, renamed: (name: string) => string | undefined): CurrentUser | undefined {
  const asked = moved(app, call, renamed);
  if (!asked) return undefined;
  // Only a call whose result is used as it is gives no promise.
  const isPlain = ts.isVariableDeclaration(call.parent) || ts.isPropertyAccessExpression(call.parent);
  return keep(asked, !isPlain, takenApart(call, rest) ?? kept(rest));
}

/** As the app takes the result apart: `const { user } = await validateRequest()`. */
function takenApart(call: ts.CallExpression, rest: string): Kept | undefined {
  const { parent } = wrapped(call);
  const [first = "", ...steps] = rest.split(".");
  if (!ts.isVariableDeclaration(parent) || !ts.isObjectBindingPattern(parent.name) || steps.length === 0) return undefined;
  const own = parent.name.elements.find((one) => (one.propertyName ?? one.name).getText() === first && ts.isIdentifier(one.name) && !one.dotDotDotToken);
  return own && { target: `{ ${first} }`, id: [first, ...steps].join("?.") };
}

/** `const session = await auth();` and the way to the id. */
function keep(asked: Moved, awaited: boolean, { target, id }: Kept): CurrentUser {
  const statement = code`const ${target} = ${awaited ? "await " : ""}${asked.code};`;
  return { setup: joinCode([...asked.before, statement], "\n"), id: raw(id), nullable: true };
}

interface Kept {
  readonly target: string;
  readonly id: string;
}

/** What the result is called, and how the id is read from it: `data.user.id` is taken apart as `{ data: { user } }`. */
function kept(rest: string): Kept {
  const steps = rest.split(".");
  if (rest === "") return { target: "userId", id: "userId" };
  if (rest === "userId") return { target: "{ userId }", id: "userId" };
  if (steps[0] === "data") return { target: `{ data: { ${steps[1]} } }`, id: [steps[1], ...steps.slice(2)].join("?.") };
  const name = steps[0] === "user" ? "session" : steps[0] === "decodedToken" ? "tokens" : steps.length === 1 ? (/^(?:sub|uid)$/.test(rest) ? "token" : "user") : "session";
  return { target: name, id: [name, ...steps].join("?.") };
}

/** A new route's question in the library's own words. */
export const asks = (setup: Code, id: string): CurrentUser => ({ setup, id: raw(id), nullable: true });
