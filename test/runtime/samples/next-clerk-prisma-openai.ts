import { PUBLISHABLE_KEY, startClerk } from "../clerk.ts";
import { startPostgres } from "../postgres.ts";
import { PIXEL } from "../providers/openai.ts";
import type { Session } from "../session.ts";
import { textOf } from "../stub-providers.ts";
import { field, outcomeOf, type Account, type Outcome, type Sample, type Services } from "./sample.ts";

/** A session token of the account's Clerk user, sent as Clerk's browser code would send it to an API. */
function signIn(session: Session, { email }: Account, { clerk }: Services): Promise<Outcome> {
  const user = clerk?.find(email);
  if (clerk === undefined || user === undefined) return Promise.resolve({ status: 401, text: `Clerk has no ${email}` });
  session.always({ authorization: `Bearer ${clerk.tokenOf(user)}` });
  return Promise.resolve({ status: 200, text: user.id });
}

/** Copydesk: Next 15, App Router, Clerk, Prisma 7 on Postgres, OpenAI. */
export const clerkPrisma: Sample = {
  framework: "next",
  typed: true,
  services: async (dir, providers) => {
    const [clerk, postgres] = await Promise.all([startClerk(), startPostgres(dir)]);
    return {
      env: { ...providers, ...clerk.env, DATABASE_URL: postgres.url },
      clerk,
      stop: async () => void (await Promise.all([clerk.stop(), postgres.stop()])),
    };
  },
  buildEnv: { NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY },
  signUps: {
    clerk: async (session, account, services) => {
      // Whom Clerk knows already is told of once more, as its webhooks sometimes are.
      const user = services.clerk?.find(account.email) ?? services.clerk?.createUser({ email: account.email, name: account.name });
      const signedIn = await signIn(session, account, services);
      if (user === undefined || services.clerk === undefined || services.clerkWebhook === undefined) return signedIn;
      const { headers, body } = services.clerk.userCreated(user);
      return outcomeOf(await fetch(new URL(services.clerkWebhook, session.origin), { method: "POST", headers, body, redirect: "manual" }));
    },
  },
  signIn,
  activities: {
    copy: {
      event: "copy",
      calls: ["chat.completions"],
      streamed: false,
      route: "POST /api/copy",
      act: async (session, nonce) => outcomeOf(await session.post("/api/copy", { prompt: `Tulips, ${nonce}` }), field("text")),
      expected: textOf,
    },
    chat: {
      event: "chat_completion",
      calls: ["chat.completions"],
      streamed: true,
      route: "POST /api/chat",
      act: async (session, nonce) => outcomeOf(await session.post("/api/chat", { messages: [{ role: "user", content: nonce }] }), (text) => text),
      expected: textOf,
    },
    image: {
      event: "image_generation",
      calls: ["images"],
      streamed: false,
      route: "POST /api/image",
      act: async (session, nonce) => outcomeOf(await session.post("/api/image", { prompt: nonce, amount: 2 }), (text) => (JSON.parse(text) as string[]).join(" ")),
      expected: () => `data:image/png;base64,${PIXEL.toString("base64")} data:image/png;base64,${PIXEL.toString("base64")}`,
    },
  },
  pages: { header: "/dashboard", account: "/settings" },
  // Users live in Clerk; this row of theirs holds what the tool stores.
  migration: { file: "prisma/migrations/29990101000000_credyt/migration.sql", table: "UserApiLimit" },
  embedded: false,
  usersScript: `
    import pg from "pg";
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query('SELECT * FROM "UserApiLimit"');
    console.log(JSON.stringify(rows.map((row) => ({ ...row, id: row.userId }))));
    await client.end();
  `,
};
