import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { startGithub } from "../github.ts";
import type { Session } from "../session.ts";
import { field, libsqlUsers, outcomeOf, type Account, type Outcome, type Sample } from "./sample.ts";

async function authPost(session: Session, page: string, values: Readonly<Record<string, string>>): Promise<Response> {
  const { csrfToken } = (await (await session.request("/api/auth/csrf")).json()) as { csrfToken: string };
  return session.request(`/api/auth/${page}`, { method: "POST", body: new URLSearchParams({ csrfToken, json: "true", callbackUrl: "/studio", ...values }) });
}

const signIn = async (session: Session, { email, password }: Account): Promise<Outcome> =>
  outcomeOf(await authPost(session, "callback/credentials", { email, password }));

/** Ids of predictions end in a few random letters. */
const withoutId = (text: string): string => field("url")(text).replace(/^.*\/(p-nonce-[0-9a-f]+)-.*$/, "$1");

/** Polls a prediction as the page does. */
async function finished(session: Session, started: Outcome): Promise<Outcome> {
  if (started.status >= 300) return started;
  for (let polls = 0; polls < 50; polls++) {
    const outcome = await outcomeOf(await session.request(`/api/predictions/${field("id")(started.text)}`));
    if (outcome.status !== 200 || field("status")(outcome.text) !== "starting") return { ...outcome, ...(outcome.status === 200 ? { answer: withoutId(outcome.text) } : {}) };
    await wait(100);
  }
  throw new Error("the prediction never ended");
}

/** Darkroom: Next 14, Pages Router, NextAuth 4 (GitHub and passwords), Prisma 7 on libSQL, Replicate. */
export const nextauthReplicate: Sample = {
  framework: "next",
  typed: true,
  services: async (dir, providers) => {
    const github = await startGithub();
    return { env: { ...providers, ...github.env, DATABASE_URL: `file:${path.join(dir, "sample.db")}`, NEXTAUTH_SECRET: "0123456789abcdef" }, github, stop: github.stop };
  },
  signUps: {
    password: async (session, account) => {
      const outcome = await outcomeOf(await session.post("/api/auth/signup", account));
      if (outcome.status === 201) await signIn(session, account);
      return outcome;
    },
    github: async (session, account, { github }) => {
      github?.as(account);
      const { url } = (await (await authPost(session, "signin/github", {})).json()) as { url: string };
      const agreed = await fetch(url, { redirect: "manual" });
      return outcomeOf(await session.request(agreed.headers.get("location") ?? "/"));
    },
  },
  signIn,
  activities: {
    restore: {
      event: "restoration",
      calls: ["predictions"],
      streamed: false,
      route: "POST /api/restore",
      act: async (session, nonce) => outcomeOf(await session.post("/api/restore", { imageUrl: `http://127.0.0.1/${nonce}.png` }), withoutId),
      expected: (nonce) => `p-${nonce}`,
    },
    generate: {
      event: "prediction",
      calls: ["predictions"],
      streamed: false,
      route: "POST /api/predictions",
      act: async (session, nonce) => finished(session, await outcomeOf(await session.post("/api/predictions", { prompt: `A cat, ${nonce}` }))),
      expected: (nonce) => `p-${nonce}`,
    },
  },
  pages: { header: "/studio", account: "/account", signIn: "/signin" },
  migration: { file: "prisma/migrations/9999_credyt/migration.sql", table: "User" },
  embedded: false,
  usersScript: libsqlUsers("User"),
};
