import type { Code, Edit, Handler, RouteKind, RouteSaying } from "../../domain.ts";
import { code, fromPackage, joinCode, raw, textOf } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { nextRouter } from "../../source/next-router.ts";
import type { CurrentUser, RouteContext } from "../define.ts";
import { middlewareEdits } from "./next.middleware.ts";
import { helperUser } from "./next.user.ts";

const FUNCTIONS: Readonly<Record<RouteKind, string>> = { portal: "createPortalSession", balance: "readBalance", payment: "paymentLinkFor", webhook: "handleCredytWebhook" };
const METHODS: Readonly<Record<RouteKind, "GET" | "POST">> = { portal: "POST", balance: "GET", payment: "GET", webhook: "POST" };
const COMMENTS: Readonly<Record<RouteKind, string>> = {
  portal: "Sends the signed-in user's browser to the billing portal. A form posts here.",
  balance: "What the signed-in user can spend.",
  payment: "A fresh link to pay for the plan; home when nothing is to be paid.",
  webhook: "Credyt signs the bytes of the body: they must reach it unparsed.",
};

/** Our routes as files of their own: `app/api/billing/portal/route.ts` or `pages/api/billing/portal.ts`, where the app keeps its endpoints. */
export function route(kind: RouteKind, given: RouteContext): RouteSaying | undefined {
  const { app } = given;
  // What the app's own routes read is known to be there; a library's word comes next, a guess last.
  const user = helperUser(app, true) ?? given.user ?? helperUser(app, false);
  const context = { ...given, user };
  if (kind !== "webhook" && !user) return undefined;
  const name = kind === "payment" ? "pay" : kind;
  const stem = ["billing", "credyt"].find((one) => isOurs(app, one, name, kind)) ?? (isTaken(app) ? "credyt" : "billing");
  const url = `${basePath(app)}/api/${stem}/${name}`;
  const written = nextRouter(app).kind === "app" ? appRoute(kind, context) : pagesRoute(kind, context);
  const create: Edit = { kind: "create", file: fileFor(app, stem, name), code: written, generated: true };
  return { url, method: METHODS[kind], edits: [create, ...middlewareEdits(app, kind, `/api/${stem}/${name}`)] };
}

/** Who is signed in, asked in a handler of the app: by what it is given, where that has the names of a new route's. */
export function asks({ kind, names }: Handler, app: App, user: CurrentUser | undefined): CurrentUser | undefined {
  const way = /^(?:route|api-route|server-action)$/.test(kind) ? (helperUser(app, true) ?? user ?? helperUser(app, false)) : undefined;
  if (!way || way.middleware) return undefined;
  const needed = [...new Set(textOf(way.setup).match(/(?<![\w$.])(?:request|req|res)\b(?!\s*:)/g) ?? [])];
  const given = new Set(Object.values(names));
  if (needed.every((one) => given.has(one))) return way;
  const [only] = needed;
  const own = needed.length === 1 && kind === "route" ? names["request"] : undefined;
  return only === undefined || own === undefined ? undefined : { ...way, setup: { parts: way.setup.parts.map((part) => (typeof part === "string" ? part.replace(new RegExp(`(?<![\\w$.])${only}\\b(?!\\s*:)`, "g"), own) : part)) } };
}

function fileFor(app: App, stem: string, name: string): string {
  const { kind, dir } = nextRouter(app);
  const extension = app.language === "typescript" ? ".ts" : ".js";
  return kind === "app" ? `${dir}/${stem}/${name}/route${extension}` : `${dir}/${stem}/${name}${extension}`;
}

const isOurs = (app: App, stem: string, name: string, kind: RouteKind): boolean => app.repo.text(fileFor(app, stem, name))?.includes(`${FUNCTIONS[kind]}(`) ?? false;

/** Whether the app has endpoints of its own where ours would be. */
const isTaken = (app: App): boolean =>
  (Object.keys(FUNCTIONS) as RouteKind[]).some((kind) => {
    const file = fileFor(app, "billing", kind === "payment" ? "pay" : kind);
    return app.repo.has(file) && !(app.repo.text(file) ?? "").includes(`${FUNCTIONS[kind]}(`);
  });

/** `basePath` of next.config, where it is written out: forms and requests have to name it. */
function basePath(app: App): string {
  const config = app.files(/(?:^|\/)next\.config\.[cm]?[jt]s$/).find((file) => file.split("/").length === (app.dir === "" ? 1 : app.dir.split("/").length + 1));
  return (config === undefined ? undefined : /\bbasePath:\s*["']([^"']+)["']/.exec(app.repo.text(config) ?? "")?.[1]) ?? "";
}

