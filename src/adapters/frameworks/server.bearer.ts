import type { App } from "../../source/app.ts";

const BEARER = /\.headers\.authorization|headers\[["'](?:authorization|x-access-token)["']\]|\.(?:header|get)\(["']authorization["']\)|fromAuthHeaderAsBearerToken|["'](?:hono\/jwt|hono\/bearer-auth|koa-jwt|@fastify\/jwt|fastify-jwt|express-jwt|express-oauth2-jwt-bearer)["']|jwtVerify\(/i;

/** Whether browsers of this app send their token in a header: a form cannot, so its portal answers scripts with JSON. */
export const usesBearer = (app: App): boolean => app.code.scripts.some((file) => BEARER.test(app.repo.text(file) ?? ""));

/** What our portal route says about itself. */
export const portalComment = (app: App): string =>
  usesBearer(app) ? "The billing portal of the signed-in user: its address for scripts, a redirect for forms." : "Sends the signed-in user's browser to the billing portal. A form posts here.";
