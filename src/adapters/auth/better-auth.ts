// https://www.better-auth.com/docs
import { code, fromPackage } from "../../code/code.ts";
import type { Import } from "../../domain.ts";
import type { App } from "../../source/app.ts";
import { isFn } from "../../source/typescript/functions.ts";
import { ts } from "../../source/typescript/parse.ts";
import { defineAuth, type CurrentUser, type UserPattern } from "../define.ts";
import { hookSignups, setupsOf } from "./better-auth.hooks.ts";
import { exportedBy } from "./expression.moved.ts";
import { asks, askedByApp, flavour } from "./session.call.ts";

const users: readonly UserPattern[] = [{ package: ["better-auth"], path: "betterAuth\\.\\(\\)\\.api\\.getSession\\.\\(\\)", id: "user.id", nullable: true }];

/** The headers of the request, as each framework's handlers have them. */
const HEADERS: Readonly<Record<string, () => ReturnType<typeof code>>> = {
  next: () => code`await ${fromPackage("headers", "next/headers")}()`,
  "next pages": () => code`${fromPackage("fromNodeHeaders", "better-auth/node")}(req.headers)`,
  express: () => code`${fromPackage("fromNodeHeaders", "better-auth/node")}(req.headers)`,
  fastify: () => code`${fromPackage("fromNodeHeaders", "better-auth/node")}(request.headers)`,
  koa: () => code`${fromPackage("fromNodeHeaders", "better-auth/node")}(ctx.req.headers)`,
  hono: () => code`c.req.raw.headers`,
  "react-router": () => code`request.headers`,
  sveltekit: () => code`event.request.headers`,
  nuxt: () => code`event.headers`,
};

function currentUser(app: App, framework: string): CurrentUser | undefined {
  const asked = askedByApp(app, framework, users, ["getSession"]);
  if (asked) return asked;
  const auth = exportedAuth(app);
  const headers = HEADERS[flavour(app, framework)];
  return auth && headers && asks(code`const session = await ${auth}.api.getSession({ headers: ${headers()} });`, "session?.user?.id");
}

/** `export const auth = betterAuth(…)`; one that a function makes for every request cannot be imported. */
function exportedAuth(app: App): Import | undefined {
  for (const { call } of setupsOf(app)) {
    const { parent } = call;
    if (ts.isVariableDeclaration(parent) && !insideFunction(parent)) {
      const given = exportedBy(app, parent);
      if (given) return given;
    }
  }
  return undefined;
}

function insideFunction(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) if (isFn(at)) return true;
  return false;
}

export default defineAuth({
  title: "Better Auth",
  packages: ["better-auth"],
  users,
  signups: (app) => hookSignups(app),
  currentUser,
});
