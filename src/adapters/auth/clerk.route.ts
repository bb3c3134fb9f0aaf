import type { Code, Edit, Evidence, RepoPath, Signup, UserModel } from "../../domain.ts";
import { code, fromPackage, joinCode, raw } from "../../code/code.ts";
import type { App } from "../../source/app.ts";
import { clerkPassage } from "./clerk.middleware.ts";
import { CLERK, webhooksModule } from "./clerk.version.ts";
import { expressMount } from "./express.raw-route.ts";
import { storesSomewhere } from "./model.stored.ts";
import { flavour } from "./session.call.ts";

/** Where a new webhook goes: its file, its address, and what must be edited elsewhere for it. */
interface Place {
  readonly file: RepoPath;
  readonly url: string;
  readonly route: (statements: Code) => Code;
  readonly edits: readonly Edit[];
}

const SECRET = "CLERK_WEBHOOK_SIGNING_SECRET";

/** A webhook to be added for Clerk's `user.created`, for an app that neither has one nor stores users itself. */
export function addedWebhook(app: App, model: UserModel | undefined): readonly Signup[] {
  if (!signsUp(app) || (model?.email !== undefined && storesSomewhere(app, model))) return [];
  const kind = ["next", "express"].filter((name) => app.uses(name) !== undefined).map((name) => flavour(app, name))[0];
  const place = kind === "next" ? appRoute(app) : kind === "next pages" ? apiRoute(app) : kind === "express" ? expressMount(app, (parts) => expressRoute(app, parts)) : undefined;
  const user = { id: raw("id"), email: raw("email"), name: raw("name") };
  const evidence = [...signUpPage(app), app.inManifest(CLERK.find((name) => app.uses(name) !== undefined) ?? CLERK[0])];
  const site = { symbol: "user.created", kind: "webhook" as const, tool: "clerk", hook: "add" as const, confidence: 0.8, evidence, wired: [], user };
  const far = { id: raw("event.data.id"), email: raw("event.data.email_addresses[0]?.email_address"), name: null };
  if (!place) return [{ ...site, user: far, file: evidence[0]?.file ?? "package.json", line: evidence[0]?.line ?? 1, reason: "Clerk stores the accounts, and this tool writes no webhook route for this framework yet; add one for Clerk's event user.created" }];
  const passage = kind?.startsWith("next") ? clerkPassage(app, place.url) : undefined;
  return [{
    ...site, file: place.file, line: 1,
    place: (statements) => [{ kind: "create", file: place.file, code: place.route(statements) }, ...place.edits, ...(passage?.edits ?? []), ...declareSecret(app)],
    ...(passage?.note !== undefined && { reason: passage.note }),
  }];
}