const isName = (id: Code): boolean => id.parts.length === 1 && typeof id.parts[0] === "string" && /^\w+$/.test(id.parts[0]);

/** Who is signed in, and the answer for nobody. */
function signedIn(user: CurrentUser, refusal: Code): { readonly lines: readonly Code[]; readonly id: Code } {
  const setup = user.setup.parts.length > 0 ? [user.setup] : [];
  if (!user.nullable) return { lines: setup, id: user.id };
  const id = isName(user.id) ? user.id : raw("userId");
  const named = isName(user.id) ? [] : [code`const userId = ${user.id};`];
  return { lines: [...setup, ...named, code`if (!${id}) {\n  ${refusal}\n}`], id };
}

function appRoute(kind: RouteKind, { app, user, ours }: RouteContext): Code {
  const response = fromPackage("NextResponse", "next/server");
  const who = user && kind !== "webhook" ? signedIn(user, code`return ${response}.json({ error: "Sign in first." }, { status: 401 });`) : { lines: [], id: raw("") };
  const answers: Readonly<Record<RouteKind, () => readonly Code[]>> = {
    portal: () => [code`return ${response}.redirect(await ${ours("portal", "createPortalSession")}(${who.id}), 303);`],
    balance: () => [code`return ${response}.json(await ${ours("balance", "readBalance")}(${who.id}));`],
    payment: () => [code`const url = await ${ours("customers", "paymentLinkFor")}(${who.id});`, code`${fromPackage("redirect", "next/navigation")}(url ?? "/");`],
    webhook: () => [raw('const signature = request.headers.get("credyt-signature");'), code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(await request.text(), signature);`, raw("return new Response(null, { status });")],
  };
  const lines = [...who.lines, ...answers[kind]()];
  const asks = kind === "webhook" || lines.some((line) => /\brequest\b/.test(textOf(line)));
  const type = kind === "webhook" ? raw(": Request") : code`: ${{ name: "NextRequest", from: { package: "next/server" }, typeOnly: true }}`;
  const parameter = asks ? joinCode([raw("request"), ...(app.language === "typescript" ? [type] : [])], "") : raw("");
  return joinCode([raw(`// ${COMMENTS[kind]}\nexport async function ${METHODS[kind]}(`), parameter, raw(") {\n"), block(lines), raw("\n}\n")], "");
}

function pagesRoute(kind: RouteKind, { app, user, ours }: RouteContext): Code {
  const who = user && kind !== "webhook" ? signedIn(user, raw('res.status(401).json({ error: "Sign in first." });\nreturn;')) : { lines: [], id: raw("") };
  const bytes = app.language === "typescript" ? "const chunks: Buffer[] = [];" : "const chunks = [];";
  const answers: Readonly<Record<RouteKind, () => readonly Code[]>> = {
    portal: () => [code`res.redirect(303, await ${ours("portal", "createPortalSession")}(${who.id}));`],
    balance: () => [code`res.json(await ${ours("balance", "readBalance")}(${who.id}));`],
    payment: () => [code`const url = await ${ours("customers", "paymentLinkFor")}(${who.id});`, raw('res.redirect(303, url ?? "/");')],
    webhook: () => [raw(bytes), raw("for await (const chunk of req) chunks.push(chunk);"), raw('const signature = String(req.headers["credyt-signature"] ?? "");'), code`const { status } = await ${ours("webhook", "handleCredytWebhook")}(Buffer.concat(chunks), signature);`, raw("res.status(status).end();")],
  };
  const only = raw(`if (req.method !== "${METHODS[kind]}") {\n  res.status(405).end();\n  return;\n}`);
  const typed = (name: string, type: string): Code => (app.language === "typescript" ? code`${name}: ${{ name: type, from: { package: "next" }, typeOnly: true }}` : raw(name));
  const head = kind === "webhook" ? "export const config = { api: { bodyParser: false } };\n\n" : "";
  return joinCode([raw(`${head}// ${COMMENTS[kind]}\nexport default async function handler(`), typed("req", "NextApiRequest"), raw(", "), typed("res", "NextApiResponse"), raw(") {\n"), block([only, ...who.lines, ...answers[kind]()]), raw("\n}\n")], "");
}

/** Lines one level deep. */
const block = (lines: readonly Code[]): Code => joinCode(lines.map((line) => joinCode([raw("  "), { parts: line.parts.map((part) => (typeof part === "string" ? part.replace(/\n/g, "\n  ") : part)) }], "")), "\n");
