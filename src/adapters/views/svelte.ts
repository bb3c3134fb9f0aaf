// https://svelte.dev/docs/svelte/svelte-files
import type { Edit, RepoPath } from "../../domain.ts";
import { raw } from "../../code/code.ts";
import { relativePath } from "../../code/imports.ts";
import { restyle } from "../../code/style.ts";
import { major, type App } from "../../source/app.ts";
import { componentView, importInto, scriptsIn } from "./component.view.ts";

/** Svelte and SvelteKit: pages in `routes`, components in `$lib`. */
export default componentView({
  title: "Svelte",
  packages: ["svelte", "@sveltejs/kit"],
  view: "svelte",
  ending: /\.svelte$/,
  file: (app) => {
    const known = ["src/lib/components", "src/components", "src/lib"].map((dir) => app.path(dir)).find((dir) => app.repo.files.some((file) => file.startsWith(`${dir}/`) && file.endsWith(".svelte")));
    return `${known ?? app.path("src/lib/components")}/CreditBalance.svelte`;
  },
  component: (app, url, portal) => `<script${app.language === "typescript" ? ' lang="ts"' : ""}>
  import { onMount } from "svelte";

  // The signed-in user's balance, "-" until it is known. It leads to the billing portal.
  let text = ${(major(app.uses("svelte")) ?? 5) >= 5 ? '$state("-")' : '"-"'};

  onMount(async () => {
    try {
      const response = await fetch("${url}");
      // Nobody is signed in: there is nothing to show.
      if (response.status === 401) text = "";
      else if (response.ok) text = (await response.json()).text;
    } catch {
      // The page does without it.
    }
  });
</script>

{#if text}
  <form action="${portal}" method="post">
    <button type="submit" title="Balance: add funds">{text}</button>
  </form>
{/if}
`,
  bring,
});

function bring(app: App, page: RepoPath, component: RepoPath): readonly Edit[] {
  const text = app.repo.text(page) ?? "";
  const lib = `${app.path("src/lib")}/`;
  const from = component.startsWith(lib) && app.uses("@sveltejs/kit") !== undefined ? `$lib/${component.slice(lib.length)}` : relativePath(page.slice(0, page.lastIndexOf("/")), component);
  const line = `import CreditBalance from "${from}";`;
  const own = scriptsIn(text).find(({ attributes }) => !/\bmodule\b/.test(attributes));
  if (own) return [importInto(app, page, text, own, line)];
  const lang = app.language === "typescript" ? ' lang="ts"' : "";
  return [{ kind: "splice", at: { file: page, offset: 0 }, remove: "", code: raw(restyle(`<script${lang}>\n  ${line}\n</script>\n\n`, app.style)) }];
}
