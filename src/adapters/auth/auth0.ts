// https://auth0.com/docs/quickstart/webapp
import type { Import } from "../../domain.ts";
import { code, fromPackage, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { isWithin, versionOf } from "../../source/versions.ts";
import { ts, walk } from "../../source/typescript/parse.ts";
import { defineAuth, type CurrentUser, type UserPattern } from "../define.ts";
import { exportedBy } from "./expression.moved.ts";
import { passLibrary } from "./middleware.passage.ts";
import { asks, askedByApp, flavour } from "./session.call.ts";

const PACKAGES = ["@auth0/nextjs-auth0", "express-openid-connect", "express-oauth2-jwt-bearer", "@auth0/auth0-fastify", "@auth0/auth0-hono", "@auth0/auth0-nuxt"] as const;

/** `getSession()` up to 3, `auth0.getSession()` since 4; the id is the token's subject. */
const users: readonly UserPattern[] = [
  { package: ["@auth0/nextjs-auth0"], path: "getSession\\.\\(\\)", id: "user.sub", nullable: true },
  { package: ["@auth0/nextjs-auth0"], path: "Auth0Client\\.new\\.getSession\\.\\(\\)", id: "user.sub", nullable: true },
  { package: ["@auth0/nextjs-auth0"], path: "initAuth0\\.\\(\\)\\.getSession\\.\\(\\)", id: "user.sub", nullable: true },
];

function currentUser(app: App, framework: string): CurrentUser | undefined {
  if (framework === "express") return inExpress(app);
  return askedByApp(app, framework, users, ["getSession"]) ?? (framework === "next" ? byLibrary(app, framework) : undefined);
}

function byLibrary(app: App, framework: string): CurrentUser | undefined {
  const isPages = flavour(app, framework) === "next pages";
  const client = clientOf(app);
  if (client) return asks(code`const session = await ${client}.getSession(${isPages ? "req" : ""});`, "session?.user?.sub");
  if (isWithin(versionOf(app, "@auth0/nextjs-auth0"), "4.0", undefined)) return undefined;
  return asks(code`const session = await ${fromPackage("getSession", "@auth0/nextjs-auth0")}(${isPages ? "req, res" : ""});`, "session?.user?.sub");
}

/** `export const auth0 = new Auth0Client()` */
function clientOf(app: App): Import | undefined {
  for (const file of app.code.mentioning("Auth0Client")) {
    const tree = app.code.parse(file);
    let found: Import | undefined;
    if (tree)
      walk(tree, (node) => {
        if (ts.isNewExpression(node) && node.expression.getText() === "Auth0Client" && ts.isVariableDeclaration(node.parent)) found ??= exportedBy(app, node.parent);
      });
    if (found) return found;
  }
  return undefined;
}

/** Sessions are on `req.oidc`; APIs check a token and have its claims on `req.auth`. */
function inExpress(app: App): CurrentUser | undefined {
  if (app.uses("express-openid-connect") !== undefined) return { setup: raw(""), id: raw("req.oidc.user?.sub"), nullable: true, middleware: code`${fromPackage("requiresAuth", "express-openid-connect")}()` };
  const check = exportedCheck(app);
  const id = raw("req.auth?.payload.sub");
  return check ? { setup: raw(""), id, nullable: true, middleware: code`${check}` } : undefined;
}

/** `export const checkJwt = auth({ audience, issuerBaseURL })` */
function exportedCheck(app: App): Import | undefined {
  for (const file of app.code.mentioning("express-oauth2-jwt-bearer")) {
    const tree = app.code.parse(file);
    for (const statement of tree?.statements ?? []) {
      if (!ts.isVariableStatement(statement)) continue;
      const made = statement.declarationList.declarations.find((one) => one.initializer && ts.isCallExpression(one.initializer) && /^auth$/.test(one.initializer.expression.getText()));
      const given = made && exportedBy(app, made);
      if (given) return given;
    }
  }
  return undefined;
}

export default defineAuth({
  title: "Auth0",
  packages: PACKAGES,
  users,
  key: /^(?:auth0_?(?:user_?)?(?:id|sub)|sub|external_?id|auth_?(?:user_?)?id)$/i,
  currentUser,
  publicRoute: (app, url) => passLibrary(app, url, /@auth0\//),
});
