import type { Code } from "../../domain.ts";
import { code, joinCode, raw, when } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { autoloadsOf, FASTIFY } from "./fastify.registrations.ts";
import { fastifyUser, isGuarded, SERVER, type FastifyUser } from "./fastify.user.ts";
import { portalComment, usesBearer } from "./server.bearer.ts";
import { camel, type RouterFiles } from "./server.files.ts";
import { mountPlace, type MountPlace, type SayMount } from "./server.place.ts";
import { joinPaths, registrationsOf } from "./server.registrations.ts";
import { serverRoutes, type FilePlace } from "./server.routes.ts";
import { idOf, lines, signedIn } from "./user.way.ts";

/** A guard that only this file knows becomes a hook of a scope around our plugin. */
const mount: SayMount = ({ receiver, path, child, guards }) =>
  guards.length === 0
    ? code`${receiver}.register(${child}, { prefix: "${path}" })`
    : code`${receiver}.register(async (scope) => {\n${guards.map((guard) => `  scope.addHook("preHandler", ${guard});\n`).join("")}  await scope.register(${child});\n}, { prefix: "${path}" })`;

/** Our routes as plugins of Fastify. */
export const route = serverRoutes<FastifyUser>({
  kind: FASTIFY, mount, user: fastifyUser, file: pluginFile, portal, openPlace, placedByFolder,
  balance: ({ ours }, user, guards) => endpoint("What the signed-in user can spend.", 'get("/balance"', guards, user.hook, given(user), [...who(user), code`return ${ours("balance", "readBalance")}(${idOf(user)});`]),
  payment: ({ app, ours }, user, guards) =>
    endpoint("A fresh link to pay for the plan; home when nothing is to be paid.", 'get("/"', guards, user.hook, "request, reply", [...who(user), code`const url = await ${ours("customers", "paymentLinkFor")}(${idOf(user)});`, code`return ${redirect(app, raw('url ?? "/"'))};`]),
  webhook,
});

/** Fastify 5 takes the address first. */
export const redirect = (app: App, url: Code): Code => ((major(app.uses("fastify")) ?? 5) >= 5 ? code`reply.redirect(${url}, 303)` : code`reply.redirect(303, ${url})`);

/** A plugin's file: `export async function billingRoutes(app: FastifyInstance) { … }`. */
function pluginFile(app: App, files: RouterFiles, stem: string, _user: FastifyUser | undefined, routes: readonly Code[], path: string, isListed: boolean): Code {
  const { name } = files.importOf(stem);
  const parameter = app.language === "typescript" ? code`${SERVER}: ${{ name: "FastifyInstance", from: { package: "fastify" }, typeOnly: true }}` : raw(SERVER);
  const isCommonJs = app.moduleSystem === "commonjs" && app.language !== "typescript";
  const head = files.isNamed || isCommonJs ? "" : "export default ";
  const after = isCommonJs ? `\nmodule.exports = ${files.isNamed ? `{ ${name} }` : name};\n` : "";
  const body = joinCode(routes.map((one) => indented(isListed ? below(path, one) : one)), "");
  return joinCode([code`${files.isNamed && !isCommonJs ? "export " : head}async function ${name}(${parameter}) {`, body, raw(`}\n${after}`)], "");
}

