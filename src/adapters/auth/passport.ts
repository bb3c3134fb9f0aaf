// https://www.passportjs.org/docs
import { raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { defineAuth, type CurrentUser } from "../define.ts";
import { verifySignups } from "./passport.verify.ts";

/** Passport leaves the user on the request; guards in front of routes are found by the framework. */
const ON_REQUEST: Readonly<Record<string, string>> = { express: "req.user?.id", koa: "ctx.state.user?.id", fastify: "request.user?.id" };

/** With sessions, every route has the user. */
function currentUser(app: App, framework: string): CurrentUser | undefined {
  const id = ON_REQUEST[framework];
  return id !== undefined && app.code.mentioning("passport.session(").length > 0 ? { setup: raw(""), id: raw(id), nullable: true } : undefined;
}

export default defineAuth({
  title: "Passport",
  packages: ["passport", "passport-local", "passport-jwt", "passport-google-oauth20", "@nestjs/passport", "koa-passport", "@fastify/passport"],
  users: [],
  signups: verifySignups,
  currentUser,
});
