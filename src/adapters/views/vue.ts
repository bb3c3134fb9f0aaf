// https://vuejs.org/api/sfc-spec.html
import type { Edit, RepoPath } from "../../domain.ts";
import { relativePath } from "../../code/imports.ts";
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { componentView, importInto, scriptsIn } from "./component.view.ts";

const ENDING = /\.vue$/;

const isNuxt = (app: App): boolean => ["nuxt", "nuxt3", "nuxt-nightly"].some((name) => app.uses(name) !== undefined);

/** Vue and Nuxt: components with their own markup; Nuxt knows what stands in `components/` by itself. */
export default componentView({
  title: "Vue",
  packages: ["vue", "nuxt", "nuxt3"],
  view: "vue",
  ending: ENDING,
  file: (app) => {
    const known = ["app/components", "components", "src/components"].map((dir) => app.path(dir)).find((dir) => app.repo.files.some((file) => file.startsWith(`${dir}/`)));
    const fresh = app.repo.files.some((file) => file.startsWith(`${app.path("app")}/`)) ? "app/components" : isNuxt(app) ? "components" : "src/components";
    return `${known ?? app.path(fresh)}/CreditBalance.vue`;
  },
  component: (app, url, portal) => `<script setup${app.language === "typescript" ? ' lang="ts"' : ""}>
import { onMounted, ref } from "vue";

// The signed-in user's balance, "-" until it is known. It leads to the billing portal.
const text = ref("-");

onMounted(async () => {
  try {
    const response = await fetch("${url}");
    // Nobody is signed in: there is nothing to show.
    if (response.status === 401) text.value = "";
    else if (response.ok) text.value = (await response.json()).text;
  } catch {
    // The page does without it.
  }
});
</script>

<template>
  <form v-if="text" action="${portal}" method="post">
    <button type="submit" title="Balance: add funds">{{ text }}</button>
  </form>
</template>
`,
  bring,
});

function bring(app: App, page: RepoPath, component: RepoPath): readonly Edit[] | undefined {
  if (isNuxt(app)) return [];
  const text = app.repo.text(page) ?? "";
  const scripts = scriptsIn(text);
  const setup = scripts.find(({ attributes }) => /\bsetup\b/.test(attributes));
  const line = `import CreditBalance from "${relativePath(page.slice(0, page.lastIndexOf("/")), component)}";`;
  if (setup) return [importInto(app, page, text, setup, line)];
  // A component without a script gets one; `export default { components }` is the owner's to extend.
  return scripts.length > 0 ? undefined : [{ kind: "splice", at: { file: page, offset: 0 }, remove: "", code: raw(`<script setup>\n${line}\n</script>\n\n`) }];
}
