import { describe, expect, test } from "vitest";
import { check } from "../../src/check.ts";
import { makeTree } from "../apply/tree.ts";
import { surveyed } from "./surveyed.ts";

const client = { file: "lib/credyt/client.ts", after: 'import "server-only";\nexport const credyt = () => process.env.CREDYT_API_KEY;\n' };
const usage = { file: "lib/credyt/usage.ts", after: 'import { credyt } from "./client";\nexport interface Usage { id: string }\nexport const recordUsage = (_: Usage) => credyt();\n' };
const next = '{ "dependencies": { "next": "15" } }';
const react = (line: string): string => `${line}\nexport default function Page() { return recordUsage({ id: "1" }); }\n`;
const importsIt = 'import { recordUsage } from "@/lib/credyt/usage";';
const usesIt = `${importsIt}\nexport const go = () => recordUsage({ id: "1" });\n`;
const aliases = '{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }';

/** Chains found when our two files come to an app. */
async function leaksIn(files: Readonly<Record<string, string>>): Promise<string[]> {
  const root = makeTree({ "package.json": next, "tsconfig.json": aliases, ...files });
  const { survey, app } = surveyed(root);
  const verdict = await check(survey, app, { files: [client, usage] }, { typecheck: false });
  return verdict.leaks.map(({ chain }) => chain.join(" > "));
}

describe("the key reaches the browser", () => {
  test.each([
    ["from a client component", { "app/page.tsx": react(`"use client";\n${importsIt}`) }, "app/page.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["with a comment in front of the directive", { "app/page.tsx": react(`/* a */ // b\n'use strict';\n'use client'\n${importsIt}`) }, "app/page.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["through files that are nobody's side", { "app/chat.tsx": '"use client";\nexport * from "../lib/ai";\n', "lib/ai/index.ts": usesIt }, "app/chat.tsx > lib/ai/index.ts > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["by a dynamic import", { "app/page.tsx": '"use client";\nconst f = () => import("@/lib/credyt/usage");\n' }, "app/page.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["by a class that is extended", { "app/page.tsx": `"use client";\n${importsIt}\nclass A extends recordUsage {}\n` }, "app/page.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["by an import for its effects", { "app/page.tsx": '"use client";\nimport "@/lib/credyt/usage";\n' }, "app/page.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["by a name that is given on", { "app/page.tsx": `"use client";\n${importsIt}\nexport { recordUsage };\n` }, "app/page.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["by require", { "app/page.jsx": '"use client";\nconst f = require("../lib/credyt/usage");\n' }, "app/page.jsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["from a page of the Pages Router", { "pages/index.tsx": react(importsIt) }, "pages/index.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["from a page that uses it on both sides", { "src/pages/index.tsx": `${importsIt}\nconst f = () => recordUsage({ id: "1" });\nexport const getServerSideProps = () => f();\nexport default function Page() { return f(); }\n` }, "src/pages/index.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["from the script of an index.html", { "package.json": '{ "devDependencies": { "vite": "7" } }', "index.html": '<script type="module" src="/src/main.tsx"></script>', "src/main.tsx": 'import "./app";\n', "src/app.tsx": react(importsIt) }, "src/main.tsx > src/app.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["from Create React App", { "package.json": '{ "dependencies": { "react-scripts": "5" } }', "src/index.js": usesIt }, "src/index.js > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["from a Svelte page", { "package.json": '{ "devDependencies": { "@sveltejs/kit": "2" } }', "src/routes/+page.svelte": `<script>${importsIt}</script>` }, "src/routes/+page.svelte > lib/credyt/usage.ts > lib/credyt/client.ts"],
    ["from the page of a route module", { "package.json": '{ "dependencies": { "react-router": "7" } }', "app/root.tsx": "", "app/routes/chat.tsx": react(importsIt) }, "app/routes/chat.tsx > lib/credyt/usage.ts > lib/credyt/client.ts"],
  ])("%s", async (_name, files, chain) => {
    expect(await leaksIn(files as unknown as Record<string, string>)).toEqual([chain]);
  });

  test("in a variable that is public", async () => {
    const { survey, app } = surveyed(makeTree({ "package.json": next }));
    const verdict = await check(survey, app, { files: [{ file: "lib/x.ts", after: "export const k = process.env.NEXT_PUBLIC_CREDYT_API_KEY;\n" }] }, { typecheck: false });
    expect(verdict.leaks).toEqual([{ chain: ["lib/x.ts"] }]);
  });
});

describe("the key stays on the server", () => {
  test.each([
    ["a route handler and a server component", { "app/api/chat/route.ts": usesIt, "app/page.tsx": react(importsIt) }],
    ["an action that a client component calls", { "app/actions.ts": `"use server";\n${usesIt}`, "app/page.tsx": '"use client";\nimport { act } from "./actions";\n' }],
    ["a name of an interface that a class implements", { "app/page.tsx": '"use client";\nimport { Usage } from "@/lib/credyt/usage";\nexport class A implements Usage { id = ""; }\n' }],
    ["types alone", { "app/page.tsx": '"use client";\nimport type { Usage } from "@/lib/credyt/usage";\nimport { type Usage as U } from "@/lib/credyt/usage";\n' }],
    ["a type that is imported without the word, and a name that is not used", { "lib/trpc.ts": 'import { recordUsage } from "./credyt/usage";\nexport interface AppRouter { a: 1 }\nexport const router = recordUsage;\n', "app/client.ts": '"use client";\nimport { AppRouter, router } from "../lib/trpc";\nexport const client = create<AppRouter>({});\nexport type T = typeof router;\n' }],
    ["an API route of the Pages Router", { "pages/api/chat.ts": usesIt }],
    ["a page that uses it in getServerSideProps only, also by a function of its own", { "pages/index.tsx": `${importsIt}\nfunction f() { return recordUsage({ id: "1" }); }\nexport async function getServerSideProps() { await f(); return { props: {} }; }\nexport default function Page() { return null; }\n` }],
    ["the loader of a route module", { "package.json": '{ "dependencies": { "react-router": "7" } }', "app/root.tsx": "", "app/routes/chat.tsx": `${importsIt}\nexport const action = async () => recordUsage({ id: "1" });\nexport default function Page() { return null; }\n` }],
    ["a server file of SvelteKit", { "package.json": '{ "devDependencies": { "@sveltejs/kit": "2" } }', "src/routes/+page.server.ts": usesIt, "src/routes/+page.svelte": '<script>import { x } from "./+page.server";</script>' }],
    ["an Express server at src/index", { "package.json": '{ "dependencies": { "express": "5" } }', "src/index.ts": usesIt }],
    ["another file of that name", { "app/page.tsx": '"use client";\nimport { recordUsage } from "./usage";\n', "app/usage.ts": "export const recordUsage = 1;\n" }],
    ["the words inside a text", { "app/page.tsx": `const a = 1;\n"use client";\n${usesIt}` }],
  ])("%s", async (_name, files) => {
    expect(await leaksIn(files as unknown as Record<string, string>)).toEqual([]);
  });
});
