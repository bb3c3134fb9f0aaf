// https://github.com/auth0/node-jsonwebtoken#readme
import { defineAuth } from "../define.ts";
import { helperUser } from "./custom.helpers.ts";
import { requestUser } from "./custom.requests.ts";

export default defineAuth({
  title: "Own sign-in code",
  packages: [
    "jsonwebtoken", "jose", "express-jwt", "koa-jwt", "@fastify/jwt", "@nestjs/jwt", "express-session", "cookie-session", "iron-session", "next-iron-session", "@fastify/session", "@fastify/secure-session",
    "koa-session", "nuxt-auth-utils", "bcrypt", "bcryptjs", "bcrypt-ts", "argon2", "@node-rs/argon2", "@oslojs/crypto", "arctic", "oslo",
  ],
  users: [],
  currentUser: (app, framework) => (framework === "express" ? requestUser(app) : framework === "next" ? helperUser(app) : undefined),
});
