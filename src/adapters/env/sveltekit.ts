// https://svelte.dev/docs/kit/$env-dynamic-private
import { code, fromPackage } from "../../code/code.ts";
import { defineEnv } from "../define.ts";

// Vite does not put .env files into process.env: SvelteKit's own module is the only way that always works.
export default defineEnv({
  title: "SvelteKit's $env",
  packages: ["@sveltejs/kit"],
  rank: 5,
  open: true,
  find: (app) => {
    const file = app.manifest.devDependencies?.["@sveltejs/kit"] ?? app.manifest.dependencies?.["@sveltejs/kit"] ? (app.code.mentioning("$env/")[0] ?? app.files(/(?:^|\/)svelte\.config\.[jt]s$/)[0]) : undefined;
    if (file === undefined) return undefined;
    const index = (app.repo.text(file) ?? "").indexOf("$env/");
    return { file, line: app.atOffset(file, Math.max(0, index)).line };
  },
  declare: () => [],
  read: (_app, name) => code`${fromPackage("env", "$env/dynamic/private")}.${name}`,
});
