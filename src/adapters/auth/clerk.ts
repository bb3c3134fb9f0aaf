// https://clerk.com/docs
import type { Signup, UserModel } from "../../domain.ts";
import { code, fromPackage } from "../../code/code.ts";
import { versionOf } from "../../source/versions.ts";
import type { App } from "../../source/app.ts";
import { defineAuth, type CurrentUser, type UserPattern } from "../define.ts";
import { clerkRoute } from "./clerk.middleware.ts";
import { addedWebhook } from "./clerk.route.ts";
import { CLERK, isAsyncAuth } from "./clerk.version.ts";
import { webhookSignups } from "./clerk.webhook.ts";
import { asks, askedByApp, flavour } from "./session.call.ts";

/** Calls that give Clerk's id of the signed-in user: `auth()` (a promise since 6), `getAuth(req)`, `currentUser()`. */
const users: readonly UserPattern[] = [
  { package: CLERK, path: "(?:auth|getAuth)\\.\\(\\)\\.protect\\.\\(\\)", id: "userId", nullable: false },
  { package: CLERK, path: "auth\\.protect\\.\\(\\)", id: "userId", nullable: false },
  { package: CLERK, path: "(?:auth|getAuth|clerkAuth)\\.\\(\\)", id: "userId", nullable: true },
  { package: CLERK, path: "currentUser\\.\\(\\)", id: "id", nullable: true },
];

const asking = users.filter(({ nullable }) => nullable);

function currentUser(app: App, framework: string): CurrentUser | undefined {
  return askedByApp(app, framework, asking, ["auth", "getAuth", "currentUser"]) ?? byLibrary(app, framework);
}

/** The library's own call, for an app that asks nowhere yet. */
function byLibrary(app: App, framework: string): CurrentUser | undefined {
  const kind = flavour(app, framework);
  if (kind === "next") return asks(code`const { userId } = ${isAsyncAuth(app) ? "await " : ""}${fromPackage("auth", isOld(app) ? "@clerk/nextjs" : "@clerk/nextjs/server")}();`, "userId");
  if (kind === "next pages") return asks(code`const { userId } = ${fromPackage("getAuth", "@clerk/nextjs/server")}(req);`, "userId");
  if (kind === "express" && app.uses("@clerk/express") !== undefined) return asks(code`const { userId } = ${fromPackage("getAuth", "@clerk/express")}(req);`, "userId");
  if (kind === "fastify" && app.uses("@clerk/fastify") !== undefined) return asks(code`const { userId } = ${fromPackage("getAuth", "@clerk/fastify")}(request);`, "userId");
  if (kind === "hono" && app.uses("@hono/clerk-auth") !== undefined) return asks(code`const auth = ${fromPackage("getAuth", "@hono/clerk-auth")}(c);`, "auth?.userId");
  if (kind === "nuxt" && app.uses("@clerk/nuxt") !== undefined) return asks(code`const { userId } = event.context.auth();`, "userId");
  if (kind === "sveltekit" && app.uses("svelte-clerk") !== undefined) return asks(code`const { userId } = event.locals.auth();`, "userId");
  if (kind === "express" && app.uses("@clerk/clerk-sdk-node") !== undefined) return { setup: code``, id: code`req.auth.userId`, nullable: false, middleware: code`${fromPackage("ClerkExpressRequireAuth", "@clerk/clerk-sdk-node")}()` };
  return undefined;
}

/** Up to 4, `auth` came from the package itself. */
const isOld = (app: App): boolean => (versionOf(app, "@clerk/nextjs")?.major ?? 6) < 5;

function signups(app: App, model: UserModel | undefined): readonly Signup[] {
  const existing = webhookSignups(app, model);
  return existing.length > 0 || hasHandler(app) ? existing : addedWebhook(app, model);
}

/** A handler whose new users are stored by a function that the data store finds. */
const hasHandler = (app: App): boolean => app.code.mentioning("user.created").some((file) => /clerk|svix/i.test(app.repo.text(file) ?? "") && !/(?:^|\/)convex\//.test(file));

export default defineAuth({
  title: "Clerk",
  packages: CLERK,
  users,
  key: /^(?:clerk_?(?:user_?)?id|external_?(?:user_?)?id|auth_?(?:user_?)?id)$/i,
  variant: (app) => {
    const version = CLERK.map((name) => versionOf(app, name)?.major).find((one) => one !== undefined);
    return version === undefined ? undefined : `${version}`;
  },
  signups,
  currentUser,
  publicRoute: clerkRoute,
});
