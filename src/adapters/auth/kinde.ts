// https://docs.kinde.com
import { code, fromPackage } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isWithin, versionOf } from "../../source/versions.ts";
import { defineAuth, type CurrentUser, type UserPattern } from "../define.ts";
import { passLibrary } from "./middleware.passage.ts";
import { asks, askedByApp, flavour } from "./session.call.ts";

const PACKAGES = ["@kinde-oss/kinde-auth-nextjs", "@kinde-oss/kinde-node-express", "@kinde-oss/kinde-auth-remix", "@kinde-oss/kinde-auth-sveltekit", "@kinde-oss/kinde-typescript-sdk"] as const;

const users: readonly UserPattern[] = [
  { package: PACKAGES, path: "getKindeServerSession\\.\\(\\)\\.getUser\\.\\(\\)", id: "id", nullable: true },
  { package: ["@kinde-oss/kinde-auth-remix"], path: "getKindeSession\\.\\(\\)\\.getUser\\.\\(\\)", id: "id", nullable: true },
  { package: PACKAGES, path: "createKindeServerClient\\.\\(\\)\\.getUser(?:Profile)?\\.\\(\\)", id: "id", nullable: true },
];

function currentUser(app: App, framework: string): CurrentUser | undefined {
  const words = ["getUser", "getUserProfile"];
  return askedByApp(app, framework, users, words) ?? byLibrary(app, framework);
}

/** `getUser` gives a promise since 2. */
function byLibrary(app: App, framework: string): CurrentUser | undefined {
  if (app.uses("@kinde-oss/kinde-auth-nextjs") === undefined) return undefined;
  const waits = isWithin(versionOf(app, "@kinde-oss/kinde-auth-nextjs"), "2.0", undefined) ? "await " : "";
  const session = fromPackage("getKindeServerSession", "@kinde-oss/kinde-auth-nextjs/server");
  const args = flavour(app, framework) === "next pages" ? "req, res" : "";
  return framework === "next" ? asks(code`const { getUser } = ${session}(${args});\nconst user = ${waits}getUser();`, "user?.id") : undefined;
}

export default defineAuth({
  title: "Kinde",
  packages: PACKAGES,
  users,
  key: /^(?:kinde_?(?:user_?)?id|external_?id|auth_?(?:user_?)?id)$/i,
  currentUser,
  publicRoute: (app, url) => passLibrary(app, url, /@kinde-oss\//),
});
