import { describe, expect, test } from "vitest";
import { callIn, memoryCode, originText } from "./memory.ts";

const CREATE = "openai: default.new.chat.completions.create";

/** One file `a.ts` with a call, others around it; where does the callee come from? */
function origin(texts: Record<string, string>, call = "client.chat.completions.create", file = "a.ts"): string {
  const code = memoryCode(texts);
  return originText(code, callIn(code, file, call));
}

describe("in one file", () => {
  test.each([
    ["default import", 'import OpenAI from "openai"; const client = new OpenAI(); client.chat.completions.create()', CREATE],
    ["named import", 'import { OpenAI } from "openai"; const client = new OpenAI(); client.chat.completions.create()', "openai: OpenAI.new.chat.completions.create"],
    ["alias", 'import { OpenAI as O } from "openai"; const client = new O(); client.chat.completions.create()', "openai: OpenAI.new.chat.completions.create"],
    ["namespace", 'import * as ai from "openai"; const client = new ai.OpenAI(); client.chat.completions.create()', "openai: OpenAI.new.chat.completions.create"],
    ["require", 'const OpenAI = require("openai"); const client = new OpenAI(); client.chat.completions.create()', CREATE],
    ["require of a name", 'const { OpenAI } = require("openai"); const client = new OpenAI(); client.chat.completions.create()', "openai: OpenAI.new.chat.completions.create"],
    ["dynamic import", 'async function f() { const { OpenAI } = await import("openai"); const client = new OpenAI(); client.chat.completions.create() }', "openai: OpenAI.new.chat.completions.create"],
    ["assigned later", 'import OpenAI from "openai"; let client; if (!client) client = new OpenAI(); client.chat.completions.create()', CREATE],
    ["kept on globalThis", 'import OpenAI from "openai"; const client = globalThis.ai ?? new OpenAI(); client.chat.completions.create()', CREATE],
    ["cast and awaited", 'import OpenAI from "openai"; const client = (await make()) as OpenAI; function make(): OpenAI { return new OpenAI() } client.chat.completions.create()', CREATE],
    ["factory", 'import OpenAI from "openai"; const make = () => new OpenAI(); const client = make(); client.chat.completions.create()', CREATE],
    ["parameter with a type", 'import OpenAI from "openai"; function f(client: OpenAI) { client.chat.completions.create() }', CREATE],
    ["taken apart", 'import OpenAI from "openai"; const { chat } = new OpenAI(); chat.completions.create()', CREATE, "chat.completions.create"],
    ["a class of the app that extends it", 'import OpenAI from "openai"; class Mine extends OpenAI {} const client = new Mine(); client.chat.completions.create()', CREATE],
    ["an instrumented client", 'import { wrapOpenAI } from "langsmith/wrappers"; import OpenAI from "openai"; const client = wrapOpenAI(new OpenAI()); client.chat.completions.create()', CREATE],
    ["shadowed", 'import OpenAI from "openai"; const client = new OpenAI(); function f(client) { client.chat.completions.create() }', "parameter"],
    ["a local function of the same name", 'function streamText() {} streamText()', "function", "streamText"],
    ["a global", "fetch('x')", "global: fetch", "fetch"],
  ] as [string, string, string, string?][])("%s", (_name, text, expected, call) => {
    expect(origin({ "a.ts": text }, call)).toBe(expected);
  });
});

describe("in a class", () => {
  test.each([
    ["field", "private client = new OpenAI();"],
    ["assigned in the constructor", "private client; constructor() { this.client = new OpenAI(); }"],
    ["typed parameter property", "constructor(private readonly client: OpenAI) {}"],
    ["getter", "get client() { return new OpenAI(); }"],
  ])("%s", (_name, member) => {
    expect(origin({ "a.ts": `import OpenAI from "openai"; class S { ${member} run() { return this.client.chat.completions.create() } }` }, "this.client.chat.completions.create")).toBe(CREATE);
  });

  test("an injected service of another file", () => {
    const texts = {
      "a.ts": 'import { AiService } from "./ai.service"; class C { constructor(private ai: AiService) {} go() { return this.ai.complete() } }',
      "ai.service.ts": "export class AiService { complete() { return 1 } }",
    };
    expect(origin(texts, "this.ai.complete")).toBe("function");
  });
});

describe("across files", () => {
  const use = (specifier: string, what = "{ client }"): string => `import ${what} from "${specifier}"; client.chat.completions.create()`;
  test.each([
    ["a named export", { "a.ts": use("./lib/ai"), "lib/ai.ts": 'import OpenAI from "openai"; export const client = new OpenAI()' }],
    ["a default export", { "a.ts": use("./lib/ai", "client"), "lib/ai.ts": 'import OpenAI from "openai"; const x = new OpenAI(); export default x' }],
    ["a barrel", { "a.ts": use("./lib"), "lib/index.ts": 'export * from "./ai"', "lib/ai.ts": 'import OpenAI from "openai"; export const client = new OpenAI()' }],
    ["a renamed re-export", { "a.ts": use("./lib"), "lib/index.ts": 'export { openai as client } from "./ai"', "lib/ai.ts": 'import OpenAI from "openai"; export const openai = new OpenAI()' }],
    ["a path alias", { "a.ts": use("@/lib/ai"), "src/lib/ai.ts": 'import OpenAI from "openai"; export const client = new OpenAI()', "tsconfig.json": '{ "compilerOptions": { /* c */ "paths": { "@/*": ["./src/*"] }, } }' }],
    ["a path alias of an extended config", { "a.ts": use("~/ai"), "src/ai.ts": 'import OpenAI from "openai"; export const client = new OpenAI()', "tsconfig.json": '{ "extends": "./tsconfig.base.json" }', "tsconfig.base.json": '{ "compilerOptions": { "baseUrl": ".", "paths": { "~/*": ["src/*"] } } }' }],
    ["a .js specifier of a .ts file", { "a.ts": use("./ai.js"), "ai.ts": 'import OpenAI from "openai"; export const client = new OpenAI()' }],
    ["CommonJS", { "a.ts": 'const { client } = require("./ai"); client.chat.completions.create()', "ai.js": "const OpenAI = require('openai'); const client = new OpenAI(); module.exports = { client }" }],
    ["a workspace package", { "a.ts": use("@acme/ai"), "packages/ai/package.json": '{ "name": "@acme/ai", "exports": { ".": "./src/main.ts" } }', "packages/ai/src/main.ts": 'import OpenAI from "openai"; export const client = new OpenAI()' }],
    ["a subpath of a built workspace package", { "a.ts": use("@acme/ai/server"), "packages/ai/package.json": '{ "name": "@acme/ai", "exports": { "./*": "./dist/*.js" } }', "packages/ai/src/server.ts": 'import OpenAI from "openai"; export const client = new OpenAI()' }],
    ["a circle that ends", { "a.ts": use("./b"), "b.ts": 'export * from "./c"; import OpenAI from "openai"; export const client = new OpenAI()', "c.ts": 'export * from "./b"' }],
  ] as [string, Record<string, string>][])("%s", (_name, texts) => {
    expect(origin(texts)).toBe(CREATE);
  });

  test("a circle that never ends is unknown", () => {
    expect(origin({ "a.ts": use("./b"), "b.ts": 'export * from "./c"', "c.ts": 'export * from "./b"' })).toBe("unknown");
  });
});
