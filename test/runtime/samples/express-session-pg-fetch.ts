import path from "node:path";
import { PIXEL } from "../providers/openai.ts";
import { unescapeHtml, type Session } from "../session.ts";
import { textOf } from "../stub-providers.ts";
import { bare, follow, outcomeOf, PGLITE_USERS, type Account, type Outcome, type Sample } from "./sample.ts";

const signIn = async (session: Session, { email, password }: Account): Promise<Outcome> => outcomeOf(await session.submit("/login", { email, password }));

const recipeText = (html: string): string | undefined => {
  const body = /<pre class="recipe">([\s\S]*?)<\/pre>/.exec(html)?.[1];
  return body === undefined ? undefined : unescapeHtml(body);
};

const cook = async (session: Session, nonce: string): Promise<Outcome> => outcomeOf(await session.submit("/recipes", { ingredients: `eggs, ${nonce}` }));

/** Panfold: Express 5, ESM, sessions, SQL on PGlite or Postgres, Pug, OpenAI-compatible hosts by fetch and axios. */
export const sessionPg: Sample = {
  framework: "express",
  typed: false,
  services: (dir, providers) => {
    const url = providers["OPENAI_BASE_URL"] ?? "";
    return Promise.resolve(bare({ LLM_URL: url, IMAGES_URL: url, GROQ_API_KEY: "stub", OPENAI_API_KEY: "stub", DATA_DIR: path.join(dir, ".data"), SESSION_SECRET: "sample" }));
  },
  signUps: {
    form: async (session, account) => {
      const { name, email, password } = account;
      const outcome = await outcomeOf(await session.submit("/register", { name, email, password }));
      // The app sends new people to the log-in page; a wired one may send them to a payment page.
      if (outcome.location === "/login") await signIn(session, account);
      return outcome;
    },
  },
  signIn,
  activities: {
    recipe: {
      event: "chat_completion",
      calls: ["chat.completions"],
      streamed: false,
      route: "POST /recipes",
      act: async (session, nonce) => follow(session, await cook(session, nonce), recipeText),
      expected: textOf,
    },
    photo: {
      event: "image_generation",
      calls: ["images"],
      streamed: false,
      route: "POST /recipes/:id/photo",
      arrange: async (session, nonce) => (await cook(session, nonce)).location ?? "",
      act: async (session, _nonce, page) => {
        const outcome = await outcomeOf(await session.request(`${page}/photo`, { method: "POST" }));
        return follow(session, outcome, (html) => /<img class="photo" src="([^"]*)"/.exec(html)?.[1]);
      },
      expected: () => `data:image/png;base64,${PIXEL.toString("base64")}`,
    },
    ideas: {
      event: "ideas",
      calls: ["chat.completions"],
      streamed: false,
      route: "POST /api/ideas",
      act: async (session, nonce) =>
        outcomeOf(await session.post("/api/ideas", { have: `leek ${nonce}` }), (text) => (JSON.parse(text) as { ideas: string[] }).ideas.join(", ")),
      expected: textOf,
    },
  },
  pages: { header: "/recipes", account: "/settings", signIn: "/login" },
  migration: { file: "db/migrations/999_credyt.sql", table: "users" },
  embedded: true,
  usersScript: PGLITE_USERS,
};
