import type { Code, RouteKind, RouteSaying } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { RouteContext } from "../define.ts";
import { withoutToken } from "./nuxt.csurf.ts";
import { h3, nuxtUser, serverFolder } from "./nuxt.handlers.ts";
import { idOf, lines, signedIn, type Way } from "./user.way.ts";

/** Our routes: one file each, below `server/api/billing`. */
export function route(kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const { app } = context;
  const user = nuxtUser(context);
  if (kind !== "webhook" && !user) return undefined;
  const folder = `${serverFolder(app)}/api/`;
  const stem = app.files(/(?:^|\/)server\/api\/billing\//).some((file) => !/createPortalSession|readBalance|paymentLinkFor|handleCredytWebhook/.test(app.repo.text(file) ?? "")) ? "credyt" : "billing";
  const name = kind === "payment" ? "pay" : kind;
  const method = kind === "portal" || kind === "webhook" ? "POST" : "GET";
  const file = `${folder}${stem}/${name}.${method.toLowerCase()}.${app.language === "typescript" ? "ts" : "js"}`;
  const [comment, statements] = said(kind, app, user, context.ours);
  const written = joinCode([raw(`\n// ${comment}\nexport default `), code`${(kind === "webhook" ? undefined : user?.maker) ?? h3(app, "defineEventHandler")}(async (event) => {\n`, lines(statements), raw("\n});\n")], "");
  const opened = method === "POST" ? withoutToken(app, `/api/${stem}/**`) : [];
  return { url: `/api/${stem}/${name}`, method, edits: [{ kind: "create", file, code: written, generated: true }, ...opened] };
}

function said(kind: RouteKind, app: App, user: Way | undefined, ours: RouteContext["ours"]): [string, readonly Code[]] {
  const who = user ? signedIn(user, code`throw ${h3(app, "createError")}({ statusCode: 401, message: "Sign in first." });`) : [];
  const id = user ? idOf(user) : raw("");
  const redirect = (url: Code): Code => code`return ${h3(app, "sendRedirect")}(event, ${url}, 303);`;
  if (kind === "portal") return ["Sends the signed-in user's browser to the billing portal. A form posts here.", [...who, redirect(code`await ${ours("portal", "createPortalSession")}(${id})`)]];
  if (kind === "balance") return ["What the signed-in user can spend.", [...who, code`return ${ours("balance", "readBalance")}(${id});`]];
  if (kind === "payment") return ["A fresh link to pay for the plan; home when nothing is to be paid.", [...who, code`const url = await ${ours("customers", "paymentLinkFor")}(${id});`, redirect(raw('url ?? "/"'))]];
  return [
    "Credyt signs the bytes of the body, so they are read as they arrived.",
    [
      code`const rawBody = (await ${h3(app, "readRawBody")}(event)) ?? "";`,
      code`const signature = ${h3(app, "getHeader")}(event, "Credyt-Signature");`,
      code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(rawBody, signature);`,
      code`${h3(app, "setResponseStatus")}(event, status);`,
      raw("return null;"),
    ],
  ];
}
