import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How many files there are to one that calls an AI provider; in real apps it is between a hundred and a thousand. */
const PER_CALL = 250;

/**
 * Writes a Next.js app of `size` TypeScript files, the same bytes each time: pages, components, hooks, routes and services that import
 * one another, one sign-up, and few AI calls. It is a git repository, since most are.
 */
export function generate(dir, size) {
  const random = mulberry32(size);
  const write = (file, text) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), text);
  };
  write("package.json", `${JSON.stringify({ name: "bench", private: true, dependencies: { next: "15.1.0", react: "19.0.0", "next-auth": "5.0.0-beta.25", "drizzle-orm": "0.45.2", openai: "^6.0.0", ai: "^5.0.0", "@ai-sdk/openai": "^2.0.0", zod: "^4.0.0" } }, undefined, 2)}\n`);
  write("tsconfig.json", `${JSON.stringify({ compilerOptions: { strict: true, jsx: "preserve", moduleResolution: "bundler", paths: { "@/*": ["./src/*"] } } }, undefined, 2)}\n`);
  write(".gitignore", "node_modules\n.next\n.env\n");
  for (const [file, text] of Object.entries(FIXED)) write(file, text);
  const made = Object.keys(FIXED).length;
  const calls = Math.max(1, Math.round(size / PER_CALL));
  for (let i = made; i < size; i++) {
    const [file, text] = i - made < calls ? route(i) : filler(i, size, random);
    write(file, text);
  }
  spawnSync("git", ["init", "-q"], { cwd: dir });
}

const FIXED = {
  "src/lib/schema.ts": `import { pgTable, text, uuid } from "drizzle-orm/pg-core";

export const users = pgTable("users", {
  id: uuid("id").primaryKey().defaultRandom(),
  email: text("email").notNull().unique(),
  name: text("name"),
});
`,
  "src/lib/db.ts": `import { drizzle } from "drizzle-orm/node-postgres";
import * as schema from "./schema";

export const db = drizzle(process.env.DATABASE_URL!, { schema });
`,
  "src/lib/auth.ts": `import NextAuth from "next-auth";
import GitHub from "next-auth/providers/github";

export const { handlers, auth, signIn, signOut } = NextAuth({ providers: [GitHub] });
`,
  "src/app/layout.tsx": `export default function Layout({ children }: { children: React.ReactNode }) {
  return <html lang="en"><body>{children}</body></html>;
}
`,
  "src/app/api/register/route.ts": `import { db } from "@/lib/db";
import { users } from "@/lib/schema";

export async function POST(request: Request) {
  const { email, name } = await request.json();
  const [user] = await db.insert(users).values({ email, name }).returning();
  return Response.json({ id: user.id }, { status: 201 });
}
`,
};

/** A route that spends money, by one of three libraries. */
function route(i) {
  const call = i % 2 === 0
    ? [`import OpenAI from "openai";`, `const openai = new OpenAI();`, `const answer = await openai.chat.completions.create({ model: "gpt-4o-mini", messages: [{ role: "user", content: text }] });\n  return Response.json({ answer: answer.choices[0].message.content });`]
    : [`import { openai } from "@ai-sdk/openai";\nimport { streamText } from "ai";`, ``, `const result = streamText({ model: openai("gpt-4o-mini"), prompt: text });\n  return result.toTextStreamResponse();`];
  return [`src/app/api/ai/task-${i}/route.ts`, `import { auth } from "@/lib/auth";
${call[0]}

${call[1]}

export async function POST(request: Request) {
  const session = await auth();
  if (!session?.user?.id) return new Response("Unauthorized", { status: 401 });
  const { text } = await request.json();
  ${call[2]}
}
`];
}

const NOUNS = "account invoice member project report order ticket folder comment message channel booking article product address".split(" ");
const VERBS = "load save list find update archive export rename merge count sort group filter render format".split(" ");

/** A file as most are: it imports two or three others and holds a few functions. */
function filler(i, size, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const pascal = (word) => word[0].toUpperCase() + word.slice(1);
  const noun = pick(NOUNS);
  const name = `${noun}${i}`;
  const kind = i % 10;
  const neighbours = [1, 2, 3].slice(0, 1 + Math.floor(random() * 3)).map((step) => i - step * (1 + Math.floor(random() * 40))).filter((n) => n > 10 && n < size && n % 10 >= 5);
  const imports = neighbours.map((n) => `import { read${n} } from "@/lib/group-${n % 50}/module-${n}";`).join("\n");
  const uses = neighbours.map((n) => `  total += read${n}(id).length;`).join("\n");
  const functions = Array.from({ length: 2 + Math.floor(random() * 6) }, (_, k) => `
/** ${pascal(pick(VERBS))}s the ${noun}s of a workspace, newest first. */
export async function ${pick(VERBS)}${pascal(noun)}${i}x${k}(workspaceId: string, options: { limit?: number; cursor?: string } = {}) {
  const response = await fetch(\`/api/workspaces/\${workspaceId}/${noun}s?limit=\${options.limit ?? 50}\`);
  if (!response.ok) throw new Error("The ${noun}s could not be read");
  const rows: ${pascal(name)}[] = await response.json();
  return rows.filter((row) => row.status !== "archived").map((row) => ({ ...row, label: \`\${row.name} (\${row.count})\` })).sort((a, b) => b.count - a.count);
}
`).join("");
  if (kind < 5) return [kind < 1 ? `src/app/(app)/area-${i % 40}/view-${i}/page.tsx` : `src/components/group-${i % 60}/part-${i}.tsx`, component(i, name, noun, imports, functions, random)];
  return [`src/lib/group-${i % 50}/module-${i}.ts`, `${imports}

export interface ${pascal(name)} {
  id: string;
  name: string;
  status: "active" | "archived";
  count: number;
  createdAt: Date;
}

const cache${i} = new Map<string, ${pascal(name)}[]>();

export function read${i}(id: string): ${pascal(name)}[] {
  return cache${i}.get(id) ?? [];
}

export function total${i}(id: string): number {
  let total = 0;
${uses}
  return total;
}
${functions}`];
}

function component(i, name, noun, imports, functions, random) {
  const title = name[0].toUpperCase() + name.slice(1);
  const rows = Array.from({ length: 3 + Math.floor(random() * 12) }, (_, k) => `      <li key="${k}" className="flex items-center gap-${k} rounded-md border px-3 py-2 text-sm text-neutral-600">
        <span className="font-medium">{rows[${k}]?.name ?? "No ${noun} yet"}</span>
        <button type="button" onClick={() => setOpen(!open)} disabled={rows.length < ${k}}>Open</button>
      </li>`).join("\n");
  return `"use client";

import { useEffect, useState } from "react";
${imports}

interface ${title} {
  id: string;
  name: string;
  status: string;
  count: number;
}
${functions}
export default function ${title}View({ id }: { id: string }) {
  const [rows, setRows] = useState<${title}[]>([]);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    fetch(\`/api/${noun}s/\${id}\`).then((response) => response.json()).then(setRows);
  }, [id]);
  return (
    <ul className="grid gap-2">
${rows}
    </ul>
  );
}
`;
}

/** A small generator of numbers from 0 to 1, the same for the same seed. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
