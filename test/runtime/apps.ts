import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { commandEnv, installCopy, runIn } from "./install.ts";
import { jwtPrisma } from "./samples/express-jwt-prisma-openai.ts";
import { passportMongoose } from "./samples/express-passport-mongoose-openai.ts";
import { sessionPg } from "./samples/express-session-pg-fetch.ts";
import { authjsDrizzle } from "./samples/next-authjs-drizzle-aisdk.ts";
import { clerkPrisma } from "./samples/next-clerk-prisma-openai.ts";
import { nextauthReplicate } from "./samples/next-pages-nextauth-prisma-replicate.ts";
import type { Sample, Services } from "./samples/sample.ts";

/** The sample apps by the name of their folder under `fixtures/apps`. */
export const SAMPLES = {
  "express-passport-mongoose-openai": passportMongoose,
  "express-jwt-prisma-openai": jwtPrisma,
  "express-session-pg-fetch": sessionPg,
  "next-authjs-drizzle-aisdk": authjsDrizzle,
  "next-clerk-prisma-openai": clerkPrisma,
  "next-pages-nextauth-prisma-replicate": nextauthReplicate,
} as const satisfies Readonly<Record<string, Sample>>;

/** The name of a sample app. */
export type AppName = keyof typeof SAMPLES;

/** All names, Express first. */
export const APP_NAMES = Object.keys(SAMPLES) as readonly AppName[];

/** An installed copy of a sample app, not running. */
export interface PreparedApp {
  readonly name: AppName;
  readonly dir: string;
  readonly sample: Sample;
}

/** A sample app that answers at `url`. */
export interface RunningApp extends PreparedApp {
  readonly url: string;
  readonly services: Services;
  /** All that the app has printed so far. */
  logs(): string;
  /** The users it has stored. Ends the app first when its database lives in its process. */
  users(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Ends the app and all it needed. */
  stop(): Promise<void>;
}

/** How to start an app. */
export interface StartOptions {
  /** Variables beside those of the app's services, e.g. Credyt's. They win. */
  readonly env?: Readonly<Record<string, string>>;
  /** The stub providers' `env`. */
  readonly providers: Readonly<Record<string, string>>;
  /** `production` runs what `buildApp` has built; Express apps know no difference. */
  readonly mode?: "dev" | "production";
  /** The route by which a wired Clerk app hears of new users. */
  readonly clerkWebhook?: string;
}

/** The folder of a sample app, as it is committed. */
export const fixtureOf = (name: AppName): string => path.join(import.meta.dirname, "..", "..", "fixtures", "apps", name, "app");

/** Copies a sample app to a new folder in `workDir` and installs it; `node_modules` come from a cache kept per lockfile. */
export async function prepareApp(name: AppName, { workDir }: { readonly workDir: string }): Promise<PreparedApp> {
  const dir = mkdtempSync(path.join(workDir, `${name}-`));
  await installCopy(fixtureOf(name), dir);
  return { name, dir, sample: SAMPLES[name] };
}

/** Checks the app's types with its own TypeScript. Throws with the compiler's output. */
export const typecheckApp = async ({ dir }: PreparedApp): Promise<void> => void (await runIn(dir, ["npm", "run", "--silent", "typecheck"]));

/** Builds a Next app for `mode: "production"`, with the environment a build server has: no database, no key but those that are public. `env` is added. */
export const buildApp = ({ dir, sample }: PreparedApp, env: Readonly<Record<string, string>> = {}): Promise<string> =>
  runIn(dir, ["npm", "run", "--silent", "build"], { ...sample.buildEnv, ...env });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

const listens = (port: number): Promise<boolean> =>
  new Promise((answer) => {
    const socket = connect(port, "localhost");
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
    socket.once("connect", () => socket.destroy());
  });

/** Ends a process and all it started: npm passes no signal on. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((gone) => child.once("close", gone));
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    try {
      process.kill(-child.pid, signal);
    } catch {
      break;
    }
    if (await Promise.race([exited.then(() => true), wait(5_000, false, { ref: false })])) return;
  }
  await exited;
}

async function untilReady(child: ChildProcess, port: number, logs: () => string): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!(await listens(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the app ended before it listened:\n${logs()}`);
    if (Date.now() > deadline) throw new Error(`the app does not listen on ${port}:\n${logs()}`);
    await wait(100);
  }
}

const scriptOf = (sample: Sample, mode: StartOptions["mode"]): readonly string[] =>
  sample.framework === "next" ? [mode === "production" ? "start" : "dev", "--", "--hostname", "localhost"] : ["start"];

/** Starts an app on a free loopback port together with what it needs, and waits until it listens. */
export async function startApp(app: PreparedApp, options: StartOptions): Promise<RunningApp> {
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const own = await app.sample.services(app.dir, options.providers);
  const services: Services = options.clerkWebhook === undefined ? own : { ...own, clerkWebhook: options.clerkWebhook };
  const env = { PORT: String(port), APP_URL: url, NEXTAUTH_URL: url, NEXT_PUBLIC_APP_URL: url, ...services.env, ...options.env };
  const child = spawn("npm", ["run", ...scriptOf(app.sample, options.mode)], { cwd: app.dir, env: commandEnv(env), detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part: Buffer) => (printed += part.toString()));
  const stop = async () => {
    await end(child);
    await services.stop();
  };
  try {
    await untilReady(child, port, () => printed);
  } catch (error) {
    await stop();
    throw error;
  }
  const users = async () => {
    if (app.sample.usersScript === undefined) return [];
    if (app.sample.embedded) await end(child);
    return JSON.parse(await runIn(app.dir, [process.execPath, "--input-type=module", "-e", app.sample.usersScript], env)) as Record<string, unknown>[];
  };
  return { ...app, url, services, logs: () => printed, users, stop };
}
