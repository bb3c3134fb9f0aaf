// https://github.com/auth0/node-jsonwebtoken#readme
import { defineAuth } from "../define.ts";

export default defineAuth({
  title: "Own sign-in code",
  packages: ["jsonwebtoken", "jose", "express-session", "iron-session", "cookie-session", "bcrypt", "bcryptjs", "argon2"],
  users: [],
});
