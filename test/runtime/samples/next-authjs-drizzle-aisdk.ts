import path from "node:path";
import { unescapeHtml, visibleText } from "../session.ts";
import { textOf } from "../stub-providers.ts";
import { bare, outcomeOf, PGLITE_USERS, type Sample } from "./sample.ts";

/** The text of an AI SDK UI message stream. */
const joined = (text: string): string =>
  [...text.matchAll(/^data: (\{.*\})$/gm)]
    .map(([, data = "{}"]) => JSON.parse(data) as { type: string; delta?: string })
    .map((part) => (part.type === "text-delta" ? (part.delta ?? "") : ""))
    .join("");

/** The page shows all decks of a user, the newest first. */
const cardOf = (nonce: string) => (html: string): string | undefined =>
  [...html.matchAll(/<li>([\s\S]*?)<\/li>/g)].map(([, card = ""]) => unescapeHtml(card.replace(/<!--.*?-->/g, ""))).find((card) => card.includes(nonce));

/** Vokabel: Next 16, App Router, Auth.js 5, Drizzle on PGlite, AI SDK 6. */
export const authjsDrizzle: Sample = {
  framework: "next",
  typed: true,
  services: (dir, providers) => Promise.resolve(bare({ ...providers, DATA_DIR: path.join(dir, ".data"), AUTH_SECRET: "0123456789abcdef0123", AUTH_TRUST_HOST: "true" })),
  signUps: {
    form: async (session, { name, email, password }) => outcomeOf(await session.submit("/register", { name, email, password })),
  },
  signIn: async (session, { email, password }) => outcomeOf(await session.submit("/login", { email, password })),
  activities: {
    chat: {
      event: "text_generation",
      calls: ["responses"],
      streamed: true,
      route: "POST /api/chat",
      act: async (session, nonce) =>
        outcomeOf(await session.post("/api/chat", { messages: [{ id: "1", role: "user", parts: [{ type: "text", text: `Guten Tag, ${nonce}` }] }] }), joined),
      expected: textOf,
    },
    deck: {
      event: "object_generation",
      // A server action answers with its form, whatever it says.
      refused: ({ status, text }) => status === 200 && visibleText(text).includes("Your balance is too low"),
      calls: ["responses"],
      streamed: false,
      route: "the form on /decks",
      act: async (session, nonce) => outcomeOf(await session.submit("/decks", { topic: `bakery ${nonce}` }), cardOf(nonce)),
      expected: (nonce) => `${textOf(nonce)}: ${textOf(nonce)}`,
    },
  },
  pages: { header: "/chat", account: "/settings", signIn: "/login" },
  migration: { command: ["npx", "drizzle-kit", "generate", "--name", "credyt"] },
  embedded: true,
  usersScript: PGLITE_USERS,
};
