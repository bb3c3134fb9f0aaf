// https://authjs.dev
import { defineAuth } from "../define.ts";
import { passLibrary } from "./middleware.passage.ts";
import { eventSignups } from "./next-auth.events.ts";
import { sessionId } from "./next-auth.session.ts";
import { currentUser, users } from "./next-auth.user.ts";
import { isFive } from "./next-auth.version.ts";

export default defineAuth({
  title: "Auth.js",
  packages: ["next-auth", "@auth/core", "@auth/express", "@auth/sveltekit", "@hono/auth-js", "@sidebase/nuxt-auth"],
  users,
  variant: (app) => (app.uses("next-auth") === undefined ? undefined : isFive(app) ? "Auth.js 5" : "NextAuth 4"),
  // Only where accounts are stored is the id put there; elsewhere people are known by their address.
  needs: (app) => (eventSignups(app).length > 0 ? sessionId(app).edits : []),
  signups: eventSignups,
  currentUser,
  // Auth.js 5 stops nobody unless `authorized` says so.
  publicRoute: (app, url) => (isFive(app) && app.code.mentioning("authorized").length === 0 ? undefined : passLibrary(app, url, /next-auth|@auth\/|\bNextAuth\b/)),
});
