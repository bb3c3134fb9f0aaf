import type { Code } from "../../domain.ts";
import { code, fromPackage, joinCode, raw, when } from "../../code/code.ts";
import { major, type App } from "../../source/app.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { asyncWrapper, type RouterFiles } from "./express.files.ts";
import { rawBody } from "./express.webhook.ts";

/** The router for portal and balance: each route stays only while its area is accepted. */
export function billingRouter(context: RouteContext, user: CurrentUser, files: RouterFiles, stem: string, base: string): Code {
  const portal = endpoint(context, { comment: usesBearer(context.app) ? "The billing portal of the signed-in user: its address for scripts, a redirect for forms." : "Sends the signed-in user's browser to the billing portal. A form posts here.", method: "post", path: "/portal", user, answer: (id) => portalAnswer(context, id) });
  const balance = endpoint(context, { comment: "What the signed-in user can spend.", method: "get", path: "/balance", user, answer: (id) => [code`res.json(await ${context.ours("balance", "readBalance")}(${id}));`] });
  const script = (router: string): Code => (VIEWS.some((one) => context.app.uses(one) !== undefined) ? balanceScript(context.app, router, base) : raw(""));
  return routerCode(files, stem, (router) => [when(["portal"], portal(router)), when(["balance"], joinCode([balance(router), script(router)], ""))]);
}

/** Packages whose views our view adapters write into. */
const VIEWS = ["ejs", "pug", "jade", "hbs", "express-handlebars", "express-hbs", "handlebars", "handlebars-express"];

/** The script that rendered views load: a route, and not in the page, so that a strict content security policy lets it run. */
function balanceScript(app: App, router: string, base: string): Code {
  const [req = raw(""), res = raw("")] = app.language === "typescript" ? [code`_req: ${requestType("Request")}`, code`res: ${requestType("Response")}`] : [raw("req"), raw("res")];
  const script = [
    `fetch("${base}/balance")`,
    "  .then((response) => response.json())",
    "  .then(({ text }) => {",
    '    const places = document.querySelectorAll("[data-credyt-balance]");',
    "    for (const place of places) place.textContent = text;",
    "  })",
    "  .catch(() => {});",
  ];
  const lines = script.map((line) => `    ${line}`).join("\n");
  return joinCode([raw(`\n// Puts the balance into pages that load it.\n${router}.get("/balance.js", (`), req, raw(", "), res, raw(`) => {\n  res.type("js").send(\`\n${lines}\n  \`);\n});\n`)], "");
}

const requestType = (name: "Request" | "Response"): Code => code`${{ name, from: { package: "express" }, typeOnly: true }}`;

/** The router for the payment link of a plan that waits for its payment. */
export function paymentRouter(context: RouteContext, user: CurrentUser, files: RouterFiles, stem: string): Code {
  const link = (id: Code): Code => code`await ${context.ours("customers", "paymentLinkFor")}(${id})`;
  const answer = (id: Code): readonly Code[] => (usesBearer(context.app) ? byScript(code`(${link(id)}) ?? "/"`) : [code`const url = ${link(id)};`, raw('res.redirect(303, url ?? "/");')]);
  return routerCode(files, stem, (router) => [endpoint(context, { comment: "A fresh link to pay for the plan; home when nothing is to be paid.", method: "get", path: "/", user, answer })(router)]);
}

/** The router for Credyt's webhooks, which reads the body itself. */
export function webhookRouter(context: RouteContext, files: RouterFiles, stem: string): Code {
  const answer = (): readonly Code[] => [code`const { status } = await ${context.ours("webhook", "handleCredytWebhook")}(req.body, req.get("Credyt-Signature"));`, raw("res.sendStatus(status);")];
  return routerCode(files, stem, (router) => [endpoint(context, { comment: "Credyt signs the bytes of the body: no body parser may run before this route.", method: "post", path: "/", middleware: rawBody(context.app), answer })(router)]);
}

function routerCode(files: RouterFiles, stem: string, blocks: (router: string) => readonly Code[]): Code {
  const { local, before, after } = files.declared(stem);
  return joinCode([code`${before}const ${local} = ${fromPackage("Router", "express")}();\n`, ...blocks(local), raw(after)], "");
}

