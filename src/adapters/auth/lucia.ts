// https://v3.lucia-auth.com
import { defineAuth, type UserPattern } from "../define.ts";
import { askedByApp } from "./session.call.ts";

const PACKAGES = ["lucia", "lucia-auth", "@lucia-auth/adapter-drizzle", "@lucia-auth/adapter-prisma", "@lucia-auth/adapter-mongoose", "@lucia-auth/adapter-postgresql", "@lucia-auth/adapter-mongodb", "@lucia-auth/adapter-sqlite", "@lucia-auth/adapter-mysql"] as const;

/** 3 gives `{ user, session }`; 2 gives a session that holds the user under `userId`. */
const users: readonly UserPattern[] = [
  { package: ["lucia"], path: "Lucia\\.new\\.validateSession\\.\\(\\)", id: "user.id", nullable: true },
  { package: ["lucia", "lucia-auth"], path: "(?:lucia|default)\\.\\(\\)\\.handleRequest\\.\\(\\)\\.validate(?:BearerToken)?\\.\\(\\)", id: "user.userId", nullable: true },
  { package: ["lucia", "lucia-auth"], path: "(?:lucia|default)\\.\\(\\)\\.validateSession\\.\\(\\)", id: "user.userId", nullable: true },
];

const words = ["validateSession", "validate", "validateBearerToken"];

export default defineAuth({
  title: "Lucia",
  packages: PACKAGES,
  users,
  currentUser: (app, framework) => askedByApp(app, framework, users, words),
});
