import type { Code } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { HONO } from "./hono.registrations.ts";
import { honoUser, plainRouter, type HonoUser } from "./hono.user.ts";
import { portalComment, usesBearer } from "./server.bearer.ts";
import type { RouterFiles } from "./server.files.ts";
import { covers, signInGuards } from "./server.guards.ts";
import { beside, listStatement, type MountPlace, type SayMount } from "./server.place.ts";
import { addressOf } from "./server.registrations.ts";
import { onRouter, serverRoutes } from "./server.routes.ts";
import { idOf, lines, signedIn } from "./user.way.ts";

/** A guard that only this file knows runs in front of the mount. */
const mount: SayMount = ({ receiver, path, child, guards }) => {
  const used = guards.map((guard) => `${receiver}.use("${path}/*", ${guard})${receiver === "" ? "" : ";\n"}`).join("");
  return code`${used}${receiver}.route("${path}", ${child})`;
};

/** Our routes on routers of Hono. */
export const route = serverRoutes<HonoUser>({
  kind: HONO, mount, user: honoUser, file: routerFile, portal, openPlace,
  balance: ({ ours }, user, guards) => endpoint("What the signed-in user can spend.", 'get("/balance"', guards, [...who(user), code`return c.json(await ${ours("balance", "readBalance")}(${idOf(user)}));`]),
  payment: ({ ours }, user, guards) =>
    endpoint("A fresh link to pay for the plan; home when nothing is to be paid.", 'get("/"', guards, [...who(user), code`const url = await ${ours("customers", "paymentLinkFor")}(${idOf(user)});`, raw('return c.redirect(url ?? "/", 303);')]),
  webhook: ({ ours }) =>
    endpoint("Credyt signs the text of the body, so it is read as it arrived.", 'post("/"', [], [code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(await c.req.text(), c.req.header("Credyt-Signature"));`, raw("return new Response(null, { status });")]),
});

function routerFile(_app: App, files: RouterFiles, stem: string, user: HonoUser | undefined, routes: readonly Code[]): Code {
  const { name } = files.importOf(stem);
  const made = code`${files.isNamed ? "export " : ""}const ${name} = ${user?.made ?? plainRouter};\n`;
  return joinCode([made, ...routes.map((one) => onRouter(one, name)), raw(files.isNamed ? "" : `\nexport default ${name};\n`)], "");
}

const endpoint = (comment: string, head: string, guards: readonly Code[], body: readonly Code[]): Code =>
  joinCode([raw(`\n// ${comment}\n$router.${head}, `), ...guards.map((guard) => code`${guard}, `), raw("async (c) => {\n"), lines(body), raw("\n});\n")], "");

const who = (user: CurrentUser): readonly Code[] => signedIn(user, raw('return c.json({ error: "Sign in first." }, 401);'));

function portal({ app, ours }: RouteContext, user: HonoUser, guards: readonly Code[]): Code {
  const session = code`await ${ours("portal", "createPortalSession")}(${idOf(user)})`;
  const answer = usesBearer(app)
    ? [code`const url = ${session};`, raw('const isPage = c.req.header("Accept")?.includes("text/html");'), raw("return isPage ? c.redirect(url, 303) : c.json({ url });")]
    : [code`return c.redirect(${session}, 303);`];
  return endpoint(portalComment(app), 'post("/portal"', guards, [...who(user), ...answer]);
}

/** In front of the middleware that asks who is signed in: what is registered before it does not run it. */
function openPlace(app: App, place: MountPlace, url: string): MountPlace | undefined {
  const guard = signInGuards(app, HONO).find((one) => one.on === place.on && covers(addressOf(app, HONO, one), url));
  if (!guard) return place;
  const statement = listStatement(guard.call);
  if (!statement || guard.receiver.getText().includes("(")) return undefined;
  const at = beside(statement, "before");
  return { ...place, base: "", inner: "", file: at.file, mount: (path, child) => ({ kind: "insert", at, code: code`${mount({ app, receiver: guard.receiver.getText(), path, child, guards: [] })};` }) };
}
