import type { Clerk } from "../clerk.ts";
import type { Github } from "../github.ts";
import type { Session } from "../session.ts";

/** Someone who signs up. */
export interface Account {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

/** What came back for one action of a visitor. */
export interface Outcome {
  readonly status: number;
  /** The body as it came. */
  readonly text: string;
  readonly location?: string;
  /** The answer of the AI as the app shows it, when there is one. */
  readonly answer?: string;
}

/** Something a signed-in visitor does that makes the app call a provider. */
export interface Activity {
  /** The provider's endpoints that `act` reaches, in order. */
  readonly calls: readonly string[];
  readonly streamed: boolean;
  /** The type of its usage event, by the app's `credyt.config.json` or by default. */
  readonly event: string;
  /** How the app shows that the wallet is too low; an answer with status 402 unless given. */
  readonly refused?: (outcome: Outcome) => boolean;
  /** The route that `act` goes to, for messages. */
  readonly route: string;
  /** What must exist before; may call a provider itself. Its result goes to `act`. */
  readonly arrange?: (session: Session, nonce: string) => Promise<string>;
  /** The one action. */
  readonly act: (session: Session, nonce: string, arranged: string) => Promise<Outcome>;
  /** The `answer` to expect when the stub is not told otherwise. */
  readonly expected: (nonce: string) => string;
}

/** What the app needs beside itself while it runs. */
export interface Services {
  readonly env: Readonly<Record<string, string>>;
  readonly clerk?: Clerk;
  readonly github?: Github;
  /** Where the wired app takes Clerk's `user.created`, once it does. */
  readonly clerkWebhook?: string;
  stop(): Promise<void>;
}

/** One way to get an account; ends signed in where the app does. */
export type SignUp = (session: Session, account: Account, services: Services) => Promise<Outcome>;

/** All that differs between the sample apps, so that one proof can drive them all. */
export interface Sample {
  readonly framework: "express" | "next";
  /** Has a `typecheck` script. */
  readonly typed: boolean;
  /** Starts what the app at `dir` needs, and says by which environment it finds the stub providers. */
  readonly services: (dir: string, providers: Readonly<Record<string, string>>) => Promise<Services>;
  /** Public variables that a build needs. */
  readonly buildEnv?: Readonly<Record<string, string>>;
  /** By name; the first is the usual one. */
  readonly signUps: Readonly<Record<string, SignUp>>;
  readonly signIn: (session: Session, account: Account, services: Services) => Promise<Outcome>;
  readonly activities: Readonly<Record<string, Activity>>;
  /** A page with the header, the settings or account page, and the app's own sign-in form; none in an app that has only an API. */
  readonly pages?: { readonly header: string; readonly account: string; readonly signIn?: string };
  /**
   * How a changed schema reaches the database: a file for SQL that is applied at start (`table` is where the users are, if the
   * app keeps any), or a command that writes it. None where the store has no schema. Prisma cannot write its SQL here: that takes an engine it would download.
   */
  readonly migration?: { readonly file: string; readonly table?: string } | { readonly command: readonly string[] };
  /** The database lives in the app's process: its users can be read only after that has ended. */
  readonly embedded: boolean;
  /** An ES module, run in the app's folder with the app's environment, that prints the stored users as one JSON array; none where the app keeps no users. */
  readonly usersScript?: string;
}

/** Reads a response whole. */
export async function outcomeOf(response: Response, answer?: (text: string) => string | undefined): Promise<Outcome> {
  // An aborted stream still has what came before.
  const text = await textOf(response);
  const location = response.headers.get("location");
  const found = response.ok ? answer?.(text) : undefined;
  return { status: response.status, text, ...(location === null ? {} : { location }), ...(found === undefined ? {} : { answer: found }) };
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const part of response.body ?? []) text += decoder.decode(part as Uint8Array, { stream: true });
  } catch {
    return text;
  }
  return text + decoder.decode();
}

/** Picks a field of a JSON body, for `outcomeOf`. */
export const field =
  (name: string) =>
  (text: string): string =>
    String((JSON.parse(text) as Record<string, unknown>)[name]);

/** Follows one redirect of an outcome, as a browser would, and reads the page it leads to. */
export async function follow(session: Session, outcome: Outcome, answer?: (text: string) => string | undefined): Promise<Outcome> {
  if (outcome.location === undefined) return outcome;
  return outcomeOf(await session.request(new URL(outcome.location, session.origin).href, { headers: { accept: "text/html" } }), answer);
}

/** Services of an app that needs none but the environment. */
export const bare = (env: Readonly<Record<string, string>>): Services => ({ env, stop: () => Promise.resolve() });

/** Prints the rows of a libSQL table, for `usersScript`. */
export const libsqlUsers = (table: string): string => `
  import { createClient } from "@libsql/client";
  const { rows } = await createClient({ url: process.env.DATABASE_URL }).execute('SELECT * FROM "${table}"');
  console.log(JSON.stringify(rows));
`;

/** Prints the rows of the PGlite table `users`, for `usersScript`. */
export const PGLITE_USERS = `
  import { PGlite } from "@electric-sql/pglite";
  const { rows } = await (await PGlite.create(process.env.DATA_DIR)).query("SELECT * FROM users");
  console.log(JSON.stringify(rows));
  process.exit(0);
`;
