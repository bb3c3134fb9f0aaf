import type { Code, RouteKind, RouteSaying } from "../../domain.ts";
import { code, fromPackage, joinCode, raw } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import type { RouteContext } from "../define.ts";
import { kitUser, PARTS } from "./sveltekit.user.ts";
import { idOf, lines, parametersFor, signedIn, type Way } from "./user.way.ts";

const kit = (name: string): ReturnType<typeof fromPackage> => fromPackage(name, "@sveltejs/kit");

/** `redirect(303, url)`: thrown by the app's own code until SvelteKit 2. */
export const redirect = (app: App, url: Code): Code => ((major(app.uses("@sveltejs/kit")) ?? 2) >= 2 ? code`${kit("redirect")}(303, ${url});` : code`throw ${kit("redirect")}(303, ${url});`);

/** Our routes: one `+server` file each, below `/api/billing`. */
export function route(kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const { app, ours } = context;
  const user = kitUser(context);
  if (kind !== "webhook" && !user) return undefined;
  const stem = stemFor(app);
  const url = `/api/${stem}/${kind === "payment" ? "pay" : kind}`;
  const file = app.path(`src/routes${url}/+server.${app.language === "typescript" ? "ts" : "js"}`);
  const method = kind === "portal" || kind === "webhook" ? "POST" : "GET";
  return { url, method, edits: [{ kind: "create", file, code: endpoint(app, method, ...said(kind, app, user, ours)), generated: true }] };
}

/** `billing`; `credyt` where the app has routes of its own under that name. */
function stemFor(app: App): string {
  const own = app.files(/(?:^|\/)src\/routes\/(?:\([^/]*\)\/)*api\/billing\//);
  return own.some((file) => !/createPortalSession|readBalance|paymentLinkFor|handleCredytWebhook/.test(app.repo.text(file) ?? "")) ? "credyt" : "billing";
}

function said(kind: RouteKind, app: App, user: Way | undefined, ours: RouteContext["ours"]): [string, readonly Code[]] {
  const who = user ? signedIn(user, code`return ${kit("json")}({ error: "Sign in first." }, { status: 401 });`) : [];
  const id = user ? idOf(user) : raw("");
  if (kind === "portal") return ["Sends the signed-in user's browser to the billing portal. A form posts here.", [...who, redirect(app, code`await ${ours("portal", "createPortalSession")}(${id})`)]];
  if (kind === "balance") return ["What the signed-in user can spend.", [...who, code`return ${kit("json")}(await ${ours("balance", "readBalance")}(${id}));`]];
  if (kind === "payment") return ["A fresh link to pay for the plan; home when nothing is to be paid.", [...who, redirect(app, code`(await ${ours("customers", "paymentLinkFor")}(${id})) ?? "/"`)]];
  const signature = raw('const signature = event.request.headers.get("Credyt-Signature");');
  return ["Credyt signs the text of the body, so it is read as it arrived.", [signature, code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(await event.request.text(), signature);`, raw("return new Response(null, { status });")]];
}

function endpoint(app: App, method: string, comment: string, statements: readonly Code[]): Code {
  const { parameter, code: written } = parametersFor(statements, "event", PARTS);
  const type = app.language === "typescript" ? code`: ${{ name: "RequestHandler", from: { package: "./$types" }, typeOnly: true }}` : raw("");
  const doc = app.language === "typescript" ? raw("") : raw("/** @type {import('./$types').RequestHandler} */\n");
  return joinCode([raw(`\n// ${comment}\n`), doc, code`export const ${method}${type} = async (${parameter}) => {\n`, lines(statements.map(written)), raw("\n};\n")], "");
}
