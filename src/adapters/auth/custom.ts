// https://github.com/auth0/node-jsonwebtoken#readme
import { defineAuth } from "../define.ts";

export default defineAuth({
  title: "Own sign-in code",
  packages: [
    "jsonwebtoken", "jose", "express-jwt", "koa-jwt", "@fastify/jwt", "@nestjs/jwt", "express-session", "cookie-session", "iron-session", "next-iron-session", "@fastify/session", "@fastify/secure-session",
    "koa-session", "nuxt-auth-utils", "bcrypt", "bcryptjs", "bcrypt-ts", "argon2", "@node-rs/argon2", "@oslojs/crypto", "arctic", "oslo",
  ],
  // What such code puts into scope is read by its names and from the request; a framework knows the app's own middleware and helpers.
  users: [],
});
