import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { toCommonJs } from "../../src/code/commonjs.ts";
import { type Condition, combinations, filesOf, render, templates } from "./render.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The app exists in memory only, below the project so that `node_modules` is found. */
const app = join(root, "app-in-memory");
const libraries = new Map<string, ts.SourceFile | undefined>();

/** The errors that the compiler finds in an app of these files, as `file:line code text`. */
function errorsIn(files: Readonly<Record<string, string>>, options: ts.CompilerOptions): string[] {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(app, name), text]));
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile, directoryExists } = host;
  const folders = new Set([...texts.keys()].flatMap((name) => [dirname(name), dirname(dirname(name)), dirname(dirname(dirname(name)))]));
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.directoryExists = (name) => folders.has(name) || (directoryExists?.(name) ?? true);
  host.getCurrentDirectory = () => app;
  host.getSourceFile = (name, language) => {
    const text = texts.get(name);
    if (text !== undefined) return ts.createSourceFile(name, text, language);
    const key = `${name} ${JSON.stringify(language)}`;
    if (!libraries.has(key)) libraries.set(key, getSourceFile(name, language));
    return libraries.get(key);
  };
  const names = [...texts.keys()].filter((name) => /\.[jt]s$/.test(name) && !name.includes("node_modules"));
  const program = ts.createProgram(names, options, host);
  return ts.getPreEmitDiagnostics(program).map((one) => {
    const at = one.file && one.start !== undefined ? `${one.file.fileName.slice(app.length + 1)}:${one.file.getLineAndCharacterOfPosition(one.start).line + 1} ` : "";
    return `${at}TS${one.code} ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`;
  });
}

/** Everything that a careful app may have switched on. */
const strict: ts.CompilerOptions = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noPropertyAccessFromIndexSignature: true,
  noImplicitOverride: true,
  noImplicitReturns: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  allowUnreachableCode: false,
  isolatedModules: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  skipLibCheck: true,
  noEmit: true,
  types: ["node"],
};

