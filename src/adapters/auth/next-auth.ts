// https://authjs.dev
import { code, type fromFile, fromPackage } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import { defineAuth, type CurrentUser, type UserPattern } from "../define.ts";
import { exportedBy } from "./expression.moved.ts";
import { passMiddleware } from "./middleware.passage.ts";
import { configProperty, findConfigs } from "./next-auth.config.ts";
import { eventSignups } from "./next-auth.events.ts";
import { isFive } from "./next-auth.version.ts";
import { asks, askedByApp, flavour } from "./session.call.ts";

const PACKAGES = ["next-auth", "@auth/core", "@auth/express", "@auth/sveltekit", "@hono/auth-js", "@sidebase/nuxt-auth"];

/** Sessions as server code asks for them: 4's `getServerSession`, 5's own `auth()`, and the siblings for other frameworks. */
const sessions: readonly UserPattern[] = [
  { package: ["next-auth"], path: "(?:unstable_)?getServerSession\\.\\(\\)", id: "user.id", nullable: true },
  { package: ["next-auth"], path: "(?:default|NextAuth)\\.\\(\\)\\.auth\\.\\(\\)", id: "user.id", nullable: true },
  { package: ["next-auth"], path: "getSession\\.\\(\\)", id: "user.id", nullable: true },
  { package: ["@auth/express"], path: "getSession\\.\\(\\)", id: "user.id", nullable: true },
  { package: ["#auth"], path: "getServerSession\\.\\(\\)", id: "user.id", nullable: true },
];

const tokens: readonly UserPattern[] = [{ package: ["next-auth", "@auth/core"], path: "getToken\\.\\(\\)", id: "sub", nullable: true }];

function currentUser(app: App, framework: string): CurrentUser | undefined {
  const asked = askedByApp(app, framework, sessions, ["auth", "getServerSession", "unstable_getServerSession", "getSession"]) ?? askedByApp(app, framework, tokens, ["getToken"]);
  return asked ?? byLibrary(app, framework);
}

/** The library's own call, for an app that asks nowhere yet. */
function byLibrary(app: App, framework: string): CurrentUser | undefined {
  const kind = flavour(app, framework);
  if (framework !== "next") return undefined;
  if (isFive(app)) return byAuth(app);
  const options = exportedOptions(app);
  if (!options) return undefined;
  const args = kind === "next pages" ? "req, res, " : "";
  return asks(code`const session = await ${fromPackage("getServerSession", "next-auth/next")}(${args}${options});`, "session?.user?.id");
}

/** `auth` of the app's own `export const { auth } = NextAuth(…)`. */
function byAuth(app: App): CurrentUser | undefined {
  for (const { call, main } of findConfigs(app)) {
    const { parent } = call;
    if (!ts.isVariableDeclaration(parent) || !ts.isObjectBindingPattern(parent.name) || !configProperty(app, main, "providers")) continue;
    const auth = parent.name.elements.find((one) => (one.propertyName ?? one.name).getText() === "auth");
    const given = auth && exportedBy(app, auth);
    if (given) return asks(code`const session = await ${given}();`, "session?.user?.id");
  }
  return undefined;
}

/** The exported `authOptions` that NextAuth 4 is given. */
function exportedOptions(app: App): ReturnType<typeof fromFile> | undefined {
  for (const { call } of findConfigs(app)) {
    const given = call.arguments.at(-1);
    const name = given && bare(given);
    const spread = name && ts.isObjectLiteralExpression(name) ? name.properties.find(ts.isSpreadAssignment)?.expression : name;
    const origin = spread && app.originOf(spread);
    const declared = origin?.kind === "object" ? origin.node.parent : undefined;
    const exported = declared && (exportedBy(app, declared) ?? exportedBy(app, declared.parent));
    if (exported) return exported;
  }
  return undefined;
}

export default defineAuth({
  title: "Auth.js",
  packages: PACKAGES,
  users: [...sessions, ...tokens],
  variant: (app) => (app.uses("next-auth") === undefined ? undefined : isFive(app) ? "Auth.js 5" : "NextAuth 4"),
  signups: eventSignups,
  currentUser,
  publicRoute: (app, url) => passMiddleware(app, url, /next-auth|@auth\/|\bNextAuth\b/),
});
