import type { Code, Edit, RepoPath, RouteKind, RouteSaying } from "../../domain.ts";
import { code, joinCode, raw, when } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import { ts } from "../../source/typescript/parse.ts";
import { dirname } from "../../source/typescript/resolve.ts";
import { exportOf } from "../../source/typescript/values.ts";
import type { RouteContext } from "../define.ts";
import { globalPrefix } from "./nestjs.decorators.ts";
import { creation, guardedListing, openListing, rawBodyEdits, type Listing } from "./nestjs.modules.ts";
import { nest, nestUser, type NestUser } from "./nestjs.user.ts";
import { portalComment, usesBearer } from "./server.bearer.ts";
import { usual } from "./server.files.ts";
import { lines } from "./user.way.ts";

/** What our controllers of one app share; a listing is one edit, whichever area asks for it. */
interface Written {
  readonly user: NestUser | undefined;
  readonly folder: RepoPath;
  /** `billing`; `credyt` where the app has a billing of its own. */
  readonly stem: string;
  readonly listings: Map<string, Edit>;
}

const known = new WeakMap<App, Written>();

/** Our controllers: portal and balance in one, the payment link and the webhook in files of their own. */
export function route(kind: RouteKind, context: RouteContext): RouteSaying | undefined {
  const { app } = context;
  if (app.language !== "typescript") return undefined;
  const written = known.get(app) ?? find(app);
  known.set(app, written);
  if (kind === "webhook") return webhook(context, written);
  const { user, stem } = written;
  const listing = user && guardedListing(app, user);
  if (!user || !listing) return undefined;
  if (kind === "payment") return saying(app, written, `${stem}-payment`, listing, { url: url(app, stem, "pay"), method: "GET" }, controller(app, `${stem}-payment`, `${stem}/pay`, user.decorators, [payment(context, user)]));
  const at = { url: url(app, stem, kind), method: kind === "portal" ? "POST" : "GET", ...(kind === "portal" && usesBearer(app) && { byScript: true }) } as const;
  return saying(app, written, stem, listing, at, controller(app, stem, stem, user.decorators, [when(["portal"], portal(context, user)), when(["balance"], balance(context, user))]));
}

const url = (app: App, stem: string, name: string): string => `/${globalPrefix(app)}/${stem}/${name}`.replace(/\/{2,}/g, "/");

