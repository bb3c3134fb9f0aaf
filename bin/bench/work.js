import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "../setup.js";

const self = fileURLToPath(import.meta.url);

/** A command of Node itself. */
export const node = (...args) => ({ file: process.execPath, args });

/** The tool as it ships. */
export const tool = (...args) => node(join(root, "bin/credyt-integrate.js"), ...args);

/** Lists a folder as the tool does and reads every script of it; `search` also looks in each for one expression of all texts. */
export const readAll = (dir, search) => node(self, search ? "search" : "read", dir);

/** Parses every script of a folder with ts-morph, and does nothing with it. */
export const parseAll = (dir) => node(self, "parse", dir);

/** ripgrep for the same texts in the same files; a text says why not. */
export function ripgrep(dir) {
  if (spawnSync("rg", ["--version"]).status !== 0) return "not installed: apt install ripgrep, brew install ripgrep";
  return { file: "rg", args: ["-l", "-F", ...TEXTS.flatMap((text) => ["-e", text]), "-g", "*.{js,jsx,ts,tsx,mjs,cjs,mts,cts}", dir] };
}

/** jscodeshift with a transform that parses and changes nothing; a text says why not. */
export function jscodeshift(dir, given) {
  const bin = given === undefined ? installed("jscodeshift/bin/jscodeshift.js") : [given, join(given, "bin/jscodeshift.js"), join(given, "node_modules/jscodeshift/bin/jscodeshift.js")].find((path) => path.endsWith(".js") && existsSync(path));
  if (bin === undefined) return "not installed: npm install jscodeshift in another folder, then --jscodeshift THAT/FOLDER";
  const folder = mkdtempSync(join(tmpdir(), "credyt-bench-noop-"));
  const transform = join(folder, "noop.cjs");
  writeFileSync(transform, "module.exports = (file, api) => void api.jscodeshift(file.source);\n");
  process.on("exit", () => spawnSync("rm", ["-rf", folder]));
  return node(resolve(bin), "-t", transform, "--parser=tsx", "--extensions=ts,tsx,js,jsx,mjs,cjs,mts,cts", "--ignore-pattern=**/node_modules/**", "--dry", "--silent", dir);
}

function installed(name) {
  try {
    return createRequire(join(process.cwd(), "x.js")).resolve(name);
  } catch {
    return undefined;
  }
}

/** Package names of providers, auth libraries, data stores and frameworks, between quotes as an import has them. */
const TEXTS = [
  ..."openai ai @ai-sdk/openai @ai-sdk/anthropic @ai-sdk/google @anthropic-ai/sdk @google/generative-ai @google/genai replicate langchain @langchain/core @langchain/openai @mistralai/mistralai".split(" "),
  ..."groq-sdk cohere-ai @fal-ai/client elevenlabs @deepgram/sdk together-ai @huggingface/inference @aws-sdk/client-bedrock-runtime @azure/openai ollama".split(" "),
  ..."next-auth @auth/core @clerk/nextjs @clerk/express better-auth @supabase/supabase-js @supabase/ssr firebase-admin firebase/auth lucia passport @auth0/nextjs-auth0 @kinde-oss/kinde-auth-nextjs".split(" "),
  ..."@prisma/client drizzle-orm mongoose sequelize typeorm knex kysely pg mongodb express fastify @nestjs/common hono koa stripe".split(" "),
].map((name) => `"${name}"`);

/** The scripts of a folder by the tool's own listing. */
async function scriptsOf(dir) {
  const { openRepo } = await import("../../dist/src/source/repo.js");
  const repo = openRepo(dir);
  const below = repo.start === "" ? "" : `${repo.start}/`;
  return repo.files.filter((file) => file.startsWith(below) && /\.(?:[cm]?[jt]s|[jt]sx)$/.test(file) && !/\.d\.[cm]?ts$/.test(file)).map((file) => join(repo.root, file));
}

if (process.argv[1] === self) {
  const [, , what, dir] = process.argv;
  const files = await scriptsOf(dir);
  if (what === "parse") {
    const { Project } = await import("ts-morph");
    const project = new Project({ useInMemoryFileSystem: true, compilerOptions: { allowJs: true } });
    for (const file of files) project.createSourceFile(file, readFileSync(file, "utf8"), { overwrite: true });
  } else {
    const expression = new RegExp(TEXTS.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|"));
    let hits = 0;
    for (const file of files) if (what === "search" ? expression.test(readFileSync(file, "utf8")) : readFileSync(file, "utf8").length > 0) hits++;
    console.log(hits);
  }
}
