import type { Code, RouteKind, RouteSaying } from "../../domain.ts";
import { code, fromPackage, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { RouteContext } from "../define.ts";
import { appFolder, isRemix, resourceRoute, runtime } from "./react-router.files.ts";
import { middlewareFor, PARTS, routeUser } from "./react-router.user.ts";
import { idOf, lines, parametersFor, signedIn, type Way } from "./user.way.ts";

/** Our routes: resource routes, one file each. */
export function route(kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const { app } = context;
  const user = routeUser(context);
  if (kind !== "webhook" && !user) return undefined;
  const isTaken = app.files(/\.[jt]sx?$/).some((file) => file.startsWith(`${appFolder(app)}/routes/api`) && /api[./]billing[./]/.test(file) && !/createPortalSession|readBalance|paymentLinkFor|handleCredytWebhook/.test(app.repo.text(file) ?? ""));
  const url = `/api/${isTaken ? "credyt" : "billing"}/${kind === "payment" ? "pay" : kind}`;
  const method = kind === "portal" || kind === "webhook" ? "POST" : "GET";
  const { file, edits } = resourceRoute(app, url);
  const [comment, statements] = said(kind, app, user, context.ours);
  return { url, method, edits: [{ kind: "create", file, code: endpoint(app, method, comment, statements, kind === "webhook" || !user ? [] : middlewareFor(app, user)), generated: true }, ...edits] };
}

/** A JSON answer: Remix 2 has its own function for it. */
export const jsonAnswer = (app: App, body: Code, status?: number): Code => {
  const init = status === undefined ? "" : `, { status: ${status} }`;
  return isRemix(app) ? code`${fromPackage("json", runtime(app))}(${body}${init})` : code`Response.json(${body}${init})`;
};

function said(kind: RouteKind, app: App, user: Way | undefined, ours: RouteContext["ours"]): [string, readonly Code[]] {
  const who = user ? signedIn(user, code`return ${jsonAnswer(app, raw('{ error: "Sign in first." }'), 401)};`) : [];
  const id = user ? idOf(user) : raw("");
  const redirect = (url: Code): Code => code`return ${fromPackage("redirect", runtime(app))}(${url}, 303);`;
  if (kind === "portal") return ["Sends the signed-in user's browser to the billing portal. A form posts here.", [...who, redirect(code`await ${ours("portal", "createPortalSession")}(${id})`)]];
  if (kind === "balance") return ["What the signed-in user can spend.", [...who, code`return ${jsonAnswer(app, code`await ${ours("balance", "readBalance")}(${id})`)};`]];
  if (kind === "payment") return ["A fresh link to pay for the plan; home when nothing is to be paid.", [...who, code`const url = await ${ours("customers", "paymentLinkFor")}(${id});`, redirect(raw('url ?? "/"'))]];
  const signature = raw('const signature = args.request.headers.get("Credyt-Signature");');
  return ["Credyt signs the text of the body, so it is read as it arrived.", [signature, code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(await args.request.text(), signature);`, raw("return new Response(null, { status });")]];
}

function endpoint(app: App, method: string, comment: string, statements: readonly Code[], middleware: readonly Code[]): Code {
  const { parameter, code: written } = parametersFor(statements, "args", PARTS);
  const name = method === "POST" ? "action" : "loader";
  const type = code`: ${{ name: method === "POST" ? "ActionFunctionArgs" : "LoaderFunctionArgs", from: { package: runtime(app) }, typeOnly: true }}`;
  const given = parameter === "" ? raw("") : app.language === "typescript" ? code`${parameter}${type}` : raw(parameter);
  const guards = middleware.length > 0 ? code`\nexport const middleware = [${joinCode(middleware, ", ")}];\n\n` : raw("");
  return joinCode([guards, raw(`\n// ${comment}\n`), code`export async function ${name}(${given}) {\n`, lines(statements.map(written)), raw("\n}\n")], "");
}
