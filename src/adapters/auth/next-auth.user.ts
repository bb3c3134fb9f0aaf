import type { Import } from "../../domain.ts";
import { code, fromPackage } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { lastName } from "../../source/typescript/functions.ts";
import { bare, ts } from "../../source/typescript/parse.ts";
import type { CurrentUser, UserPattern } from "../define.ts";
import { exportedBy } from "./expression.moved.ts";
import { configProperty, findConfigs, hasOnlyCredentials } from "./next-auth.config.ts";
import { declaresId, eventSignups, storesByHand } from "./next-auth.events.ts";
import { sessionId } from "./next-auth.session.ts";
import { isFive } from "./next-auth.version.ts";
import { asks, askedByApp, flavour } from "./session.call.ts";

/**
 * The way from a session to the user. Without the id in it, and where we do not put it there, an app that stores nobody knows its users by
 * their address; one that stores them looks them up by itself.
 */
function pathInSession(app: App): string | undefined {
  if (sessionId(app).has || eventSignups(app).length > 0) return "user.id";
  const configs = findConfigs(app);
  const stores = configs.some((one) => configProperty(app, one.main, "adapter") || hasOnlyCredentials(app, one) || storesByHand(app, one) || /credentials/i.test(one.main.getText()));
  return configs.length > 0 && !stores ? "user.email" : undefined;
}

const isLoose = (app: App): boolean => isFive(app) && !declaresId(app);

const session = (names: readonly string[], path: string): UserPattern => ({ package: names, path, id: "user.id", nullable: true, idIn: pathInSession, loose: isLoose });

/** Sessions as server code asks for them: 4's `getServerSession`, 5's own `auth()`, and the siblings for other frameworks. */
const sessions: readonly UserPattern[] = [
  session(["next-auth"], "(?:unstable_)?getServerSession\\.\\(\\)"),
  session(["next-auth"], "(?:default|NextAuth)\\.\\(\\)\\.auth\\.\\(\\)"),
  session(["next-auth"], "getSession\\.\\(\\)"),
  session(["@auth/express"], "getSession\\.\\(\\)"),
  session(["#auth"], "getServerSession\\.\\(\\)"),
];

const tokens: readonly UserPattern[] = [{ package: ["next-auth", "@auth/core"], path: "getToken\\.\\(\\)", id: "sub", nullable: true }];

/** What tells who is signed in: sessions, and the token behind them. */
export const users: readonly UserPattern[] = [...sessions, ...tokens];

/** Who is signed in, for a new route. */
export function currentUser(app: App, framework: string): CurrentUser | undefined {
  const words = isFive(app) ? ["auth", "getSession", "getServerSession"] : ["getServerSession", "unstable_getServerSession", "getSession"];
  return askedByApp(app, framework, sessions, words, isServers) ?? askedByApp(app, framework, tokens, ["getToken"]) ?? byLibrary(app, framework);
}

/** `getSession()` is for the browser, whose cookies it sends: on a server it finds nobody unless it is given the request. */
const isServers = (call: ts.CallExpression): boolean => lastName(call.expression) !== "getSession" || call.arguments.length > 0 || !/from\s+["']next-auth\/(?:react|client)["']/.test(call.getSourceFile().text);

/** The library's own call, for an app that asks nowhere yet. */
function byLibrary(app: App, framework: string): CurrentUser | undefined {
  const path = pathInSession(app);
  if (path === undefined) return undefined;
  const id = `session?.${path.split(".").join("?.")}`;
  if (framework === "sveltekit") return asks(code`const session = await event.locals.auth();`, id);
  if (framework !== "next") return undefined;
  if (isFive(app)) {
    const auth = exportedAuth(app);
    return auth && asks(code`const session = await ${auth}();`, id);
  }
  const options = exportedOptions(app);
  const inputs = flavour(app, framework) === "next pages" ? "req, res, " : "";
  return options && asks(code`const session = await ${fromPackage("getServerSession", "next-auth/next")}(${inputs}${options});`, id);
}

/** `auth` of the app's own `export const { auth } = NextAuth(…)`. */
function exportedAuth(app: App): Import | undefined {
  for (const { call, main } of findConfigs(app)) {
    const { parent } = call;
    if (!ts.isVariableDeclaration(parent) || !ts.isObjectBindingPattern(parent.name) || !configProperty(app, main, "providers")) continue;
    const auth = parent.name.elements.find((one) => (one.propertyName ?? one.name).getText() === "auth");
    const given = auth && exportedBy(app, auth);
    if (given) return given;
  }
  return undefined;
}

/** The exported `authOptions` that NextAuth 4 is given. */
function exportedOptions(app: App): Import | undefined {
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
