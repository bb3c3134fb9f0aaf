import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const project = fileURLToPath(new URL("../..", import.meta.url));

/** The sandbox as JavaScript in a temporary folder, for tests that need it in a process of its own. */
export function compileSandbox(): { readonly entry: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-js-"));
  const source = join(project, "src/sandbox");
  for (const name of readdirSync(source, { recursive: true, encoding: "utf8" }).filter((one) => one.endsWith(".ts"))) {
    const { outputText } = ts.transpileModule(readFileSync(join(source, name), "utf8"), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023, rewriteRelativeImportExtensions: true, verbatimModuleSyntax: true },
    });
    const target = join(folder, name.replace(/\.ts$/, ".js"));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, outputText);
  }
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(join(project, "node_modules"), join(folder, "node_modules"), "junction");
  return { entry: join(folder, "index.js"), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