/** Routes under their whole address, where no mount says its beginning. */
const below = (path: string, one: Code): Code => ({ parts: one.parts.flatMap((part) => (typeof part === "string" ? [part.replace(/\b((?:get|post)\(")(\/[^"]*)"/g, (_, verb: string, own: string) => `${verb}${joinPaths(path, own)}"`)] : "when" in part ? when(part.when.areas, below(path, part.when.code)).parts : [part])) });

/** Every line of a block one level deeper, blank ones left blank. */
const indented = (one: Code): Code => ({ parts: one.parts.flatMap((part) => (typeof part === "string" ? [part.replace(/\n(?=[^\n])/g, "\n  ")] : "when" in part ? when(part.when.areas, indented(part.when.code)).parts : [part])) });

const endpoint = (comment: string, head: string, guards: readonly Code[], hook: string, parameters: string, body: readonly Code[]): Code =>
  joinCode([raw(`\n// ${comment}\n${SERVER}.${head}, `), ...(guards.length > 0 ? [code`{ ${hook}: [${joinCode(guards, ", ")}] }, `] : []), raw(`async (${parameters}) => {\n`), lines(body), raw("\n});\n")], "");

/** Who is not signed in gets an answer from the handler itself, where nothing in front of it gives one. */
const given = (user: CurrentUser): string => (user.nullable ? "request, reply" : "request");

const who = (user: CurrentUser): readonly Code[] => signedIn(user, raw('return reply.code(401).send({ error: "Sign in first." });'));

function portal({ app, ours }: RouteContext, user: FastifyUser, guards: readonly Code[]): Code {
  const session = code`await ${ours("portal", "createPortalSession")}(${idOf(user)})`;
  const answer = usesBearer(app)
    ? [code`const url = ${session};`, code`if (request.headers.accept?.includes("text/html")) return ${redirect(app, raw("url"))};`, raw("return { url };")]
    : [code`return ${redirect(app, session)};`];
  const route = endpoint(portalComment(app), 'post("/portal"', guards, user.hook, "request, reply", [...who(user), ...answer]);
  return parsesForms(app) ? route : joinCode([raw(FORMS), route], "");
}

const parsesForms = (app: App): boolean => ["@fastify/formbody", "fastify-formbody"].some((name) => app.uses(name) !== undefined) || usesBearer(app);

/** Without a parser Fastify refuses every form with 415. */
const FORMS = `
// A form posts its fields in this type, be there none.
const form = "application/x-www-form-urlencoded";
${SERVER}.addContentTypeParser(form, { parseAs: "string" }, (request, body, done) => done(null, body));
`;

function webhook({ app, ours }: RouteContext): Code {
  const own = app.code.scripts.some((file) => /addContentTypeParser\(\s*(?:\[[^\]]*)?["']application\/json["']/.test(app.repo.text(file) ?? ""));
  const parser = `
// Credyt signs the bytes of the body: in this plugin they stay as they arrived.
${own ? `${SERVER}.removeContentTypeParser("application/json");\n` : ""}${SERVER}.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));
`;
  const body = app.language === "typescript" ? "request.body as Buffer" : "request.body";
  const statements = [raw('const signature = String(request.headers["credyt-signature"] ?? "");'), code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(${body}, signature);`, raw("return reply.code(status).send();")];
  return joinCode([raw(parser), endpoint("Activates accounts that have paid.", 'post("/"', [], "", "request, reply", statements)], "");
}

/** A place around which no hook asks who is signed in. */
function openPlace(app: App, place: MountPlace): MountPlace | undefined {
  if (!isGuarded(app, place.on)) return place;
  const free = new Set(registrationsOf(app, FASTIFY).all.map(({ on }) => on).filter((on) => !isGuarded(app, on)));
  return [...free].map((on) => mountPlace(app, FASTIFY, mount, on)).find((one) => one !== undefined);
}

/** Where @fastify/autoload registers what stands in a folder: `routes/billing/index.ts`, without a line of ours elsewhere. */
function placedByFolder(app: App): FilePlace | undefined {
  const home = autoloadsOf(app).find(({ dir }) => /route/i.test(dir)) ?? autoloadsOf(app)[0];
  if (!home || registrationsOf(app, FASTIFY).all.some((one) => one.kind === "mount")) return undefined;
  const extension = app.language === "typescript" ? ".ts" : ".js";
  const fileFor = (stem: string): string => `${home.dir}/${stem.replace("-", "/")}/index${extension}`;
  return { base: home.prefix, on: home.on, files: { fileFor, isNamed: false, importOf: (stem) => ({ name: `${camel(stem)}Routes`, from: { file: fileFor(stem) }, as: "default" }) } };
}