/** Whether the app's own code uses Clerk at all: a package may be left over, and routes of ours prove nothing. */
const signsUp = (app: App): boolean => CLERK.some((name) => app.code.mentioning(name).some((file) => !/\/credyt\//.test(app.repo.text(file) ?? "")));

function signUpPage(app: App): readonly Evidence[] {
  const file = app.code.mentioning("<SignUp").find((one) => /clerk/i.test(app.repo.text(one) ?? ""));
  return file === undefined ? [] : [app.atOffset(file, (app.repo.text(file) ?? "").indexOf("<SignUp"))];
}

/** The folder of the App Router, and how the app's webhooks are called there. */
function appRoute(app: App): Place | undefined {
  const root = ["src/app", "app"].map(app.path).find((dir) => app.repo.files.some((file) => file.startsWith(`${dir}/`)));
  if (root === undefined) return undefined;
  const folder = webhookFolder(app, `${root}/api`);
  const file = `${root}/api/${folder}/clerk/route.${app.language === "typescript" ? "ts" : "js"}`;
  return { file, url: `/api/${folder}/clerk`, edits: [], route: (statements) => webRoute(app, statements) };
}

function apiRoute(app: App): Place {
  const root = ["src/pages", "pages"].map(app.path).find((dir) => app.repo.files.some((file) => file.startsWith(`${dir}/`))) ?? app.path("pages");
  const folder = webhookFolder(app, `${root}/api`);
  return { file: `${root}/api/${folder}/clerk.${app.language === "typescript" ? "ts" : "js"}`, url: `/api/${folder}/clerk`, edits: [], route: (statements) => pagesRoute(app, statements) };
}

/** `webhooks`, or `webhook` where the app has such a folder already. */
const webhookFolder = (app: App, api: RepoPath): string => (app.repo.files.some((file) => file.startsWith(`${api}/webhook/`)) && !app.repo.files.some((file) => file.startsWith(`${api}/webhooks/`)) ? "webhook" : "webhooks");

const ABOUT = `// Clerk calls this route when somebody signs up. In Clerk's dashboard, add a
// webhook endpoint with this route's address for the event user.created, and
// put its signing secret into ${SECRET}.`;

const typed = (app: App, name: string, type: Code): Code => (app.language === "typescript" ? code`${name}: ${type}` : raw(name));

const typeOf = (name: string, specifier: string): Code => code`${{ name, from: { package: specifier }, typeOnly: true as const }}`;

/** What happens once the delivery is known to be Clerk's. */
function onUser(statements: Code): Code {
  return code`if (event.type === "user.created") {
  const { id, email_addresses, primary_email_address_id, first_name, last_name } = event.data;
  const primary = email_addresses.find((one) => one.id === primary_email_address_id);
  const email = (primary ?? email_addresses[0])?.email_address;
  const name = [first_name, last_name].filter(Boolean).join(" ");
  ${statements}
}`;
}

function webRoute(app: App, statements: Code): Code {
  const module = webhooksModule(app);
  const request = typeOf("NextRequest", "next/server");
  const verified = module === undefined
    ? code`const body = await request.text();\nif (!isFromClerk((name) => request.headers.get(name), body)) {\n  return new Response("The signature is not valid.", { status: 400 });\n}\n${parsed(app)}`
    : code`let event;\ntry {\n  event = await ${fromPackage("verifyWebhook", module)}(request);\n} catch {\n  return new Response("The signature is not valid.", { status: 400 });\n}`;
  const handler = code`${ABOUT}\nexport async function POST(${typed(app, "request", request)}) {\n  ${verified}\n  ${onUser(statements)}\n  return new Response(null, { status: 204 });\n}\n`;
  return module === undefined ? joinCode([handler, raw("\n"), signatureCheck(app)], "") : handler;
}

function pagesRoute(app: App, statements: Code): Code {
  const parameters = code`${typed(app, "req", typeOf("NextApiRequest", "next"))}, ${typed(app, "res", typeOf("NextApiResponse", "next"))}`;
  const chunks = app.language === "typescript" ? "const chunks: Uint8Array[] = [];" : "const chunks = [];";
  const read = code`${chunks}\nfor await (const chunk of req) chunks.push(Buffer.from(chunk));\nconst body = Buffer.concat(chunks).toString("utf8");\nif (!isFromClerk((name) => req.headers[name], body)) {\n  res.status(400).send("The signature is not valid.");\n  return;\n}\n${parsed(app)}`;
  return joinCode([
    code`${ABOUT}\n\n// The signature covers the body as it was sent.\nexport const config = { api: { bodyParser: false } };\n\n`,
    code`export default async function handler(${parameters}) {\n  ${read}\n  ${onUser(statements)}\n  res.status(204).end();\n}\n\n`,
    signatureCheck(app),
  ], "");
}

/** The route for Express: a router of its own, which gets the body as bytes. */
function expressRoute(app: App, { statements, declared }: { readonly statements: Code; readonly declared: (router: Code) => Code }): Code {
  const read = code`const body = req.body.toString("utf8");\nif (!isFromClerk((name) => req.headers[name], body)) {\n  res.status(400).send("The signature is not valid.");\n  return;\n}\n${parsed(app)}`;
  const router = code`${ABOUT}\nrouter.post("/", async (req, res, next) => {\n  try {\n    ${read}\n    ${onUser(statements)}\n    res.sendStatus(204);\n  } catch (error) {\n    next(error);\n  }\n});\n`;
  return joinCode([declared(router), raw("\n"), signatureCheck(app)], "");
}

/** The body as an event, once its signature was checked. */
function parsed(app: App): Code {
  if (app.language !== "typescript") return raw("const event = JSON.parse(body);");
  return code`const event = JSON.parse(body) as ClerkEvent;`;
}

const EVENT_TYPE = `/** The part of Clerk's event that is read here. */
interface ClerkEvent {
  type: string;
  data: {
    id: string;
    email_addresses: { id: string; email_address: string }[];
    primary_email_address_id: string | null;
    first_name: string | null;
    last_name: string | null;
  };
}

`;

/** Clerk signs `id.timestamp.body`; checked with what Node has, since this version of Clerk's package brings nothing for it. */
function signatureCheck(app: App): Code {
  const isTyped = app.language === "typescript";
  const header = isTyped ? "header: (name: string) => string | string[] | null | undefined" : "header";
  return code`${isTyped ? EVENT_TYPE : ""}/** Whether Clerk signed the body, not more than five minutes ago. */
function isFromClerk(${header}${isTyped ? ", body: string): boolean" : ", body)"} {
  const secret = process.env.${SECRET};
  if (!secret) throw new Error("${SECRET} is not set.");
  const id = String(header("svix-id"));
  const timestamp = String(header("svix-timestamp"));
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age < 300)) return false;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = ${fromPackage("createHmac", "node:crypto")}("sha256", key)
    .update(\`\${id}.\${timestamp}.\${body}\`)
    .digest();
  return String(header("svix-signature"))
    .split(" ")
    .some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
      return given.length === expected.length && ${fromPackage("timingSafeEqual", "node:crypto")}(given, expected);
    });
}
`;
}

/** The variable's name in the example file, so that the next person knows of it. */
function declareSecret(app: App): readonly Edit[] {
  const example = app.repo.envFiles(app.dir).find((one) => one.role === "example");
  const text = example && app.repo.text(example.file);
  if (!example || text === undefined || example.names.includes(SECRET)) return [];
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const lead = text === "" || text.endsWith("\n") ? "" : newline;
  return [{ kind: "splice", at: { file: example.file, offset: text.length }, remove: "", code: raw(`${lead}${newline}# Clerk's webhook for new users${newline}${SECRET}=${newline}`) }];
}