interface Endpoint {
  readonly comment: string;
  readonly method: "get" | "post";
  readonly path: string;
  /** Who may call it: signed-in users, or anybody when left out. */
  readonly user?: CurrentUser;
  readonly middleware?: Code;
  readonly answer: (id: Code) => readonly Code[];
}

/** One route: who is signed in, 401 for nobody, the answer, and errors on their way to the app's error handler. */
function endpoint({ app }: RouteContext, { comment, method, path, user, middleware, answer }: Endpoint): (router: string) => Code {
  const lines = [...(user ? signedIn(user) : []), ...answer(user ? idOf(user) : raw(""))];
  const wrapper = user && asyncWrapper(app);
  const catches = wrapper !== undefined || (major(app.uses("express")) ?? 4) >= 5 || app.uses("express-async-errors") !== undefined;
  const body = catches ? block(lines, "  ") : joinCode([raw("  try {\n"), block(lines, "    "), raw("\n  } catch (error) {\n    next(error);\n  }")], "");
  const fn = joinCode([raw("async ("), parameters(app, catches), raw(") => {\n"), body, raw("\n}")], "");
  const handler = wrapper ? joinCode([wrapper, raw("("), fn, raw(")")], "") : fn;
  const guards = [middleware, user?.middleware].filter((one) => one !== undefined);
  return (router) => joinCode([raw(`\n// ${comment}\n${router}.${method}(`), joinCode([raw(`"${path}"`), ...guards, handler], ", "), raw(");\n")], "");
}

function parameters(app: App, catches: boolean): Code {
  const typed = (name: string, type: string): Code => (app.language === "typescript" ? code`${name}: ${{ name: type, from: { package: "express" }, typeOnly: true }}` : raw(name));
  return joinCode([typed("req", "Request"), typed("res", "Response"), ...(catches ? [] : [typed("next", "NextFunction")])], ", ");
}

const isName = (id: Code): boolean => id.parts.length === 1 && typeof id.parts[0] === "string" && /^\w+$/.test(id.parts[0]);

const idOf = (user: CurrentUser): Code => (user.nullable && !isName(user.id) ? raw("userId") : user.id);

function signedIn(user: CurrentUser): readonly Code[] {
  const setup = user.setup.parts.length > 0 ? [user.setup] : [];
  if (!user.nullable) return setup;
  const named = isName(user.id) ? [] : [code`const userId = ${user.id};`];
  return [...setup, ...named, code`if (!${idOf(user)}) {\n  res.status(401).json({ error: "Sign in first." });\n  return;\n}`];
}

/** A browser's form is redirected; a script that sends its token in a header is told where to go. */
function portalAnswer({ app, ours }: RouteContext, id: Code): readonly Code[] {
  const session = code`await ${ours("portal", "createPortalSession")}(${id})`;
  if (!usesBearer(app)) return [code`res.redirect(303, ${session});`];
  return byScript(session);
}

/** JSON for whoever takes anything, as `fetch` does: it would follow a redirect to another origin, and fail. */
const byScript = (url: Code): readonly Code[] => [code`const url = ${url};`, raw('if (req.accepts(["json", "html"]) === "html") {\n  res.redirect(303, url);\n  return;\n}'), raw("res.json({ url });")];

const BEARER = /\.headers\.authorization|headers\[["'](?:authorization|x-access-token)["']\]|\.(?:header|get)\(["']authorization["']\)|fromAuthHeaderAsBearerToken|["'](?:express-jwt|express-oauth2-jwt-bearer)["']/i;

/** Whether browsers say who they are by a header. */
export const usesBearer = (app: App): boolean => app.code.scripts.some((file) => BEARER.test(app.repo.text(file) ?? ""));

/** Lines at one level of indentation. */
const block = (lines: readonly Code[], indent: string): Code => joinCode(lines.map((line) => joinCode([raw(indent), { parts: line.parts.map((part) => (typeof part === "string" ? part.replace(/\n/g, `\n${indent}`) : part)) }], "")), "\n");
