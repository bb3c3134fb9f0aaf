import type { Code } from "../../domain.ts";
import { code, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { carried } from "../../source/typescript/carry.ts";
import { ts } from "../../source/typescript/parse.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { KOA } from "./koa.registrations.ts";
import { koaUser } from "./koa.user.ts";
import { portalComment, usesBearer } from "./server.bearer.ts";
import type { RouterFiles } from "./server.files.ts";
import { covers, signInGuards } from "./server.guards.ts";
import { beside, listStatement, type MountPlace, type SayMount } from "./server.place.ts";
import { addressOf, hasRoutes, mountedOn, registrationsOf } from "./server.registrations.ts";
import { onRouter, serverRoutes, type ServerUser } from "./server.routes.ts";
import { idOf, lines, signedIn } from "./user.way.ts";

/** Our routers know their own path: an app takes none. Where the app's files give `router.routes()`, so do ours. */
const mount: SayMount = ({ app, receiver, path, child, guards }) => {
  const guarded = guards.length > 0 ? `${receiver}.use("${path}", ${guards.join(", ")})${receiver === "" ? "" : ";\n"}` : "";
  return code`${guarded}${receiver}.use(${child}${givesRoutes(app) ? "" : ".routes()"})`;
};

/** Whether the files of the app's routers give `router.routes()`, so that a mount names them as they are. */
function givesRoutes(app: App): boolean {
  const mounts = registrationsOf(app, KOA).all.filter((one) => one.kind === "mount" && hasRoutes(app, KOA, one.child));
  const plain = mounts.filter(({ call }) => !/\.(?:routes|middleware)\(\)/.test(call.getText().slice(call.expression.getText().length)));
  return plain.length > mounts.length / 2;
}

/** Our routes on routers of Koa. */
export const route = serverRoutes<ServerUser>({
  kind: KOA, mount, user: koaUser, file: routerFile, portal, openPlace,
  // `app.use` takes no path.
  takesGuards: ({ on }) => ts.isNewExpression(on) && /router/i.test(on.expression.getText()),
  balance: ({ ours }, user, guards) => endpoint("What the signed-in user can spend.", 'get("/balance"', guards, [...who(user), code`ctx.body = await ${ours("balance", "readBalance")}(${idOf(user)});`]),
  payment: ({ ours }, user, guards) =>
    endpoint("A fresh link to pay for the plan; home when nothing is to be paid.", 'get("/"', guards, [...who(user), code`const url = await ${ours("customers", "paymentLinkFor")}(${idOf(user)});`, raw('ctx.status = 303;\nctx.redirect(url ?? "/");')]),
  webhook: ({ ours }) =>
    endpoint("Credyt signs the text of the body: this route stands in front of every body parser.", 'post("/"', [], [
      code`const rawBody = await ${{ name: "text", from: { package: "node:stream/consumers" } }}(ctx.req);`,
      code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(rawBody, ctx.get("Credyt-Signature"));`,
      raw("ctx.status = status;\nctx.body = { received: status === 200 };"),
    ]),
});

function routerFile(app: App, files: RouterFiles, stem: string, _user: ServerUser | undefined, routes: readonly Code[], path: string): Code {
  const { name } = files.importOf(stem);
  const isCommonJs = app.moduleSystem === "commonjs" && app.language !== "typescript";
  const value = givesRoutes(app) ? `${files.isNamed ? name : "router"}.routes()` : files.isNamed ? name : "router";
  const local = files.isNamed && value === name ? name : "router";
  const made = code`${files.isNamed && !isCommonJs && value === name ? "export " : ""}const ${local} = new ${routerClass(app)}({ prefix: "${path}" });\n`;
  const given = isCommonJs ? `\nmodule.exports = ${files.isNamed ? (value === name ? `{ ${name} }` : `{ ${name}: ${value} }`) : value};\n` : files.isNamed ? (value === name ? "" : `\nexport const ${name} = ${value.replace(name, "router")};\n`) : `\nexport default ${value};\n`;
  return joinCode([made, ...routes.map((one) => onRouter(one, local)), raw(given)], "");
}

/** The router's class as the app imports it. */
function routerClass(app: App): Code {
  for (const { on } of registrationsOf(app, KOA).all) {
    const origin = ts.isNewExpression(on) ? app.originOf(on) : undefined;
    const callee = origin?.kind === "package" && /router/.test(origin.package) && ts.isNewExpression(on) ? carried(app, on.expression) : undefined;
    if (callee) return callee;
  }
  const name = ["@koa/router", "koa-router"].find((one) => app.uses(one) !== undefined) ?? "@koa/router";
  return code`${{ name: "Router", from: { package: name }, as: "default" as const }}`;
}

const endpoint = (comment: string, head: string, guards: readonly Code[], body: readonly Code[]): Code =>
  joinCode([raw(`\n// ${comment}\n$router.${head}, `), ...guards.map((guard) => code`${guard}, `), raw("async (ctx) => {\n"), lines(body), raw("\n});\n")], "");

const who = (user: CurrentUser): readonly Code[] => signedIn(user, raw('ctx.status = 401;\nctx.body = { error: "Sign in first." };\nreturn;'));

function portal({ app, ours }: RouteContext, user: ServerUser, guards: readonly Code[]): Code {
  const session = code`await ${ours("portal", "createPortalSession")}(${idOf(user)})`;
  const answer = usesBearer(app)
    ? [code`const url = ${session};`, raw('if (ctx.accepts("json", "html") === "html") {\n  ctx.status = 303;\n  ctx.redirect(url);\n  return;\n}'), raw("ctx.body = { url };")]
    : [code`const url = ${session};`, raw("ctx.status = 303;\nctx.redirect(url);")];
  return endpoint(portalComment(app), 'post("/portal"', guards, [...who(user), ...answer]);
}

const PARSER = /body-?parser|koa-?body|bodyparser\(|\bbody\(/i;

/** On the app, in front of whatever reads the body or asks who is signed in. */
function openPlace(app: App, place: MountPlace, url: string): MountPlace | undefined {
  const root = mountedOn(app, KOA, place.on).at(-1);
  const { all } = registrationsOf(app, KOA);
  const parsers = all.filter((one) => one.kind === "guard" && one.guards.some((guard) => PARSER.test(guard.getText()) || isParser(app, guard)));
  const first = [...parsers, ...signInGuards(app, KOA).filter((one) => covers(addressOf(app, KOA, one), url))].filter((one) => one.on === root).sort((a, b) => a.call.pos - b.call.pos)[0];
  const statement = first && listStatement(first.call);
  if (!first) return parsers.length === 0 ? place : undefined;
  // A mount on the app itself: its router says the whole path.
  if (!statement || !ts.isIdentifier(first.receiver)) return undefined;
  const at = beside(statement, "before");
  return { ...place, base: "", inner: "", on: first.on, file: at.file, offset: at.offset, mount: (path, child) => ({ kind: "insert", at, code: code`${mount({ app, receiver: first.receiver.getText(), path, child, guards: [] })};` }) };
}

function isParser(app: App, guard: ts.Expression): boolean {
  const origin = app.originOf(ts.isCallExpression(guard) ? guard.expression : guard);
  return origin?.kind === "package" && /body/.test(origin.package);
}
