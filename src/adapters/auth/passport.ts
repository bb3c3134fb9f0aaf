// https://www.passportjs.org/docs
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { defineAuth, type CurrentUser } from "../define.ts";
import { behind } from "./express.guard.ts";
import { guardInUse } from "./express.used-guard.ts";
import { verifySignups } from "./passport.verify.ts";

const GUARD = /\.isAuthenticated\s*\(|\bpassport\.authenticate\s*\(\s*["'](?:jwt|bearer)|!\s*req\.user\b|\breq\.user\s*=[^=]|\breq\.isUnauthenticated\s*\(/;

/** Passport leaves the user on the request; behind the app's own guard where routes have one. */
function currentUser(app: App, framework: string): CurrentUser | undefined {
  if (framework === "koa") return { setup: raw(""), id: raw("ctx.state.user?.id"), nullable: true };
  if (framework === "fastify") return { setup: raw(""), id: raw("request.user?.id"), nullable: true };
  if (framework !== "express") return undefined;
  const guard = guardInUse(app, GUARD);
  // Without sessions only the guard's own routes know the user.
  return guard || app.code.mentioning("passport.session(").length > 0 ? behind(app, guard) : undefined;
}

export default defineAuth({
  title: "Passport",
  packages: ["passport", "passport-local", "passport-jwt", "passport-google-oauth20", "@nestjs/passport", "koa-passport", "@fastify/passport"],
  users: [],
  signups: verifySignups,
  currentUser,
});
