import path from "node:path";
import type { Session } from "../session.ts";
import { textOf } from "../stub-providers.ts";
import { bare, field, libsqlUsers, outcomeOf, type Account, type Outcome, type Sample } from "./sample.ts";

/** Keeps the token that the API answered with, if it did. */
async function keepToken(session: Session, response: Response): Promise<Outcome> {
  const outcome = await outcomeOf(response);
  const { token } = JSON.parse(outcome.text) as { token?: string };
  if (token !== undefined) session.always({ authorization: `Bearer ${token}` });
  return outcome;
}

const document = async (session: Session, nonce: string): Promise<string> => {
  const response = await session.post("/api/documents", { title: "Report", content: `Numbers, ${nonce}` });
  return ((await response.json()) as { document: { id: string } }).document.id;
};

/** The texts of a server-sent stream of `{ text }`, joined. */
const joined = (text: string): string =>
  [...text.matchAll(/^data: (\{.*\})$/gm)].map(([, data = "{}"]) => (JSON.parse(data) as { text: string }).text).join("");

const questions = (query: string) => async (session: Session, nonce: string, id: string) =>
  outcomeOf(await session.post(`/api/documents/${id}/questions${query}`, { question: `How much? ${nonce}` }), query === "" ? field("answer") : joined);

/** Briefly: Express 5, TypeScript, JWT, Prisma 7 on libSQL, OpenAI and Anthropic. */
export const jwtPrisma: Sample = {
  framework: "express",
  typed: true,
  services: (dir, providers) => Promise.resolve(bare({ ...providers, DATABASE_URL: `file:${path.join(dir, "sample.db")}`, JWT_SECRET: "0123456789abcdef0123" })),
  signUps: {
    api: async (session, { name, email, password }: Account) => keepToken(session, await session.post("/api/auth/register", { name, email, password })),
  },
  signIn: async (session, { email, password }) => keepToken(session, await session.post("/api/auth/login", { email, password })),
  activities: {
    add: {
      event: "embedding",
      calls: ["embeddings"],
      streamed: false,
      route: "POST /api/documents",
      act: async (session, nonce) =>
        outcomeOf(await session.post("/api/documents", { title: nonce, content: "Words" }), (text) => (JSON.parse(text) as { document: { title: string } }).document.title),
      expected: (nonce) => nonce,
    },
    summary: {
      event: "summary",
      calls: ["responses"],
      streamed: false,
      route: "POST /api/documents/:id/summary",
      arrange: document,
      act: async (session, _nonce, id) => outcomeOf(await session.post(`/api/documents/${id}/summary`, { length: "short" }), field("summary")),
      expected: textOf,
    },
    question: { event: "question", calls: ["messages"], streamed: false, route: "POST /api/documents/:id/questions", arrange: document, act: questions(""), expected: textOf },
    questionStream: { event: "question", calls: ["messages"], streamed: true, route: "POST /api/documents/:id/questions?stream=1", arrange: document, act: questions("?stream=1"), expected: textOf },
  },
  migration: { file: "prisma/migrations/29990101000000_credyt/migration.sql", table: "users" },
  embedded: false,
  usersScript: libsqlUsers("users"),
};