function find(app: App): Written {
  const folder = controllersFolder(app);
  const isOurs = (stem: string): boolean => /createPortalSession\(|readBalance\(|paymentLinkFor\(/.test(app.repo.text(fileFor(folder, stem)) ?? "");
  const isTaken = app.code.mentioning("BillingController").length > 0 || app.repo.has(fileFor(folder, "billing")) || app.code.scripts.some((file) => /@Controller\(\s*["'`]\/?billing["'`/]/.test(app.repo.text(file) ?? ""));
  const stem = isOurs("billing") || (!isTaken && !isOurs("credyt")) ? "billing" : "credyt";
  return { user: nestUser(app), folder, stem, listings: new Map() };
}

/** The folder with the folders of the app's features, or with its controllers where they stand side by side. */
function controllersFolder(app: App): RepoPath {
  const files = app.code.scripts.filter((file) => /\.controller\.ts$/.test(file) && !/(?:^|\/)(?:app|health|billing[\w-]*|credyt[\w-]*)\.controller\.ts$/.test(file));
  const side = usual(files.map((file) => (/\/(?:routes|controllers)\/[^/]+$/.test(file) ? dirname(file) : "")));
  if (side !== undefined && side !== "" && files.filter((file) => dirname(file) === side).length > 1) return `${side}/`;
  const feature = usual(files.map((file) => dirname(dirname(file).replace(/\/controllers?$/, ""))));
  return feature ?? app.path("src");
}

/** A folder that ends in a slash holds the controllers themselves. */
const fileFor = (folder: RepoPath, name: string): RepoPath => (folder.endsWith("/") ? `${folder}${name}.controller.ts` : `${folder === "" ? "" : `${folder}/`}${name.split("-")[0] ?? name}/${name}.controller.ts`);

const className = (name: string): string => `${name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())}Controller`;

function saying(app: App, { folder, listings }: Written, name: string, listing: Listing, at: Pick<RouteSaying, "url" | "method" | "byScript">, written: Code, more: readonly Edit[] = []): RouteSaying {
  const file = fileFor(folder, name);
  const create: Edit = { kind: "create", file, code: written, generated: true };
  if (isListed(app, file)) return { ...at, edits: [create, ...more] };
  const listed = listings.get(name) ?? listing(code`${{ name: className(name), from: { file } }}`);
  listings.set(name, listed);
  return { ...at, edits: [create, listed, ...more] };
}

const isListed = (app: App, file: RepoPath): boolean => app.repo.has(file) && app.code.mentioning("@Module(").concat(app.code.mentioning("Controller")).some((one) => one !== file && (app.facts(one)?.imports ?? []).some((fact) => fact.file === file));

function controller(app: App, name: string, path: string, decorators: readonly Code[], methods: readonly Code[]): Code {
  // With versions in its addresses an app needs controllers that have none.
  const isVersioned = app.code.mentioning("enableVersioning(").length > 0;
  const where = isVersioned ? code`{ path: "${path}", version: ${nest("VERSION_NEUTRAL")} }` : raw(`"${path}"`);
  const head = joinCode([code`@${nest("Controller")}(${where})`, ...decorators], "\n");
  return joinCode([head, raw(`\nexport class ${className(name)} {`), ...methods, raw("}\n")], "");
}

/** A method below its decorators; the blank line in front of it is left out for the first one by the writer of the class. */
const method = (comment: string, decorators: readonly Code[], head: Code, body: readonly Code[]): Code => joinCode([raw(`\n  // ${comment}\n`), ...decorators.map((one) => code`  ${one}\n`), code`  ${head} {\n`, lines(body, "    "), raw("\n  }\n")], "");

function portal({ app, ours }: RouteContext, user: NestUser): Code {
  const session = code`await ${ours("portal", "createPortalSession")}(${user.id})`;
  const comment = portalComment(app);
  const post = code`@${nest("Post")}("portal")`;
  if (!usesBearer(app)) return method(comment, [post, code`@${nest("Redirect")}()`], code`async portal(${user.parameter})`, [code`return { url: ${session}, statusCode: 303 };`]);
  const head = code`async portal(${user.parameter}, @${nest("Headers")}("accept") accept: string | undefined, @${nest("Res")}() response: ${responseType(app)})`;
  const isFastify = onFastify(app);
  const sent = isFastify ? "response.send({ url });" : "response.json({ url });";
  const redirected = isFastify && (major(app.uses("@nestjs/core")) ?? 11) >= 11 ? "response.redirect(url, 303);" : "response.redirect(303, url);";
  return method(comment, [post], head, [code`const url = ${session};`, raw(`if (accept?.includes("text/html")) ${redirected}\nelse ${sent}`)]);
}

const balance = ({ ours }: RouteContext, user: NestUser): Code => method("What the signed-in user can spend.", [code`@${nest("Get")}("balance")`], code`async balance(${user.parameter})`, [code`return ${ours("balance", "readBalance")}(${user.id});`]);

const payment = ({ ours }: RouteContext, user: NestUser): Code =>
  method("A fresh link to pay for the plan; home when nothing is to be paid.", [code`@${nest("Get")}()`, code`@${nest("Redirect")}()`], code`async pay(${user.parameter})`, [code`const url = await ${ours("customers", "paymentLinkFor")}(${user.id});`, raw('return { url: url ?? "/", statusCode: 303 };')]);

const onFastify = (app: App): boolean => /FastifyAdapter/.test(creation(app)?.getText() ?? "");

/** The platform's response; only what we use of it where its types are not there. */
function responseType(app: App): Code {
  if (onFastify(app)) return code`${{ name: "FastifyReply", from: { package: "fastify" }, typeOnly: true }}`;
  return app.uses("@types/express") === undefined ? raw("any") : code`${{ name: "Response", from: { package: "express" }, typeOnly: true }}`;
}

/** The webhook needs the bytes of its body, and no sign-in in front of it. */
function webhook(context: RouteContext, written: Written): RouteSaying | undefined {
  const { app, ours } = context;
  const { stem, folder } = written;
  const name = `${stem}-webhook`;
  const isGlobal = app.code.scripts.some((file) => /APP_GUARD[\s\S]{0,80}use\w+:\s*\w*(?:Auth|Jwt|Session|Login)\w*|useGlobalGuards\([^)]*(?:Auth|Jwt|Session)/.test(app.repo.text(file) ?? ""));
  const open = isGlobal ? publicDecorator(app) : undefined;
  const head = code`async receive(@${nest("Req")}() request: { rawBody?: Buffer }, @${nest("Headers")}("credyt-signature") signature: string | undefined, @${nest("Res")}() response: ${responseType(app)})`;
  const body = [code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(request.rawBody ?? "", signature);`, raw("response.status(status).send();")];
  const receive = method("Credyt signs the bytes of the body: Nest keeps them with `rawBody: true`.", [...(open ? [open] : []), code`@${nest("Post")}()`], head, body);
  const file = controller(app, name, `${stem}/webhook`, [], [receive]);
  const at = { url: url(app, stem, "webhook"), method: "POST" } as const;
  const listing = openListing(app);
  const rawBody = rawBodyEdits(app);
  const isEverywhere = app.code.mentioning(".forRoutes(").some((one) => /\.apply\([^)]*(?:Auth|Jwt|Session)\w*[\s\S]{0,200}?\.forRoutes\(\s*(?:["'`]\*|\{\s*path:\s*["'`]\*)/.test(app.repo.text(one) ?? ""));
  const reason = isEverywhere || (isGlobal && !open) ? "Every route of this app asks who is signed in, and Credyt is nobody's user: leave this route out of that check." : !rawBody ? "The webhook needs the bytes of its body: NestFactory.create has to be given `{ rawBody: true }`, and where it is called with other options is not clear." : !listing ? "No module of this app lists controllers." : undefined;
  if (reason !== undefined || !listing || !rawBody) return { ...at, edits: [], handoff: { reason: reason ?? "", paste: file, file: fileFor(folder, name), evidence: app.inManifest("@nestjs/core") } };
  return saying(app, written, name, listing, at, file, rawBody);
}

/** The app's own decorator that lets everybody in: `Public = () => SetMetadata("isPublic", true)`. */
function publicDecorator(app: App): Code | undefined {
  for (const file of app.code.mentioning("SetMetadata(")) {
    const tree = app.code.parse(file);
    for (const statement of tree?.statements ?? []) {
      const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : ts.isFunctionDeclaration(statement) ? statement : undefined;
      const name = declared?.name?.getText() ?? "";
      if (!declared || !/public|skip_?auth|no_?auth|allow_?anon|anonymous|unprotected/i.test(name)) continue;
      const given = exportOf(app.code, declared);
      const isCalled = /=>|function/.test(declared.getText());
      if (given) return code`@${{ name: given.name, from: { file }, as: given.as }}${isCalled ? "()" : ""}`;
    }
  }
  return undefined;
}