const settings: Readonly<Record<string, ts.CompilerOptions>> = {
  bundler: { ...strict, target: ts.ScriptTarget.ES2017, lib: ["lib.es2017.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"], module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  nodenext: { ...strict, target: ts.ScriptTarget.ES2022, lib: ["lib.es2022.d.ts"], module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  "an older Express app": { strict: false, esModuleInterop: true, target: ts.ScriptTarget.ES2017, lib: ["lib.es2017.d.ts"], module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, ignoreDeprecations: "6.0", skipLibCheck: true, noEmit: true, types: ["node"] },
};

const around = {
  "package.json": '{ "type": "module" }',
  "node_modules/server-only/package.json": '{ "name": "server-only", "types": "index.d.ts" }',
  "node_modules/server-only/index.d.ts": "export {};",
};

/** The lines that the tool writes into an app, for the files that are there. */
function calls(conditions: ReadonlySet<Condition>, extension: string): string {
  const upfront = conditions.has("upfront");
  return `
import { ensureCustomer, customerIdFor${upfront ? ", paymentLinkFor" : ""} } from "./customers${extension}";
import { recordUsage } from "./usage${extension}";
import { createPortalSession } from "./portal${extension}";
import { readBalance } from "./balance${extension}";
${conditions.has("gate") ? `import { checkBalance, estimate, paymentRequired } from "./gate${extension}";` : ""}
${upfront ? `import { handleCredytWebhook } from "./webhook${extension}";` : ""}

class ObjectId {
  private readonly hex = "65f0";
  toString(): string {
    return this.hex;
  }
}

export async function signUp(user: { id: number; email: string | null; name?: string }): Promise<string | null> {
  ${upfront ? "const { status, redirectUrl } = " : ""}await ensureCustomer({ externalId: user.id, email: user.email, name: user.name });
  await ensureCustomer({ externalId: new ObjectId(), email: "a@example.com" });
  await ensureCustomer({ externalId: BigInt(7) });
  ${upfront ? 'if (status === "pending" && redirectUrl) return redirectUrl;\n  const link: string | null = await paymentLinkFor(user.id);\n  if (link) return link;' : ""}
  const id: string | null = await customerIdFor("u1");
  return id;
}

export async function activity(user: { id: string }, usage: { total_tokens?: number; model: string | null } | undefined, jobId: string | undefined): Promise<object> {
  ${conditions.has("gate") ? 'const check = await checkBalance(user.id, { atLeast: estimate("chat") });\n  if (!check.allowed) return paymentRequired(check);\n  const { error, code, topUpUrl } = paymentRequired({ ...check, reason: "insufficient" });\n  const texts: string[] = [error, code, topUpUrl];\n  if (texts.length > 9) return texts;' : ""}
  await recordUsage({ userId: user.id, eventType: "chat", data: { total_tokens: usage?.total_tokens ?? 0, input_tokens: usage?.total_tokens, model: usage?.model, stream: true }, id: jobId, subject: jobId, occurredAt: new Date() });
  await recordUsage({ userId: 7, eventType: "image", costs: [{ vendor_id: "vnd_1", amount: 0.1, currency: "USD" }] });
  const url: string = await createPortalSession(user.id);
  const { text, available } = await readBalance(user.id);
  return { url, text, available };
}
${upfront ? "export const webhook = async (request: { body: Uint8Array; header: string | null | undefined }): Promise<number> => (await handleCredytWebhook(request.body, request.header)).status;" : ""}
`;
}

const nodeStyle = (text: string) => text.replace(/(from "\.\/\w+)"/g, '$1.js"');

describe("types", () => {
  const typescript = templates("ts");
  const javascript = templates("js");

  it.each(Object.keys(settings))("every combination of conditions compiles, with the calls around it: %s", (name) => {
    const options = settings[name] ?? {};
    const extension = name === "nodenext" ? ".js" : "";
    for (const conditions of combinations().filter((one) => name === "bundler" || !one.has("next"))) {
      const files = filesOf(conditions).map((file) => [`${file}.ts`, render(typescript[file], conditions)]);
      const spelled = files.map(([file = "", text = ""]) => [file, extension === ".js" ? nodeStyle(text) : text]);
      const errors = errorsIn({ ...around, ...Object.fromEntries(spelled), "app.ts": calls(conditions, extension) }, options);
      expect({ conditions: [...conditions], errors }).toEqual({ conditions: [...conditions], errors: [] });
    }
  });

  it("the templates compile as they stand", () => {
    const files = Object.fromEntries(Object.entries(typescript).map(([file, text]) => [`${file}.ts`, text]));
    expect(errorsIn({ ...around, ...files }, settings.bundler ?? {})).toEqual([]);
  });

  it("the JavaScript compiles by its comments, as modules and as CommonJS", () => {
    const checked = { ...settings.nodenext, allowJs: true, checkJs: true, exactOptionalPropertyTypes: false, verbatimModuleSyntax: false, isolatedModules: false };
    for (const conditions of combinations().filter((one) => !one.has("next"))) {
      const files = filesOf(conditions).map((file) => [`${file}.js`, render(javascript[file], conditions)]);
      expect(errorsIn({ ...around, ...Object.fromEntries(files) }, checked)).toEqual([]);
      const converted = files.map(([file = "", text = ""]) => [file, toCommonJs(text)]);
      expect(errorsIn({ ...around, ...Object.fromEntries(converted), "package.json": "{}" }, { ...checked, erasableSyntaxOnly: false })).toEqual([]);
    }
  });

  const fills: readonly (readonly [file: "client" | "store" | "customers" | "gate" | "wallet" | "webhook" | "costs", slot: string, text: string])[] = [
    ["client", "config", 'const key: string = "k";\nconst url: string | undefined = undefined;'],
    ["client", "log", "console.warn(line);"],
    ["customers", "products", "const products: string[] = [];"],
    ["wallet", "asset", 'export const asset = "CREDITS";'],
    ["wallet", "precision", "const precision: number | undefined = 2;"],
    ["gate", "unavailable", "const allowWhenUnavailable = false;"],
    ["gate", "estimates", "const estimates: Record<string, number | ((input: number) => number)> = {};"],
    ["gate", "answer", "return { success: false, error: { message: check.message, ...details } };"],
    ["webhook", "activate", "async function activateCustomer(customerId: string): Promise<boolean> {\n  return (await syncCustomer(customerId)).customerId !== \"\";\n}"],
    ["costs", "vendors", "const vendors: Record<string, Vendor> = {};"],
    ["costs", "prices", "const prices: Record<string, Record<string, Price>> = {};"],
    ["store", "store", "export async function readUser(userId: string) {\n  return userId === \"1\" ? { customerId: null as string | null, status: null as string | null, email: \"a\" as string | null, name: null } : null;\n}\nexport async function saveCustomer(userId: string, { customerId, status }: { customerId: string; status?: string }): Promise<void> {\n  await Promise.resolve([userId, customerId, status]);\n}"],
  ];

  it.each(fills)("%s takes another %s", (file, slot, text) => {
    const conditions = new Set<Condition>(["store", "upfront", "costs", "gate"]);
    const files = Object.fromEntries(filesOf(conditions).map((name) => [`${name}.ts`, render(typescript[name], conditions, name === file ? { [slot]: text } : {})]));
    expect(errorsIn({ ...around, ...files }, settings.bundler ?? {})).toEqual([]);
  });
});
