// https://supabase.com/docs/guides/auth
import type { Signup, UserModel } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { code, fromPackage } from "../../code/code.ts";
import { defineAuth, type CurrentUser, type UserPattern } from "../define.ts";
import { asks, askedByApp } from "./session.call.ts";
import { SUPABASE } from "./supabase.server.ts";
import { callSignups } from "./supabase.signups.ts";
import { databaseWebhooks } from "./supabase.webhook.ts";

const client = "(?:create\\w*|getServerSession)\\.\\(\\)\\.auth";

/** On a client made by any of Supabase's own factories, however the app wraps them. */
const users: readonly UserPattern[] = [
  { package: SUPABASE, path: `${client}\\.getUser\\.\\(\\)`, id: "data.user.id", nullable: true },
  { package: SUPABASE, path: `${client}\\.getSession\\.\\(\\)`, id: "data.session.user.id", nullable: true },
  { package: SUPABASE, path: `${client}\\.getClaims\\.\\(\\)`, id: "data.claims.sub", nullable: true },
  { package: SUPABASE, path: `${client}\\.(?:exchangeCodeForSession|verifyOtp|signUp|signInWithPassword|refreshSession|setSession)\\.\\(\\)`, id: "data.user.id", nullable: true },
  { package: ["#supabase", "#supabase/server", "@nuxtjs/supabase"], path: "serverSupabaseUser\\.\\(\\)", id: "id", nullable: true },
];

const [byUser, bySession, byClaims, , byNuxt] = users;
const asking = (patterns: readonly (UserPattern | undefined)[]): readonly UserPattern[] => patterns.filter((one) => one !== undefined);

/** A webhook of the database hears of every account: other places are then no more than another way to the same. */
function signups(app: App, model: UserModel | undefined): readonly Signup[] {
  const webhooks = databaseWebhooks(app);
  return webhooks.length > 0 ? webhooks : callSignups(app, model);
}

/** The first two are asked of Supabase, the others believe the cookie. */
function currentUser(app: App, framework: string): CurrentUser | undefined {
  if (framework === "nuxt" && app.uses("@nuxtjs/supabase") !== undefined) return asks(code`const user = await ${fromPackage("serverSupabaseUser", "#supabase/server")}(event);`, "user?.id");
  if (framework === "sveltekit" && app.code.mentioning("safeGetSession").length > 0) return asks(code`const { user } = await event.locals.safeGetSession();`, "user?.id");
  const asked = askedByApp(app, framework, asking([byUser, byNuxt]), ["getUser", "serverSupabaseUser"]);
  return asked ?? askedByApp(app, framework, asking([bySession, byClaims]), ["getSession", "getClaims"]);
}

export default defineAuth({
  title: "Supabase Auth",
  packages: SUPABASE,
  users,
  key: /^(?:(?:supabase|auth)_?(?:user_?)?(?:id|uid))$/i,
  variant: (app) => (app.uses("@supabase/ssr") !== undefined ? "ssr" : SUPABASE.some((name) => name.includes("auth-helpers") && app.uses(name) !== undefined) ? "auth-helpers" : undefined),
  signups,
  currentUser,
});
