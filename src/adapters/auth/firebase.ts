// https://firebase.google.com/docs/auth/admin
import { defineAuth, type UserPattern } from "../define.ts";
import { accountSignups } from "./firebase.accounts.ts";
import { functionSignups } from "./firebase.functions.ts";
import { askedByApp } from "./session.call.ts";

const PACKAGES = ["firebase-admin", "firebase-functions", "next-firebase-auth-edge"] as const;

/** `getAuth()` and `admin.auth()`, with or without an app of their own. */
export const ADMIN_AUTH = "(?:default\\.)?(?:initializeApp\\.\\(\\)\\.)?(?:auth|getAuth)\\.\\(\\)";

const users: readonly UserPattern[] = [
  { package: ["firebase-admin"], path: `${ADMIN_AUTH}\\.verify(?:IdToken|SessionCookie)\\.\\(\\)`, id: "uid", nullable: false },
  { package: ["next-firebase-auth-edge"], path: "getTokens\\.\\(\\)", id: "decodedToken.uid", nullable: true },
];

const words = ["verifyIdToken", "verifySessionCookie", "getTokens"];

export default defineAuth({
  title: "Firebase Auth",
  packages: PACKAGES,
  users,
  key: /^(?:firebase_?(?:user_?)?(?:id|uid)|uid)$/i,
  signups: (app, model) => [...functionSignups(app), ...accountSignups(app, model)],
  currentUser: (app, framework) => askedByApp(app, framework, users, words),
});
